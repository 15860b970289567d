//! Signals and the hang-up of the terminal, as one stream for the console's loop. A hang-up is handed to the watchdog too,
//! by a task of its own, so that a loop that is stuck does not keep the process alive.

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::TermError;
use super::hangup::Watchdog;
use super::tty::Tty;

/// SIGCONT on Linux, which tokio has no name for.
const CONT: i32 = rustix::process::Signal::CONT.as_raw();

/// What the loop has to react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone, or SIGHUP: end within [`super::GRACE`].
    Hangup,
    /// SIGTERM or SIGQUIT: end.
    Terminate,
    /// SIGINT from outside; ctrl-c is a key.
    Interrupt,
    /// The process was stopped and goes on: call [`super::Screen::enter_again`] and draw.
    Continued,
}

/// The signals of this process.
#[derive(Debug)]
pub struct Signals {
    hangup: mpsc::Receiver<()>,
    terminate: Stream,
    quit: Stream,
    interrupt: Stream,
    continued: Stream,
    relay: JoinHandle<()>,
}

impl Signals {
    /// Handles the signals from now on, and watches the terminal. Call it inside the runtime.
    ///
    /// # Errors
    /// When a handler or the watching thread cannot be set up.
    pub fn start(tty: &Tty) -> Result<Self, TermError> {
        let (tell, hangup) = mpsc::channel(1);
        let watchdog = Watchdog::start(tty, move || {
            // Full means told.
            tell.try_send(()).ok();
        })?;
        let mut hup = stream(SignalKind::hangup())?;
        let relay = tokio::spawn(async move {
            // The watchdog lives as long as this task.
            while hup.recv().await.is_some() {
                watchdog.alarm();
            }
        });
        Ok(Self {
            hangup,
            terminate: stream(SignalKind::terminate())?,
            quit: stream(SignalKind::quit())?,
            interrupt: stream(SignalKind::interrupt())?,
            continued: stream(SignalKind::from_raw(CONT))?,
            relay,
        })
    }

    /// The next one. May be dropped at any time, none is lost; several of one kind may come as one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            Some(()) = self.hangup.recv() => Signal::Hangup,
            Some(()) = self.terminate.recv() => Signal::Terminate,
            Some(()) = self.quit.recv() => Signal::Terminate,
            Some(()) = self.interrupt.recv() => Signal::Interrupt,
            Some(()) = self.continued.recv() => Signal::Continued,
            // Nothing can come any more, which is the end of the runtime.
            else => Signal::Terminate,
        }
    }

    /// Returns when the process was stopped and goes on.
    pub(super) async fn continued(&mut self) {
        self.continued.recv().await;
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

fn stream(kind: SignalKind) -> Result<Stream, TermError> {
    signal(kind).map_err(TermError::Watch)
}

#[cfg(test)]
mod tests;
