//! Notices at once that the terminal hung up, and sees to it that the process ends then. Started by `signals`. Sleeps until
//! that happens: no wake-up before it, and it needs nothing of the loop, which may be what is stuck.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::TermError;
use super::guard::restore;
use super::tty::{Tty, wait};

/// How long the console may take to end by itself after its terminal hung up.
pub const GRACE: Duration = Duration::from_millis(800);
/// What a process says that was ended by SIGHUP.
const EXIT_CODE: i32 = 129;
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// The thread that waits for the hang-up. Dropped before that, it ends; afterwards nothing calls it off.
#[derive(Debug)]
pub struct Watchdog {
    alarm: UnixStream,
}

impl Watchdog {
    /// Watches the terminal. Tells `on_hangup` (which must not block) of its end; a process that is still there [`GRACE`]
    /// later gives the terminal back and exits with 129.
    ///
    /// # Errors
    /// When there is no thread or descriptor left.
    pub fn start(tty: &Tty, on_hangup: impl FnOnce() + Send + 'static) -> Result<Self, TermError> {
        Self::start_with(tty, GRACE, on_hangup, || {
            restore();
            std::process::exit(EXIT_CODE);
        })
    }

    /// As if the terminal had hung up, for SIGHUP.
    pub fn alarm(&self) {
        // Full or closed, it was heard already.
        (&self.alarm).write_all(&[1]).ok();
    }

    fn start_with(
        tty: &Tty,
        grace: Duration,
        on_hangup: impl FnOnce() + Send + 'static,
        end: impl FnOnce() + Send + 'static,
    ) -> Result<Self, TermError> {
        let (alarm, heard) = UnixStream::pair().map_err(TermError::Watch)?;
        alarm.set_nonblocking(true).map_err(TermError::Watch)?;
        let tty = tty.clone();
        let watch = move || {
            // A terminal that cannot be watched counts as gone.
            if hangs_up(&tty, &heard).unwrap_or(true) {
                on_hangup();
                std::thread::sleep(grace);
                end();
            }
        };
        std::thread::Builder::new().name("terminal-watch".to_owned()).spawn(watch).map_err(TermError::Watch)?;
        Ok(Self { alarm })
    }
}

/// Waits for the hang-up (true) or for being called off (false).
fn hangs_up(tty: &Tty, mut heard: &UnixStream) -> io::Result<bool> {
    loop {
        let mut files = [PollFd::new(tty, PollFlags::empty()), PollFd::new(heard, PollFlags::IN)];
        wait(&mut files, None)?;
        let [tty_now, heard_now] = files.map(|file| file.revents());
        if tty_now.intersects(GONE) {
            return Ok(true);
        }
        if !heard_now.is_empty() {
            return Ok(heard.read(&mut [0])? > 0);
        }
    }
}

#[cfg(test)]
mod tests;
