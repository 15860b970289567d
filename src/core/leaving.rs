//! What is found on a host, and what becomes of it, when Switchtower is taken off a cluster. Made by the monitor's room, shown
//! by the command line. Values only.

use super::command::Reason;
use super::model::{HostName, ProcessName};
use super::record::Term;
use serde::Serialize;

/// What is asked of the hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// The newest term that this monitor's journal knows: a host that keeps a newer one has another monitor.
    pub newest: Term,
    /// Remove what is found, and do not only look.
    pub remove: bool,
}

/// A record of terms on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its folder there.
    pub folder: String,
    /// The term in it.
    pub term: Term,
}

/// What is on a host, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Found {
    /// No record of this cluster.
    Nothing,
    /// These records, with nothing in the way of removing them.
    Records {
        /// At least one.
        records: Vec<Kept>,
    },
    /// These records were there and are removed.
    Removed {
        /// At least one.
        records: Vec<Kept>,
    },
    /// The host is left as it is: why.
    Left {
        /// With host and remedy.
        reason: Reason,
        /// Nobody knows whether its records are still there.
        unknown: bool,
    },
}

/// One host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtHost {
    /// Which.
    pub host: HostName,
    /// Its records of terms.
    #[serde(flatten)]
    pub found: Found,
    /// Processes of its host service that run now, and end with that service.
    pub processes: Vec<ProcessName>,
    /// What is not known about its host service, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl AtHost {
    /// Nothing of Switchtower's records is left there.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        matches!(self.found, Found::Nothing | Found::Removed { .. })
    }
}
