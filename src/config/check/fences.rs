//! The fences of hosts: one way to call each, and a word about hosts that have none where one would be needed.

use super::{Either, either};
use crate::config::keys::{FenceKeys, HostKeys, Root};
use crate::config::problem::{Problem, bounded, join};
use crate::config::report::Report;
use crate::core::model::{Device, Fence, HostName, Initiative};
use std::collections::BTreeSet;

const EXAMPLE: &str =
    "{ agent = \"fence_ipmilan\", options = { ip = \"10.9.0.11\" } } or { command = [\"/usr/local/sbin/power\", \"db-north\"] }";
/// How many hosts a warning names.
const NAMED: usize = 10;

/// The fence of the host at `key`; `None` also after an error.
pub(super) fn check(key: &str, keys: &HostKeys, report: &mut Report) -> Option<Fence> {
    let at = keys.fence.as_ref()?;
    let (site, key) = (join(key, "site"), join(key, "fence"));
    if keys.site.is_none() && !report.blames(&site) {
        let why = "this host stands at neither site and carries nothing, so nobody ever has to make sure that it has stopped";
        report.add(Problem::error(&key, at.line, "a fence", why, "take it out, or write the site that the host stands at"));
    }
    let fence = &at.value;
    let device = match either((&key, at.line), ("agent", &fence.agent), ("command", &fence.command), EXAMPLE, report)? {
        Either::First(agent) => Device::Agent {
            agent: agent.0.clone(),
            options: fence.options.iter().flat_map(|at| &at.value.0).map(|(name, at)| (name.clone(), at.value.0.clone())).collect(),
            secrets: fence.secrets.as_ref().map(|path| path.value.0.clone()),
        },
        Either::Second(argv) => {
            only_for_agents(&key, fence, report);
            Device::Command { argv: argv.0.clone() }
        }
    };
    Some(Fence { device, timeout_ms: fence.timeout.as_ref()?.value.as_ms() })
}

/// An error for each key that a command does not take.
fn only_for_agents(key: &str, fence: &FenceKeys, report: &mut Report) {
    let options = fence.options.as_ref().map(|at| ("options", at.line));
    let secrets = fence.secrets.as_ref().map(|at| ("secrets", at.line));
    for (name, line) in options.into_iter().chain(secrets) {
        let why = "only an agent reads it; a command gets its own words and off or status";
        report.add(Problem::error(
            join(key, name),
            line,
            format!("{name} beside command"),
            why,
            "take it out, or write agent instead of command",
        ));
    }
}

/// The hosts that carry something.
pub(super) fn carrying(root: &Root) -> BTreeSet<&HostName> {
    let components = root.components.iter().flat_map(|at| at.value.0.values());
    let placements = components.flat_map(|at| [&at.value.primary, &at.value.secondary]).flatten();
    placements.filter_map(|at| Some(&at.value.host.as_ref()?.value)).collect()
}

/// `all` in words, the first of them by name.
pub(super) fn listed(all: &[&str]) -> String {
    let more = all.len().saturating_sub(NAMED);
    let named: Vec<String> = all.iter().take(NAMED).map(|name| bounded(name)).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

/// A warning when the cluster is to move by itself and hosts that carry something have no fence, nor stop by themselves.
pub(super) fn missing(root: &Root, report: &mut Report) {
    let (Some(failover), Some(hosts)) = (&root.failover, &root.hosts) else { return };
    let Some(mode) = failover.value.mode.as_ref().filter(|mode| mode.value.0 == Initiative::Automatic) else { return };
    let carrying = carrying(root);
    let unfenced = |name: &&&HostName| {
        let keys = hosts.value.0.get(**name).map(|at| &at.value);
        let blamed = |key| report.blames(&join(&join("hosts", name.as_str()), key));
        keys.is_some_and(|keys| keys.fence.is_none() && keys.self_stop.is_none()) && !blamed("fence") && !blamed("self_stop")
    };
    let bare: Vec<&str> = carrying.iter().filter(unfenced).map(|name| name.as_str()).collect();
    if bare.is_empty() {
        return;
    }
    let found = format!("automatic, and no fence for {}", listed(&bare));
    let why = "when they fall silent nothing is started elsewhere until somebody has made sure that they have stopped";
    let remedy = "write a fence for each of them in [hosts], or self_stop where a host service runs all that they carry, or mode = \"observe-only\" where nothing is to move by itself";
    report.add(Problem::error("failover.mode", mode.line.or(failover.line), found, why, remedy).into_warning());
}
