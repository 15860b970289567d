//! A text that is pasted: everything between the two brackets that the terminal puts around it. Pure; called by `decode`.

use super::super::sequences::is_safe;

const END: &[u8] = b"\x1b[201~";
/// What of a paste is kept, in bytes.
const MOST: usize = 64 * 1024;

/// A paste that has begun.
#[derive(Debug, Default)]
pub(super) struct Paste {
    kept: Vec<u8>,
    /// So many of the last bytes are the beginning of the end.
    matched: usize,
}

impl Paste {
    /// Takes a byte; the text when that was the end of it.
    pub(super) fn take(mut self, byte: u8) -> Result<String, Self> {
        if END.get(self.matched) == Some(&byte) {
            self.matched += 1;
            return if self.matched == END.len() { Ok(self.text()) } else { Err(self) };
        }
        // It was not the end; only its first byte can begin another one.
        let matched = std::mem::take(&mut self.matched);
        self.keep(END.get(..matched).unwrap_or_default());
        if byte == 0x1b {
            self.matched = 1
        } else {
            self.keep(&[byte])
        }
        Err(self)
    }

    /// What was pasted so far, as one line of safe characters.
    pub(super) fn text(&self) -> String {
        let mut kept = self.kept.as_slice();
        // The cut may have gone through a character.
        if let Err(cut) = std::str::from_utf8(kept)
            && cut.error_len().is_none()
        {
            kept = kept.get(..cut.valid_up_to()).unwrap_or_default();
        }
        let text = String::from_utf8_lossy(kept).replace("\r\n", " ");
        text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).filter(|c| is_safe(*c)).collect()
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MOST.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}
