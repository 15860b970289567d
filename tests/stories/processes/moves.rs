//! Switchover, rescue and failover of processes.

use super::{over, runs};
use crate::support::cluster::{PROGRAM, SOON, Settings};
use crate::support::proc;
use crate::support::processes::Served;
use crate::support::wait;

#[test]
fn processes_move_to_the_other_site_in_order_and_back_and_are_told_their_mode() {
    let served = Served::boot(&Settings { failover: "mode = \"observe-only\"", ..Settings::default() });
    let _monitor = served.monitor();
    let mut check = served.cluster.lab.ctl_command(PROGRAM);
    let checked = proc::run(check.args(["config", "check", "--config"]).arg(served.cluster.config()), SOON);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    served.start();
    served.assert_serves("a1");
    let plan = served.cluster.expect(0, &["switchover", "--dry-run"]).out;
    assert!(plan.contains("switchtower host stop app") && plan.contains("switchtower host stop sync --mode standby"), "{plan}");
    served.cluster.expect(0, &["switchover", "--confirm", "south"]);
    served.assert_serves("b1");
    served.cluster.expect(0, &["switchback", "--confirm", "north"]);
    served.assert_serves("a1");
    assert_eq!(runs(&served.cluster), ["start done", "switchover done", "switchback done"]);
    let modes = served.cluster.host("a1").sh("cat /var/log/sync.starts");
    assert_eq!(modes.lines().collect::<Vec<_>>(), ["active", "standby", "active"]);
    assert_eq!((served.starts("a1", "db"), served.starts("b1", "db")), (2, 1));
}

#[test]
fn a_killed_process_is_rescued_where_it_is_and_everything_moves_when_it_dies_again() {
    let served = Served::boot(&Settings::default());
    let _monitor = served.monitor();
    served.start();
    let first = served.pid("a1", "app");
    served.cluster.host("a1").sh(&format!("kill -9 {first}"));
    wait::until("app was started again on a1", SOON, || served.starts("a1", "app") == 2);
    served.cluster.wait_for("the rescue is over", |s| over(s) && s["verdict"] == "ok");
    served.assert_serves("a1");
    let again = served.pid("a1", "app");
    assert_ne!(again, first);
    served.cluster.host("a1").sh(&format!("kill -9 {again}"));
    served.cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(served.running("a1"), Vec::<String>::new(), "limited: what follows stays stopped");
    assert_eq!(served.running("b1"), crate::support::processes::all());
    assert_eq!(runs(&served.cluster), ["start done", "rescue done", "failover done"]);
}

#[test]
fn a_host_service_that_is_killed_takes_its_processes_along_and_is_told_apart_from_a_dead_host() {
    let served = Served::boot(&Settings { failover: "mode = \"observe-only\"", ..Settings::default() });
    let _monitor = served.monitor();
    served.start();
    let a1 = served.cluster.host("a1");
    a1.sh("systemctl kill --signal=KILL --kill-whom=main switchtower-host; systemctl stop switchtower-host || true");
    wait::until("nothing runs on a1", SOON, || served.running("a1").is_empty());
    let status = served.cluster.wait_for("a1 cannot be looked at", |s| s["hosts"][0]["health"]["health"] == "probe-broken");
    assert!(status["hosts"][0]["why"].as_str().unwrap().contains("switchtower host run"), "{status}");
    let refused = served.cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(refused.err.contains("a1"), "{}", refused.err);
    a1.sh("systemctl start switchtower-host");
    served.cluster.wait_for("a1 says that nothing runs there", |s| s["hosts"][0]["health"]["health"] == "up");
    assert_eq!(served.running("a1"), Vec::<String>::new(), "nothing starts by itself");
}
