//! From a command and a picture of the cluster to a plan, or to a refusal with every reason.
//!
//! A plan is data: what the dialog shows, what `--dry-run` prints, what the journal holds and what runs is one value.
//! One planner a file; the plan does not act and does not know whether it will.

mod builder;
mod draft;
mod fence;
mod hooks;
mod maintenance;
mod monitors;
mod repair;
mod site;
mod stepset;
mod switch;
mod types;

pub use super::model::Wanted;
pub use stepset::StepSet;
pub use switch::switch_checks;
pub use types::{Action, Impact, NoReturn, Plan, PlanHash, Step, StepId, Undo};

use super::command::{Command, Refusal};
use super::fact::Picture;
use super::model::{Cluster, Component, HostName, Maintenance, Side};
use std::collections::BTreeMap;

/// What a plan stands on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Which side is to serve now.
    pub wanted: Wanted,
    /// What is known.
    pub picture: &'a Picture,
    /// Hash of the configuration behind `cluster`.
    pub config: &'a str,
    /// Hosts that would not take the term, and why: nothing can be done there.
    pub unguarded: &'a BTreeMap<HostName, String>,
    /// Names of soft vetoes that do not count.
    pub overrides: &'a [String],
    /// Who works on what: that is left alone.
    pub maintenance: &'a Maintenance,
}

impl<'a> Ground<'a> {
    /// The components that are acted on at one side at least.
    pub(super) fn managed(&self) -> Vec<&'a Component> {
        let left = |c: &&Component| Side::BOTH.into_iter().all(|side| self.maintenance.unmanaged(c, side).is_some());
        self.cluster.components.values().filter(|c| !left(c)).collect()
    }

    /// The components that a move touches: those that nobody works on, neither here nor there.
    pub(super) fn moved(&self) -> Vec<&'a Component> {
        self.cluster.components.values().filter(|c| self.maintenance.unmoved(c).is_none()).collect()
    }
}

/// Plans `command` on `ground`.
///
/// # Errors
/// A refusal with every reason that stands in the way.
pub fn plan(ground: &Ground<'_>, command: &Command) -> Result<Plan, Refusal> {
    match command {
        Command::Switchover { to } => switch::switchover(ground, to.as_ref()),
        Command::Switchback => switch::switchback(ground),
        Command::Start { site } => site::start(ground, site.as_ref()),
        Command::Stop => site::stop(ground),
        Command::Adopt { site, .. } => fence::adopt(ground, site),
        Command::Fence { host, by_word } => fence::fence(ground, host, *by_word),
        Command::Rescue { components, cold } => repair::rescue(ground, components, *cold),
        Command::Failover { to } => switch::failover(ground, to),
        Command::Guard { component, site } => repair::guard(ground, component, site),
        Command::MonitorMove { to } => monitors::handover(ground, to),
        Command::TakeOver { from, by_word } => monitors::take_over(ground, from, *by_word),
        Command::Maintain { what, kind, for_ms } => maintenance::set(ground, what, *kind, *for_ms),
        Command::Manage { what } => maintenance::clear(ground, what),
        Command::Abort { .. } => {
            Err(Refusal::one("abort is about a run, it has no plan of its own", "name the run: switchtower abort RUN"))
        }
    }
}

/// The side that serves, or why there is none.
fn serving(wanted: Wanted) -> Result<Side, Refusal> {
    match wanted {
        Wanted::Active(side) | Wanted::Limited(side) => Ok(side),
        Wanted::Stopped => Err(Refusal::one("the cluster is stopped: there is nothing to move", "start it with `switchtower start`")),
        Wanted::Unset => Err(Refusal::one(
            "it is not known which side is to serve: nothing runs, or what runs is not all on one side",
            "look at `switchtower status`, mend what is on the wrong side, or name the side with `switchtower start --site SITE`",
        )),
    }
}

fn named_side(cluster: &Cluster, site: &str) -> Result<Side, Refusal> {
    cluster.side_of(site).ok_or_else(|| {
        let (a, b) = (cluster.site(Side::Primary), cluster.site(Side::Secondary));
        Refusal::one(format!("{site} is no site of this cluster"), format!("name {a} or {b}"))
    })
}

#[cfg(test)]
mod tests;
