//! How a command ends, in words for people and in exit codes for scripts.

use serde::{Deserialize, Serialize};

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end")]
pub enum End {
    /// Every step was done.
    Done,
    /// It failed and everything was undone: nothing changed.
    NothingChanged {
        /// What failed, where and why.
        why: String,
    },
    /// It failed, and not everything could be undone or finished.
    Partly {
        /// What failed, where and why.
        why: String,
        /// What is left as it should not be, a line each.
        left: Vec<String>,
    },
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::NothingChanged { why } => write!(f, "failed (nothing changed): {why}"),
            Self::Partly { why, .. } => write!(f, "failed (partly): {why}"),
        }
    }
}

/// Exit codes of the command line. They are part of the interface and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something inside went wrong.
    Internal = 1,
    /// The command line could not be understood.
    Usage = 2,
    /// Refused: nothing was tried.
    Refused = 3,
    /// Failed, and nothing changed.
    NothingChanged = 4,
    /// Failed partly.
    Partly = 5,
    /// Not known, or not known yet.
    Unknown = 6,
}

impl Exit {
    /// Every code with its meaning, for help and documentation.
    pub const TABLE: [(Self, &'static str); 7] = [
        (Self::Done, "done"),
        (Self::Internal, "an error inside the program"),
        (Self::Usage, "the command line could not be understood"),
        (Self::Refused, "refused; nothing was tried"),
        (Self::NothingChanged, "failed; nothing changed"),
        (Self::Partly, "failed partly, or done but for a hook; what is left is listed"),
        (Self::Unknown, "unknown: no answer that can be relied on"),
    ];
}

impl From<&End> for Exit {
    fn from(end: &End) -> Self {
        match end {
            End::Done => Self::Done,
            End::NothingChanged { .. } => Self::NothingChanged,
            End::Partly { .. } => Self::Partly,
        }
    }
}
