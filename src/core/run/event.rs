//! What is journaled of a run, and what is to be carried out because of it.

use crate::core::command::End;
use crate::core::plan::StepId;
use serde::{Deserialize, Serialize};

/// Doing a step, or taking it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The step itself.
    Forth,
    /// Its undo.
    Back,
}

/// What a driver says of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The host says that it is as it should be.
    Done,
    /// The host says that it is not.
    Failed,
    /// Nothing was sent to the host, so nothing changed there.
    NotSent,
    /// There is no answer that can be relied on.
    Unknown,
}

/// What a look at a step in doubt has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// It was done.
    Done,
    /// It was not done, and nothing sent earlier can do it any more.
    NotDone,
    /// It was started, ran for a while, and runs no more; or nobody can say that it did not.
    Ended,
    /// Nobody could say within the step's time; asked again.
    Unclear,
}

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum RunEvent {
    /// A step or its undo is sent to its host, as soon as this is on stable storage.
    Dispatched {
        /// Which step.
        step: StepId,
        /// Do or undo.
        way: Way,
        /// Counted from 1.
        attempt: u16,
        /// What was known of the service just before: a start that nobody answered is recognised by it later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Mark>,
    },
    /// The driver's answer.
    Answered {
        /// Which step.
        step: StepId,
        /// Do or undo.
        way: Way,
        /// What it says.
        outcome: Outcome,
        /// In words.
        detail: String,
        /// From dispatch to answer, in milliseconds.
        took_ms: u64,
    },
    /// What a look at a step in doubt has shown.
    Settled {
        /// Which step.
        step: StepId,
        /// Do or undo.
        way: Way,
        /// What was seen.
        found: Found,
        /// In words.
        detail: String,
    },
    /// From here on everything is undone.
    TurnedBack {
        /// Because of what.
        why: String,
    },
    /// Another life of the monitor goes on with the run; what was under way is in doubt.
    Resumed,
    /// It is over.
    Closed {
        /// How it ended.
        end: End,
    },
}

/// What is to be carried out once the event behind it is on stable storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Do or undo a step.
    Act {
        /// Which step.
        step: StepId,
        /// Do or undo.
        way: Way,
        /// Counted from 1.
        attempt: u16,
    },
    /// Look whether a step in doubt was done, under a guard that ends whatever was sent earlier.
    Settle {
        /// Which step.
        step: StepId,
        /// Do or undo.
        way: Way,
        /// Which attempt is in doubt.
        attempt: u16,
    },
}

/// Which start of a service it was: another boot or another invocation is another start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The boot of its host.
    pub boot_id: String,
    /// The host's identifier of the start, where it keeps one.
    pub invocation: Option<String>,
}
