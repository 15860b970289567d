//! The checks themselves. Each looks at one thing, and says what it saw and what to do.

use super::{Check, Verdict};
use crate::core::fact::{Picture, Reach, State};
use crate::core::model::{Cluster, Component, HostName, Instance, Mode, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Every host with a placement answers, or is fenced.
pub(in crate::core) fn hosts(cluster: &Cluster, picture: &Picture) -> Vec<Check> {
    let used: BTreeSet<&HostName> = cluster.components.values().flat_map(|c| Side::BOTH.map(|side| c.host(side))).collect();
    used.into_iter().map(|host| host_answers(host, picture)).collect()
}

/// `host` answers, or is fenced.
pub(in crate::core) fn host_answers(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("host:{host}"), format!("host {host} answers"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::ok(id, name, "it answered the last look"),
        Some(Reach::Fenced(how)) => Check::ok(id, format!("host {host} answers or is fenced"), format!("nothing of it runs: {how}")),
        Some(Reach::Silent(why)) => Check::bad(
            id,
            name,
            Verdict::Unknown,
            format!("it does not: {why}"),
            format!(
                "bring {host} back, or fence it with `switchtower fence {host}`, then ask again; nothing planned is done while a host is silent"
            ),
        ),
        None => {
            Check::bad(id, name, Verdict::Unknown, "it has not been looked at yet", "wait for the first look, a few seconds, and ask again")
        }
    }
}

/// Hosts that would not take the term: whatever is sent there is refused.
pub(in crate::core) fn guarded(unguarded: &BTreeMap<HostName, String>) -> Vec<Check> {
    let veto = |(host, why): (&HostName, &String)| {
        let (id, name) = (format!("guard:{host}"), format!("{host} takes acts of this monitor"));
        Check::bad(id, name, Verdict::Unknown, why.clone(), "mend that; it is asked again as soon as the host answers")
    };
    unguarded.iter().map(veto).collect()
}

/// The services of `component` on `side` exist, and each one's state is known.
pub(in crate::core) fn known(component: &Component, side: Side, picture: &Picture) -> Vec<Check> {
    let check = |(_, instance): (Mode, Instance)| {
        let (id, name) = (format!("known:{}", tag(component, &instance)), format!("{} can be acted on: {instance}", component.name));
        match picture.state(&instance) {
            State::Unknown => {
                Check::bad(id, name, Verdict::Unknown, "its state is not known", "wait until its host answers, and ask again")
            }
            State::Missing => Check::bad(
                id,
                name,
                Verdict::HardVeto,
                format!("{} does not know this unit", instance.host),
                format!("install the unit on {}, or correct its name in the configuration", instance.host),
            ),
            state => Check::ok(id, name, format!("it is {state}")),
        }
    };
    component.instances(side).map(check).collect()
}

/// Nothing of `component` runs on `side` in a mode that it must not have there while the other side serves, or nothing
/// serves.
pub(in crate::core) fn not_running(component: &Component, side: Side, may_be_standby: bool, picture: &Picture) -> Vec<Check> {
    let wrong = |mode: &Mode| *mode == Mode::Active || !may_be_standby;
    let check = |(_, instance): (Mode, Instance)| {
        let (id, name) = (format!("stopped:{}", tag(component, &instance)), format!("{} does not run as {instance}", component.name));
        let state = picture.state(&instance);
        if state.proven_stopped() {
            Check::ok(id, name, format!("it is {state}"))
        } else {
            Check::bad(
                id,
                name,
                Verdict::HardVeto,
                format!("it is {state}"),
                format!("stop {} on {} by hand if the other side is the right one, then ask again", instance.service, instance.host),
            )
        }
    };
    component.instances(side).filter(|(mode, _)| wrong(mode)).map(check).collect()
}

/// Units that start by themselves at boot would bring a side up before anybody has looked.
pub(in crate::core) fn not_enabled(component: &Component, picture: &Picture) -> Vec<Check> {
    let instances = Side::BOTH.into_iter().flat_map(|side| component.instances(side));
    let enabled = instances.filter(|(_, i)| picture.fact(i).is_some_and(|f| f.enablement.starts_with("enabled")));
    let veto = |(_, i): (Mode, Instance)| {
        Check::bad(
            format!("enabled:{}", tag(component, &i)),
            format!("{} does not start by itself: {i}", component.name),
            Verdict::SoftVeto,
            "the unit is enabled: a host that boots would start it before anybody has looked",
            format!("run `systemctl disable {}` on {}", i.service, i.host),
        )
    };
    enabled.map(veto).collect()
}

/// `app@a1`; with the unit where a component has two on a host.
fn tag(component: &Component, instance: &Instance) -> String {
    match component.sharing() {
        crate::core::model::Sharing::Exclusive => format!("{}@{}", component.name, instance.host),
        crate::core::model::Sharing::ActiveStandby => format!("{}@{}/{}", component.name, instance.host, instance.service),
    }
}
