//! The planner of a whole site: switchover, switchback, start and stop.
//!
//! Everything that runs on the old side stops, what depends on something before that something; only when all of it has
//! stopped does the new side start, in the order of dependencies. What does not depend on each other goes at the same time.

use super::builder::{Builder, Part, Towards, in_order};
use super::draft::Draft;
use super::types::{Action, NoReturn, Plan, Step, StepId};
use super::{Ground, Wanted, named_side, serving};
use crate::core::command::{Command, Refusal};
use crate::core::fact::{Picture, State};
use crate::core::model::{Cluster, Component, Mode, Side, SiteName};
use crate::core::readiness::{Check, checks};
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

fn switch(ground: &Ground<'_>, command: Command, from: Side, to: Side) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    if from == to {
        let site = cluster.site(to);
        return Err(Refusal::one(format!("{site} serves already"), "nothing is to be done"));
    }
    let steps = switch_steps(cluster, picture, from, to);
    let no_return = point_of_no_return(cluster, &steps, to);
    let (old, new) = (cluster.site(from), cluster.site(to));
    let draft = Draft {
        command,
        summary: format!("make {new} active; {old} gives up its role"),
        confirm: new.to_string(),
        before: ground.wanted,
        afterwards: Wanted::Active(to),
        no_return,
        checks: switch_checks(ground, to),
        steps,
    };
    draft.finish(ground)
}

/// What is checked before everything moves to `to`.
#[must_use]
pub fn switch_checks(ground: &Ground<'_>, to: Side) -> Vec<Check> {
    let Ground { cluster, picture, .. } = *ground;
    let mut all = checks::hosts(cluster, picture);
    all.extend(checks::guarded(ground.unguarded));
    for component in cluster.components.values() {
        all.extend(Side::BOTH.into_iter().flat_map(|side| checks::known(component, side, picture)));
        all.extend(checks::not_running(component, to, true, picture));
        all.extend(checks::not_enabled(component, picture));
    }
    all
}

fn switch_steps(cluster: &Cluster, picture: &Picture, from: Side, to: Side) -> Vec<Step> {
    let ordered = in_order(cluster);
    let mut b = Builder::new(cluster);
    for component in ordered.iter().rev() {
        let after = b.nearest(Part::StopActive(from), component, Towards::Dependents);
        make_stopped(&mut b, component, Part::StopActive(from), after, picture);
    }
    let stopped = b.last(Part::StopActive(from));
    for component in ordered.iter().rev() {
        make_stopped(&mut b, component, Part::StopStandby(to), stopped.clone(), picture);
    }
    for component in &ordered {
        let mut after = b.nearest(Part::StartActive(to), component, Towards::Needs);
        if after.is_empty() {
            after.clone_from(&stopped);
        }
        after.extend(b.get(Part::StopStandby(to), &component.name));
        add_start(&mut b, component, Part::StartActive(to), after);
    }
    let started = b.last(Part::StartActive(to));
    for component in &ordered {
        add_start(&mut b, component, Part::StartStandby(from), started.clone());
    }
    for component in &ordered {
        order_undo(&mut b, component, from, to);
    }
    b.finish()
}

/// The way back: nothing returns to the old side before everything is proven stopped on the new one, and then in order.
fn order_undo(b: &mut Builder<'_>, component: &Component, from: Side, to: Side) {
    let name = &component.name;
    let old_standby = b.get(Part::StartStandby(from), name);
    let dependents = b.nearest(Part::StartActive(to), component, Towards::Dependents);
    b.undo_after(Part::StartActive(to), name, dependents.into_iter().chain(old_standby));
    let started: BTreeSet<StepId> = b.all(Part::StartActive(to)).into_iter().chain(b.all(Part::StartStandby(from))).collect();
    b.undo_after(Part::StopStandby(to), name, started.clone());
    let needs = b.nearest(Part::StopActive(from), component, Towards::Needs);
    b.undo_after(Part::StopActive(from), name, needs.into_iter().chain(started));
}

/// Adds the stop that plays `part`, also where the host says that it is stopped: nothing starts elsewhere on a proof as old
/// as the plan. What was stopped has no way back.
fn make_stopped(b: &mut Builder<'_>, component: &Component, part: Part, after: BTreeSet<StepId>, picture: &Picture) {
    if let Some(instance) = component.instance(part.side(), part.mode()) {
        let ran = !picture.state(&instance).proven_stopped();
        b.add(part, component, instance, after, ran);
    }
}

/// Adds the stop that plays `part`, unless the host's own word is that it is stopped.
fn add_stop(b: &mut Builder<'_>, component: &Component, part: Part, after: BTreeSet<StepId>, picture: &Picture) {
    let Some(instance) = component.instance(part.side(), part.mode()) else { return };
    if !picture.state(&instance).proven_stopped() {
        b.add(part, component, instance, after, false);
    }
}

/// Adds the start that plays `part`, with a way back.
fn add_start(b: &mut Builder<'_>, component: &Component, part: Part, after: BTreeSet<StepId>) {
    if let Some(instance) = component.instance(part.side(), part.mode()) {
        b.add(part, component, instance, after, true);
    }
}

/// The starts that are marked, or else those that nothing in the plan waits for: what clients reach.
fn point_of_no_return(cluster: &Cluster, steps: &[Step], to: Side) -> NoReturn {
    let starts = || steps.iter().filter(move |s| s.action == Action::Start && s.side == to);
    let marked = |s: &&Step| s.component.as_ref().and_then(|name| cluster.components.get(name)).is_some_and(|c| c.point_of_no_return);
    let mut chosen: BTreeSet<StepId> = starts().filter(marked).map(|s| s.id).collect();
    if chosen.is_empty() {
        let waited: BTreeSet<StepId> = starts().flat_map(|s| s.after.iter().copied()).collect();
        chosen = starts().map(|s| s.id).filter(|id| !waited.contains(id)).collect();
    }
    NoReturn::After { steps: chosen }
}

/// The stopped cluster starts, on the primary site unless another is named.
pub(super) fn start(ground: &Ground<'_>, site: Option<&SiteName>) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, wanted, .. } = *ground;
    let side = match site {
        Some(site) => named_side(cluster, site.as_str())?,
        None => Side::Primary,
    };
    if let Some(serving) = wanted.side()
        && serving != side
    {
        let (now, asked) = (cluster.site(serving), cluster.site(side));
        return Err(Refusal::one(
            format!("{now} is the side that serves"),
            format!("move to {asked} with `switchtower switchover --to {asked}`, or stop the cluster first"),
        ));
    }
    let mut all = checks::hosts(cluster, picture);
    for component in cluster.components.values() {
        all.extend(Side::BOTH.into_iter().flat_map(|s| checks::known(component, s, picture)));
        all.extend(checks::not_running(component, side.other(), true, picture));
        all.extend(checks::not_enabled(component, picture));
    }
    let mut b = Builder::new(cluster);
    for component in in_order(cluster) {
        let after = b.nearest(Part::StartActive(side), component, Towards::Needs);
        start_on(&mut b, component, side, Mode::Active, after, picture);
    }
    let started = b.last(Part::StartActive(side));
    for component in in_order(cluster) {
        start_on(&mut b, component, side.other(), Mode::Standby, started.clone(), picture);
    }
    let steps = b.finish();
    if steps.is_empty() {
        return Err(Refusal::one("everything that is to run runs already", "nothing is to be done"));
    }
    let draft = Draft {
        command: Command::Start { site: Some(cluster.site(side).clone()) },
        summary: format!("start the cluster with {} active", cluster.site(side)),
        confirm: cluster.site(side).to_string(),
        before: wanted,
        afterwards: Wanted::Active(side),
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(ground)
}

/// Starts `component` in `mode` on `side` unless it runs so already; its service of the other mode stops first.
fn start_on(b: &mut Builder<'_>, component: &Component, side: Side, mode: Mode, mut after: BTreeSet<StepId>, picture: &Picture) {
    let (part, stop, unwanted) = match mode {
        Mode::Active => (Part::StartActive(side), Part::StopStandby(side), Mode::Standby),
        Mode::Standby => (Part::StartStandby(side), Part::StopActive(side), Mode::Active),
        Mode::Stopped => return,
    };
    let Some(instance) = component.instance(side, mode) else { return };
    let other = component.instance(side, unwanted).filter(|other| !picture.state(other).proven_stopped());
    if let Some(other) = other {
        b.add(stop, component, other, after.clone(), false);
        after.extend(b.get(stop, &component.name));
    }
    if picture.state(&instance) != State::Active {
        b.add(part, component, instance, after, false);
    }
}

/// Everything stops, on both sites.
pub(super) fn stop(ground: &Ground<'_>) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, wanted, .. } = *ground;
    let mut all = checks::hosts(cluster, picture);
    all.extend(cluster.components.values().flat_map(|c| Side::BOTH.into_iter().flat_map(|side| checks::known(c, side, picture))));
    let mut b = Builder::new(cluster);
    for component in in_order(cluster).into_iter().rev() {
        for side in Side::BOTH {
            let after = b.nearest(Part::StopActive(side), component, Towards::Dependents);
            add_stop(&mut b, component, Part::StopActive(side), after, picture);
        }
    }
    for component in in_order(cluster).into_iter().rev() {
        for side in Side::BOTH {
            let after = b.get(Part::StopActive(side.other()), &component.name).into_iter().collect();
            add_stop(&mut b, component, Part::StopStandby(side), after, picture);
        }
    }
    let steps = b.finish();
    if steps.is_empty() {
        return Err(Refusal::one("nothing of the cluster runs", "nothing is to be done"));
    }
    let side = wanted.side().unwrap_or(Side::Primary);
    let draft = Draft {
        command: Command::Stop,
        summary: format!("stop the cluster; {} gives up its role and nothing takes it", cluster.site(side)),
        confirm: cluster.site(side).to_string(),
        before: wanted,
        afterwards: Wanted::Stopped,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(ground)
}
