//! What a terminal has been sent, as its user sees it: a program that says where a picture begins and ends (synchronised
//! updates, mode 2026) is never seen in the middle of one.

use std::num::NonZeroU16;

const BEGIN: &[u8] = b"\x1b[?2026h";
/// Also said by what leaves the program's screen, whoever does that after the program died in the middle of a picture.
const ENDS: [&[u8]; 2] = [b"\x1b[?2026l", b"\x1b[?1049l"];

/// All bytes, and the last whole picture.
pub struct Seen {
    parser: vt100::Parser,
    shown: vt100::Screen,
    bytes: Vec<u8>,
    /// A picture has begun and not ended.
    drawing: bool,
}

impl Seen {
    pub fn new(rows: NonZeroU16, cols: NonZeroU16) -> Self {
        let parser = vt100::Parser::new(rows, cols, 0);
        let shown = parser.screen().clone();
        Self { parser, shown, bytes: Vec::new(), drawing: false }
    }

    /// The program wrote this.
    pub fn take(&mut self, chunk: &[u8]) {
        for byte in chunk {
            self.bytes.push(*byte);
            self.parser.process(std::slice::from_ref(byte));
            if self.bytes.ends_with(BEGIN) {
                self.show();
                self.drawing = true;
            } else if ENDS.iter().any(|end| self.bytes.ends_with(end)) {
                self.drawing = false;
                self.show();
            }
        }
        if !self.drawing {
            self.show();
        }
    }

    /// The window has another size: what it shows is cut or widened at once.
    pub fn resize(&mut self, rows: NonZeroU16, cols: NonZeroU16) {
        self.parser.set_size(rows, cols);
        self.shown.set_size(rows, cols);
    }

    /// The last whole picture.
    pub fn screen(&self) -> &vt100::Screen {
        &self.shown
    }

    /// Everything that was ever written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn show(&mut self) {
        self.shown = self.parser.screen().clone();
    }
}
