//! A component: a pair of placements, one a site, and how the two share the work.

use super::{Acceptance, ComponentName, GroupName, HostName, Instance, PerSide, Rescue, Service, Side, Trigger, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the two placements of a component share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// One placement runs, the other is stopped.
    Exclusive,
    /// Both run, one of them in active mode.
    ActiveStandby,
}

/// What a placement should be doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing of it runs.
    Stopped,
    /// It runs and follows the active one.
    Standby,
    /// It serves.
    Active,
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Stopped => "stopped",
            Self::Standby => "standby",
            Self::Active => "active",
        })
    }
}

/// The two services of an active-standby placement; at most one of them runs at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// Runs when the placement is active.
    pub active: Service,
    /// Runs when the placement is standby.
    pub standby: Service,
}

/// What runs where on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement<S> {
    /// The host of this side.
    pub host: HostName,
    /// What runs there.
    pub service: S,
}

/// The placements of a component, in the shape that its sharing needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrangement {
    /// One service a side.
    Exclusive(PerSide<Placement<Service>>),
    /// Two services a side, by mode.
    ActiveStandby(PerSide<Placement<Modes>>),
}

/// How long a start or a stop may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// From dispatch to the unit being active.
    pub start_ms: u64,
    /// From dispatch to the unit being inactive.
    pub stop_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { start_ms: 30_000, stop_ms: 30_000 }
    }
}

/// A component of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: ComponentName,
    /// A free word for people, `daemon` or `broker`; the machinery is the same for all.
    pub kind: Option<String>,
    /// A set that it counts with.
    pub group: Option<GroupName>,
    /// Where and what.
    pub arrangement: Arrangement,
    /// Components that run before this one starts, and stop after it has stopped.
    pub after: BTreeSet<ComponentName>,
    /// How long its steps may take.
    pub timeouts: Timeouts,
    /// Once this one has started on a new side, that side may hold data that the old one does not have: no way back.
    pub point_of_no_return: bool,
    /// Whether its loss moves the cluster.
    pub trigger: Trigger,
    /// What is tried first.
    pub rescue: Rescue,
    /// How it is found out that it serves.
    pub acceptance: Option<Acceptance>,
    /// It does not run while the cluster is limited after a failover.
    pub stops_when_limited: bool,
}

impl Component {
    /// How its placements share the work.
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        match self.arrangement {
            Arrangement::Exclusive(_) => Sharing::Exclusive,
            Arrangement::ActiveStandby(_) => Sharing::ActiveStandby,
        }
    }

    /// The host of its placement on `side`.
    #[must_use]
    pub fn host(&self, side: Side) -> &HostName {
        match &self.arrangement {
            Arrangement::Exclusive(sides) => &sides.get(side).host,
            Arrangement::ActiveStandby(sides) => &sides.get(side).host,
        }
    }

    /// What runs on `side` in `mode`: nothing where it is stopped, and nothing for the standby of an exclusive one.
    #[must_use]
    pub fn instance(&self, side: Side, mode: Mode) -> Option<Instance> {
        let service = match (&self.arrangement, mode) {
            (_, Mode::Stopped) | (Arrangement::Exclusive(_), Mode::Standby) => return None,
            (Arrangement::Exclusive(sides), Mode::Active) => &sides.get(side).service,
            (Arrangement::ActiveStandby(sides), Mode::Active) => &sides.get(side).service.active,
            (Arrangement::ActiveStandby(sides), Mode::Standby) => &sides.get(side).service.standby,
        };
        Some(Instance { host: self.host(side).clone(), service: service.clone() })
    }

    /// Everything of it that can run on `side`, with the mode that it stands for.
    pub fn instances(&self, side: Side) -> impl Iterator<Item = (Mode, Instance)> + '_ {
        [Mode::Active, Mode::Standby].into_iter().filter_map(move |mode| Some((mode, self.instance(side, mode)?)))
    }

    /// What its placement on `side` should be doing; `None` while nobody has said which side is to serve.
    #[must_use]
    pub fn mode_when(&self, side: Side, wanted: Wanted) -> Option<Mode> {
        Some(match wanted {
            Wanted::Unset => return None,
            Wanted::Limited(serving) if serving == side && !self.stops_when_limited => Mode::Active,
            Wanted::Active(serving) if serving == side => Mode::Active,
            Wanted::Active(_) if self.sharing() == Sharing::ActiveStandby => Mode::Standby,
            Wanted::Active(_) | Wanted::Limited(_) | Wanted::Stopped => Mode::Stopped,
        })
    }
}
