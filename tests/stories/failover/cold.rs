//! Everything lost its power: nothing is started before both sides are heard, and then where it was.

use super::{SHOP, done, holds, host, over, runs, shop, two_looks};
use crate::support::cluster::Cluster;
use serde_json::Value;

/// a1 is up again while b1 is still off; then b1 comes too.
#[track_caller]
fn waits_for_b1_and_starts_on_a1(cluster: &Cluster) {
    let a1_is_up = |s: &Value| host(s, "a1")["answers"] == true && s["verdict"] == "down";
    let held = cluster.wait_for("it holds, since b1 is not heard", |s| a1_is_up(s) && holds(s).contains("b1"));
    assert_eq!(held["decision"]["choice"]["wants"]["verb"], "rescue", "{held}");
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("holds rescue of app, db, web back") && shown.contains("db.service on b1: it is unknown"), "{shown}");
    two_looks(cluster, "a1");
    assert!(cluster.running("a1").is_empty());
    assert!(runs(cluster).is_empty());
    assert_eq!(SHOP.map(|(c, _)| cluster.starts("a1", c)), [1; 3], "none since the first");

    cluster.host("b1").start();
    cluster.wait_for("everything runs again", |s| over(s) && s["verdict"] == "ok");
    cluster.assert_serves("a1");
    assert_eq!(runs(cluster), [done("rescue")]);
    assert_eq!(SHOP.map(|(c, _)| (cluster.starts("a1", c), cluster.starts("b1", c))), [(2, 0); 3]);
}

#[test]
fn after_a_loss_of_all_power_nothing_starts_before_both_sides_are_heard() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    cluster.host("a1").power_off();
    cluster.host("b1").power_off();
    cluster.wait_for("nobody answers", |s| ["a1", "b1"].iter().all(|name| host(s, name)["answers"] == false));
    cluster.host("a1").start();
    waits_for_b1_and_starts_on_a1(&cluster);
}

#[test]
fn a_monitor_that_was_away_when_all_power_was_lost_starts_nothing_before_both_sides_are_heard() {
    let cluster = shop("", "");
    let monitor = cluster.monitor();
    drop(monitor);
    cluster.host("a1").power_off();
    cluster.host("b1").power_off();
    cluster.host("a1").start();
    let _monitor = cluster.monitor_under(&[]);
    waits_for_b1_and_starts_on_a1(&cluster);
}
