//! Planners of what is done to single components: start them again where they are, or stop them where they must not run.

use super::builder::{Builder, Part, Towards, Undoable, in_order};
use super::draft::Draft;
use super::site::start_on;
use super::stepset::StepSet;
use super::types::{NoReturn, Plan};
use super::{Ground, named_side, serving};
use crate::core::command::{Command, Refusal};
use crate::core::fact::State;
use crate::core::model::{Component, ComponentName, Mode, SiteName};
use crate::core::readiness::maintenance::{self as kept, Does};
use crate::core::readiness::{Check, checks};
use std::collections::BTreeSet;

/// Lost components start again where they are. `cold`: a host has booted since they ran, so the other side is heard first.
pub(super) fn rescue(ground: &Ground<'_>, names: &[ComponentName], cold: bool) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let side = serving(ground.wanted)?;
    let managed = |c: &&Component| ground.maintenance.unmanaged(c, side).is_none();
    let lost: Vec<&Component> = match names {
        // Whatever is lost of a large cluster is planned for one by one: each without a look at all the others.
        [name] => cluster.components.get(name).into_iter().filter(managed).collect(),
        _ => {
            let named: BTreeSet<&ComponentName> = names.iter().collect();
            in_order(cluster).into_iter().filter(|c| named.contains(&c.name)).filter(managed).collect()
        }
    };
    let mut hosts = BTreeSet::new();
    let mut all: Vec<Check> = Vec::new();
    let mut b = Builder::forward(ground);
    b.note_out(picture);
    if !cold {
        b = b.in_place();
    }
    for component in &lost {
        if hosts.insert(component.host(side)) {
            all.push(checks::host_serves(component.host(side), picture));
            all.extend(kept::take_starts(ground.maintenance, [component.host(side)]));
        }
        all.extend(kept::needs(cluster, ground.maintenance, component, side, picture, Does::Stays));
        all.extend(checks::known(component, side, picture));
        let elsewhere = checks::not_running(component, side.other(), true, picture);
        // After a crash in place nobody else has been allowed to start it: only what is known to run elsewhere hinders.
        all.extend(elsewhere.into_iter().filter(|_| cold || runs_elsewhere(ground, component)));
        let after = b.nearest(Part::StartActive(side), component, Towards::Needs);
        start_on(&mut b, component, side, Mode::Active, after, picture);
    }
    let unguarded = ground.unguarded.iter().filter(|(host, _)| hosts.contains(host)).map(|(h, why)| (h.clone(), why.clone())).collect();
    all.extend(checks::guarded(cluster, &unguarded, picture));
    let steps = b.finish();
    // Where nothing may be started, that is what is said.
    if steps.is_empty() && !all.iter().any(Check::forbids) {
        return Err(Refusal::one("everything that is to be rescued runs already", "nothing is to be done"));
    }
    let words: Vec<String> = lost.iter().map(|c| c.name.to_string()).collect();
    let site = cluster.site(side);
    let draft = Draft {
        command: Command::Rescue { components: lost.iter().map(|c| c.name.clone()).collect(), cold },
        summary: format!("start {} again on {site}", words.join(", ")),
        confirm: site.to_string(),
        before: ground.wanted,
        afterwards: ground.wanted,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(ground)
}

fn runs_elsewhere(ground: &Ground<'_>, component: &Component) -> bool {
    let elsewhere = serving(ground.wanted).ok().and_then(|side| component.instance(side.other(), Mode::Active));
    elsewhere.is_some_and(|instance| ground.picture.state(&instance).runs() == Some(true))
}

/// What runs active on `site`, where it must not, stops; its standby starts there if that is wanted.
pub(super) fn guard(ground: &Ground<'_>, name: &ComponentName, site: &SiteName) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let side = named_side(cluster, site.as_str())?;
    let Some(component) = cluster.components.get(name) else {
        return Err(Refusal::one(format!("{name} is no component of this cluster"), "correct its name"));
    };
    let serving = serving(ground.wanted)?;
    let wrong = component.instance(side, Mode::Active);
    let right = component.instance(serving, Mode::Active);
    let (Some(wrong), Some(right)) = (wrong, right) else {
        return Err(Refusal::one(format!("{name} has nothing that could be active"), "report this defect"));
    };
    if side == serving || !matches!(picture.state(&wrong), State::Active) {
        return Err(Refusal::one(format!("{name} is not active on {site}, or is to be"), "nothing is to be done"));
    }
    if let Some((what, mark)) = ground.maintenance.unmoved(component) {
        let remedy = format!("it is left alone; end that with `switchtower maintenance clear {}`", kept::option(&what));
        return Err(Refusal::one(format!("{what} is {mark}: nothing of {name} is stopped"), remedy));
    }
    let mut all = vec![checks::host_serves(&wrong.host, picture), checks::host_serves(&right.host, picture)];
    all.extend(checks::wanted_runs(component, &right, picture));
    let mut b = Builder::forward(ground);
    b.add(Part::StopActive(side), component, wrong, StepSet::default(), Undoable::No);
    if component.mode_when(side, ground.wanted) == Some(Mode::Standby) {
        let after = b.all(Part::StopActive(side));
        if let Some(standby) = component.instance(side, Mode::Standby).filter(|i| picture.state(i) != State::Active) {
            b.add(Part::StartStandby(side), component, standby, after, Undoable::No);
        }
    }
    let draft = Draft {
        command: Command::Guard { component: name.clone(), site: site.clone() },
        summary: format!("stop {name} on {site}: {} is the side that serves", cluster.site(serving)),
        confirm: site.to_string(),
        before: ground.wanted,
        afterwards: ground.wanted,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps: b.finish(),
    };
    draft.finish(ground)
}
