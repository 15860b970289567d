//! Planners about what cannot be asked or was done by hand: switch a host off for certain, and take a side as it is.

use super::builder::Builder;
use super::draft::Draft;
use super::stepset::StepSet;
use super::types::{NoReturn, Plan};
use super::{Ground, Wanted, named_side};
use crate::core::command::{Command, Refusal};
use crate::core::fact::{Reach, State};
use crate::core::model::{Cluster, Component, HostName, Mode, Side, SiteName};
use crate::core::readiness::{Check, checks, maintenance};

/// `host` is switched off by its device, or somebody gives their word that it is.
pub(super) fn fence(ground: &Ground<'_>, host: &HostName, by_word: bool) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let Some(known) = cluster.hosts.get(host) else {
        return Err(Refusal::one(format!("{host} is no host of this cluster"), "`switchtower status` shows the hosts"));
    };
    let Some(side) = known.side else {
        return Err(Refusal::one(format!("{host} belongs to no site: nothing of the cluster runs on it"), "nothing is to be done"));
    };
    if let Some(Reach::Fenced { how, .. }) = picture.reach(host) {
        return Err(Refusal::one(format!("{host} is fenced already: {how}"), "nothing is to be done"));
    }
    let mut b = Builder::forward(ground);
    let (mut checks, summary) = if by_word {
        let summary = format!("take {host} as switched off, on the word of whoever confirms this; nothing is sent to it or to any device");
        (vec![checks::silent(host, picture)], summary)
    } else {
        let Some(fence) = &known.fence else {
            return Err(Refusal::one(
                format!("{host} has no fence device"),
                format!(
                    "configure one under hosts.{host}.fence, or make sure that it is off and say so with `switchtower fence {host} --by-word`"
                ),
            ));
        };
        b.fence(host, fence, side, StepSet::default());
        (vec![checks::no_other_way(host, picture)], format!("switch {host} off for certain{}", running(cluster, ground, host)))
    };
    // Who gives their word that it is off knows.
    checks.extend(maintenance::may_be_fenced(ground.maintenance, host).filter(|_| !by_word));
    let draft = Draft {
        command: Command::Fence { host: host.clone(), by_word },
        summary,
        confirm: cluster.name.to_string(),
        before: ground.wanted,
        afterwards: ground.wanted,
        no_return: NoReturn::FromTheStart,
        checks,
        steps: b.finish(),
    };
    let mut plan = draft.finish(ground)?;
    plan.impact.interrupted = interrupted(cluster, ground, host);
    plan.impact.data_at_risk = vec![format!("whatever {host} has not written to its disks")];
    Ok(plan)
}

/// Components that are active on `host` as far as anybody knows.
fn interrupted(cluster: &Cluster, ground: &Ground<'_>, host: &HostName) -> Vec<crate::core::model::ComponentName> {
    let on = cluster.instances().filter(|(_, _, mode, i)| *mode == Mode::Active && i.host == *host);
    on.filter(|(_, _, _, i)| !ground.picture.state(i).proven_stopped()).map(|(c, _, _, _)| c.name.clone()).collect()
}

fn running(cluster: &Cluster, ground: &Ground<'_>, host: &HostName) -> String {
    let names: Vec<String> = interrupted(cluster, ground, host).iter().map(ToString::to_string).collect();
    if names.is_empty() { String::new() } else { format!(", and {} with it as far as it runs there", names.join(", ")) }
}

/// What runs on `site` is taken as what is wanted: it was moved there by hand.
pub(super) fn adopt(ground: &Ground<'_>, site: &SiteName) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let side = named_side(cluster, site.as_str())?;
    if ground.wanted.side() == Some(side) {
        return Err(Refusal::one(format!("{site} is the side that serves already"), "nothing is to be done"));
    }
    let active = |side: Side| cluster.components.values().filter_map(move |c| c.instance(side, Mode::Active));
    let count = active(side).filter(|i| picture.state(i) == State::Active).count();
    if count == 0 {
        let remedy = "`switchtower status` shows what runs where; `switchtower start --site` starts a stopped cluster";
        return Err(Refusal::one(format!("nothing of the cluster is active on {site}"), remedy));
    }
    let idle = |c: &&Component| c.instance(side, Mode::Active).is_some_and(|i| picture.state(&i) != State::Active);
    let without = cluster.components.values().filter(idle).map(|c| c.name.clone()).collect();
    let mut all: Vec<Check> = checks::hosts(&cluster.components.values().collect::<Vec<_>>(), &[side], picture);
    all.extend(maintenance::take_starts(ground.maintenance, cluster.components.values().map(|c| c.host(side))));
    // What is left alone is wherever somebody has it.
    for component in ground.moved() {
        all.extend(checks::not_running(component, side.other(), true, picture));
    }
    let draft = Draft {
        command: Command::Adopt { site: site.clone(), without },
        summary: format!(
            "take {site} as the side that serves, as it is: {count} components are active there; nothing is started or stopped"
        ),
        confirm: site.to_string(),
        before: ground.wanted,
        afterwards: Wanted::Active(side),
        no_return: NoReturn::FromTheStart,
        checks: all,
        steps: Vec::new(),
    };
    draft.finish(ground)
}
