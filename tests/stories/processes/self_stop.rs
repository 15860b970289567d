//! A host that hears no monitor stops what must run on one side only, and only then does the other side start without a fence.

use super::{over, runs};
use crate::support::cluster::{SOON, Settings};
use crate::support::processes::{Served, all};
use crate::support::wait;

#[test]
fn a_host_that_hears_no_monitor_stops_by_itself_and_only_then_does_the_other_side_start() {
    let key = "self_stop = \"4s\"";
    let served = Served::boot(&Settings { a1: key, b1: key, ..Settings::default() });
    let _monitor = served.monitor();
    served.start();
    wait::until_value("a1 is asked to stop by itself", SOON, || served.service("a1"), |s| s["lease_ms"] == 4_000);

    served.cluster.host("a1").cut();
    // The order is the point: at no moment does anything run on b1 while it still runs on a1.
    wait::until("app runs on b1", SOON, || {
        let there = served.running("b1");
        let here = served.running("a1");
        assert!(here.iter().all(|name| name == "sync@standby") || there.iter().all(|name| name == "sync@standby"), "{here:?} {there:?}");
        there.contains(&"app".to_owned())
    });
    let status = served.cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(runs(&served.cluster), ["start done", "failover done"]);
    assert!(status["hosts"][0]["health"]["why"].as_str().unwrap().contains("stopped by itself"), "{status}");
    assert_eq!((served.running("a1"), served.running("b1")), (Vec::new(), all()));

    served.cluster.host("a1").heal();
    served.cluster.wait_for("a1 is back", |s| s["hosts"][0]["health"]["health"] == "up");
    assert_eq!((served.running("a1"), served.running("b1")), (Vec::new(), all()));
    served.cluster.expect(0, &["switchback", "--confirm", "north"]);
    served.assert_serves("a1");
}

#[test]
fn without_it_a_host_that_hears_no_monitor_goes_on_and_nothing_starts_elsewhere() {
    let served = Served::boot(&Settings::default());
    let monitor = served.monitor();
    served.start();
    served.cluster.wait_for("b1 has seen a1", |s| s["hosts"][0]["seen_by"].as_array().is_some_and(|seen| !seen.is_empty()));
    served.cluster.host("a1").cut();
    let held =
        served.cluster.wait_for("it holds", |s| s["decision"]["choice"]["choice"] == "hold" && s["hosts"][0]["health"]["health"] == "down");
    assert!(held["decision"].to_string().contains("no fence device"), "{held}");
    assert_eq!((served.running("a1"), served.running("b1")), (all(), vec!["sync@standby".to_owned()]));
    drop(monitor);
    assert_eq!(served.running("a1"), all());
}
