//! What a ledger says in short: the beginning of a rotated journal, and marks of what happened last.

use super::{Deed, Fencing, Home, Keeps, RunId, Stance, Term};
use crate::core::model::{ComponentName, HostName, Maintenance};
use crate::core::plan::Wanted;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a ledger says when no run is open: the start of a rotated journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The newest term.
    pub term: Term,
    /// What is wanted.
    pub wanted: Wanted,
    /// Whose journal it is.
    pub home: Option<Home>,
    /// Whether the monitor acts by itself; `None` where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stance: Option<Stance>,
    /// Hosts that were fenced and have not answered since.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fenced: BTreeMap<HostName, Fencing>,
    /// The last automatic failover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<FailoverMark>,
    /// Components that were not running at the adoption.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub excused: BTreeSet<ComponentName>,
    /// What was last done by hand on each host, where a monitor has come to know of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_hand: BTreeMap<HostName, HandMark>,
    /// Who held the lease last, or was given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The host of a monitor that was taken over from, and of which nobody knows for certain that it does not act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<HostName>,
    /// Hosts and components that somebody works on.
    #[serde(default, skip_serializing_if = "Maintenance::is_empty")]
    pub maintenance: Maintenance,
}

/// What was last done on a host by hand, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandMark {
    /// Under which term.
    pub under: Term,
    /// The index of its entry: runs that were opened before it stand still until somebody resumes.
    pub index: u64,
    /// Somebody has said since that the monitor is to act.
    pub resumed: bool,
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
    /// The last term that was heard of by each record of the host.
    #[serde(default)]
    pub heard: BTreeMap<Keeps, Term>,
}

impl HandMark {
    /// The mark of a deed under `under` in one record of the host, whose entry is `index`, after what was known before.
    pub(super) fn after(before: Option<&Self>, (kept_by, under): (Keeps, Term), index: u64, deed: Deed) -> Self {
        let mut heard = before.map(|mark| mark.heard.clone()).unwrap_or_default();
        heard.insert(kept_by, under);
        Self { under, index, resumed: false, deed, heard }
    }

    /// Whether a deed under this term of that record is journaled already.
    #[must_use]
    pub fn knows(&self, kept_by: Keeps, under: Term) -> bool {
        self.heard.get(&kept_by).is_some_and(|heard| *heard >= under)
    }
}

/// The last automatic failover, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailoverMark {
    /// Its run.
    pub run: RunId,
    /// When it was opened, by the wall clock of its monitor.
    pub at: jiff::Timestamp,
    /// Somebody has acknowledged it.
    pub acknowledged: bool,
    /// It ended before it had touched any component: a fence failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
}
