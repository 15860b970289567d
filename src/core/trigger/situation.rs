//! Everything that a decision rests on, as one value that can be journaled and decided on again.

use crate::core::fact::Picture;
use crate::core::health::HostSignals;
use crate::core::model::{ComponentName, HostName, Maintenance};
use crate::core::plan::Wanted;
use crate::core::record::{RunId, Stance};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The last automatic failover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailover {
    /// The run that did it.
    pub run: RunId,
    /// How long ago it was opened, in milliseconds.
    pub age_ms: u64,
    /// Somebody has acknowledged it.
    pub acknowledged: bool,
}

/// What is known when something is decided. Ages in milliseconds before that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// Hash of the configuration that holds.
    pub config: String,
    /// Which side is to serve.
    pub wanted: Wanted,
    /// Whether the monitor acts by itself.
    pub stance: Stance,
    /// Why this monitor may not act at all at the moment, if so.
    pub closed: Option<String>,
    /// Why the other monitor does not have the journal, where there is one that should: then nothing is done by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncopied: Option<String>,
    /// What hosts say of their services; what is not in it is unknown.
    pub picture: Picture,
    /// The evidence of every host.
    pub hosts: BTreeMap<HostName, HostSignals>,
    /// Hosts that would not take the term, and why.
    pub unguarded: BTreeMap<HostName, String>,
    /// Components that were not running when the cluster was adopted, and have not been seen running since: not lost.
    pub excused: BTreeSet<ComponentName>,
    /// How often each component was rescued within its hold-down time.
    pub tries: BTreeMap<ComponentName, u16>,
    /// Components whose wanted host has booted since they were last seen running there, or of which that is not known.
    pub rebooted: BTreeSet<ComponentName>,
    /// Components that open runs hold.
    pub held: BTreeMap<ComponentName, RunId>,
    /// Hosts on which a step of an open run is in doubt, beyond its time.
    pub doubts: BTreeMap<HostName, RunId>,
    /// Components of which both sides were looked at since what is wanted of them last changed.
    pub confirmed: BTreeSet<ComponentName>,
    /// How long ago the monitor tried to fence a host by itself and nothing came of it, in milliseconds.
    pub fenced_in_vain: BTreeMap<HostName, u64>,
    /// How long ago the monitor stopped a component on the wrong side, in milliseconds.
    pub guarded: BTreeMap<ComponentName, u64>,
    /// The last automatic failover, if there was one.
    pub last_failover: Option<LastFailover>,
    /// Who works on what.
    #[serde(default, skip_serializing_if = "Maintenance::is_empty")]
    pub maintenance: Maintenance,
}

impl Situation {
    /// Only what does not grow with the cluster.
    #[must_use]
    pub(super) fn briefly(&self) -> Self {
        Self {
            config: self.config.clone(),
            wanted: self.wanted,
            stance: self.stance.clone(),
            closed: self.closed.clone(),
            uncopied: self.uncopied.clone(),
            picture: Picture::default(),
            hosts: BTreeMap::new(),
            unguarded: BTreeMap::new(),
            excused: BTreeSet::new(),
            tries: BTreeMap::new(),
            rebooted: BTreeSet::new(),
            held: BTreeMap::new(),
            doubts: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            fenced_in_vain: BTreeMap::new(),
            guarded: BTreeMap::new(),
            last_failover: self.last_failover.clone(),
            maintenance: Maintenance::default(),
        }
    }
}
