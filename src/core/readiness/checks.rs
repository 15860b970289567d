//! The checks themselves. Each looks at one thing, and says what it saw and what to do.

use super::{Check, Verdict};
use crate::core::fact::{Picture, Reach, State};
use crate::core::model::{Cluster, Component, HostName, Instance, Mode, Service, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Every host with a placement of one of these components answers; those of a side on which nothing starts may be fenced.
pub(in crate::core) fn hosts(components: &[&Component], starts: &[Side], picture: &Picture) -> Vec<Check> {
    let on = |side: Side| components.iter().map(move |c| c.host(side)).collect::<BTreeSet<&HostName>>();
    let check = |side: Side| {
        let judge = if starts.contains(&side) { host_serves } else { host_answers };
        on(side).into_iter().map(|host| judge(host, picture)).collect::<Vec<_>>()
    };
    Side::BOTH.into_iter().flat_map(check).collect()
}

/// `host` answers, or is fenced.
pub(in crate::core) fn host_answers(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("host:{host}"), format!("host {host} answers"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::ok(id, name, "it answered the last look"),
        Some(Reach::Fenced { how, .. }) => Check::ok(id, format!("host {host} answers or is fenced"), format!("nothing of it runs: {how}")),
        Some(Reach::SelfStopped(how)) => {
            Check::ok(id, format!("host {host} answers or has stopped by itself"), format!("it has stopped by itself: {how}"))
        }
        Some(Reach::Silent(why) | Reach::Dead(why)) => Check::bad(
            id,
            name,
            Verdict::Unknown,
            format!("it does not: {why}"),
            format!(
                "bring {host} back, or fence it with `switchtower fence {host}`, then ask again; nothing planned is done while a host is silent"
            ),
        ),
        Some(Reach::Broken(why)) => Check::bad(
            id,
            name,
            Verdict::Unknown,
            format!("it lives, and cannot be looked at: {why}"),
            format!("mend the way to {host} or its SSH server, then ask again"),
        ),
        None => {
            Check::bad(id, name, Verdict::Unknown, "it has not been looked at yet", "wait for the first look, a few seconds, and ask again")
        }
    }
}

/// `host` answers: something is to be started there.
pub(in crate::core) fn host_serves(host: &HostName, picture: &Picture) -> Check {
    match picture.reach(host) {
        Some(Reach::Fenced { how, .. }) => Check::bad(
            format!("host:{host}"),
            format!("host {host} answers"),
            Verdict::HardVeto,
            format!("it is fenced: {how}"),
            format!("switch {host} on, and ask again once it answers"),
        ),
        Some(Reach::SelfStopped(how)) => Check::bad(
            format!("host:{host}"),
            format!("host {host} answers"),
            Verdict::HardVeto,
            format!("it does not, and has stopped by itself: {how}"),
            format!("bring {host} or the way to it back, and ask again once it answers"),
        ),
        _ => host_answers(host, picture),
    }
}

/// `host` answers, is fenced, has stopped by itself, or can be fenced: something that may run there is to be started elsewhere.
pub(in crate::core) fn host_gives_up(host: &HostName, fence: bool, picture: &Picture) -> Check {
    let (id, name) = (format!("fence:{host}"), format!("host {host} gives up what runs on it"));
    match picture.reach(host) {
        Some(Reach::Dead(why)) if fence => Check::ok(id, name, format!("it is fenced first: {why}")),
        Some(Reach::Dead(why)) => Check::bad(
            id,
            name,
            Verdict::HardVeto,
            format!("it is silent and has no fence device, so nobody can say that nothing runs there: {why}"),
            format!("make sure that {host} is off, then say so with `switchtower fence {host} --by-word`"),
        ),
        _ => host_answers(host, picture),
    }
}

/// Hosts with placements that would not take the term: whatever is sent there is refused. What that means for hooks is theirs.
pub(in crate::core) fn guarded(cluster: &Cluster, unguarded: &BTreeMap<HostName, String>, picture: &Picture) -> Vec<Check> {
    let veto = |(host, why): (&HostName, &String)| {
        let (id, name) = (format!("guard:{host}"), format!("{host} takes acts of this monitor"));
        Check::bad(id, name, Verdict::Unknown, why.clone(), "mend that; it is asked again as soon as the host answers")
    };
    unguarded.iter().filter(|(host, _)| cluster.places_on(host) && !picture.out(host)).map(veto).collect()
}

/// The services of `component` on `side` exist, and each one's state is known, as far as anything is to be done to them:
/// nothing is sent to a host that has stopped by itself, and what is standby there is in nobody's way.
pub(in crate::core) fn known_or_out(component: &Component, side: Side, picture: &Picture) -> Vec<Check> {
    let out = picture.self_stopped(component.host(side)).is_some();
    let asked = |(mode, instance): &(Mode, Instance)| !(out && *mode == Mode::Standby && picture.state(instance) == State::Unknown);
    component.instances(side).filter(asked).map(|(_, instance)| is_known(component, &instance, picture)).collect()
}

/// The services of `component` on `side` exist, and each one's state is known.
pub(in crate::core) fn known(component: &Component, side: Side, picture: &Picture) -> Vec<Check> {
    component.instances(side).map(|(_, instance)| is_known(component, &instance, picture)).collect()
}

fn is_known(component: &Component, instance: &Instance, picture: &Picture) -> Check {
    let (id, name) = (format!("known:{}", tag(component, instance)), format!("{} can be acted on: {instance}", component.name));
    match picture.state(instance) {
        State::Unknown => Check::bad(id, name, Verdict::Unknown, "its state is not known", "wait until its host answers, and ask again"),
        State::Missing => {
            let (what, remedy) = match instance.service {
                Service::Process(_) => ("process", format!("write it into the configuration of the host service on {}", instance.host)),
                Service::Agent(_) => ("agent, or not what it needs", format!("install what is missing on {}", instance.host)),
                _ => ("unit", format!("install the unit on {}", instance.host)),
            };
            let evidence = format!("{} does not know this {what}", instance.host);
            Check::bad(id, name, Verdict::HardVeto, evidence, format!("{remedy}, or correct its name in the configuration"))
        }
        state => Check::ok(id, name, format!("it is {state}")),
    }
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

/// The placement that is wanted runs, by its host's word.
pub(in crate::core) fn wanted_runs(component: &Component, right: &Instance, picture: &Picture) -> Option<Check> {
    let state = picture.state(right);
    (state != State::Active).then(|| {
        Check::bad(
            format!("wanted:{}", tag(component, right)),
            format!("{} runs where it is wanted: {right}", component.name),
            Verdict::HardVeto,
            format!("it is {state}: it may have been moved by hand"),
            "if that was right, take it as it is with `switchtower adopt --site SITE`; if not, stop it on the wrong side by hand",
        )
    })
}

/// Nobody hears anything of `host`.
pub(in crate::core) fn silent(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("silent:{host}"), format!("nobody hears anything of {host}"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::bad(
            id,
            name,
            Verdict::HardVeto,
            "it answers: it is not off",
            "switch it off first, or move its services with a switchover",
        ),
        Some(Reach::Broken(why)) => {
            Check::bad(id, name, Verdict::HardVeto, format!("it lives: {why}"), "switch it off first, then ask again")
        }
        // It may live, for somebody else; and what was active there is stopped already, whether it is off or not.
        _ => Check::ok(id, name, "it is silent"),
    }
}

/// Somebody vouches that the monitor on `host` does not run; the host itself had better be silent too.
pub(in crate::core) fn vouched(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("monitor:{host}"), format!("the monitor on {host} does not run"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::bad(
            id,
            name,
            Verdict::SoftVeto,
            format!("{host} answers, so that its monitor may run and only not be heard here"),
            format!("stop the monitor there (`systemctl stop switchtower` on {host}), and mend what keeps the two apart"),
        ),
        Some(Reach::Broken(why)) => {
            let why = format!("{host} lives: {why}");
            Check::bad(id, name, Verdict::SoftVeto, why, format!("stop the monitor on {host}, or switch the host off"))
        }
        _ => Check::ok(id, name, format!("{host} is silent, and somebody vouches for it")),
    }
}

/// `host` is switched off for the sake of the monitor on it.
pub(in crate::core) fn off_for_its_monitor(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("answers:{host}"), format!("{host} has to be switched off"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::bad(
            id,
            name,
            Verdict::SoftVeto,
            "it answers: whatever it carries would go down with its monitor",
            "start its monitor again, then have it hand over; or stop it for good there, and vouch for that with --by-word",
        ),
        _ => Check::ok(id, name, "it does not answer"),
    }
}

/// `host` cannot be asked to give up its services in an orderly way.
pub(in crate::core) fn no_other_way(host: &HostName, picture: &Picture) -> Check {
    let (id, name) = (format!("answers:{host}"), format!("{host} cannot be asked in an orderly way"));
    match picture.reach(host) {
        Some(Reach::Answers) => Check::bad(
            id,
            name,
            Verdict::SoftVeto,
            "it answers: its services can be stopped or moved in an orderly way",
            "use `switchtower switchover` instead",
        ),
        _ => Check::ok(id, name, "it does not answer"),
    }
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
