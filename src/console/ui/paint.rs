//! What all parts of the screen are painted with: pieces of text with a meaning each, put on one line, cut or wrapped.

use super::fmt;
use super::glyph::{Glyphs, Sign};
use crate::console::action::Action;
use crate::console::state::{Condition, Freshness, State};
use crate::console::theme::{Slot, Theme};
use crate::words::{self, Tone};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

/// A piece of text and what it means.
pub type Piece = (Slot, String);

/// What is painted with.
#[derive(Clone, Copy)]
pub struct Brush<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// Which signs there are.
    pub glyphs: Glyphs,
}

impl<'a> Brush<'a> {
    /// The one that the settings ask for.
    #[must_use]
    pub fn new(state: &State, theme: &'a Theme) -> Self {
        Self { theme, glyphs: glyphs(state) }
    }

    /// How a meaning looks.
    #[must_use]
    pub fn style(&self, slot: Slot) -> Style {
        self.theme.style(slot)
    }

    /// A line of pieces, cut where the area ends.
    pub fn line(&self, frame: &mut Frame<'_>, area: Rect, pieces: &[Piece]) {
        let spans = cut(pieces, usize::from(area.width)).into_iter().map(|(slot, text)| Span::styled(text, self.style(slot)));
        frame.render_widget(Line::from_iter(spans), Rect { height: area.height.min(1), ..area });
    }

    /// The border of a pane or dialog, its title on it.
    pub fn frame(&self, frame: &mut Frame<'_>, area: Rect, title: &[Piece], focused: bool) {
        let border = self.style(if focused { Slot::BorderFocus } else { Slot::Border });
        frame.render_widget(Block::bordered().border_set(self.glyphs.border()).border_style(border), area);
        let room = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(2), height: area.height.min(1), ..area };
        self.line(frame, room, title);
    }
}

/// The signs that the settings ask for.
#[must_use]
pub fn glyphs(state: &State) -> Glyphs {
    Glyphs { ascii: state.settings.ascii, borders: state.settings.borders }
}

/// Text from the cluster, without anything that a terminal would act on.
#[must_use]
pub fn clean(state: &State, text: &str) -> String {
    words::clean(text, state.settings.ascii)
}

/// The key that is shown for an action, as a word.
#[must_use]
pub fn key(state: &State, action: Action) -> String {
    state.settings.keys.key(action).map_or_else(|| "no key".to_owned(), |key| key.to_string())
}

/// What a tone looks like.
#[must_use]
pub fn slot(tone: Tone) -> Slot {
    match tone {
        Tone::Plain => Slot::Text,
        Tone::Strong => Slot::Strong,
        Tone::Good => Slot::Good,
        Tone::Warn => Slot::Warn,
        Tone::Bad => Slot::Bad,
        Tone::Faint => Slot::Faint,
    }
}

/// The sign that says a tone without its colour.
#[must_use]
pub fn tone_sign(tone: Tone) -> Sign {
    match tone {
        Tone::Plain | Tone::Strong | Tone::Faint => Sign::Bullet,
        Tone::Good => Sign::Good,
        Tone::Warn => Sign::Warn,
        Tone::Bad => Sign::Bad,
    }
}

/// How a thing stands, with how old that is: what was good when it was last seen is not good while nobody sees it.
#[must_use]
pub fn mark(condition: Condition, fresh: Freshness) -> (Slot, Sign) {
    match (condition, fresh) {
        (Condition::Bad, _) => (Slot::Bad, Sign::Bad),
        (Condition::Unknown, _) | (Condition::Good, Freshness::Never) => (Slot::Unknown, Sign::Unknown),
        (Condition::Moving, _) => (Slot::Moving, Sign::Moving),
        (Condition::Good, Freshness::Lost(_)) => (Slot::Lost, Sign::Lost),
        (Condition::Good, Freshness::Late(_)) => (Slot::Late, Sign::Late),
        (Condition::Good, Freshness::Live(_)) => (Slot::Good, Sign::Good),
    }
}

/// An age to the second, in words.
#[must_use]
pub fn seconds(ms: u64) -> String {
    if ms < 1000 { "0 s".to_owned() } else { words::span(ms - ms % 1000) }
}

/// How many cells the pieces take.
#[must_use]
pub fn wide(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(_, text)| fmt::width(text)).sum()
}

/// As much of the pieces as there is room for.
#[must_use]
pub fn cut(pieces: &[Piece], width: usize) -> Vec<Piece> {
    let (mut kept, mut left) = (Vec::new(), width);
    for (slot, text) in pieces {
        let cells = fmt::width(text);
        if cells > left {
            kept.push((*slot, fmt::fit(text, left)));
            break;
        }
        kept.push((*slot, text.clone()));
        left -= cells;
    }
    kept
}

/// The pieces in lines of at most `width` cells, all but the first begun with `indent` blanks.
#[must_use]
pub fn wrapped(pieces: &[Piece], width: usize, indent: usize) -> Vec<Vec<Piece>> {
    let indent = if indent * 2 > width { 0 } else { indent };
    let (mut lines, mut line, mut used) = (Vec::new(), Vec::<Piece>::new(), 0);
    let mut turn = |line: &mut Vec<Piece>, used: &mut usize| {
        lines.push(std::mem::replace(line, vec![(Slot::Text, " ".repeat(indent))]));
        *used = indent;
    };
    for (slot, text) in pieces {
        for word in text.split_inclusive(' ') {
            let cells = fmt::width(word.trim_end());
            if used > indent && used + cells > width {
                turn(&mut line, &mut used);
            }
            if used + fmt::width(word) <= width {
                used += fmt::width(word);
                line.push((*slot, word.to_owned()));
                continue;
            }
            for (at, part) in fmt::wrap(word, width.saturating_sub(indent)).into_iter().enumerate() {
                if at > 0 || used + fmt::width(&part) > width {
                    turn(&mut line, &mut used);
                }
                used += fmt::width(&part);
                line.push((*slot, part));
            }
        }
    }
    if !line.is_empty() || pieces.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text in pieces, `needle` (in small letters) standing out wherever it is found.
#[must_use]
pub fn marked(text: &str, needle: &str, plain: Slot) -> Vec<Piece> {
    let (mut pieces, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty() && !needle.is_empty()) {
        let Some(len) = begins(rest, needle) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        pieces.extend(text.get(from..at).filter(|t| !t.is_empty()).map(|t| (plain, t.to_owned())));
        pieces.extend(rest.get(..len).map(|t| (Slot::Match, t.to_owned())));
        at += len;
        from = at;
    }
    pieces.extend(text.get(from..).filter(|t| !t.is_empty()).map(|t| (plain, t.to_owned())));
    pieces
}

/// How many bytes of the text are the needle.
fn begins(text: &str, needle: &str) -> Option<usize> {
    let mut wanted = needle.chars();
    let mut next = wanted.next();
    for (at, c) in text.char_indices() {
        if next.is_none() {
            return Some(at);
        }
        for small in c.to_lowercase() {
            if next.is_some_and(|wanted| wanted != small) || next.is_none() {
                return None;
            }
            next = wanted.next();
        }
    }
    next.is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(pieces: &[Piece]) -> String {
        pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn what_is_looked_for_stands_out_and_nothing_is_lost() {
        let pieces = marked("DB on a1, db on b1", "db", Slot::Text);
        let found: Vec<_> = pieces.iter().filter(|(slot, _)| *slot == Slot::Match).map(|(_, text)| text.as_str()).collect();
        assert_eq!(found, ["DB", "db"]);
        assert_eq!(texts(&pieces), "DB on a1, db on b1");
    }

    #[test]
    fn what_was_good_is_not_good_while_nobody_sees_it() {
        assert_eq!(mark(Condition::Good, Freshness::Lost(1)).0, Slot::Lost);
        assert_eq!(mark(Condition::Good, Freshness::Never).0, Slot::Unknown);
        assert_eq!(mark(Condition::Bad, Freshness::Lost(1)).0, Slot::Bad);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_for_and_no_word_is_lost(text in any::<String>(), width in 2usize..60, indent in 0usize..9) {
            let text = words::clean(&text, false);
            let pieces = [(Slot::Strong, "label ".to_owned()), (Slot::Text, text.clone())];
            let lines = wrapped(&pieces, width, indent);
            prop_assert!(lines.iter().all(|line| fmt::width(texts(line).trim_end()) <= width), "{lines:?}");
            prop_assert!(wide(&cut(&pieces, width)) <= width);
            prop_assert_eq!(texts(&marked(&text, "a", Slot::Text)), text);
        }
    }
}
