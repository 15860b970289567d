//! The terminal as a file: opened once for the whole process, never blocking, so that one which takes nothing cannot hold
//! the console up. Used by everything in this room; knows no modes and no sequences.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::termios::{isatty, tcgetwinsize};

use super::TermError;

/// The controlling terminal first: it can be opened also when the device belongs to another user, as after `su`.
const PLACES: [&str; 3] = ["/dev/tty", "/dev/stdin", "/dev/stdout"];
/// What a terminal measures that does not say.
const UNTOLD: Size = Size { width: 80, height: 24 };

/// The terminal. Cheap to clone; all clones are one open file, which no other process shares.
#[derive(Debug, Clone)]
pub struct Tty(Arc<File>);

impl Tty {
    /// Opens the terminal of this process.
    ///
    /// # Errors
    /// When there is none.
    pub fn open() -> Result<Self, TermError> {
        let mut why = io::Error::from(io::ErrorKind::NotFound);
        for place in PLACES {
            match Self::at(place) {
                Ok(tty) => return Ok(tty),
                Err(error) => why = error,
            }
        }
        Err(TermError::NoTerminal(why))
    }

    fn at(place: &str) -> io::Result<Self> {
        let flags = OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags.bits().cast_signed()).open(place)?;
        if isatty(&file) { Ok(Self::from_file(file)) } else { Err(rustix::io::Errno::NOTTY.into()) }
    }

    /// A terminal that is open already, for reading and writing, and does not block.
    pub(super) fn from_file(file: File) -> Self {
        Self(Arc::new(file))
    }

    /// Columns and rows, as the kernel knows them. A terminal without a size (a serial line) counts as 80x24.
    ///
    /// # Errors
    /// When it hung up.
    pub fn size(&self) -> io::Result<Size> {
        let told = tcgetwinsize(&self.0)?;
        let or = |told: u16, untold: u16| if told == 0 { untold } else { told };
        Ok(Size { width: or(told.ws_col, UNTOLD.width), height: or(told.ws_row, UNTOLD.height) })
    }

    /// Reads what is there; `WouldBlock` when nothing is, 0 when it hung up.
    pub(super) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(into)
    }

    /// Writes what it takes now and says how much that was.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&*self.0).write(bytes) {
                Ok(0) if !bytes.is_empty() => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => return Ok(count),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Writes all of it, or fails after `within`.
    pub(super) fn write_all(&self, mut bytes: &[u8], within: Duration) -> io::Result<()> {
        let until = Instant::now() + within;
        while !bytes.is_empty() {
            let count = self.write(bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
            let left = until.saturating_duration_since(Instant::now());
            if count == 0 {
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                wait(&mut [PollFd::new(self, PollFlags::OUT)], Some(left))?;
            }
        }
        Ok(())
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `poll` that signals do not end early; without a limit it wakes up for an event only.
pub(super) fn wait(files: &mut [PollFd<'_>], within: Option<Duration>) -> io::Result<()> {
    let until = within.map(|within| Instant::now() + within);
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(files, left.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            done => return done.map(drop).map_err(Into::into),
        }
    }
}
