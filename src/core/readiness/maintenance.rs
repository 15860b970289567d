//! Checks about what somebody works on: what is left alone, what needs it, and where nothing is started. The planners add
//! them; they decide nothing.

use super::{Check, Verdict};
use crate::core::fact::{Picture, State};
use crate::core::model::{Cluster, Component, HostName, Maintenance, Mark, Mode, Side, Upkept};
use std::collections::BTreeSet;

const CLEAR: &str = "switchtower maintenance clear";

/// What a plan does, as far as that matters to what somebody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum Does {
    /// It moves what serves: what is left alone on either side is left alone on both.
    Moves,
    /// The same without anybody having asked for it.
    Saves,
    /// It starts and stops things where they are.
    Stays,
}

/// Nothing is done to what is unmanaged: said of each component, as a soft veto where the plan moves what may need it.
pub(in crate::core) fn left_alone(cluster: &Cluster, maintenance: &Maintenance, picture: &Picture, does: Does) -> Vec<Check> {
    let check = |c: &Component| {
        let (what, mark) = maintenance.unmoved(c)?;
        let (id, name) = (format!("unmanaged:{}", c.name), format!("{} is seen to", c.name));
        let evidence = alone(c, &what, mark, picture, does);
        Some(match does == Does::Moves {
            true => Check::bad(id, name, Verdict::SoftVeto, evidence, format!("end that with `{CLEAR} {}`", option(&what))),
            false => Check::ok(id, format!("{} is left alone", c.name), evidence),
        })
    };
    cluster.components.values().filter_map(check).collect()
}

/// In words, such as `web is unmanaged until … by anna (…): left alone at a1`.
pub(in crate::core) fn alone(component: &Component, what: &Upkept, mark: &Mark, picture: &Picture, does: Does) -> String {
    if let (Upkept::Host(host), Does::Stays) = (what, does) {
        return format!("{host} is {mark}: {} is left alone there", component.name);
    }
    let active = |side: &Side| component.instance(*side, Mode::Active).is_some_and(|i| picture.state(&i) == State::Active);
    let at: Vec<&str> = Side::BOTH.into_iter().filter(active).map(|side| component.host(side).as_str()).collect();
    let at = if at.is_empty() { "left alone, and it is active nowhere".to_owned() } else { format!("left alone at {}", at.join(" and ")) };
    match what {
        Upkept::Component(name) => format!("{name} is {mark}: {at}"),
        Upkept::Host(host) => format!("{} is on {host}, which is {mark}: {at}", component.name),
    }
}

/// What `component` needs on `side` runs there, as far as that is left alone and so not started for it.
pub(in crate::core) fn needs(
    cluster: &Cluster,
    maintenance: &Maintenance,
    component: &Component,
    side: Side,
    picture: &Picture,
    does: Does,
) -> Vec<Check> {
    let check = |need: &Component| {
        let left = if does == Does::Stays { maintenance.unmanaged(need, side) } else { maintenance.unmoved(need) };
        let (what, mark) = left?;
        let there = need.instance(side, Mode::Active)?;
        let (id, name) =
            (format!("needs:{}/{}", component.name, need.name), format!("{} has {} on {}", component.name, need.name, there.host));
        Some(match picture.state(&there) {
            State::Active => Check::ok(id, name, "it is active, and left alone"),
            state => Check::bad(
                id,
                name,
                Verdict::SoftVeto,
                format!("it is {state} there and not started: {what} is {mark}"),
                format!("start {} on {} by hand, or end that with `{CLEAR} {}`", there.service, there.host, option(&what)),
            ),
        })
    };
    component.after.iter().filter_map(|name| cluster.components.get(name)).filter_map(check).collect()
}

/// Something may be started on each of `hosts`.
pub(in crate::core) fn take_starts<'a>(maintenance: &Maintenance, hosts: impl IntoIterator<Item = &'a HostName>) -> Vec<Check> {
    let hosts: BTreeSet<&HostName> = hosts.into_iter().collect();
    let veto = |host: &HostName| {
        let mark = maintenance.standby(host)?;
        Some(Check::bad(
            format!("standby:{host}"),
            format!("host {host} takes what is started there"),
            Verdict::HardVeto,
            format!("{host} is {mark}: nothing is started there"),
            format!("end that with `{CLEAR} --host {host}`"),
        ))
    };
    hosts.into_iter().filter_map(veto).collect()
}

/// Somebody works on `host`, and does not expect it to be switched off.
pub(in crate::core) fn may_be_fenced(maintenance: &Maintenance, host: &HostName) -> Option<Check> {
    let mark = maintenance.mark(&Upkept::Host(host.clone())).filter(|_| maintenance.standby(host).is_none())?;
    let remedy = format!("ask whoever works there; or end that with `{CLEAR} --host {host}`");
    Some(Check::bad(
        format!("unmanaged:{host}"),
        format!("nobody works on {host}"),
        Verdict::SoftVeto,
        format!("{host} is {mark}: it is never acted on"),
        remedy,
    ))
}

/// As an option of the command line.
pub(in crate::core) fn option(what: &Upkept) -> String {
    format!("--{} {}", what.sort(), what.name())
}
