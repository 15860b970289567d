//! What goes to the terminal: a whole frame is collected, then written at once, and what the terminal does not take now is
//! kept. Filled by `cells`, emptied by `screen`. Never blocks and never drops a part of a sequence.

use std::io::{self, Write};

use super::guard;
use super::tty::Tty;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Bytes on their way to the terminal.
#[derive(Debug)]
pub(super) struct Output {
    tty: Tty,
    frame: Vec<u8>,
    /// Complete frames and sequences; the first `sent` bytes are with the terminal.
    queue: Vec<u8>,
    sent: usize,
    /// Bytes that the terminal took since the start.
    pub(super) written: u64,
}

impl Output {
    pub(super) fn new(tty: Tty) -> Self {
        Self { tty, frame: Vec::new(), queue: Vec::new(), sent: 0, written: 0 }
    }

    pub(super) fn tty(&self) -> &Tty {
        &self.tty
    }

    /// Bytes that the terminal has not taken.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len() - self.sent
    }

    /// Ends the frame: it may be written now. False when it was empty.
    pub(super) fn end_frame(&mut self, synchronized: bool) -> bool {
        if self.frame.is_empty() {
            return false;
        }
        let (begin, end) = if synchronized { (BEGIN, END) } else { (&[][..], &[][..]) };
        self.queue.extend_from_slice(begin);
        self.queue.append(&mut self.frame);
        self.queue.extend_from_slice(end);
        true
    }

    /// Adds whole sequences behind the frames.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.queue.extend_from_slice(bytes);
    }

    /// Writes what the terminal takes now. After an error nothing waits any more.
    pub(super) fn push(&mut self) -> io::Result<()> {
        let done = self.push_some();
        if done.is_err() || self.waiting() == 0 {
            self.forget();
        }
        guard::set_unfinished(self.waiting() > 0);
        done
    }

    /// Drops what waits.
    pub(super) fn forget(&mut self) {
        self.queue.clear();
        self.sent = 0;
    }

    fn push_some(&mut self) -> io::Result<()> {
        while let Some(rest) = self.queue.get(self.sent..)
            && !rest.is_empty()
        {
            match self.tty.write(rest)? {
                0 => break,
                count => {
                    self.sent += count;
                    self.written += count as u64;
                }
            }
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: the drawing library flushes several times a frame.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
