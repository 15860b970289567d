//! The planner of a site that starts, and of a cluster that stops.

use super::builder::{Builder, Part, Towards, Undoable, in_order};
use super::draft::Draft;
use super::stepset::StepSet;
use super::types::{NoReturn, Plan};
use super::{Ground, Wanted, maintenance, named_side};
use crate::core::command::{Command, Refusal};
use crate::core::fact::{Picture, State};
use crate::core::model::{Component, Mode, Side, SiteName};
use crate::core::readiness::maintenance::{self as kept, Does};
use crate::core::readiness::{Check, checks};

/// The stopped cluster starts, on the primary site unless another is named.
pub(super) fn start(ground: &Ground<'_>, site: Option<&SiteName>) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, wanted, .. } = *ground;
    let side = match site {
        Some(site) => named_side(cluster, site.as_str())?,
        // What serves is what is started again; from a stop it is the primary.
        None => wanted.side().unwrap_or(Side::Primary),
    };
    if let Some(serving) = wanted.side()
        && serving != side
    {
        let (now, asked) = (cluster.site(serving), cluster.site(side));
        return Err(Refusal::one(
            format!("{now} is the side that serves"),
            format!(
                "start what does not run there with `switchtower start --site {now}`, move to {asked} with `switchtower switchover --to {asked}`, or stop the cluster first"
            ),
        ));
    }
    // Starting what is limited leaves it limited: only a switchback ends that.
    let afterwards = if wanted == Wanted::Limited(side) { wanted } else { Wanted::Active(side) };
    let managed = ground.managed();
    let mut all = checks::hosts(&managed, &[side], picture);
    all.extend(kept::take_starts(ground.maintenance, managed.iter().filter(|c| to_start(c, side, picture)).map(|c| c.host(side))));
    all.extend(kept::left_alone(cluster, ground.maintenance, picture, Does::Stays));
    all.extend(checks::guarded(cluster, ground.unguarded, picture));
    for component in managed.iter().copied() {
        if to_start(component, side, picture) {
            all.extend(kept::needs(cluster, ground.maintenance, component, side, picture, Does::Stays));
        }
        all.extend(Side::BOTH.into_iter().flat_map(|s| checks::known_or_out(component, s, picture)));
        all.extend(checks::not_running(component, side.other(), true, picture));
        all.extend(checks::not_enabled(component, picture));
    }
    let mut b = Builder::forward(ground);
    b.note_out(picture);
    let in_mode = |at: Side, mode: Mode| in_order(cluster).into_iter().filter(move |c| c.mode_when(at, afterwards) == Some(mode));
    for component in in_mode(side, Mode::Active) {
        let after = b.nearest(Part::StartActive(side), component, Towards::Needs);
        start_on(&mut b, component, side, Mode::Active, after, picture);
    }
    let started = b.last(Part::StartActive(side));
    for component in in_mode(side.other(), Mode::Standby).filter(|c| !picture.out(c.host(side.other()))) {
        start_on(&mut b, component, side.other(), Mode::Standby, started.clone(), picture);
    }
    let steps = b.finish();
    if steps.is_empty() && !all.iter().any(Check::forbids) {
        if let Some(refusal) = maintenance::nothing_left(ground, Does::Stays) {
            return Err(refusal);
        }
        let off = in_order(cluster).into_iter().filter(|c| c.mode_when(side.other(), afterwards) == Some(Mode::Standby));
        return Err(match off.map(|c| c.host(side.other())).find(|host| picture.out(host)) {
            Some(host) => {
                Refusal::one(format!("what does not run is on {host}, which does not answer"), format!("bring {host} back, and ask again"))
            }
            None => Refusal::one("everything that is to run runs already", "nothing is to be done"),
        });
    }
    let draft = Draft {
        command: Command::Start { site: Some(cluster.site(side).clone()) },
        summary: format!("start the cluster with {} active{}", cluster.site(side), maintenance::note(ground, Does::Stays)),
        confirm: cluster.site(side).to_string(),
        before: wanted,
        afterwards,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(ground)
}

/// The active service of `component` on `side` does not run yet.
fn to_start(component: &Component, side: Side, picture: &Picture) -> bool {
    component.instance(side, Mode::Active).is_some_and(|instance| picture.state(&instance) != State::Active)
}

/// Starts `component` in `mode` on `side` unless it runs so already; its service of the other mode stops first.
pub(super) fn start_on(b: &mut Builder<'_>, component: &Component, side: Side, mode: Mode, mut after: StepSet, picture: &Picture) {
    let (part, stop, unwanted) = match mode {
        Mode::Active => (Part::StartActive(side), Part::StopStandby(side), Mode::Standby),
        Mode::Standby => (Part::StartStandby(side), Part::StopActive(side), Mode::Active),
        Mode::Stopped => return,
    };
    let Some(instance) = component.instance(side, mode) else { return };
    let other = component.instance(side, unwanted).filter(|other| !picture.state(other).proven_stopped());
    if let Some(other) = other {
        b.add(stop, component, other, after.clone(), Undoable::No);
        after.extend(b.get(stop, &component.name));
    }
    if picture.state(&instance) != State::Active {
        b.add(part, component, instance, after, Undoable::No);
    }
}

/// Everything stops, on both sites.
pub(super) fn stop(ground: &Ground<'_>) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, wanted, .. } = *ground;
    let managed = ground.managed();
    let mut all = checks::hosts(&managed, &[], picture);
    all.extend(kept::left_alone(cluster, ground.maintenance, picture, Does::Stays));
    all.extend(checks::guarded(cluster, ground.unguarded, picture));
    all.extend(managed.into_iter().flat_map(|c| Side::BOTH.into_iter().flat_map(|side| checks::known(c, side, picture))));
    let mut b = Builder::forward(ground);
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
        if let Some(refusal) = maintenance::nothing_left(ground, Does::Stays) {
            return Err(refusal);
        }
        return Err(Refusal::one("nothing of the cluster runs", "nothing is to be done"));
    }
    let side = wanted.side().unwrap_or(Side::Primary);
    let draft = Draft {
        command: Command::Stop,
        summary: format!(
            "stop the cluster; {} gives up its role and nothing takes it{}",
            cluster.site(side),
            maintenance::note(ground, Does::Stays)
        ),
        confirm: cluster.site(side).to_string(),
        before: wanted,
        afterwards: Wanted::Stopped,
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps,
    };
    draft.finish(ground)
}

/// Adds the stop that plays `part`, unless the host's own word is that it is stopped.
fn add_stop(b: &mut Builder<'_>, component: &Component, part: Part, after: StepSet, picture: &Picture) {
    let Some(instance) = component.instance(part.side(), part.mode()) else { return };
    if !picture.state(&instance).proven_stopped() {
        b.add(part, component, instance, after, Undoable::No);
    }
}
