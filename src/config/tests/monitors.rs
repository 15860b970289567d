//! The hosts of two monitors: each stands at a site, and the one at the other site is named first.

use super::mistakes::{APP, NORTH, each};
use super::*;
use crate::config::Monitors;
use crate::core::model::{HostName, Side};

/// The smallest example with these keys of the monitor.
fn monitor(keys: &str) -> String {
    minimal_and(&format!("[monitor]\n{keys}"))
}

#[test]
fn two_monitors_stand_on_a_host_at_each_site() {
    let loaded = right(&monitor("hosts = [\"b1\", \"a1\"]"));
    assert!(!loaded.warnings.iter().any(|w| w.key == "monitor.hosts"), "{:?}", loaded.warnings);
    let hosts = ["b1", "a1"].map(|name| HostName::new(name).unwrap());
    assert_eq!(loaded.monitor.monitors, Some(Monitors { hosts, first_side: Side::Secondary, moves: true }));
    let loaded = right(&monitor("hosts = [\"b1\", \"a1\"]\nmoves_after_failover = false"));
    assert!(!loaded.monitor.monitors.unwrap().moves);
    assert_eq!(right(&monitor("hosts = []")).monitor.monitors, None);
    assert_eq!(right(examples::MINIMAL).monitor.monitors, None);
}

#[test]
fn monitors_that_could_not_stand_in_for_each_other_are_refused() {
    let hosts = |list: &'static str| -> &'static str { Box::leak(format!("[monitor]\nhosts = {list}\n{APP}").into_boxed_str()) };
    each(&[
        (APP, hosts("[\"b1\"]"), "monitor.hosts", "1 host", "or two", "one at each site"),
        (APP, hosts("[\"b1\", \"a1\", \"b1\"]"), "monitor.hosts", "3 hosts", "or two", "one at each site"),
        (APP, hosts("[\"b1\", \"b1\"]"), "monitor.hosts", "b1 and b1", "stands there twice", "one at each site"),
        (APP, hosts("[\"b2\", \"a1\"]"), "monitor.hosts[0]", "\"b2\"", "no such host", "b1"),
        (APP, hosts("[\"b1\", \"xyzzy\"]"), "monitor.hosts[1]", "\"xyzzy\"", "no such host", "a1"),
        (APP, hosts("[\"a1\", \"b1\"]"), "monitor.hosts", "a1 first", "beside what it guards", "write b1 first"),
        (APP, hosts("[\"b1\", 7]"), "monitor.hosts[1]", "7", "takes a", "\""),
        (APP, hosts("[\"b1\", \"a1\"]\nsite = \"east\""), "monitor.site", "\"east\"", "where its host does", "take it out"),
    ]);
}

#[test]
fn a_host_without_a_site_carries_no_monitor_and_is_told_once() {
    let text = monitor("hosts = [\"b1\", \"jump\"]\n[hosts.jump]\naddress = \"192.0.2.7\"");
    let problems = wrong(&text);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.key.as_str(), problem.remedy.as_str()), ("monitor.hosts[1]", "write hosts.jump.site"));
    // A site that is written wrong is told where it is written.
    let text = monitor("hosts = [\"b1\", \"a1\"]").replace(NORTH, "[hosts.a1]\nsite = 5");
    let keys: Vec<String> = wrong(&text).into_iter().map(|problem| problem.key).collect();
    assert!(keys.contains(&"hosts.a1.site".to_owned()) && !keys.iter().any(|key| key.starts_with("monitor")), "{keys:?}");
}

#[test]
fn the_first_one_beside_what_serves_is_a_warning_and_no_more() {
    let loaded = right(&monitor("hosts = [\"a1\", \"b1\"]"));
    assert_eq!(loaded.monitor.monitors.unwrap().first_side, Side::Primary);
    assert!(loaded.warnings.iter().any(|w| w.key == "monitor.hosts" && w.remedy == "write b1 first"));
}
