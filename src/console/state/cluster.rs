//! The last picture of the cluster, and its rows in Health.

use super::Object;
use crate::console::event::Moment;
use crate::core::health::Health;
use crate::core::model::HostName;
use crate::wire::{ChangesView, ComponentView, HostView, PlacementView, StatusView, Verdict};
use std::collections::BTreeSet;

/// A picture, and when it came.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the monitor said.
    pub status: StatusView,
    /// When it came, by our clock: every age in it counts from here.
    pub received: Moment,
    /// How far the monitor's clock is ahead of ours, in milliseconds.
    pub skew_ms: i64,
    silent: BTreeSet<HostName>,
}

/// How something stands, from what must be seen first to what can wait. Never a guess: what is not known is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Not as wanted.
    Bad,
    /// Nobody knows.
    Unknown,
    /// A run holds it.
    Moving,
    /// As wanted.
    Good,
}

/// A line of Health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub object: Object,
    /// How that stands.
    pub condition: Condition,
    /// Where it stands in the picture, among components or hosts.
    pub at: usize,
}

impl Condition {
    /// How the cluster as a whole stands: what is wrong with it, even where everything runs, must be seen.
    #[must_use]
    pub fn of_cluster(status: &StatusView) -> Self {
        match status.verdict {
            Verdict::Down | Verdict::Degraded => Self::Bad,
            _ if !status.troubles.is_empty() || status.lease.journal.is_err() => Self::Bad,
            Verdict::Unknown => Self::Unknown,
            Verdict::Moving => Self::Moving,
            Verdict::Ok => Self::Good,
        }
    }

    /// How a component stands: as its worst placement does.
    #[must_use]
    pub fn of_component(component: &ComponentView) -> Self {
        let worst = component.placements.iter().map(Self::of_placement).min().unwrap_or(Self::Unknown);
        if component.held_by.is_some() { worst.min(Self::Moving) } else { worst }
    }

    /// How a placement stands.
    #[must_use]
    pub fn of_placement(placement: &PlacementView) -> Self {
        match (placement.health.as_ref().map(|judged| judged.health), placement.agrees, placement.observed, placement.wanted) {
            (Some(Health::Down | Health::Degraded), ..) => Self::Bad,
            (Some(Health::ProbeBroken | Health::Unknown), ..) => Self::Unknown,
            (_, true, ..) => Self::Good,
            (_, false, None, _) | (_, false, _, None) => Self::Unknown,
            (_, false, Some(_), Some(_)) => Self::Bad,
        }
    }

    /// How a host stands.
    #[must_use]
    pub fn of_host(host: &HostView) -> Self {
        match (host.health.health, host.answers) {
            (Health::Up, Some(true)) => Self::Good,
            (Health::Down | Health::Degraded, _) => Self::Bad,
            (Health::ProbeBroken | Health::Unknown, _) | (Health::Up, None | Some(false)) => Self::Unknown,
        }
    }
}

impl Picture {
    /// A picture that came at `received`, when our wall clock said `wall`.
    #[must_use]
    pub fn new(status: StatusView, received: Moment, wall: jiff::Timestamp) -> Self {
        let skew_ms = status.at.as_millisecond().saturating_sub(wall.as_millisecond());
        let silent = status.hosts.iter().filter(|host| host.answers == Some(false)).map(|host| host.name.clone()).collect();
        Self { status, received, skew_ms, silent }
    }

    /// Becomes the picture of now; whether anything in its rows is new.
    pub fn change(&mut self, changes: ChangesView, received: Moment, wall: jiff::Timestamp) -> bool {
        let (hosts, before) = (!changes.status.hosts.is_empty(), Condition::of_cluster(&self.status));
        let news = changes.whole || hosts || !changes.status.components.is_empty();
        changes.apply(&mut self.status);
        self.received = received;
        self.skew_ms = self.status.at.as_millisecond().saturating_sub(wall.as_millisecond());
        if hosts {
            let silent = self.status.hosts.iter().filter(|host| host.answers == Some(false));
            self.silent = silent.map(|host| host.name.clone()).collect();
        }
        news || before != Condition::of_cluster(&self.status)
    }

    /// This host does not answer: what is known of it is from before.
    #[must_use]
    pub fn is_silent(&self, host: &HostName) -> bool {
        self.silent.contains(host)
    }

    /// All rows, in no order yet.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let cluster = Row { object: Object::Cluster, condition: Condition::of_cluster(&self.status), at: 0 };
        let components = self.status.components.iter().enumerate().map(|(at, component)| Row {
            object: Object::Component(component.name.clone()),
            condition: Condition::of_component(component),
            at,
        });
        let hosts = self.status.hosts.iter().enumerate().map(|(at, host)| Row {
            object: Object::Host(host.name.clone()),
            condition: Condition::of_host(host),
            at,
        });
        std::iter::once(cluster).chain(components).chain(hosts).collect()
    }

    /// A host of it does not answer: what is known of it is from before.
    #[must_use]
    pub fn silent(&self, row: &Row) -> bool {
        match (self.component(row), self.host(row)) {
            (Some(component), _) => component.placements.iter().any(|placement| self.is_silent(&placement.host)),
            (None, host) => host.is_some_and(|host| host.answers == Some(false)),
        }
    }

    /// The component or host of a row.
    #[must_use]
    pub fn component(&self, row: &Row) -> Option<&ComponentView> {
        matches!(row.object, Object::Component(_)).then(|| self.status.components.get(row.at)).flatten()
    }

    /// The host of a row.
    #[must_use]
    pub fn host(&self, row: &Row) -> Option<&HostView> {
        matches!(row.object, Object::Host(_)).then(|| self.status.hosts.get(row.at)).flatten()
    }
}
