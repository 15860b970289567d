//! How the console looks: a style for each meaning, from a theme file, at as many colours as the terminal has.
//!
//! The console's start makes one [`Theme`] (`load`, `at_level`, `with_accent`) and every pane asks it by [`Slot`]. Nothing
//! here draws, and nothing here asks the terminal or the environment by itself.

pub mod detect;
pub mod downgrade;
pub mod load;
pub mod slot;

#[cfg(test)]
mod tests;

pub use load::{ThemeError, load};
pub use slot::Slot;

use ratatui::style::{Color, Modifier, Style};
use std::str::FromStr;

/// How many slots there are.
const SLOTS: usize = Slot::ALL.len();

/// The themes in the program: name and file.
const BUILTIN: [(&str, &str); 6] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
];

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colours {
    /// None: bold, reverse and underline only.
    None,
    /// The sixteen that have names.
    Ansi16,
    /// The sixteen, a cube of 216 and 24 greys.
    Ansi256,
    /// Red, green and blue with 256 steps each.
    True,
}

impl FromStr for Colours {
    type Err = String;

    /// Takes `none`, `16`, `256` or `true`, as a flag and the configuration write it.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "16" => Ok(Self::Ansi16),
            "256" => Ok(Self::Ansi256),
            "true" => Ok(Self::True),
            _ => Err(format!("{:?} is no number of colours; write one of none, 16, 256, true", load::bounded(text))),
        }
    }
}

/// A look: one style a slot. Two themes are equal where they look the same and have the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// What it is called in the configuration and on the command line.
    pub name: String,
    styles: [Style; SLOTS],
    /// What the styles were stepped down to; an accent that comes later is stepped down as well.
    level: Colours,
}

impl Theme {
    /// A theme in which everything looks like the terminal's own text. What a file says is put over this.
    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), styles: [Style::new(); SLOTS], level: Colours::True }
    }

    /// The style of a slot. What it leaves open (usually the background) comes from what it is drawn on.
    pub fn style(&self, slot: Slot) -> Style {
        self.styles.get(slot as usize).copied().unwrap_or_default()
    }

    /// The theme of that name that is part of the program.
    pub fn builtin(name: &str) -> Option<Theme> {
        let (name, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        load::read(name, "the program's own theme", text, Theme::plain(name)).ok()
    }

    /// The names of the themes in the program, the usual one first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// The same look with at most so many colours. Colours that are gone do not come back: step down from the loaded theme.
    #[must_use]
    pub fn at_level(&self, level: Colours) -> Theme {
        let level = level.min(self.level);
        let ground = self.style(Slot::Text);
        let styles = Slot::ALL.map(|slot| downgrade::style(self.style(slot), ground, level));
        let mut theme = Theme { name: self.name.clone(), styles, level };
        if level == Colours::None {
            theme.keep_apart(self);
        }
        theme
    }

    /// Gives the slots that were told from text by colour only something else to be told by.
    fn keep_apart(&mut self, coloured: &Theme) {
        let text = self.style(Slot::Text);
        for slot in Slot::ALL {
            if self.style(slot) == text && coloured.style(slot) != coloured.style(Slot::Text) {
                let style = self.style(slot).add_modifier(slot.without_colour());
                self.set(slot, style);
            }
        }
    }

    /// The same theme with a cluster's own colour on [`Slot::Accent`]. A theme without any colour stays without.
    #[must_use]
    pub fn with_accent(mut self, accent: Option<Color>) -> Theme {
        let colourless = Slot::ALL.iter().all(|slot| !has_colour(self.style(*slot)));
        if let Some(colour) = accent.filter(|_| !colourless && self.level > Colours::None) {
            let style = self.style(Slot::Accent).fg(colour);
            let style = downgrade::style(style, self.style(Slot::Text), self.level);
            self.set(Slot::Accent, style);
        }
        self
    }

    fn set(&mut self, slot: Slot, style: Style) {
        if let Some(place) = self.styles.get_mut(slot as usize) {
            *place = style;
        }
    }
}

/// Whether the style names a colour that is not the terminal's own.
fn has_colour(style: Style) -> bool {
    [style.fg, style.bg].iter().any(|colour| colour.is_some_and(|colour| colour != Color::Reset))
}

/// The modifiers that a theme file can set, by key.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];
