//! The person at the terminal: asked before something is done, and free to stop watching.

use async_trait::async_trait;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1024;

/// Whoever gave the command.
#[async_trait]
pub trait Person: Send {
    /// Somebody is there to be asked.
    fn present(&self) -> bool;

    /// Asks for one line; an empty one when there is none.
    ///
    /// # Errors
    /// When the terminal cannot be read or written.
    async fn ask(&mut self, prompt: &str) -> io::Result<String>;

    /// From now on ctrl-c is caught for [`Person::interrupt`]; before, it ends the program.
    fn catch_interrupts(&mut self);

    /// Ends when the person presses ctrl-c, or has pressed it since it is caught.
    async fn interrupt(&mut self);
}

/// The person at this process's terminal. The prompt goes to standard error, so that standard output stays a result.
#[derive(Debug, Default)]
pub struct AtTerminal {
    /// Kept between waits, so that a key pressed in between is not lost.
    interrupts: Option<Signal>,
}

#[async_trait]
impl Person for AtTerminal {
    fn present(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    async fn ask(&mut self, prompt: &str) -> io::Result<String> {
        let prompt = prompt.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut err = io::stderr();
            err.write_all(prompt.as_bytes())?;
            err.flush()?;
            let mut line = String::new();
            io::stdin().lock().take(MAX_ANSWER).read_line(&mut line)?;
            Ok(line)
        })
        .await
        .map_err(io::Error::other)?
    }

    fn catch_interrupts(&mut self) {
        if self.interrupts.is_none() {
            self.interrupts = signal(SignalKind::interrupt()).ok();
        }
    }

    async fn interrupt(&mut self) {
        self.catch_interrupts();
        match &mut self.interrupts {
            Some(interrupts) => {
                interrupts.recv().await;
            }
            // Without a handler ctrl-c ends the program, which changes nothing of the run either.
            None => std::future::pending().await,
        }
    }
}
