//! The plan itself: numbered steps with what they wait for and how they are undone.

use super::stepset::StepSet;
use crate::core::command::Command;
use crate::core::model::{ClusterName, ComponentName, HostName, Instance, Service, Side, Upkeep, Wanted};
use crate::core::readiness::Check;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The number of a step as it is shown, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub u16);

impl StepId {
    /// The number of the step at this place of a plan, counted from 1.
    pub(super) fn at(place: usize) -> Self {
        Self(u16::try_from(place).unwrap_or(u16::MAX))
    }
}

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a step does to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Makes it run.
    Start,
    /// Makes it not run.
    Stop,
}

impl Action {
    /// What takes it back.
    #[must_use]
    pub fn reverse(self) -> Self {
        match self {
            Self::Start => Self::Stop,
            Self::Stop => Self::Start,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// What is done.
    pub action: Action,
    /// The same as a person would type it on the host.
    pub command: String,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Steps that must have been undone, or never have begun, before this one is.
    pub after: StepSet,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// The component that it is about; `None` where it is about a whole host, or is a hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    /// The side that it acts on.
    pub side: Side,
    /// Where it acts.
    pub host: HostName,
    /// What it acts on.
    pub service: Service,
    /// What it does.
    pub action: Action,
    /// The same as a person would type it on the host.
    pub command: String,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Steps that must be done before it begins.
    pub after: StepSet,
    /// What must not run while this step's service runs: it is started, forth or back, only after its rivals' hosts have
    /// said once more that they are stopped.
    pub rivals: Vec<Instance>,
    /// A rival on another host that is silent does not hinder it, one that runs does: it starts something again where it ran
    /// before, somebody has given their word that the other host is off, or that host has stopped by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_place: bool,
    /// How it is taken back; `None` where there is nothing to take back, or the plan never goes back over it.
    pub undo: Option<Undo>,
}

impl Step {
    /// Where it fails the run goes on: a hook that may not veto.
    #[must_use]
    pub fn may_fail(&self) -> bool {
        self.service.hook().is_some_and(|hook| !hook.vetoes)
    }

    /// How long taking it back may take, in milliseconds.
    #[must_use]
    pub fn undo_timeout_ms(&self) -> u64 {
        self.undo.as_ref().map_or(self.timeout_ms, |undo| undo.timeout_ms)
    }

    /// Where and what.
    #[must_use]
    pub fn instance(&self) -> Instance {
        Instance { host: self.host.clone(), service: self.service.clone() }
    }
}

/// From where on there is no way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "no_return")]
pub enum NoReturn {
    /// The plan only goes forward; a failure leaves what was done.
    FromTheStart,
    /// Passed as soon as one of these steps is done.
    After {
        /// The steps.
        steps: BTreeSet<StepId>,
    },
}

/// What people feel of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Components that do not serve for a while.
    pub interrupted: Vec<ComponentName>,
    /// The longest that the interruption may last before the run turns back or ends, in milliseconds: the time-outs
    /// along the longest way through the steps.
    pub longest_outage_ms: u64,
    /// What data may be lost, a line each; empty when none is known of.
    pub data_at_risk: Vec<String>,
}

/// A plan: the object that is shown, hashed, journaled and run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it carries out.
    pub command: Command,
    /// Of which cluster.
    pub cluster: ClusterName,
    /// What it does, in a sentence.
    pub summary: String,
    /// The word that confirms it: the name of the site that it is about; of the cluster, where service or data is at risk.
    pub confirm: String,
    /// What was wanted before.
    pub before: Wanted,
    /// What is wanted once it is done.
    pub afterwards: Wanted,
    /// The steps, in an order in which they could be run one by one.
    pub steps: Vec<Step>,
    /// From where on there is no way back.
    pub no_return: NoReturn,
    /// What was checked; none of them forbids the plan.
    pub checks: Vec<Check>,
    /// What people feel of it.
    pub impact: Impact,
    /// Hash of the configuration that it was made from.
    pub config: String,
}

/// The hash of a plan: 64 hexadecimal digits, of which people see the first twelve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(String);

impl PlanHash {
    /// The first twelve digits.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    /// Whether `given` is this hash, or at least its first twelve digits.
    #[must_use]
    pub fn answers_to(&self, given: &str) -> bool {
        given.len() >= 12 && self.0.starts_with(given)
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Plan {
    /// The hash over everything that the plan says.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        // Serialising these types cannot fail: no map has a key that is not a string.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        PlanHash(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The step with number `id`.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(usize::from(id.0).checked_sub(1)?)
    }

    /// Whether what is wanted of the cluster follows from it; fencing a host goes on beside whatever does, which monitor
    /// acts is another matter, and so is who works on what, unless something moves for it.
    #[must_use]
    pub fn says_what_is_wanted(&self) -> bool {
        match &self.command {
            Command::Fence { .. } | Command::MonitorMove { .. } | Command::TakeOver { .. } | Command::Manage { .. } => false,
            Command::Maintain { kind, .. } => *kind == Upkeep::Drain,
            _ => true,
        }
    }

    /// How long nothing may serve: the longest way through its steps, where each takes what `takes` says, in milliseconds.
    /// Hooks run before the first stop and after the last start: they add nothing.
    #[must_use]
    pub fn longest_way(&self, takes: impl Fn(&Step) -> u64) -> u64 {
        longest_way(&self.steps, takes)
    }

    /// The components that it touches: what a run of it locks.
    #[must_use]
    pub fn objects(&self) -> BTreeSet<&ComponentName> {
        self.steps.iter().filter_map(|step| step.component.as_ref()).collect()
    }
}

/// The same of steps that are no plan yet.
pub(super) fn longest_way(steps: &[Step], takes: impl Fn(&Step) -> u64) -> u64 {
    let mut longest: BTreeMap<StepId, u64> = BTreeMap::new();
    // Thousands of steps wait for the same run of others.
    let mut runs: BTreeMap<(StepId, StepId), u64> = BTreeMap::new();
    for step in steps {
        let mut behind = |run: (StepId, StepId)| match runs.get(&run) {
            Some(known) => *known,
            None => {
                let most = longest.range(run.0..=run.1).map(|(_, ms)| *ms).max().unwrap_or(0);
                // What comes later in the list is not known yet.
                if run.0 < run.1 && run.1 < step.id {
                    runs.insert(run, most);
                }
                most
            }
        };
        let before = step.after.runs().map(&mut behind).max().unwrap_or(0);
        let own = if step.service.hook().is_some() { 0 } else { takes(step) };
        longest.insert(step.id, before.saturating_add(own));
    }
    longest.values().max().copied().unwrap_or(0)
}
