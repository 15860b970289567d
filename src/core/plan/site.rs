//! The planner of a whole site: switchover, switchback, start and stop.
//!
//! Everything that runs on the old side stops, what depends on something before that something; only when all of it has
//! stopped does the new side start, in the order of dependencies. What does not depend on each other goes at the same time.

use super::builder::{Builder, Part, Towards, in_order};
use super::checks::{self, Check};
use super::types::{Action, Impact, NoReturn, Plan, Step, StepId, Wanted};
use crate::core::command::{Command, Reason, Refusal};
use crate::core::fact::{Picture, State};
use crate::core::model::{Cluster, Component, Mode, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Plans `command`, from what is wanted now and what is known; `config` is the hash of the configuration behind `cluster`.
///
/// # Errors
/// A refusal with every reason that stands in the way.
pub fn plan(cluster: &Cluster, wanted: Wanted, picture: &Picture, command: &Command, config: &str) -> Result<Plan, Refusal> {
    match command {
        Command::Switchover { to } => {
            let from = serving(wanted)?;
            let to = match to {
                Some(site) => named_side(cluster, site.as_str())?,
                None => from.other(),
            };
            switch(cluster, picture, command, from, to, config)
        }
        Command::Switchback => switch(cluster, picture, command, serving(wanted)?, Side::Primary, config),
        Command::Start { site } => {
            let side = match site {
                Some(site) => named_side(cluster, site.as_str())?,
                None => Side::Primary,
            };
            start(cluster, picture, wanted, side, config)
        }
        Command::Stop => stop(cluster, picture, command, wanted, config),
        Command::Abort { .. } => {
            Err(Refusal::one("abort is about a run, it has no plan of its own", "name the run: switchtower abort RUN"))
        }
    }
}

fn serving(wanted: Wanted) -> Result<Side, Refusal> {
    match wanted {
        Wanted::Active(side) => Ok(side),
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

fn switch(cluster: &Cluster, picture: &Picture, command: &Command, from: Side, to: Side, config: &str) -> Result<Plan, Refusal> {
    if from == to {
        let site = cluster.site(to);
        return Err(Refusal::one(format!("{site} serves already"), "nothing is to be done"));
    }
    let mut all = checks::hosts(cluster, picture);
    for component in cluster.components.values() {
        all.extend(Side::BOTH.into_iter().flat_map(|side| checks::known(component, side, picture)));
        all.extend(checks::not_running(component, to, true, picture));
        all.extend(checks::not_enabled(component, picture));
    }
    let steps = switch_steps(cluster, picture, from, to);
    let no_return = point_of_no_return(cluster, &steps, to);
    let (old, new) = (cluster.site(from), cluster.site(to));
    let draft = Draft {
        summary: format!("make {new} active; {old} gives up its role"),
        side: to,
        before: Wanted::Active(from),
        afterwards: Wanted::Active(to),
        no_return,
        checks: all,
        steps,
    };
    // With the site spelled out, so that naming it or not is the same plan with the same hash.
    let command = match command {
        Command::Switchover { .. } => Command::Switchover { to: Some(new.clone()) },
        other => other.clone(),
    };
    draft.finish(cluster, &command, config)
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
    let marked = |s: &&Step| cluster.components.get(&s.component).is_some_and(|c| c.point_of_no_return);
    let mut chosen: BTreeSet<StepId> = starts().filter(marked).map(|s| s.id).collect();
    if chosen.is_empty() {
        let waited: BTreeSet<StepId> = starts().flat_map(|s| s.after.iter().copied()).collect();
        chosen = starts().map(|s| s.id).filter(|id| !waited.contains(id)).collect();
    }
    NoReturn::After { steps: chosen }
}

fn start(cluster: &Cluster, picture: &Picture, wanted: Wanted, side: Side, config: &str) -> Result<Plan, Refusal> {
    if let Wanted::Active(serving) = wanted
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
        summary: format!("start the cluster with {} active", cluster.site(side)),
        side,
        before: wanted,
        afterwards: Wanted::Active(side),
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(cluster, &Command::Start { site: Some(cluster.site(side).clone()) }, config)
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

fn stop(cluster: &Cluster, picture: &Picture, command: &Command, wanted: Wanted, config: &str) -> Result<Plan, Refusal> {
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
        summary: format!("stop the cluster; {} gives up its role and nothing takes it", cluster.site(side)),
        side,
        before: wanted,
        afterwards: Wanted::Stopped,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(cluster, command, config)
}

/// A plan before its checks have been weighed.
struct Draft {
    summary: String,
    side: Side,
    before: Wanted,
    afterwards: Wanted,
    no_return: NoReturn,
    checks: Vec<Check>,
    steps: Vec<Step>,
}

impl Draft {
    fn finish(self, cluster: &Cluster, command: &Command, config: &str) -> Result<Plan, Refusal> {
        let reasons: Vec<Reason> = checks::vetoes(&self.checks);
        if !reasons.is_empty() {
            return Err(Refusal { reasons });
        }
        Ok(Plan {
            command: command.clone(),
            cluster: cluster.name.clone(),
            summary: self.summary,
            confirm: cluster.site(self.side).clone(),
            before: self.before,
            afterwards: self.afterwards,
            impact: impact(&self.steps, self.no_return == NoReturn::FromTheStart),
            steps: self.steps,
            no_return: self.no_return,
            checks: self.checks,
            config: config.to_owned(),
        })
    }
}

/// In a plan that only goes `forward` every stop is of something that runs; in others one without a way back is not.
fn impact(steps: &[Step], forward: bool) -> Impact {
    let running = |s: &&Step| s.action == Action::Stop && (s.undo.is_some() || forward);
    let stops: BTreeSet<_> = steps.iter().filter(running).map(|s| s.component.clone()).collect();
    let mut longest: BTreeMap<StepId, u64> = BTreeMap::new();
    for step in steps {
        let before = step.after.iter().filter_map(|id| longest.get(id)).max().copied().unwrap_or(0);
        longest.insert(step.id, before.saturating_add(step.timeout_ms));
    }
    Impact {
        longest_outage_ms: if stops.is_empty() { 0 } else { longest.values().max().copied().unwrap_or(0) },
        interrupted: stops.into_iter().collect(),
        data_at_risk: Vec::new(),
    }
}
