//! The planners of maintenance: a mark is set or taken off, which starts and stops nothing; or a host is drained, which is a
//! move of what runs there, and the mark at its end.

use super::builder::{Builder, Part, in_order};
use super::draft::Draft;
use super::stepset::StepSet;
use super::types::{NoReturn, Plan, Step};
use super::{Ground, switch};
use crate::core::command::{Command, Refusal};
use crate::core::model::{HostName, Mode, Side, Upkeep, Upkept};
use crate::core::readiness::maintenance::Does;
use crate::core::readiness::{Check, checks, maintenance};
use std::collections::BTreeSet;

/// `what` is taken out, for so long.
pub(super) fn set(ground: &Ground<'_>, what: &Upkept, kind: Upkeep, for_ms: Option<u64>) -> Result<Plan, Refusal> {
    known(ground, what)?;
    let command = Command::Maintain { what: what.clone(), kind, for_ms };
    let text = match (kind, what) {
        (Upkeep::Unmanaged, Upkept::Component(name)) => format!("{name} is watched, and nothing is done to it on any host"),
        (Upkeep::Unmanaged, Upkept::Host(name)) => format!("what is on {name} is watched, and nothing is done to it"),
        (Upkeep::Standby, Upkept::Host(name)) => format!("nothing is started on {name}; what runs there goes on"),
        (Upkeep::Drain, Upkept::Host(name)) => return drain(ground, name, command),
        (Upkeep::Standby | Upkeep::Drain, Upkept::Component(name)) => {
            let word = kind.word();
            return Err(Refusal::one(
                format!("{name} is a component, and {word} is for hosts"),
                format!(
                    "name a host with --host, or leave the component alone with `switchtower maintenance set --component {name} unmanaged`"
                ),
            ));
        }
    };
    marked(ground, command, what, format!("{what} becomes {}: {text}", kind.word()))
}

/// `what` is no longer worked on.
pub(super) fn clear(ground: &Ground<'_>, what: &Upkept) -> Result<Plan, Refusal> {
    let Some(mark) = ground.maintenance.mark(what) else {
        known(ground, what)?;
        return Err(Refusal::one(format!("{what} is not in maintenance"), "`switchtower maintenance list` shows what is"));
    };
    let summary = format!("{what} is {mark}: that ends, and the ordinary rules hold at once");
    marked(ground, Command::Manage { what: what.clone() }, what, summary)
}

fn known(ground: &Ground<'_>, what: &Upkept) -> Result<(), Refusal> {
    if !what.is_of(ground.cluster) {
        let what = format!("{} is no {} of this cluster", what.name(), what.sort());
        return Err(Refusal::one(what, "`switchtower status` shows its hosts and components"));
    }
    match what {
        Upkept::Host(name) if ground.cluster.hosts.get(name).is_some_and(|host| host.side.is_none()) => {
            Err(Refusal::one(format!("{name} belongs to no site: nothing of the cluster runs on it"), "nothing is to be done"))
        }
        _ => Ok(()),
    }
}

/// A plan of no steps.
fn marked(ground: &Ground<'_>, command: Command, what: &Upkept, summary: String) -> Result<Plan, Refusal> {
    let draft = Draft {
        command,
        summary,
        confirm: what.name().to_owned(),
        before: ground.wanted,
        afterwards: ground.wanted,
        no_return: NoReturn::FromTheStart,
        checks: Vec::new(),
        steps: Vec::new(),
    };
    draft.finish(ground)
}

/// Everything moves away from `host`, and what is standby there stops.
fn drain(ground: &Ground<'_>, host: &HostName, command: Command) -> Result<Plan, Refusal> {
    let side = ground.cluster.hosts.get(host).and_then(|known| known.side);
    let serves = |side: &Side| ground.wanted.side() == Some(*side) && ground.moved().iter().any(|c| c.host(*side) == host);
    match side.filter(serves) {
        Some(from) => {
            let to = ground.cluster.site(from.other());
            let plan = switch::away(ground, command, from, Some(host))?;
            Ok(Plan {
                summary: format!("drain {host}: everything moves to {to}, and then nothing is started on {host}; {}", plan.summary),
                ..plan
            })
        }
        None => stopped(ground, host, side, command),
    }
}

/// What is standby on a host of the side that does not serve stops.
fn stopped(ground: &Ground<'_>, host: &HostName, side: Option<Side>, command: Command) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let there = in_order(cluster).into_iter().rev().filter(|c| side.is_some_and(|side| c.host(side) == host));
    let mut b = Builder::new(ground);
    let mut all: Vec<Check> = vec![checks::host_answers(host, picture)];
    all.extend(maintenance::left_alone(cluster, ground.maintenance, picture, Does::Stays));
    for (component, side) in there.zip(side.into_iter().cycle()).filter(|(c, _)| ground.maintenance.unmoved(c).is_none()) {
        all.extend(checks::known(component, side, picture));
        // What is active on the wrong side is the guard's, or whoever moved it there.
        all.extend(checks::not_running(component, side, true, picture));
        if component.instance(side, Mode::Standby).is_some_and(|i| !picture.state(&i).proven_stopped()) {
            switch::make_stopped(&mut b, component, Part::StopStandby(side), StepSet::default(), picture);
        }
    }
    let own = ground.unguarded.iter().filter(|(known, _)| *known == host).map(|(host, why)| (host.clone(), why.clone())).collect();
    all.extend(checks::guarded(cluster, &own, picture));
    let steps: Vec<Step> = b.finish();
    let what = if steps.is_empty() { "nothing of the cluster runs there" } else { "what is standby there stops" };
    let draft = Draft {
        command,
        summary: format!("drain {host}: {what}, and then nothing is started on {host}"),
        confirm: host.to_string(),
        before: ground.wanted,
        afterwards: ground.wanted,
        no_return: NoReturn::After { steps: BTreeSet::new() },
        checks: all,
        steps,
    };
    draft.finish(ground)
}

/// What the summary of a plan says of what it leaves alone.
pub(super) fn note(ground: &Ground<'_>, does: Does) -> String {
    let said = ground.cluster.components.values().filter_map(|c| {
        let (what, mark) = ground.maintenance.unmoved(c)?;
        Some(maintenance::alone(c, &what, mark, ground.picture, does))
    });
    let said: Vec<String> = said.collect();
    match said.split_at_checked(MOST) {
        _ if said.is_empty() => String::new(),
        Some((named, more)) if !more.is_empty() => format!("; {}; and {} more are left alone", named.join("; "), more.len()),
        _ => format!("; {}", said.join("; ")),
    }
}

/// So many of what is left alone are named.
const MOST: usize = 3;

/// That everything is left alone, so that nothing can move.
pub(super) fn nothing_left(ground: &Ground<'_>, does: Does) -> Option<Refusal> {
    let all = ground.moved().is_empty() && !ground.cluster.components.is_empty();
    let remedy = "end what is over with `switchtower maintenance clear`; `switchtower maintenance list` shows all of it";
    all.then(|| Refusal::one(format!("every component is unmanaged, and nothing is done{}", note(ground, does)), remedy))
}
