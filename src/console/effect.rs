//! What the console wants done outside. Returned by `update`, carried out by `run` and `hands`.

use super::event::Ticket;
use crate::core::command::Command;
use crate::core::record::RunId;
use crate::wire::{ModeAsk, Submit};

/// Something to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// The console ends.
    Quit,
    /// Have the monitor look at every host now; where it is not reached, try to reach it now.
    Refresh,
    /// Ask the monitor; the answer comes under this ticket.
    Ask(Ticket, Question),
    /// Send text to the clipboard of the terminal.
    Copy(String),
    /// Ring the bell.
    Bell,
    /// Have the terminal tell its user.
    Notify(String),
    /// Name the window.
    Title(String),
    /// Write the screen and the journal to files.
    Save,
    /// Write the last minutes of the session to a file, or to one that is named after the cluster and the time.
    Dump(Option<String>),
    /// Play the record otherwise.
    Play(Play),
    /// Break something, or mend it, by its id.
    Break(String),
    /// Take the mouse, or let it go.
    Mouse(bool),
    /// Stop the program until its shell continues it.
    Suspend,
    /// Paint everything anew.
    Redraw,
    /// Use another theme, or another accent.
    Theme {
        /// Its name; the one that is used stays without.
        name: Option<String>,
        /// A colour of the cluster: a name, a number, or `#rrggbb`.
        accent: Option<String>,
    },
}

/// How a record is to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// From so many milliseconds later, or earlier.
    By(i64),
    /// From the next event, or the one before.
    Event {
        /// The next.
        forward: bool,
    },
    /// From its beginning.
    Begin,
    /// Not at all: its end is shown.
    End,
    /// Not for a while; or on.
    Pause,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
}

/// A question to the monitor.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// What a command would do.
    Plan {
        /// Which.
        command: Command,
        /// Soft vetoes to be overridden.
        overrides: Vec<String>,
    },
    /// To carry out a plan that was confirmed.
    Submit {
        /// What.
        submit: Submit,
        /// Index of the journal's last entry when the plan was shown: whatever became of it comes later.
        sequence: u64,
    },
    /// To turn a run back.
    Abort {
        /// Which.
        run: RunId,
        /// Why.
        reason: Option<String>,
    },
    /// Whether the monitor is to act by itself.
    Mode {
        /// What is to hold.
        mode: ModeAsk,
        /// Why.
        reason: Option<String>,
    },
    /// To acknowledge the last automatic failover.
    Acknowledge {
        /// What for.
        reason: Option<String>,
    },
    /// Where a run stands.
    Run(RunId),
    /// An entry of the journal.
    Entry(u64),
}
