//! The drawing library's view of the terminal. Called by `screen` through the library: a frame in which nothing changed
//! writes no byte, and nothing here asks the terminal anything.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::output::Output;

/// Where the library draws.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) output: Output,
    /// Whether the cursor is shown, and where it was put; `None` is not known.
    shown: Option<bool>,
    cursor: Option<Position>,
}

impl Cells {
    pub(super) fn new(output: Output) -> Self {
        Self { output, shown: None, cursor: None }
    }

    /// What the terminal shows is not known any more.
    pub(super) fn forget(&mut self) {
        self.shown = None;
        self.cursor = None;
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.shown.replace(shown) != Some(shown) {
            self.output.write_all(if shown { b"\x1b[?25h" } else { b"\x1b[?25l" })?;
        }
        Ok(())
    }

    fn inner(&mut self) -> CrosstermBackend<&mut Output> {
        self.cursor = None;
        CrosstermBackend::new(&mut self.output)
    }
}

impl Backend for Cells {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        // Without a cell the library would still write that colours and attributes are off.
        let mut content = content.peekable();
        if content.peek().is_none() { Ok(()) } else { self.inner().draw(content) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    /// Refused: the terminal would have to be asked, and one that does not answer holds the console up for seconds.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "the terminal is not asked for its cursor"))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.replace(position) != Some(position) {
            let (row, column) = (u32::from(position.y) + 1, u32::from(position.x) + 1);
            write!(self.output, "\x1b[{row};{column}H")?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.inner().clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.output.tty().size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
