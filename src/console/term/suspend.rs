//! Suspension by the operator's key: the terminal goes back to the shell, and is taken again when the shell says so.
//! Called by the console's loop. Whatever else the process does stops with it.

use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group};

use super::TermError;
use super::guard::restore;
use super::screen::Screen;
use super::signals::Signals;

/// How long a process runs on that is not stopped. One that is stopped does not feel it.
const UNSTOPPED: Duration = Duration::from_millis(300);

/// How a suspension ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspension {
    /// The process was stopped and goes on.
    Resumed,
    /// Nothing stopped it: no shell is there that could continue it, so the system ignored the wish.
    Refused,
}

/// Gives the terminal back and stops this process, with those it shares its job with; takes the terminal again after that.
/// The next frame is drawn in full.
///
/// # Errors
/// When the terminal is gone afterwards.
pub async fn suspend(screen: &mut Screen, signals: &mut Signals) -> Result<Suspension, TermError> {
    restore();
    // The whole job, as ctrl-z at a shell does: a wrapper (`sh -c`, `sudo`) that went on waiting would keep the terminal.
    kill_current_process_group(Signal::TSTP).map_err(|e| TermError::Watch(e.into()))?;
    // With several threads, the stop may come a moment after the call; only its end says that it is over.
    let resumed = tokio::time::timeout(UNSTOPPED, signals.continued()).await.is_ok();
    screen.enter_again()?;
    Ok(if resumed { Suspension::Resumed } else { Suspension::Refused })
}
