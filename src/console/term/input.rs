//! Keys, pastes and the mouse, read from the terminal by a thread of its own, and its changes of size. Read by the console's
//! loop. The thread sleeps until something is typed, ends when the terminal hangs up, and drops nothing: while the loop is
//! slow, what is typed waits in the terminal.
//!
//! The reader of the drawing library is not used: it spins when the terminal hangs up, and holds back what was typed beyond
//! its first kilobyte.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;

use crossterm::event::{KeyEvent, MouseEvent};
use rustix::event::{PollFd, PollFlags};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::mpsc;

use super::TermError;
use super::decode::Decoder;
use super::tty::{Tty, wait};

/// How many events wait for the loop.
const QUEUE: usize = 64;
const CHUNK: usize = 4096;

/// Something that the operator did at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// A key was pressed (or repeats); releases are left out.
    Key(KeyEvent),
    /// Text was pasted: at most 64 KiB, without control characters, one line.
    Paste(String),
    /// The terminal has this many columns and rows now. Several changes may come as one.
    Resize(u16, u16),
    /// A mouse button or the wheel; moves are left out.
    Mouse(MouseEvent),
    /// The terminal's window gained or lost the focus.
    Focus(bool),
}

/// What the operator does. Dropped, it reads no more.
#[derive(Debug)]
pub struct Input {
    events: mpsc::Receiver<Raw>,
    resized: Stream,
    tty: Tty,
    // Closed with this, the other end wakes the thread up to end.
    _open: UnixStream,
}

impl Input {
    /// Reads from the terminal from now on. Call it inside the runtime, after the screen was entered.
    ///
    /// # Errors
    /// When there is no thread or descriptor left.
    pub fn start(tty: &Tty) -> Result<Self, TermError> {
        let (tell, events) = mpsc::channel(QUEUE);
        let (open, closed) = UnixStream::pair().map_err(TermError::Watch)?;
        let resized = signal(SignalKind::window_change()).map_err(TermError::Watch)?;
        let reader = Reader { tty: tty.clone(), closed, tell };
        let read = move || {
            if let Err(error) = reader.run() {
                tracing::debug!(%error, "the terminal cannot be read any more");
            }
        };
        std::thread::Builder::new().name("terminal-read".to_owned()).spawn(read).map_err(TermError::Watch)?;
        Ok(Self { events, resized, tty: tty.clone(), _open: open })
    }

    /// The next event; `None` when the terminal is gone, for good. May be dropped at any time, nothing is lost.
    pub async fn next(&mut self) -> Option<Raw> {
        tokio::select! {
            biased;
            Some(()) = self.resized.recv() => {
                let size = self.tty.size().ok()?;
                Some(Raw::Resize(size.width, size.height))
            }
            event = self.events.recv() => event,
        }
    }
}

struct Reader {
    tty: Tty,
    closed: UnixStream,
    tell: mpsc::Sender<Raw>,
}

impl Reader {
    /// Reads until the terminal hangs up or nobody listens.
    fn run(self) -> io::Result<()> {
        let (mut decoder, mut chunk, mut events) = (Decoder::default(), [0; CHUNK], Vec::new());
        loop {
            let mut files = [PollFd::new(&self.tty, PollFlags::IN), PollFd::new(&self.closed, PollFlags::IN)];
            wait(&mut files, decoder.patience())?;
            let [tty, closed] = files.map(|file| file.revents());
            if !closed.is_empty() || tty.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return Ok(());
            }
            if tty.is_empty() {
                decoder.silence(&mut events);
            } else {
                match self.tty.read(&mut chunk) {
                    Ok(0) => return Ok(()),
                    Ok(count) => decoder.feed(chunk.get(..count).unwrap_or_default(), &mut events),
                    Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                    Err(e) => return Err(e),
                }
            }
            for event in events.drain(..) {
                if self.tell.blocking_send(event).is_err() {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
