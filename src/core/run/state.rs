//! Where a run and each of its steps stand.

use super::{Mark, Way};
use crate::core::command::End;
use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "phase")]
pub enum Phase {
    /// On its way.
    Forth,
    /// On its way back.
    Back {
        /// Because of what.
        why: String,
    },
    /// Over.
    Closed {
        /// How it ended.
        end: End,
    },
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum StepState {
    /// Not begun, or shown by a look not to have been done.
    Waiting,
    /// Sent to its host.
    Running {
        /// Do or undo.
        way: Way,
    },
    /// Sent, and nobody knows whether it was done; it is asked about.
    Doubtful {
        /// Do or undo.
        way: Way,
        /// Looks have gone without an answer for as long as the step may take.
        unclear: bool,
        /// It was not sent at all, and is tried again.
        #[serde(default)]
        unsent: bool,
        /// Why it is in doubt.
        why: String,
    },
    /// Done.
    Done {
        /// In words.
        detail: String,
    },
    /// Not done.
    Failed {
        /// Why.
        detail: String,
        /// It ran for a while, or may have: what depends on that has happened.
        #[serde(default)]
        ran: bool,
    },
    /// Taken back.
    Undone {
        /// In words.
        detail: String,
    },
    /// Could not be taken back.
    NotUndone {
        /// Why.
        detail: String,
    },
}

impl StepState {
    /// Nothing more comes of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Undone { .. } | Self::NotUndone { .. })
    }

    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running { way: Way::Forth } => "running",
            Self::Running { way: Way::Back } => "undoing",
            Self::Doubtful { .. } => "unknown",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Undone { .. } => "undone",
            Self::NotUndone { .. } => "not undone",
        }
    }
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRun {
    /// Where it stands.
    pub state: StepState,
    /// How often it was sent.
    pub sent: u16,
    /// How often its undo was sent.
    pub undo_sent: u16,
    /// How long the last answer took, in milliseconds.
    pub took_ms: Option<u64>,
    /// What was known of the service before it was last sent.
    pub before: Option<Mark>,
}

impl StepRun {
    pub(super) fn new() -> Self {
        Self { state: StepState::Waiting, sent: 0, undo_sent: 0, took_ms: None, before: None }
    }

    /// It was sent at least once, so it may have changed something.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.sent > 0
    }

    /// It is with a host, or nobody knows.
    #[must_use]
    pub fn open(&self) -> bool {
        matches!(self.state, StepState::Running { .. } | StepState::Doubtful { .. })
    }
}
