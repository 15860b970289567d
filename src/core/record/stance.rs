//! Whether the monitor acts by itself, and what is known of hosts that were fenced.

use super::{Actor, RunId};
use crate::core::model::Initiative;
use serde::{Deserialize, Serialize};

/// Whether the monitor acts by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "mode")]
pub enum Stance {
    /// It acts.
    Automatic,
    /// It journals what it would have done.
    ObserveOnly,
    /// It does not, for a while.
    Paused {
        /// Who wanted that.
        who: Actor,
        /// Why.
        reason: String,
        /// Until when, by the monitor's wall clock; without it until somebody says so.
        until: Option<jiff::Timestamp>,
        /// What holds afterwards.
        then: Initiative,
    },
}

impl From<Initiative> for Stance {
    fn from(initiative: Initiative) -> Self {
        match initiative {
            Initiative::Automatic => Self::Automatic,
            Initiative::ObserveOnly => Self::ObserveOnly,
        }
    }
}

/// How a host was fenced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fencing {
    /// The run that did it.
    pub run: RunId,
    /// A person has said so, since no device could.
    pub by_word: Option<Actor>,
}

impl std::fmt::Display for Fencing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.by_word {
            Some(who) => write!(f, "{who} has said that it is off (run {})", self.run),
            None => write!(f, "its fence device has switched it off (run {})", self.run),
        }
    }
}
