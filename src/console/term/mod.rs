//! The operator's terminal: entering and leaving it, frames to it, keys from it, signals, hang-up and suspension.
//! Called by the console's loop and by whoever installs the panic hook. Asks the terminal nothing and waits for no answer
//! of it, so a mute terminal costs no time; what stands on the screen is decided elsewhere.

mod cells;
mod decode;
mod guard;
mod hangup;
mod input;
mod output;
mod screen;
pub mod sequences;
mod signals;
mod suspend;
#[cfg(test)]
mod testing;
mod tty;

pub use guard::{Guard, install_panic_hook, restore};
pub use hangup::{GRACE, Watchdog};
pub use input::{Input, Raw};
pub use screen::{Counts, Drawn, Options, Screen};
pub use signals::{Signal, Signals};
pub use suspend::{Suspension, suspend};
pub use tty::Tty;

use std::io;

/// Why the terminal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TermError {
    /// The process has no terminal.
    #[error("there is no terminal to draw on ({0}); start the console in a terminal, or use the commands that print text")]
    NoTerminal(#[source] io::Error),
    /// Something in this process draws on it already.
    #[error("the console has the terminal already; one process runs one console")]
    Taken,
    /// Its modes cannot be read or set.
    #[error("cannot change the terminal's modes ({0}); is it still connected, and is the console in its foreground?")]
    Modes(#[source] io::Error),
    /// It takes no more bytes: it hung up, or it failed.
    #[error("cannot write to the terminal ({0}); it is gone, or not ours any more")]
    Write(#[source] io::Error),
    /// It has not taken what it was sent before.
    #[error("the terminal is slow: {0} bytes wait for it; try again when it has caught up")]
    Behind(usize),
    /// It was given back, by a panic or by the end of the console.
    #[error("the terminal was given back; nothing is drawn on it any more")]
    Left,
    /// A thread or a signal handler could not be set up.
    #[error("cannot watch the terminal ({0}); the system is out of threads, descriptors or memory")]
    Watch(#[source] io::Error),
}
