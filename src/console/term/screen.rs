//! The screen: the terminal while the console has it, drawn on frame by frame. Owned by the console's loop, which decides
//! when to draw and what. Drawing never blocks: a terminal that has not taken the last frame gets no new one.

use std::time::Duration;

use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

use super::TermError;
use super::cells::Cells;
use super::guard::Guard;
use super::output::Output;
use super::tty::Tty;

/// More bytes than this never wait for the terminal: a large frame and a large copy.
const MOST_WAITING: usize = 512 * 1024;
/// How often a slow terminal is tried, at first and in the end.
const TRY_FIRST: Duration = Duration::from_millis(5);
const TRY_LAST: Duration = Duration::from_millis(250);

/// How the terminal is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Frames are marked so that the terminal shows each at once. Terminals that do not know the mark ignore it.
    pub synchronized: bool,
    /// The window's title is changed, and put back in the end.
    pub title: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { synchronized: true, title: true }
    }
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// It is with the terminal, or on the way.
    Shown,
    /// It says the same as the one before; nothing was written.
    Same,
    /// It was not made: the terminal has not taken the one before. Draw again after [`Screen::catch_up`].
    Behind,
}

/// What was drawn since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that wrote something.
    pub frames: u64,
    /// Frames that said the same as the one before.
    pub same: u64,
    /// Frames that were not made since the terminal was behind.
    pub behind: u64,
    /// Bytes that the terminal took, frames and everything else.
    pub bytes: u64,
}

/// The terminal while the console has it. Dropped, it is given back.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Cells>,
    options: Options,
    mouse: bool,
    stale: bool,
    counts: Counts,
    // Last: given back when nothing is left to write.
    guard: Guard,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is gone, takes nothing or is taken already.
    pub fn enter(tty: &Tty, options: Options) -> Result<Self, TermError> {
        let guard = Guard::enter(tty, options.title)?;
        let terminal = Terminal::new(Cells::new(Output::new(tty.clone()))).map_err(TermError::Modes)?;
        Ok(Self { terminal, options, mouse: false, stale: true, counts: Counts::default(), guard })
    }

    /// Draws a frame: only what differs from the last one is written, at once.
    ///
    /// # Errors
    /// When the terminal is gone or was given back.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Result<Drawn, TermError> {
        self.send()?;
        if self.is_behind() {
            self.counts.behind += 1;
            return Ok(Drawn::Behind);
        }
        if std::mem::take(&mut self.stale) {
            self.start_over()?;
        }
        self.terminal.draw(render).map_err(TermError::Write)?;
        let synchronized = self.options.synchronized;
        let drawn = if self.output().end_frame(synchronized) { Drawn::Shown } else { Drawn::Same };
        match drawn {
            Drawn::Shown => self.counts.frames += 1,
            _ => self.counts.same += 1,
        }
        self.send()?;
        Ok(drawn)
    }

    /// The next frame is drawn in full, on an empty screen.
    pub fn clear(&mut self) {
        self.stale = true;
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn size(&self) -> Result<Size, TermError> {
        self.terminal.size().map_err(TermError::Modes)
    }

    /// Sends whole sequences, such as those of [`super::sequences`], between two frames.
    ///
    /// # Errors
    /// When the terminal is gone, was given back, or is so far behind that it would be too much.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), TermError> {
        let waiting = self.output().waiting();
        if waiting + bytes.len() > MOST_WAITING {
            return Err(TermError::Behind(waiting));
        }
        self.output().add(bytes);
        self.send()
    }

    /// Turns the reports of mouse buttons and wheel on or off.
    ///
    /// # Errors
    /// As [`Screen::raw`].
    pub fn set_mouse(&mut self, on: bool) -> Result<(), TermError> {
        if !self.guard.is_taken() {
            return Err(TermError::Left);
        }
        self.mouse = on;
        let bytes = self.guard.mouse(on);
        self.raw(bytes.as_bytes())
    }

    /// True while the terminal has not taken everything: wait for [`Screen::catch_up`] beside the other events then.
    pub fn is_behind(&self) -> bool {
        self.terminal.backend().output.waiting() > 0
    }

    /// Returns when the terminal has taken everything. May be dropped at any time, nothing is lost or sent twice.
    ///
    /// # Errors
    /// When the terminal is gone or was given back.
    pub async fn catch_up(&mut self) -> Result<(), TermError> {
        let mut pause = TRY_FIRST;
        while self.is_behind() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(TRY_LAST);
            self.send()?;
        }
        Ok(())
    }

    /// What was drawn since the start.
    pub fn counts(&self) -> Counts {
        Counts { bytes: self.terminal.backend().output.written, ..self.counts }
    }

    /// Takes the terminal again, after a suspension or after this process was stopped and went on: somebody else may have
    /// set its modes and written on it. The next frame is drawn in full.
    ///
    /// # Errors
    /// When it is gone.
    pub fn enter_again(&mut self) -> Result<(), TermError> {
        // What waited belongs to a screen that is no more.
        self.output().forget();
        self.guard.enter_again()?;
        self.clear();
        if self.mouse { self.set_mouse(true) } else { Ok(()) }
    }

    fn start_over(&mut self) -> Result<(), TermError> {
        let area = Rect::from(self.size()?);
        self.terminal.backend_mut().forget();
        // Unlike `Terminal::clear`, which asks the terminal where its cursor is.
        self.terminal.resize(area).map_err(TermError::Write)
    }

    /// Writes what waits. A terminal that was given back (a panic elsewhere) belongs to somebody else.
    fn send(&mut self) -> Result<(), TermError> {
        if !self.guard.is_taken() {
            return Err(TermError::Left);
        }
        self.output().push().map_err(TermError::Write)
    }

    fn output(&mut self) -> &mut Output {
        &mut self.terminal.backend_mut().output
    }
}

#[cfg(test)]
mod tests;
