//! The planner of a move of everything to the other site: switchover, switchback, failover.
//!
//! Everything that runs on the old side stops, what depends on something before that something; only when all of it has
//! stopped, and what cannot be asked is off, does the new side start, in the order of dependencies. What does not depend on
//! each other goes at the same time.

use super::builder::{Builder, Part, Towards, Undoable, in_order};
use super::draft::Draft;
use super::hooks::{self, Around};
use super::stepset::StepSet;
use super::types::{Action, NoReturn, Plan, Step, StepId};
use super::{Ground, Wanted, maintenance, named_side, serving};
use crate::core::command::{Command, Refusal};
use crate::core::fact::{Picture, Reach};
use crate::core::model::{AfterFailover, Cluster, Component, HostName, Mode, Moving, Service, Side, SiteName};
use crate::core::readiness::maintenance::{self as kept, Does};
use crate::core::readiness::{Check, Verdict, checks};
use std::collections::BTreeSet;

/// Everything moves to the other site, `to` if it is named.
pub(super) fn switchover(ground: &Ground<'_>, to: Option<&SiteName>) -> Result<Plan, Refusal> {
    let from = serving(ground.wanted)?;
    let to = match to {
        Some(site) => named_side(ground.cluster, site.as_str())?,
        None => from.other(),
    };
    // With the site spelled out, so that naming it or not is the same plan with the same hash.
    let command = Command::Switchover { to: Some(ground.cluster.site(to).clone()) };
    switch(ground, command, from, to)
}

/// Everything moves back to the primary site.
pub(super) fn switchback(ground: &Ground<'_>) -> Result<Plan, Refusal> {
    switch(ground, Command::Switchback, serving(ground.wanted)?, Side::Primary)
}

/// Everything moves to `to`, since the side that serves has lost something. What cannot be asked there is fenced first.
pub(super) fn failover(ground: &Ground<'_>, to: &SiteName) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let from = serving(ground.wanted)?;
    let to = named_side(cluster, to.as_str())?;
    if matches!(ground.wanted, Wanted::Limited(_)) || from == to {
        let remedy = "return with `switchtower switchback` once the other side is well";
        return Err(Refusal::one("the cluster is limited after a failover: it does not fail over again", remedy));
    }
    if let Some(refusal) = maintenance::nothing_left(ground, Does::Saves) {
        return Err(refusal);
    }
    let fence: BTreeSet<HostName> =
        hosts_of(ground, from).into_iter().filter(|host| matches!(picture.reach(host), Some(Reach::Dead(_)))).cloned().collect();
    let afterwards = match cluster.policy.after_failover {
        AfterFailover::Limited => Wanted::Limited(to),
        AfterFailover::Reversed => Wanted::Active(to),
    };
    // Where a host is off or has stopped by itself there is nothing to go back to.
    let forward = hosts_of(ground, from).into_iter().any(|host| fence.contains(host) || picture.out(host));
    let way = Way { from, to, afterwards, fence, forward, drained: None };
    let steps = way.steps(ground);
    let last_fence = steps.iter().rev().find(|step| step.service == Service::Power).map(|step| step.id);
    let no_return = match (last_fence, forward) {
        // Once the last one is off there is nothing to go back to; a fence that fails changes nothing.
        (Some(fence), _) => NoReturn::After { steps: [fence].into() },
        (None, true) => NoReturn::FromTheStart,
        (None, false) => point_of_no_return(cluster, &steps, to),
    };
    let (old, new) = (cluster.site(from), cluster.site(to));
    let draft = Draft {
        command: Command::Failover { to: new.clone() },
        summary: format!(
            "make {new} active, since {old} has lost what it needs to serve{}{}",
            by_themselves(ground, from),
            maintenance::note(ground, Does::Saves)
        ),
        confirm: new.to_string(),
        before: ground.wanted,
        afterwards,
        no_return,
        checks: failover_checks(ground, from, to),
        steps,
    };
    Around { of: Moving::Failover, from, to }.put(draft, ground).finish(ground)
}

fn switch(ground: &Ground<'_>, command: Command, from: Side, to: Side) -> Result<Plan, Refusal> {
    if from == to {
        let site = ground.cluster.site(to);
        return Err(Refusal::one(format!("{site} serves already"), "nothing is to be done"));
    }
    away(ground, command, from, None)
}

/// Everything moves away from the side that serves; on the host that is drained for it, if any, nothing is started.
pub(super) fn away(ground: &Ground<'_>, command: Command, from: Side, drained: Option<&HostName>) -> Result<Plan, Refusal> {
    let (cluster, to) = (ground.cluster, from.other());
    if let Some(refusal) = maintenance::nothing_left(ground, Does::Moves) {
        return Err(refusal);
    }
    let way = Way { from, to, afterwards: Wanted::Active(to), fence: BTreeSet::new(), forward: false, drained: drained.cloned() };
    let steps = way.steps(ground);
    let (old, new) = (cluster.site(from), cluster.site(to));
    let of = if command == Command::Switchback { Moving::Switchback } else { Moving::Switchover };
    let draft = Draft {
        command,
        summary: format!(
            "make {new} active; {old} gives up its role{}{}",
            by_themselves(ground, from),
            maintenance::note(ground, Does::Moves)
        ),
        confirm: drained.map_or_else(|| new.to_string(), ToString::to_string),
        before: ground.wanted,
        afterwards: Wanted::Active(to),
        no_return: point_of_no_return(cluster, &steps, to),
        checks: move_checks(ground, to),
        steps,
    };
    Around { of, from, to }.put(draft, ground).finish(ground)
}

/// What is checked before everything moves to `to`.
#[must_use]
pub fn switch_checks(ground: &Ground<'_>, to: Side) -> Vec<Check> {
    let mut all = move_checks(ground, to);
    all.extend(hooks::planned_checks(ground, to));
    all
}

/// The same without its hooks.
fn move_checks(ground: &Ground<'_>, to: Side) -> Vec<Check> {
    let Ground { cluster, picture, .. } = *ground;
    let moved = ground.moved();
    let mut all = checks::hosts(&moved, &[to], picture);
    all.extend(kept::take_starts(ground.maintenance, moved.iter().map(|c| c.host(to))));
    all.extend(kept::left_alone(cluster, ground.maintenance, picture, Does::Moves));
    all.extend(checks::guarded(cluster, ground.unguarded, picture));
    for component in moved {
        all.extend(kept::needs(cluster, ground.maintenance, component, to, picture, Does::Moves));
        all.extend(Side::BOTH.into_iter().flat_map(|side| checks::known_or_out(component, side, picture)));
        all.extend(checks::not_running(component, to, true, picture));
        all.extend(checks::not_enabled(component, picture));
    }
    all
}

/// The same before a failover: the old side is left out as far as it is silent and can be fenced, and units that start by
/// themselves are no reason to let a cluster lie.
fn failover_checks(ground: &Ground<'_>, from: Side, to: Side) -> Vec<Check> {
    let Ground { cluster, picture, .. } = *ground;
    let can_be_fenced = |host: &HostName| cluster.hosts.get(host).is_some_and(|h| h.fence.is_some());
    let mut all: Vec<Check> = hosts_of(ground, to).into_iter().map(|host| checks::host_serves(host, picture)).collect();
    all.extend(kept::take_starts(ground.maintenance, hosts_of(ground, to)));
    // That something is left alone keeps nobody from being saved; that what moves could not serve without it does.
    all.extend(kept::left_alone(cluster, ground.maintenance, picture, Does::Saves));
    all.extend(hosts_of(ground, from).into_iter().map(|host| checks::host_gives_up(host, can_be_fenced(host), picture)));
    let dead = |host: &HostName| matches!(picture.reach(host), Some(Reach::Dead(_)));
    all.extend(
        checks::guarded(cluster, ground.unguarded, picture)
            .into_iter()
            .filter(|c| !c.id.strip_prefix("guard:").is_some_and(|host| HostName::new(host).is_ok_and(|host| dead(&host)))),
    );
    for component in ground.moved() {
        all.extend(kept::needs(cluster, ground.maintenance, component, to, picture, Does::Saves));
        all.extend(checks::known(component, to, picture));
        // A unit that the old side does not even know does not run there.
        let old = checks::known_or_out(component, from, picture).into_iter().filter(|c| c.verdict != Verdict::HardVeto);
        all.extend(old.filter(|_| !dead(component.host(from))));
        all.extend(checks::not_running(component, to, true, picture));
    }
    all
}

/// Hosts of `side` with something that moves.
fn hosts_of<'a>(ground: &Ground<'a>, side: Side) -> BTreeSet<&'a HostName> {
    ground.moved().into_iter().map(|c| c.host(side)).collect()
}

/// Which hosts of `side` nothing is sent to since they have stopped by themselves, in words.
fn by_themselves(ground: &Ground<'_>, side: Side) -> String {
    let stopped = |host: &&HostName| ground.picture.self_stopped(host).is_some();
    let hosts: Vec<String> = hosts_of(ground, side).into_iter().filter(stopped).map(ToString::to_string).collect();
    match hosts.len() {
        0 => String::new(),
        1 => format!("; {} has stopped by itself", hosts.join(", ")),
        _ => format!("; {} have stopped by themselves", hosts.join(", ")),
    }
}

/// A move from one side to the other.
struct Way {
    from: Side,
    to: Side,
    afterwards: Wanted,
    /// Hosts that are switched off first.
    fence: BTreeSet<HostName>,
    /// There is no way back.
    forward: bool,
    /// A host on which nothing is started.
    drained: Option<HostName>,
}

impl Way {
    fn steps(&self, ground: &Ground<'_>) -> Vec<Step> {
        let Ground { cluster, picture, .. } = *ground;
        let (from, to) = (self.from, self.to);
        // What is left alone on either side is neither stopped here nor started there.
        let ordered: Vec<&Component> = in_order(cluster).into_iter().filter(|c| ground.maintenance.unmoved(c).is_none()).collect();
        let mut b = if self.forward { Builder::forward(ground) } else { Builder::new(ground) };
        self.drained.iter().for_each(|host| b.drains(host));
        b.note_out(picture);
        // One after the other, and before anything else: nothing that still serves is stopped for a fence that fails.
        let mut fenced = StepSet::default();
        for host in &self.fence {
            if let Some(fence) = cluster.hosts.get(host).and_then(|h| h.fence.as_ref()) {
                fenced = [b.fence(host, fence, from, fenced)].into();
            }
        }
        let mut stopped = fenced.clone();
        for component in ordered.iter().rev() {
            let mut after = b.nearest(Part::StopActive(from), component, Towards::Dependents);
            if after.is_empty() {
                after.clone_from(&fenced);
            }
            make_stopped(&mut b, component, Part::StopActive(from), after, picture);
        }
        stopped.unite(&b.last(Part::StopActive(from)));
        for component in ordered.iter().rev() {
            make_stopped(&mut b, component, Part::StopStandby(to), stopped.clone(), picture);
        }
        for component in ordered.iter().filter(|c| c.mode_when(to, self.afterwards) == Some(Mode::Active)) {
            let mut after = b.nearest(Part::StartActive(to), component, Towards::Needs);
            if after.is_empty() {
                after.clone_from(&stopped);
            }
            after.extend(b.get(Part::StopStandby(to), &component.name));
            add_start(&mut b, component, Part::StartActive(to), after);
        }
        let started = b.last(Part::StartActive(to));
        for component in ordered.iter().filter(|c| c.mode_when(from, self.afterwards) == Some(Mode::Standby)) {
            add_start(&mut b, component, Part::StartStandby(from), started.clone());
        }
        let mut started = b.all(Part::StartActive(to));
        started.unite(&b.all(Part::StartStandby(from)));
        for component in &ordered {
            order_undo(&mut b, component, (from, to), &started);
        }
        b.finish()
    }
}

/// The way back: nothing returns to the old side before everything is proven stopped on the new one, and then in order.
/// `started` is everything that is started.
fn order_undo(b: &mut Builder<'_>, component: &Component, (from, to): (Side, Side), started: &StepSet) {
    let name = &component.name;
    let mut dependents = b.nearest(Part::StartActive(to), component, Towards::Dependents);
    dependents.extend(b.get(Part::StartStandby(from), name));
    b.undo_after(Part::StartActive(to), name, &dependents);
    b.undo_after(Part::StopStandby(to), name, started);
    let mut needs = b.nearest(Part::StopActive(from), component, Towards::Needs);
    needs.unite(started);
    b.undo_after(Part::StopActive(from), name, &needs);
}

/// Adds the stop that plays `part`, also where the host says that it is stopped: nothing starts elsewhere on a proof as old
/// as the plan. What was stopped has no way back; where the host is off there is nobody to tell.
pub(super) fn make_stopped(b: &mut Builder<'_>, component: &Component, part: Part, after: StepSet, picture: &Picture) {
    let Some(instance) = component.instance(part.side(), part.mode()).filter(|i| !b.off(&i.host)) else { return };
    let undoable = if picture.state(&instance).proven_stopped() { Undoable::No } else { Undoable::Yes };
    b.add(part, component, instance, after, undoable);
}

/// Adds the start that plays `part`, with a way back.
fn add_start(b: &mut Builder<'_>, component: &Component, part: Part, after: StepSet) {
    if let Some(instance) = component.instance(part.side(), part.mode()).filter(|i| !b.off(&i.host)) {
        b.add(part, component, instance, after, Undoable::Yes);
    }
}

/// The starts that are marked, or else those that nothing in the plan waits for: what clients reach.
fn point_of_no_return(cluster: &Cluster, steps: &[Step], to: Side) -> NoReturn {
    let starts = || steps.iter().filter(move |s| s.action == Action::Start && s.side == to);
    let marked = |s: &&Step| s.component.as_ref().and_then(|name| cluster.components.get(name)).is_some_and(|c| c.point_of_no_return);
    let mut chosen: BTreeSet<StepId> = starts().filter(marked).map(|s| s.id).collect();
    if chosen.is_empty() {
        let mut waited = StepSet::default();
        starts().for_each(|s| waited.unite(&s.after));
        chosen = starts().map(|s| s.id).filter(|id| !waited.contains(id)).collect();
    }
    NoReturn::After { steps: chosen }
}
