//! Why something is not done: every reason at once, each with what to do about it.

use serde::{Deserialize, Serialize};

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What stands in the way, with host and object.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Reason {
    /// A reason and its remedy.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// A command that is not carried out; nothing was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("refused: {}", .reasons.iter().map(|r| r.what.as_str()).collect::<Vec<_>>().join("; "))]
pub struct Refusal {
    /// Why, at least one.
    pub reasons: Vec<Reason>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn one(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reasons: vec![Reason::new(what, remedy)] }
    }
}
