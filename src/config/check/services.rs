//! The host services of hosts: where they answer, and whether what they carry can stop by itself.
//!
//! Called once hosts and components were looked at. A host that stops by itself is believed to have nothing running that
//! must run on one side only, so nothing may run there that does not stop with it.

use super::hosts::Hosts;
use crate::config::keys::{HostKeys, PlacementKeys, Root};
use crate::config::problem::{Problem, join};
use crate::config::read::At;
use crate::config::report::Report;
use crate::config::text::SocketPath;
use crate::core::model::HostName;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many looks at a host its host service has to miss before it may stop anything.
const MISSED: u64 = 3;

/// What a host carries.
#[derive(Default, Clone, Copy)]
struct Carried {
    units: bool,
    processes: bool,
    agents: bool,
}

/// Checks what hosts say of their host services, and notes it in `hosts`.
pub(super) fn check(root: &Root, hosts: &mut Hosts, report: &mut Report) {
    let carried = carried(root);
    // With a placement that could not be read, nobody knows what its host carries.
    let sure = !report.blames("components");
    let interval = root.monitor.as_ref().and_then(|monitor| Some(monitor.value.interval.as_ref()?.value.as_ms()));
    for (name, at) in root.hosts.iter().flat_map(|hosts| &hosts.value.0) {
        let carried = carried.get(name).copied().unwrap_or_default();
        self_stop(&join("hosts", name.as_str()), &at.value, carried, sure, report);
        often_enough(&join("hosts", name.as_str()), &at.value, interval, report);
        let Some(access) = hosts.access.get_mut(name) else { continue };
        let written = at.value.host_service.as_ref().map(|socket| socket.value.0.clone());
        access.host_service = written.or_else(|| carried.processes.then(|| SocketPath::default().0));
        access.self_stop = at.value.self_stop.as_ref().map(|time| time.value.duration());
    }
}

/// Sockets that follow from placements, written into `content` as if the file had them.
pub(super) fn spell_out(content: &mut Value, hosts: &Hosts) {
    for (name, access) in &hosts.access {
        let keys = content.get_mut("hosts").and_then(|hosts| hosts.get_mut(name.as_str())).and_then(Value::as_object_mut);
        if let (Some(keys), Some(socket)) = (keys, &access.host_service) {
            keys.insert("host_service".to_owned(), socket.to_string_lossy().into());
        }
    }
}

fn carried(root: &Root) -> BTreeMap<&HostName, Carried> {
    let mut found = BTreeMap::<&HostName, Carried>::new();
    let components = root.components.iter().flat_map(|at| at.value.0.values());
    for placement in components.flat_map(|at| [&at.value.primary, &at.value.secondary]).flatten() {
        let PlacementKeys { host: Some(host), unit, active, standby, process, ocf, exec, .. } = &placement.value else { continue };
        let carried = found.entry(&host.value).or_default();
        carried.units |= [unit, active, standby].into_iter().any(Option::is_some);
        carried.processes |= process.is_some();
        carried.agents |= ocf.is_some() || exec.is_some();
    }
    found
}

/// An error when not all that the host carries would stop by itself.
fn self_stop(key: &str, keys: &HostKeys, carried: Carried, sure: bool, report: &mut Report) {
    let Some(At { line, .. }) = &keys.self_stop else { return };
    let (found, why, remedy) = match carried {
        Carried { units: true, .. } => (
            "self_stop on a host that carries systemd units",
            "units go on without a monitor: that this host has fallen silent would not prove that they have stopped",
            "take it out and write a fence for the host, or run all that it carries as processes of its host service",
        ),
        Carried { agents: true, .. } => (
            "self_stop on a host that carries what agents run",
            "nothing stops that without a monitor: that this host has fallen silent would not prove that it has stopped",
            "take it out and write a fence for the host, or run all that it carries as processes of its host service",
        ),
        Carried { processes: false, .. } if sure => (
            "self_stop on a host that carries no process",
            "only processes of a host service stop by themselves, and no placement on this host has one",
            "take it out, or write process in the placements on this host",
        ),
        Carried { .. } => return,
    };
    report.add(Problem::error(join(key, "self_stop"), *line, found, why, remedy));
}

/// An error when the host service would stop its processes after a look or two that came late.
fn often_enough(key: &str, keys: &HostKeys, interval: Option<u64>, report: &mut Report) {
    let (Some(time), Some(interval)) = (&keys.self_stop, interval) else { return };
    let least = interval.saturating_mul(MISSED);
    if time.value.as_ms() < least {
        let found = format!("{}ms, and a look every {interval}ms", time.value.as_ms());
        let why = format!(
            "the lease comes with the looks: within this time there have to be {MISSED} of them, or one that is late stops services"
        );
        let remedy = format!("write {least}ms or more here, or a shorter monitor.interval");
        report.add(Problem::error(join(key, "self_stop"), time.line, found, why, remedy));
    }
}
