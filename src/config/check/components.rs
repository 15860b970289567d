//! The components: dependencies that exist and end somewhere, and placements in the shape that their sharing needs.

use super::failover::{Groups, acceptance, rescue};
use super::placements::{Claims, Placements};
use super::sites::Sites;
use super::{allows_loopback, instead, value};
use crate::config::choice::WhenLimited;
use crate::config::keys::{ComponentKeys, Root};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::{Component, ComponentName, Timeouts};
use crate::core::model::{Waits, circles};
use std::collections::BTreeMap;

type All = BTreeMap<ComponentName, At<ComponentKeys>>;

/// Checks every component of `root`, and returns those that are whole.
pub(super) fn check(root: &Root, sites: &Sites, report: &mut Report) -> Vec<Component> {
    let Some(at) = root.components.as_ref() else { return Vec::new() };
    let all = &at.value.0;
    let hosts = root.hosts.as_ref().map(|hosts| &hosts.value.0);
    let placements = Placements { hosts, sites };
    let groups = Groups::of(all, report);
    let loopback = allows_loopback(root);
    let mut claims = Claims::default();
    let mut whole = Vec::new();
    for (name, at) in all {
        let key = join("components", name.as_str());
        dependencies(&key, name, &at.value, all, report);
        let arrangement = placements.check((&key, name), &at.value, &mut claims, report);
        let trigger = groups.trigger(&key, &at.value, report);
        let acceptance = acceptance(&key, &at.value, loopback, report);
        whole.extend(arrangement.and_then(|arrangement| {
            let keys = &at.value;
            Some(Component {
                name: name.clone(),
                kind: keys.kind.as_ref().map(|kind| kind.value.0.clone()),
                group: value(&keys.group),
                arrangement,
                after: after(keys).map(|other| other.value.clone()).collect(),
                timeouts: Timeouts {
                    start_ms: keys.start_timeout.as_ref()?.value.as_ms(),
                    stop_ms: keys.stop_timeout.as_ref()?.value.as_ms(),
                },
                point_of_no_return: value(&keys.point_of_no_return)?,
                trigger: trigger?,
                rescue: rescue(keys)?,
                acceptance,
                stops_when_limited: keys.when_limited.as_ref()?.value.0 == WhenLimited::Stop,
            })
        }));
    }
    in_circles(all, report);
    whole
}

fn after(keys: &ComponentKeys) -> impl Iterator<Item = &At<ComponentName>> {
    keys.after.iter().flat_map(|after| &after.value.0)
}

/// An error for each dependency on nothing, or on itself.
fn dependencies(key: &str, name: &ComponentName, keys: &ComponentKeys, all: &All, report: &mut Report) {
    let key = join(key, "after");
    for other in after(keys) {
        let found = quoted(other.value.as_str());
        if other.value == *name {
            let why = "a component that waits for itself never starts";
            report.add(Problem::error(&key, other.line, found, why, "take it out of this list"));
        } else if !all.contains_key(&other.value) {
            let known = all.keys().filter(|known| *known != name).map(ComponentName::as_str);
            let remedy = instead(report, other.value.as_str(), "a component", known);
            report.add(Problem::error(&key, other.line, found, "this file has no component of this name", remedy));
        }
    }
}

/// An error for each circle of components that wait for each other.
fn in_circles(all: &All, report: &mut Report) {
    let others = |name: &ComponentName, at| {
        let others = after(at).filter(|other| other.value != *name);
        others.map(|other| other.value.as_str()).collect::<Vec<_>>()
    };
    let waits: Waits<'_> = all.iter().map(|(name, at)| (name.as_str(), others(name, &at.value))).collect();
    for circle in circles(&waits) {
        let Some(first) = circle.first().and_then(|name| ComponentName::new(*name).ok()) else { continue };
        let line = all.get(&first).and_then(|at| at.value.after.as_ref()?.line);
        let key = join(&join("components", first.as_str()), "after");
        let shown = crate::config::problem::bounded(&circle.join(" -> "));
        let why = "these components wait for each other in a circle, so none of them ever starts";
        report.add(Problem::error(key, line, shown, why, "take one of them out of the list of the one before it"));
    }
}
