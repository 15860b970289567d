//! Maintenance: hosts and components that somebody works on, why, and until when. Plans, decisions and views ask here what
//! is left alone and where nothing is started; the marks themselves come from the journal, and nothing here ends one.

use super::{Cluster, Component, ComponentName, HostName, Mode, Side};
use crate::core::record::Actor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody works on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upkept {
    /// A host.
    Host(HostName),
    /// A component.
    Component(ComponentName),
}

impl Upkept {
    /// Its name, without what it is.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Host(name) => name.as_str(),
            Self::Component(name) => name.as_str(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::Component(_) => "component",
        }
    }

    /// The cluster has it.
    #[must_use]
    pub fn is_of(&self, cluster: &Cluster) -> bool {
        match self {
            Self::Host(name) => cluster.hosts.contains_key(name),
            Self::Component(name) => cluster.components.contains_key(name),
        }
    }
}

impl std::fmt::Display for Upkept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.sort(), self.name())
    }
}

/// What kind of maintenance is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upkeep {
    /// It is watched and never acted on.
    Unmanaged,
    /// Nothing is started there; what runs goes on.
    Standby,
    /// What runs there moves away, and then it is in standby: no mark says this.
    Drain,
}

impl Upkeep {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unmanaged, Self::Standby, Self::Drain];

    /// The word that is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unmanaged => "unmanaged",
            Self::Standby => "standby",
            Self::Drain => "drain",
        }
    }

    /// The kind that this word stands for.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The mark on what somebody works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The kind, never a drain.
    pub kind: Upkeep,
    /// Who asked for it.
    pub who: Actor,
    /// Why.
    pub reason: String,
    /// Since when, by the wall clock of the monitor.
    pub since: jiff::Timestamp,
    /// Until when, by the same clock; without it until somebody clears it.
    pub until: Option<jiff::Timestamp>,
}

impl Mark {
    /// What it makes of what it is on.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.kind == Upkeep::Unmanaged { "unmanaged" } else { "in standby" }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.word();
        match self.until {
            Some(until) => write!(f, "{kind} until {until:.0} by {} ({})", self.who, self.reason),
            None => write!(f, "{kind} until somebody clears it, by {} ({})", self.who, self.reason),
        }
    }
}

/// All marks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hosts: BTreeMap<HostName, Mark>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<ComponentName, Mark>,
}

impl Maintenance {
    /// Nothing is marked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.components.is_empty()
    }

    /// Every mark, hosts first.
    pub fn all(&self) -> impl Iterator<Item = (Upkept, &Mark)> {
        let hosts = self.hosts.iter().map(|(name, mark)| (Upkept::Host(name.clone()), mark));
        hosts.chain(self.components.iter().map(|(name, mark)| (Upkept::Component(name.clone()), mark)))
    }

    /// The mark of `what`.
    #[must_use]
    pub fn mark(&self, what: &Upkept) -> Option<&Mark> {
        match what {
            Upkept::Host(name) => self.hosts.get(name),
            Upkept::Component(name) => self.components.get(name),
        }
    }

    /// Marks `what`, in the place of the mark that it had.
    pub fn set(&mut self, what: Upkept, mark: Mark) {
        match what {
            Upkept::Host(name) => drop(self.hosts.insert(name, mark)),
            Upkept::Component(name) => drop(self.components.insert(name, mark)),
        }
    }

    /// Takes the mark off `what`.
    pub fn clear(&mut self, what: &Upkept) {
        match what {
            Upkept::Host(name) => drop(self.hosts.remove(name)),
            Upkept::Component(name) => drop(self.components.remove(name)),
        }
    }

    /// What of `component` on `side` is never acted on: the mark of the component, or of its host there.
    #[must_use]
    pub fn unmanaged(&self, component: &Component, side: Side) -> Option<(Upkept, &Mark)> {
        let of = [Upkept::Component(component.name.clone()), Upkept::Host(component.host(side).clone())];
        of.into_iter().find_map(|what| {
            let mark = self.mark(&what).filter(|mark| mark.kind == Upkeep::Unmanaged)?;
            Some((what, mark))
        })
    }

    /// The same on either side: a component that cannot be stopped here or started there is moved by no plan.
    #[must_use]
    pub fn unmoved(&self, component: &Component) -> Option<(Upkept, &Mark)> {
        Side::BOTH.into_iter().find_map(|side| self.unmanaged(component, side))
    }

    /// The mark for which nothing is started on `host`, or acted on there at all.
    #[must_use]
    pub fn starts_nothing(&self, host: &HostName) -> Option<&Mark> {
        self.hosts.get(host)
    }

    /// The mark of `host`, if it is in standby.
    #[must_use]
    pub fn standby(&self, host: &HostName) -> Option<&Mark> {
        self.hosts.get(host).filter(|mark| mark.kind == Upkeep::Standby)
    }

    /// What `component` is to be on `side` while `wanted` holds, as far as anybody sees to it: its standby may lie still on
    /// a host in standby.
    #[must_use]
    pub fn may_rest(&self, component: &Component, side: Side, mode: Option<Mode>) -> bool {
        mode == Some(Mode::Standby) && self.standby(component.host(side)).is_some()
    }
}
