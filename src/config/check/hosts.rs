//! The hosts: sites that exist, addresses that make sense, ways that lead somewhere.

use super::sites::Sites;
use super::{allows_loopback, fences, instead, paths};
use crate::config::keys::{HostKeys, Root};
use crate::config::problem::{Problem, bounded, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::config::settings::HostAccess;
use crate::core::model::{Host, HostName, SiteName};
use crate::core::model::{Waits, circles};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The hosts of a file.
#[derive(Default)]
pub(super) struct Hosts {
    /// For the core.
    pub(super) known: Vec<Host>,
    /// For connections.
    pub(super) access: BTreeMap<HostName, HostAccess>,
}

/// Checks every host of `root`.
pub(super) fn check(root: &Root, sites: &Sites, report: &mut Report) -> Hosts {
    let mut hosts = Hosts::default();
    let Some(all) = root.hosts.as_ref().map(|hosts| &hosts.value.0) else { return hosts };
    let loopback = allows_loopback(root);
    for (name, at) in all {
        let key = join("hosts", name.as_str());
        if let Some(site) = &at.value.site {
            unknown_site(&key, sites, site, report);
        }
        if !loopback && at.value.site.is_some() {
            this_machine(&key, name, at, report);
        }
        let side = at.value.site.as_ref().and_then(|site| sites.side_of(&site.value));
        hosts.known.push(Host { name: name.clone(), side, fence: fences::check(&key, &at.value, report) });
        hosts.access.insert(name.clone(), access(&at.value));
    }
    jumps(all, report);
    same_place(all, report);
    hosts
}

fn unknown_site(key: &str, sites: &Sites, site: &At<SiteName>, report: &mut Report) {
    let Some(why) = sites.refuses(&site.value) else { return };
    let remedy = format!("{}; leave the key out for a host of neither", instead(report, site.value.as_str(), "a site", sites.names()));
    report.add(Problem::error(join(key, "site"), site.line, quoted(site.value.as_str()), why, remedy));
}

/// An error when the host `name` is reached on the machine that asks.
fn this_machine(key: &str, name: &HostName, at: &At<HostKeys>, report: &mut Report) {
    let written = at.value.address.as_ref();
    let target = written.map_or(name.as_str(), |address| &address.value.0);
    if !is_loopback(target) {
        return;
    }
    let line = written.map_or(at.line, |address| address.line);
    let why = "this is the machine that asks, whichever that is: two monitors would look at two different hosts";
    let remedy = "write the address that other machines use; to try things out on one machine, set cluster.allow_loopback = true";
    report.add(Problem::error(join(key, "address"), line, quoted(target), why, remedy));
}

/// Whether `target` is the machine that asks, whichever that is.
pub(super) fn is_loopback(target: &str) -> bool {
    let ip = target.split_once('%').map_or(target, |(ip, _)| ip);
    if let Ok(ip) = ip.parse::<IpAddr>() {
        let ip = ip.to_canonical();
        return ip.is_loopback() || ip.is_unspecified();
    }
    let name = target.trim_end_matches('.').to_ascii_lowercase();
    let known = ["localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];
    known.contains(&name.as_str()) || name.ends_with(".localhost")
}

fn access(keys: &HostKeys) -> HostAccess {
    HostAccess {
        address: keys.address.as_ref().map(|address| address.value.0.clone()),
        user: keys.user.as_ref().map(|user| user.value.0.clone()),
        port: keys.port.as_ref().and_then(|port| u16::try_from(port.value.0).ok()),
        identities: paths(&keys.identity),
        known_hosts: paths(&keys.known_hosts),
        jump: via(keys).map(|hop| hop.value.0.clone()).collect(),
        host_service: None,
        self_stop: None,
    }
}

/// The hosts to go through.
fn via(keys: &HostKeys) -> impl Iterator<Item = &At<crate::config::text::Address>> {
    keys.jump.iter().flat_map(|jump| &jump.value)
}

/// An error for each circle of hosts that are reached through each other.
fn jumps(all: &BTreeMap<HostName, At<HostKeys>>, report: &mut Report) {
    let ways: Waits<'_> = all.iter().map(|(name, at)| (name.as_str(), via(&at.value).map(|hop| hop.value.0.as_str()).collect())).collect();
    for circle in circles(&ways) {
        let Some(first) = circle.first().and_then(|name| HostName::new(*name).ok()) else { continue };
        let line = all.get(&first).and_then(|at| at.value.jump.as_ref()?.line);
        let key = join(&join("hosts", first.as_str()), "jump");
        let why = "these hosts are reached through each other, so none of them is ever reached";
        report.add(Problem::error(key, line, bounded(&circle.join(" -> ")), why, "take one of them out of the others' jump"));
    }
}

/// A warning for each host that is reached at the place of another.
fn same_place(all: &BTreeMap<HostName, At<HostKeys>>, report: &mut Report) {
    let mut seen = BTreeMap::new();
    for (name, at) in all {
        let keys = &at.value;
        let target = keys.address.as_ref().map_or(name.as_str(), |address| &address.value.0).to_ascii_lowercase();
        let port = keys.port.as_ref().map_or(22, |port| port.value.0);
        let way: Vec<_> = via(keys).map(|hop| &hop.value).collect();
        if let Some(first) = seen.insert((target.clone(), port, way), name) {
            let line = keys.address.as_ref().map_or(at.line, |address| address.line);
            let why = format!("host {first} is reached at the same address and port: they are probably one machine");
            let remedy = "write the address of the other machine, or declare it once";
            let key = join(&join("hosts", name.as_str()), "address");
            report.add(Problem::error(key, line, format!("{target} port {port}"), why, remedy).into_warning());
        }
    }
}
