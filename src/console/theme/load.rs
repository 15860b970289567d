//! Reads a theme: the user's file of that name, or else the one in the program.
//!
//! Called when the console starts and when the theme is changed. Each load begins from the same base (the theme `default`
//! under a user's file), so nothing of the theme before can show through. It blocks on the disk and changes nothing.

use super::{MODIFIERS, Slot, Theme};
use ratatui::style::{Color, Style};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The most bytes that a theme file may have.
const MOST: u64 = 64 * 1024;
/// How many characters of a value from a file are shown.
const SHOWN: usize = 60;
/// What a colour may be written as.
const COLOURS: &str = "\"default\", a name such as \"cyan\" or \"light-red\", \"#rrggbb\" or a number from 0 to 255";

/// One thing in a theme file that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, from the top of the file, as in `bad.fg`; bounded and escaped.
    pub key: String,
    /// What stands there, bounded and escaped.
    pub found: String,
    /// Why that is wrong.
    pub why: &'static str,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}; write {}", self.key, self.found, self.why, self.remedy)
    }
}

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The name could lead out of the folder of themes.
    #[error(
        "the theme name {0:?} is refused: it becomes a file's name, so it has 1 to 64 ASCII letters, digits and ._- and starts with a letter or a digit; write for example \"light\""
    )]
    Name(String),
    /// There is no such theme.
    #[error("there is no theme {name:?}: it is not among the built-in ones and {folder}; write one of {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Where else it was looked for, in words.
        folder: String,
        /// The names there are.
        known: String,
    },
    /// The file is there and cannot be read.
    #[error("the theme file {} cannot be read: {why}; make it a readable file of UTF-8 text, or remove it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is far larger than a theme.
    #[error("the theme file {} is larger than 64 KiB, which no theme is; look whether it is another file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is no TOML.
    #[error("{origin} is no TOML: {why}; write lines such as: bad = {{ fg = \"red\", bold = true }}")]
    Syntax {
        /// Where the text came from.
        origin: String,
        /// What the parser said, on one line.
        why: String,
    },
    /// The file is TOML, and something in it is no theme.
    #[error("{origin} is refused:{}", faults.iter().map(|fault| format!("\n  {fault}")).collect::<String>())]
    Refused {
        /// Where the text came from.
        origin: String,
        /// Everything that is wrong with it.
        faults: Vec<Fault>,
    },
}

/// Loads the theme `name`: `NAME.toml` in `folder` if it is there, else the built-in one.
///
/// # Errors
/// A name that is no plain file name, a theme that does not exist, or a file that is not a whole and sound theme.
pub fn load(name: &str, folder: Option<&Path>) -> Result<Theme, ThemeError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(plain) {
        return Err(ThemeError::Name(bounded(name)));
    }
    if let Some(path) = folder.map(|folder| folder.join(format!("{name}.toml")))
        && let Some(text) = contents(&path)?
    {
        let base = Theme::builtin("default").unwrap_or_else(|| Theme::plain(name));
        return read(name, &format!("the theme file {}", path.display()), &text, base);
    }
    Theme::builtin(name).ok_or_else(|| ThemeError::Unknown {
        name: name.to_owned(),
        folder: folder.map_or_else(|| "no folder of themes is set".to_owned(), |f| format!("not in {}", f.display())),
        known: Theme::names().collect::<Vec<_>>().join(", "),
    })
}

/// The text of the file, or `None` where there is no such file.
fn contents(path: &Path) -> Result<Option<String>, ThemeError> {
    let failed = |why: String| ThemeError::Read { path: path.to_owned(), why };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
        // A pipe or a device could keep us waiting for ever.
        Ok(data) if !data.is_file() => return Err(failed("it is not a file".to_owned())),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MOST {
        return Err(ThemeError::TooLarge { path: path.to_owned() });
    }
    String::from_utf8(bytes).map(Some).map_err(|_| failed("it is not UTF-8".to_owned()))
}

/// Puts what `text` says over `base`, under the name `name`; what it leaves out stays as in `base`.
pub(super) fn read(name: &str, origin: &str, text: &str, base: Theme) -> Result<Theme, ThemeError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| ThemeError::Syntax {
        origin: origin.to_owned(),
        why: bounded(&error.message().replace('\n', " ")),
    })?;
    let mut theme = Theme { name: name.to_owned(), ..base };
    let mut faults = Vec::new();
    for (key, value) in &table {
        let slot = Slot::ALL.into_iter().find(|slot| slot.name() == key);
        match (slot, value) {
            (Some(slot), Value::Table(look)) => theme.set(slot, style(slot, look, &mut faults)),
            (Some(_), other) => faults.push(fault(key, other, "a slot is a table", "{ fg = \"cyan\", bold = true }")),
            (None, other) => {
                let names: Vec<_> = Slot::ALL.iter().map(|slot| slot.name()).collect();
                faults.push(fault(key, other, "there is no such slot", format!("one of {}", names.join(", "))));
            }
        }
    }
    if faults.is_empty() { Ok(theme) } else { Err(ThemeError::Refused { origin: origin.to_owned(), faults }) }
}

/// The style that the table of one slot describes. What is wrong in it goes to `faults`.
fn style(slot: Slot, look: &Table, faults: &mut Vec<Fault>) -> Style {
    let mut style = Style::new();
    for (key, value) in look {
        let path = format!("{}.{key}", slot.name());
        let modifier = MODIFIERS.iter().find(|(name, _)| name == key);
        match (key.as_str(), modifier, value) {
            ("fg" | "bg", _, _) => match colour(value) {
                Some(colour) if key == "fg" => style = style.fg(colour),
                Some(colour) => style = style.bg(colour),
                None => faults.push(fault(&path, value, "this is no colour", COLOURS)),
            },
            (_, Some((_, modifier)), Value::Boolean(on)) => {
                style = if *on { style.add_modifier(*modifier) } else { style };
            }
            (_, Some(_), _) => faults.push(fault(&path, value, "this is neither on nor off", "true or false")),
            _ => faults.push(fault(&path, value, "there is no such key", "one of fg, bg, bold, dim, italic, underline, reverse")),
        }
    }
    style
}

/// A colour as theme files write it: see [`COLOURS`].
fn colour(value: &Value) -> Option<Color> {
    match value {
        Value::Integer(index) => u8::try_from(*index).ok().map(Color::Indexed),
        Value::String(text) if text == "default" => Some(Color::Reset),
        // The text of a number is a slip for the number, and not one of the names.
        Value::String(text) if text.parse::<u8>().is_err() => text.parse().ok(),
        _ => None,
    }
}

fn fault(key: &str, found: &Value, why: &'static str, remedy: impl Into<String>) -> Fault {
    Fault { key: bounded(key), found: bounded(&found.to_string()), why, remedy: remedy.into() }
}

/// At most [`SHOWN`] characters, and none that a terminal would obey.
pub(super) fn bounded(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push_str("...");
    }
    short
}
