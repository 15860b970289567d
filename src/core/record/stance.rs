//! Whether the monitor acts by itself, and what is known of hosts that were fenced, or operated by hand.

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

/// Which record of a host holds the term of a deed by hand: each counts by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// Its host service's.
    #[default]
    Service,
    /// That of the guard for its units.
    Guard,
}

impl Keeps {
    /// Whether it is the host service's, as in journals of before there was another one.
    #[must_use]
    pub fn is_service(&self) -> bool {
        *self == Self::Service
    }
}

/// What somebody did on a host by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Who, by the host's word.
    pub who: Actor,
    /// Why.
    pub reason: String,
    /// What, such as `start app.process`.
    pub what: String,
    /// When, by the host's wall clock.
    pub done: jiff::Timestamp,
}

impl std::fmt::Display for Deed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {} at {:.0} ({})", self.what, self.who, self.done, self.reason)
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
