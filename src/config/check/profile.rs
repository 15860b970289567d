//! The profile of the watch: the times that it stands for, and what the fast one needs to be of use.
//!
//! `apply` is called before anything is checked, so that all checks see the times that count; `check` with the monitor.

use super::fences::{carrying, listed};
use crate::config::amount::Span;
use crate::config::choice::Profile;
use crate::config::keys::{HostKeys, MonitorKeys, Root};
use crate::config::problem::Problem;
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::{HostName, Initiative};
use std::collections::BTreeMap;

/// The times of the fast profile, in milliseconds.
const INTERVAL_MS: u64 = 250;
const SILENCE_MS: u64 = 600;

/// Fills in the times of the profile where none is written.
pub(in crate::config) fn apply(mut root: Root) -> Root {
    if let Some(keys) = root.monitor.as_mut().map(|at| &mut at.value).filter(|keys| is_fast(keys)) {
        not_written(&mut keys.interval, INTERVAL_MS);
        not_written(&mut keys.silence, SILENCE_MS);
    }
    root
}

fn is_fast(keys: &MonitorKeys) -> bool {
    keys.profile.as_ref().is_some_and(|at| at.value.0 == Profile::Fast)
}

/// What could not be read has no value, and stays so.
fn not_written<B>(key: &mut Option<At<Span<B>>>, ms: u64) {
    if let Some(at) = key.as_mut().filter(|at| at.line.is_none()) {
        at.value = Span::ms(ms);
    }
}

/// Warnings for a fast profile that finds a loss out fast and then waits all the same.
pub(super) fn check(root: &Root, keys: &MonitorKeys, report: &mut Report) {
    let Some(line) = keys.profile.as_ref().filter(|_| is_fast(keys)).map(|at| at.line) else { return };
    let Some(hosts) = root.hosts.as_ref().map(|at| &at.value.0) else { return };
    let carrying = carrying(root);
    let mut warn = |of: Vec<&str>, what: &str, why: &str, remedy: &str| {
        if !of.is_empty() {
            let found = format!("fast, and {what} {}", listed(&of));
            report.add(Problem::error("monitor.profile", line, found, why, remedy).into_warning());
        }
    };
    let acts = root.failover.as_ref().and_then(|at| at.value.mode.as_ref()).is_some_and(|mode| mode.value.0 == Initiative::Automatic);
    let known = |wanted: fn(&HostKeys) -> bool| -> Vec<&str> {
        let some = carrying.iter().filter(|name| hosts.get(**name).is_some_and(|at| wanted(&at.value)));
        some.map(|name| name.as_str()).collect()
    };
    if acts {
        let why = "a loss is found out within a second, and then nothing happens until its time to stop by itself is over, or somebody has \
                   made sure that it has stopped";
        warn(known(|keys| keys.fence.is_none()), "no fence for", why, "write a fence for each of them in [hosts]");
    }
    let why =
        "a new connection cannot be tried there while a look is late, so that a loss is found out after two looks of a second and a half";
    let behind = known(|keys| keys.jump.as_ref().is_some_and(|jump| !jump.value.is_empty()));
    warn(behind, "a way through other hosts to", why, "let the monitor reach it directly");
    let alone: Vec<&str> = carrying.iter().filter(|name| !is_seen(name, hosts)).map(|name| name.as_str()).collect();
    let why = "no other host of this file can look at it, so that its silence proves nothing and nothing is moved for it";
    warn(alone, "nobody else to look at", why, "add a host that is not reached through it, best one at a third place without a site");
}

/// Whether a host stands where it can look at `name`.
fn is_seen(name: &HostName, hosts: &BTreeMap<HostName, At<HostKeys>>) -> bool {
    let behind = |keys: &HostKeys| keys.jump.iter().flat_map(|jump| &jump.value).any(|hop| hop.value.0 == name.as_str());
    hosts.iter().any(|(other, at)| other != name && !behind(&at.value))
}
