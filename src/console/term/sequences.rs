//! Sequences that the console sends beside its frames: the clipboard, the title, the bell, a notice. Pure; called by the
//! console's loop, which sends them with [`super::Screen::raw`]. No control character of a text gets through.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest base64 text that terminals take for the clipboard.
pub const MOST_COPIED: usize = 74_994;
/// The screen program takes strings of fewer than 768 bytes.
const SCREEN_CHUNK: usize = 760;
/// The longest title or notice, in characters.
const MOST_SAID: usize = 200;

/// A text is too long for the clipboard of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes are too many to copy through a terminal, which takes {} at most; save them to a file instead", MOST_COPIED / 4 * 3)]
pub struct TooLong {
    /// The length of the text.
    pub bytes: usize,
}

/// What stands between the console and the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing.
    #[default]
    None,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Wrap {
    /// As the environment says: `tmux` is the variable `TMUX`, `term` is `TERM`.
    pub fn of(tmux: Option<&str>, term: Option<&str>) -> Self {
        if tmux.is_some_and(|tmux| !tmux.is_empty()) {
            Self::Tmux
        } else if term.is_some_and(|term| term.starts_with("screen")) {
            Self::Screen
        } else {
            Self::None
        }
    }

    fn apply(self, sequence: &[u8]) -> Vec<u8> {
        match self {
            Self::None => sequence.to_vec(),
            Self::Tmux => {
                let doubled = sequence.iter().flat_map(|byte| std::iter::repeat_n(*byte, if *byte == 0x1b { 2 } else { 1 }));
                b"\x1bPtmux;".iter().copied().chain(doubled).chain(*b"\x1b\\").collect()
            }
            Self::Screen => sequence.chunks(SCREEN_CHUNK).flat_map(|chunk| [b"\x1bP", chunk, b"\x1b\\"].concat()).collect(),
        }
    }
}

/// Puts a text on the clipboard of the operator's terminal. Whether it got there cannot be known. Line ends and tabs stay,
/// other control characters do not.
///
/// # Errors
/// When it is longer than terminals take.
pub fn osc52(text: &str, wrap: Wrap) -> Result<Vec<u8>, TooLong> {
    let text: String = text.chars().filter(|c| is_safe(*c) || matches!(c, '\n' | '\t')).collect();
    // Longer ones are not even encoded.
    if text.len().div_ceil(3) * 4 > MOST_COPIED {
        return Err(TooLong { bytes: text.len() });
    }
    Ok(wrap.apply(format!("\x1b]52;c;{}\x07", STANDARD.encode(&text)).as_bytes()))
}

/// Sets the window's title.
pub fn title(text: &str) -> Vec<u8> {
    format!("\x1b]2;{}\x07", said(text)).into_bytes()
}

/// Rings.
pub fn bell() -> Vec<u8> {
    vec![0x07]
}

/// A notice of the desktop, in terminals that have them. Multiplexers do not pass it on by themselves.
pub fn notify_osc9(text: &str, wrap: Wrap) -> Vec<u8> {
    wrap.apply(format!("\x1b]9;{}\x07", said(text)).as_bytes())
}

fn said(text: &str) -> String {
    text.chars().filter(|c| is_safe(*c)).take(MOST_SAID).collect()
}

/// False for what could end a sequence, break a line or turn the order of what is read round.
pub(super) fn is_safe(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
