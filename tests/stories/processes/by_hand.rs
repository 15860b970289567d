//! Break-glass: no monitor is left, somebody acts on the host itself, and a monitor that comes back finds a newer term, takes
//! a newer one still, and undoes nothing by itself.

use super::{over, runs};
use crate::support::cluster::Settings;
use crate::support::processes::Served;

#[test]
fn what_was_done_by_hand_while_no_monitor_was_left_is_found_told_and_not_undone() {
    let served = Served::boot(&Settings::default());
    let mut monitor = served.monitor();
    served.start();
    let a1 = served.cluster.host("a1");
    let refused = a1.exec(&["switchtower", "host", "stop", "app", "--reason", "a try", "--confirm", "app"]);
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(served.starts("a1", "app"), 1);

    monitor.kill();
    let said = a1.exec(&["switchtower", "host", "stop", "app", "--reason", "disk 3 smokes", "--confirm", "app", "--despite-monitor"]);
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(!served.running("a1").contains(&"app".to_owned()));
    let kept = served.service("a1")["keeper"]["term"].as_u64().unwrap();

    let _monitor = served.cluster.monitor_under(&[]);
    let status = served.cluster.wait_for("the monitor has taken a newer term, and holds still", |s| {
        s["stance"]["mode"] == "paused" && s["lease"]["term"].as_u64().is_some_and(|term| term > kept)
    });
    assert!(status["acts"].as_str().unwrap().contains("disk 3 smokes"), "{}", status["acts"]);
    served.cluster.wait_for("a1 has taken it", |_| served.service("a1")["keeper"]["by_hand"].is_null());
    assert!(!served.running("a1").contains(&"app".to_owned()), "it is not undone");
    assert_eq!(runs(&served.cluster), ["start done"]);
    let log = served.cluster.expect(0, &["log"]).out;
    assert!(log.contains("by hand") && log.contains("disk 3 smokes"), "{log}");

    // Once somebody says so, the cluster is looked after again.
    served.cluster.expect(0, &["resume", "--confirm", "yes"]);
    served.cluster.wait_for("app runs again", |s| s["verdict"] == "ok");
    served.assert_serves("a1");
}

#[test]
fn what_is_done_by_hand_under_the_eyes_of_a_monitor_is_told_and_not_undone_either() {
    let served = Served::boot(&Settings::default());
    let _monitor = served.monitor();
    served.start();
    let a1 = served.cluster.host("a1");
    let said = a1.exec(&["switchtower", "host", "stop", "app", "--reason", "disk 3 smokes", "--confirm", "app", "--despite-monitor"]);
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    let status = served.cluster.wait_for("the monitor has heard of it", |s| s["stance"]["mode"] == "paused" && over(s));
    assert!(status["acts"].as_str().unwrap().contains("disk 3 smokes"), "{}", status["acts"]);
    served.cluster.wait_for("a1 can be looked at again", |s| s["hosts"][0]["health"]["health"] == "up");
    let starts = (served.starts("a1", "app"), served.starts("b1", "app"), served.starts("b1", "db"));
    assert_eq!(starts, (1, 0, 0), "{:?}", runs(&served.cluster));
    assert_eq!(served.running("a1"), ["db", "sync"]);
}
