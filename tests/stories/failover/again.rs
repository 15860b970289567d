//! What did not help, or was done a moment ago, is not done again and again.

use super::{NO_RESCUE, decisions, done, ended, holds, moved_to, over, runs, shop, two_looks};
use crate::support::cluster::{Cluster, SOON};
use crate::support::service::ServiceSpec;
use crate::support::wait;
use std::time::Duration;

/// When the failovers of the journal began, in milliseconds.
fn failovers(cluster: &Cluster) -> Vec<i64> {
    let all = cluster.entries().into_iter().filter(|e| e["kind"] == "run-opened" && e["plan"]["command"]["verb"] == "failover");
    all.map(|e| e["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()).collect()
}

#[test]
fn a_second_failover_waits_until_somebody_has_acknowledged_the_first() {
    let cluster = shop("after = \"reversed\"\nquiet = \"1h\"", NO_RESCUE);
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("app.service", "KILL");
    moved_to(&cluster, "south");
    cluster.assert_serves("b1");

    cluster.host("b1").kill_unit("app.service", "KILL");
    let held = cluster.wait_for("it holds the second back", |s| holds(s).contains("less than 3600 s ago, and nobody has acknowledged it"));
    assert_eq!(held["decision"]["choice"]["wants"]["verb"], "failover", "{held}");
    assert!(held["acts"].as_str().unwrap().contains("HELD after failover"), "{held}");
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("holds failover to north back") && shown.contains("nobody has acknowledged it"), "{shown}");
    two_looks(&cluster, "b1");
    assert_eq!(runs(&cluster), [done("failover")]);
    assert!(!cluster.running("b1").contains("app") && cluster.running("a1").is_empty());

    cluster.expect(0, &["acknowledge", "--confirm", "yes", "--reason", "seen"]);
    moved_to(&cluster, "north");
    assert_eq!(runs(&cluster), [done("failover"), done("failover")]);
    cluster.assert_serves("a1");
}

#[test]
fn a_second_failover_happens_by_itself_after_the_quiet_time() {
    let cluster = shop("after = \"reversed\"\nquiet = \"6s\"", NO_RESCUE);
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("app.service", "KILL");
    moved_to(&cluster, "south");
    cluster.host("b1").kill_unit("app.service", "KILL");
    moved_to(&cluster, "north");
    cluster.assert_serves("a1");
    assert_eq!(runs(&cluster), [done("failover"), done("failover")]);
    let began = failovers(&cluster);
    assert!(began[1] - began[0] >= 6_000, "{began:?}");
    assert!(decisions(&cluster).iter().any(|d| d["decision"]["choice"].to_string().contains("less than 6 s ago")));
}

#[test]
fn a_rescue_that_fails_goes_on_to_a_failover() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    cluster.lab.service_unit("a1", "app.service", ServiceSpec::FailsToStart);
    cluster.host("a1").kill_unit("app.service", "KILL");
    moved_to(&cluster, "south");
    cluster.assert_serves("b1");
    let all = runs(&cluster);
    assert_eq!((all.len(), all[0].0.as_str(), &all[1]), (2, "rescue", &done("failover")), "{all:?}");
    assert_ne!(all[0].1, "done");
    assert_eq!(SUCCESSES.map(|c| cluster.starts("a1", c)), [1, 1], "what ran on is not started again");
}

/// Components of the shop that are well in a story about `app`.
const SUCCESSES: [&str; 2] = ["db", "web"];

#[test]
fn a_failover_to_a_side_that_cannot_serve_is_rolled_back_and_not_tried_again() {
    let cluster = shop("", NO_RESCUE);
    cluster.lab.service_unit("b1", "web.service", ServiceSpec::FailsToStart);
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("app.service", "KILL");
    let held = cluster.wait_for("it has failed, and is not tried again", |s| over(s) && !holds(s).is_empty());
    assert_eq!(runs(&cluster), [ended("failover", "nothing-changed")]);
    assert_eq!(held["active"], "north");
    assert!(holds(&held).contains("nobody has acknowledged it"), "{held}");
    assert!(held["decision"].to_string().contains("app is lost"), "{held}");
    assert!(held["acts"].as_str().unwrap().contains("HELD after failover"), "{held}");
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains("failed (nothing changed)") && told.contains("web.service on b1"), "{told}");
    wait::until("what ran before runs again on a1", Duration::from_secs(5), || cluster.running("a1").len() == 2);
    assert!(cluster.running("b1").is_empty());
    assert_eq!(cluster.starts("a1", "db"), 2, "it was stopped and started again");
    two_looks(&cluster, "a1");
    assert_eq!(runs(&cluster).len(), 1);
}

#[test]
fn without_a_quiet_time_a_failover_that_fails_is_still_not_repeated_in_a_loop() {
    let cluster = shop("quiet = \"0s\"", NO_RESCUE);
    cluster.lab.service_unit("b1", "db.service", ServiceSpec::FailsToStart);
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("app.service", "KILL");
    cluster.wait_for("it has failed", |s| over(s) && s["active"] == "north" && !failovers(&cluster).is_empty());
    for _ in 0..2 {
        two_looks(&cluster, "b1");
    }
    assert_eq!(runs(&cluster), [ended("failover", "nothing-changed")]);
    let status = cluster.status();
    assert!(status["acts"].as_str().unwrap().contains("which moved nothing: not tried again for another"), "{status}");
    assert!(cluster.running("b1").is_empty());

    // Whoever has looked can have it tried again at once.
    cluster.expect(0, &["acknowledge", "--confirm", "yes", "--reason", "b1 should do now"]);
    wait::until("it is tried again, once", SOON, || {
        runs(&cluster) == [ended("failover", "nothing-changed"), ended("failover", "nothing-changed")]
    });
    two_looks(&cluster, "b1");
    assert_eq!(runs(&cluster).len(), 2);
}
