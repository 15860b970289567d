//! Turns the bytes that a terminal sends into keys, pastes, clicks and focus. Pure; called by `input`. What it does not
//! know, and late answers to questions that somebody asked, become nothing, never a key. Holds a bounded number of bytes.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::input::Raw;

mod csi;
mod paste;

use paste::Paste;

/// How long an escape waits for what may follow it; alone, it is the key.
const ESCAPE: Duration = Duration::from_millis(50);
/// How long the rest of anything else may take.
const REST: Duration = Duration::from_secs(1);
/// The longest sequence that means something.
const LONGEST: usize = 64;

/// A reader of one terminal's bytes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// Bytes of one character, and how many it has.
    Character(Vec<u8>, usize),
    Escape,
    /// ESC O.
    Single,
    /// ESC [, and what followed.
    Control(Vec<u8>),
    /// A key of the Linux console: ESC [ [ and a letter.
    Console,
    /// This many more bytes of a report in the old form, which nobody asked for.
    Skip(u8),
    /// A string that a terminal answers with; true after an escape in it.
    Answer(bool),
    Pasted(Paste),
}

impl Decoder {
    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], events: &mut Vec<Raw>) {
        for byte in bytes {
            self.state = std::mem::take(&mut self.state).next(*byte, events);
        }
    }

    /// How long to wait for more before [`Decoder::silence`]; `None` when nothing is pending.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Ground => None,
            State::Escape => Some(ESCAPE),
            _ => Some(REST),
        }
    }

    /// Nothing came for as long as [`Decoder::patience`] said.
    pub(super) fn silence(&mut self, events: &mut Vec<Raw>) {
        match std::mem::take(&mut self.state) {
            State::Escape => events.push(key(KeyCode::Esc)),
            State::Pasted(paste) => events.push(Raw::Paste(paste.text())),
            _ => {}
        }
    }
}

impl State {
    fn next(self, byte: u8, events: &mut Vec<Raw>) -> Self {
        match self {
            Self::Pasted(paste) => match paste.take(byte) {
                Ok(text) => {
                    events.push(Raw::Paste(text));
                    Self::Ground
                }
                Err(paste) => Self::Pasted(paste),
            },
            Self::Answer(escaped) => match byte {
                0x07 | 0x18 | 0x1a => Self::Ground,
                b'\\' if escaped => Self::Ground,
                _ => Self::Answer(byte == 0x1b),
            },
            Self::Skip(left) => {
                if left > 1 {
                    Self::Skip(left - 1)
                } else {
                    Self::Ground
                }
            }
            Self::Character(bytes, length) => character(bytes, length, byte, events),
            // Whatever was begun, a new sequence or a control key ends it.
            Self::Single | Self::Control(_) | Self::Console if byte < 0x20 || byte == 0x7f => Self::Ground.next(byte, events),
            Self::Ground => ground(byte, KeyModifiers::NONE, events),
            Self::Escape => escape(byte, events),
            Self::Single => {
                events.extend(csi::single(byte).map(key));
                Self::Ground
            }
            Self::Console => {
                events.extend(csi::console(byte).map(key));
                Self::Ground
            }
            Self::Control(bytes) => control(bytes, byte, events),
        }
    }
}

fn escape(byte: u8, events: &mut Vec<Raw>) -> State {
    match byte {
        b'[' => State::Control(Vec::new()),
        b'O' => State::Single,
        b']' | b'P' | b'X' | b'^' | b'_' => State::Answer(false),
        0x1b => {
            events.push(key(KeyCode::Esc));
            State::Escape
        }
        _ => ground(byte, KeyModifiers::ALT, events),
    }
}

fn control(mut bytes: Vec<u8>, byte: u8, events: &mut Vec<Raw>) -> State {
    match byte {
        b'[' if bytes.is_empty() => State::Console,
        b'M' if bytes.is_empty() => State::Skip(3),
        b'~' if bytes == b"200" => State::Pasted(Paste::default()),
        0x40..=0x7e => {
            if bytes.len() <= LONGEST {
                events.extend(csi::control(&bytes, byte));
            }
            State::Ground
        }
        _ => {
            // Too long to mean anything, it is read to its end and dropped there.
            if bytes.len() <= LONGEST {
                bytes.push(byte);
            }
            State::Control(bytes)
        }
    }
}

fn ground(byte: u8, modifiers: KeyModifiers, events: &mut Vec<Raw>) -> State {
    let with_control = |c: char| (KeyCode::Char(c), modifiers | KeyModifiers::CONTROL);
    let (code, modifiers) = match byte {
        0x1b => return State::Escape,
        b'\r' => (KeyCode::Enter, modifiers),
        b'\t' => (KeyCode::Tab, modifiers),
        0x08 | 0x7f => (KeyCode::Backspace, modifiers),
        0x00 => with_control(' '),
        0x01..=0x1a => with_control(char::from(byte - 1 + b'a')),
        0x1c..=0x1f => with_control(char::from(byte - 0x1c + b'4')),
        0x20..=0x7e => (KeyCode::Char(char::from(byte)), modifiers | shift(char::from(byte))),
        0xc2..=0xdf => return State::Character(vec![byte], 2),
        0xe0..=0xef => return State::Character(vec![byte], 3),
        0xf0..=0xf4 => return State::Character(vec![byte], 4),
        // No character begins like that.
        0x80..=0xc1 | 0xf5..=0xff => return State::Ground,
    };
    events.push(Raw::Key(KeyEvent::new(code, modifiers)));
    State::Ground
}

fn character(mut bytes: Vec<u8>, length: usize, byte: u8, events: &mut Vec<Raw>) -> State {
    if !(0x80..0xc0).contains(&byte) {
        return State::Ground.next(byte, events);
    }
    bytes.push(byte);
    if bytes.len() < length {
        return State::Character(bytes, length);
    }
    if let Ok(text) = std::str::from_utf8(&bytes) {
        for c in text.chars().filter(|c| !c.is_control()) {
            events.push(Raw::Key(KeyEvent::new(KeyCode::Char(c), shift(c))));
        }
    }
    State::Ground
}

/// A capital letter says that shift was held.
fn shift(c: char) -> KeyModifiers {
    if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE }
}

fn key(code: KeyCode) -> Raw {
    Raw::Key(KeyEvent::from(code))
}

#[cfg(test)]
mod tests;
