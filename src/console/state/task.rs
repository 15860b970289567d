//! What was asked for from this console and is not over yet, with or without its dialog.

use crate::console::event::{Moment, Ticket};
use crate::core::command::End;
use crate::core::record::RunId;
use crate::wire::RunView;

/// How many ended ones are kept, to be looked at again.
const KEPT: usize = 16;

/// Where something stands that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Handed in; not answered yet.
    Sent,
    /// Handed in, and nobody knows what became of it; why.
    Unknown(String),
    /// Its run is open.
    Open,
    /// Its run is over.
    Over(End),
    /// It was refused, or is certain not to have been taken; why.
    NotTaken(String),
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The question that handed it in.
    pub ticket: Ticket,
    /// In words: `switchover to south`.
    pub what: String,
    /// Since when.
    pub since: Moment,
    /// Where it stands.
    pub progress: Progress,
    /// Its run, once that is known.
    pub run: Option<RunId>,
    /// The run as it was last heard, and when.
    pub view: Option<(Moment, RunView)>,
}

/// All of them, the newest last.
#[derive(Debug, Default)]
pub struct Tasks(Vec<Task>);

impl Tasks {
    /// Something was handed in.
    pub fn begin(&mut self, task: Task) {
        self.0.push(task);
        while self.0.len() > KEPT {
            let over = self.0.iter().position(|task| task.is_over()).unwrap_or(0);
            self.0.remove(over);
        }
    }

    /// The one that was handed in under this ticket.
    #[must_use]
    pub fn of(&self, ticket: Ticket) -> Option<&Task> {
        self.0.iter().find(|task| task.ticket == ticket)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, ticket: Ticket) -> Option<&mut Task> {
        self.0.iter_mut().find(|task| task.ticket == ticket)
    }

    /// All, the newest last.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.0.iter()
    }

    /// All, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Task> {
        self.0.iter_mut()
    }
}

impl Task {
    /// Nothing more comes of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.progress, Progress::Over(_) | Progress::NotTaken(_))
    }
}
