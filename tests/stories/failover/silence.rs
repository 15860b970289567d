//! The monitor hears nothing of either side: that is said loudly, and nothing else is done.

use super::{SHOP, fence_key, holds, host, invocations, is_seen, over, runs, shop, tables, two_looks};
use crate::support::cluster::{Cluster, Settings};
use serde_json::Value;

/// So long nothing is heard in these stories: long enough for every look to fail more than twice.
const LONG_MS: u64 = 8_000;

fn silent_for(status: &Value, name: &str) -> u64 {
    let host = host(status, name);
    if host["answers"] == false { host["age_ms"].as_u64().unwrap_or(0) } else { 0 }
}

/// The cluster is made unreachable and reachable again, and nothing comes of it but words.
#[track_caller]
fn is_left_alone(cluster: &Cluster, silence: impl Fn(), voice: impl Fn()) {
    for name in ["a1", "b1"] {
        is_seen(cluster, name);
    }
    let before = invocations(cluster, &["a1", "b1"]);
    silence();
    let said = "NEITHER SITE CAN BE REACHED";
    cluster.wait_for("it is said loudly", |s| holds(s).contains(said));
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains(said), "{shown}");
    let long = |s: &Value| ["a1", "b1"].iter().all(|name| silent_for(s, name) > LONG_MS);
    let held = cluster.wait_for("a long time has passed", long);
    assert!(holds(&held).contains(said) && over(&held), "{held}");
    assert_eq!(held["active"], "north");
    assert!(runs(cluster).is_empty());
    assert_eq!(invocations(cluster, &["a1", "b1"]), before);

    voice();
    cluster.wait_for("all is as it was", |s| s["verdict"] == "ok" && holds(s).is_empty());
    for name in ["a1", "b1"] {
        two_looks(cluster, name);
    }
    assert!(runs(cluster).is_empty(), "watching went on, and nothing was done");
    assert_eq!(invocations(cluster, &["a1", "b1"]), before);
    cluster.assert_serves("a1");
}

#[test]
fn with_both_sites_out_of_reach_nothing_is_done_and_watching_goes_on() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    let hosts = ["a1", "b1"].map(|name| cluster.host(name));
    is_left_alone(&cluster, || hosts.iter().for_each(|h| h.cut()), || hosts.iter().for_each(|h| h.heal()));
}

#[test]
fn with_fences_and_both_sites_hidden_from_the_monitor_nobody_is_switched_off() {
    let cluster = Cluster::boot(&SHOP);
    let [a1, b1] = ["a1", "b1"].map(|name| fence_key(&cluster.lab.power_switch(name), "10s"));
    cluster.configure_all(&Settings { a1: &a1, b1: &b1, components: &tables(""), ..Settings::default() });
    let _monitor = cluster.monitor();
    let hosts = ["a1", "b1"].map(|name| cluster.host(name));
    is_left_alone(&cluster, || hosts.iter().for_each(|h| h.hide()), || hosts.iter().for_each(|h| h.show()));
    assert!(hosts.iter().all(|h| h.is_on()));
}
