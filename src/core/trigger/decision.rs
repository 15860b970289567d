//! A decision and its number.

use super::Situation;
use crate::core::command::{Command, Reason};
use serde::{Deserialize, Serialize};

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "choice")]
pub enum Choice {
    /// Everything is as wanted, or a run is seeing to it.
    Quiet,
    /// Something is wrong, and nothing is done about it.
    Hold {
        /// What would be done if nothing stood in the way; `None` where nothing would be.
        wants: Option<Command>,
        /// What is wrong, and why nothing is done.
        reasons: Vec<Reason>,
    },
    /// A command is given.
    Act {
        /// Which.
        command: Command,
        /// All digits of the hash of its plan.
        plan: String,
    },
}

/// What becomes of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acts {
    /// It is carried out.
    Does,
    /// It would be carried out, if the monitor did not only observe, or were not paused.
    Would,
    /// There is nothing to carry out.
    Nothing,
}

/// A decision with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What.
    pub choice: Choice,
    /// What becomes of it.
    pub acts: Acts,
    /// Why, a line each, the most important first.
    pub why: Vec<String>,
    /// What was known.
    pub situation: Situation,
    /// Most of what was known is left out here; the journal has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brief: bool,
}

impl Decision {
    /// The same without most of what was known, for whoever only tells of it.
    #[must_use]
    pub fn briefly(&self) -> Self {
        let Self { choice, acts, why, situation, .. } = self;
        let situation = situation.briefly();
        Self { choice: choice.clone(), acts: *acts, why: why.clone(), situation, brief: true }
    }
}

/// A decision, by the index of its journal entry. Written `d17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DecisionId(pub u64);

/// A text that is no decision's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no decision: a decision is written like d17; `switchtower log` shows them")]
pub struct BadDecisionId(pub String);

impl std::fmt::Display for DecisionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "d{}", self.0)
    }
}

impl std::str::FromStr for DecisionId {
    type Err = BadDecisionId;
    fn from_str(text: &str) -> Result<Self, BadDecisionId> {
        let digits = text.strip_prefix('d').unwrap_or(text);
        digits.parse().map(Self).map_err(|_| BadDecisionId(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for DecisionId {
    type Error = BadDecisionId;
    fn try_from(text: String) -> Result<Self, BadDecisionId> {
        text.parse()
    }
}

impl From<DecisionId> for String {
    fn from(id: DecisionId) -> Self {
        id.to_string()
    }
}
