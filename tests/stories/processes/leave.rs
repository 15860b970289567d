//! Leaving a cluster whose components are processes of a host service: they are its children, and stay with it.

use crate::leave::leave;
use crate::support::cluster::{SOON, Settings};
use crate::support::processes::{Served, all};
use crate::support::wait;

fn pids(served: &Served) -> Vec<String> {
    all().iter().map(|name| served.pid("a1", name)).collect()
}

#[test]
fn processes_go_on_with_their_host_service_and_are_named() {
    let served = Served::boot(&Settings::default());
    let mut monitor = served.monitor();
    served.start();
    let before = pids(&served);
    monitor.kill();
    let said = leave(&served.cluster, 0, &[]);
    assert!(said.out.contains("runs app, db, sync as children of its host service"), "{}", said.out);
    served.assert_serves("a1");
    assert_eq!(pids(&served), before);
}

#[test]
fn a_host_that_stops_its_processes_without_a_monitor_is_not_said_to_be_left_well() {
    let served = Served::boot(&Settings { a1: "self_stop = \"4s\"", ..Settings::default() });
    let mut monitor = served.monitor();
    served.start();
    wait::until_value("a1 is asked to stop by itself", SOON, || served.service("a1"), |s| s["lease_ms"] == 4_000);
    monitor.kill();
    let said = leave(&served.cluster, 4, &[]);
    assert!(said.out.contains("self_stop is set") && said.out.contains("remove self_stop from [hosts.a1]"), "{}", said.out);
    wait::until("a1 has ended them by itself", SOON, || served.running("a1").iter().all(|name| name.ends_with("@standby")));
}
