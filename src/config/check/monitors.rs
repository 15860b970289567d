//! The hosts of the two monitors: two hosts of this file, one at each site.
//!
//! Called once the hosts were looked at. A monitor at the site that serves is lost with it, and the other one does not act by
//! itself: the one at the other site had better be named first.

use super::sites::Sites;
use crate::config::keys::{HostKeys, MonitorKeys, Root};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::{Report, counted};
use crate::config::settings::Monitors;
use crate::core::model::{HostName, Side};
use std::collections::BTreeMap;

const KEY: &str = "monitor.hosts";
const EXAMPLE: &str = "write two hosts of this file, one at each site, as in hosts = [\"south1\", \"north1\"]";

/// The two monitors of `keys`, if there are two and nothing is wrong with them.
pub(super) fn check(root: &Root, keys: &MonitorKeys, sites: &Sites, report: &mut Report) -> Option<Monitors> {
    let list = keys.hosts.as_ref().filter(|list| !list.value.is_empty())?;
    if let Some(site) = &keys.site {
        let why = "each of two monitors stands where its host does";
        report.add(Problem::error("monitor.site", site.line, quoted(site.value.as_str()), why, "take it out"));
    }
    let [first, second] = list.value.as_slice() else {
        let found = counted(list.value.len(), "host");
        report.add(Problem::error(KEY, list.line, found, "a cluster has one monitor, and no list, or two", EXAMPLE));
        return None;
    };
    if first.value == second.value {
        let why = "it stands there twice, and each of two monitors has a host of its own";
        let found = format!("{} and {}", first.value, second.value);
        report.add(Problem::error(KEY, list.line, found, why, EXAMPLE));
        return None;
    }
    let hosts = root.hosts.as_ref().map(|hosts| &hosts.value.0)?;
    let sides = [side(hosts, sites, first, 0, report), side(hosts, sites, second, 1, report)];
    let [Some(first_side), Some(second_side)] = sides else { return None };
    if first_side == second_side {
        let found = format!("{} and {}", first.value, second.value);
        let why = format!("both stand at {}: what takes one of them takes the other", sites.called(first_side));
        report.add(Problem::error(KEY, list.line, found, why, EXAMPLE));
        return None;
    }
    if first_side == Side::Primary {
        let found = format!("{} first, which stands at {}", first.value, sites.called(Side::Primary));
        let why = "the first one acts on an ordinary day, beside what it guards: if that site is lost, so is the monitor, and the other \
                   one does not act before somebody has it take over";
        let remedy = format!("write {} first", second.value);
        report.add(Problem::error(KEY, list.line, found, why, remedy).into_warning());
    }
    let moves = keys.moves_after_failover.as_ref()?.value;
    Some(Monitors { hosts: [first.value.clone(), second.value.clone()], first_side, moves })
}

/// The side that the host of a monitor stands at.
fn side(hosts: &BTreeMap<HostName, At<HostKeys>>, sites: &Sites, at: &At<HostName>, place: usize, report: &mut Report) -> Option<Side> {
    let key = format!("{KEY}[{place}]");
    let Some(host) = hosts.get(&at.value) else {
        let remedy = super::instead(report, at.value.as_str(), "a host", hosts.keys().map(HostName::as_str));
        report.add(Problem::error(key, at.line, quoted(at.value.as_str()), "this file has no such host", remedy));
        return None;
    };
    let Some(site) = &host.value.site else {
        let own = join("hosts", at.value.as_str());
        if !report.blames(&join(&own, "site")) {
            let why = "it has no site, and each of two monitors stands at one";
            report.add(Problem::error(key, at.line, quoted(at.value.as_str()), why, format!("write {own}.site")));
        }
        return None;
    };
    sites.side_of(&site.value)
}
