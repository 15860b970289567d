//! An admin takes Switchtower off a cluster: every service runs on, and a monitor that comes later finds all as it was.

use crate::support::cluster::{Cluster, PROGRAM, Said};
use crate::support::proc;
use serde_json::Value;
use std::time::Duration;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];

/// It is asked where the monitor was: beside the hosts.
#[track_caller]
pub(crate) fn leave(cluster: &Cluster, code: i32, words: &[&str]) -> Said {
    let mut command = cluster.lab.ctl_command(PROGRAM);
    command.arg("--config").arg(cluster.config()).args(words).arg("leave").args(["--confirm", "shop"]);
    let said = Said::from(proc::run(&mut command, Duration::from_secs(60)));
    assert_eq!(said.code, code, "{}\n{}", said.out, said.err);
    said
}

/// What `--json` says was found on a host.
fn found(said: &Said, host: &str) -> Value {
    let value: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.out));
    value["hosts"].as_array().unwrap().iter().find(|at| at["host"] == host).unwrap_or_else(|| panic!("{value}")).clone()
}

/// The runs of all services, by systemd's own word, with the pids.
fn runs(cluster: &Cluster) -> Vec<(String, Option<u32>)> {
    let units = SHOP.iter().flat_map(|(name, _)| ["a1", "b1"].map(|host| (host, format!("{name}.service"))));
    units.map(|(host, unit)| (cluster.host(host).invocation_id(&unit), cluster.host(host).unit_pid(&unit))).collect()
}

fn has_record(cluster: &Cluster, host: &str) -> bool {
    cluster.host(host).exec(&["test", "-e", "/var/lib/switchtower-guard/shop/term"]).status.success()
}

/// A cluster whose hosts have both been acted on, and whose monitor is gone.
fn acted_on() -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    let mut monitor = cluster.monitor();
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.expect(0, &["switchback", "--confirm", "north"]);
    assert!(has_record(&cluster, "a1") && has_record(&cluster, "b1"), "both hosts were taken");
    let refused = leave(&cluster, 3, &[]);
    assert!(refused.err.contains("the monitor of this cluster runs"), "{}", refused.err);
    assert!(has_record(&cluster, "a1") && has_record(&cluster, "b1"));
    monitor.kill();
    cluster
}

#[test]
fn leaving_takes_everything_off_the_hosts_with_every_service_running_on_and_a_later_monitor_adopts_them() {
    let cluster = acted_on();
    let before = runs(&cluster);
    let said = leave(&cluster, 0, &[]);
    assert!(said.out.contains("a1: removed /var/lib/switchtower-guard/shop") && said.out.contains("authorized_keys"), "{}", said.out);
    for host in ["a1", "b1"] {
        assert!(!cluster.host(host).exec(&["test", "-e", "/var/lib/switchtower-guard"]).status.success(), "{host}");
        assert_eq!(cluster.host(host).sh("pgrep -fl '[s]witchtower|[s]ystemd-stdio-bridge' || true"), "", "{host}");
    }
    let again = leave(&cluster, 0, &["--json"]);
    assert_eq!(found(&again, "a1")["found"], "nothing");
    assert_eq!(runs(&cluster), before);

    // Even one that knows nothing of before, and begins with the first term.
    std::fs::remove_dir_all(cluster.lab.dir().join("state")).unwrap();
    let _monitor = cluster.monitor();
    cluster.wait_for("it takes what runs as what is wanted", |s| s["verdict"] == "ok" && s["active"] == "north");
    assert_eq!(runs(&cluster), before);
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
}

#[test]
fn a_host_that_is_cut_off_is_listed_and_done_by_the_second_run() {
    let cluster = acted_on();
    let before = runs(&cluster);
    cluster.host("b1").cut();
    let said = leave(&cluster, 5, &["--json"]);
    assert_eq!(found(&said, "a1")["found"], "removed");
    let b1 = found(&said, "b1");
    assert_eq!((&b1["found"], &b1["unknown"]), (&"left".into(), &true.into()), "{b1}");
    assert!(!has_record(&cluster, "a1") && has_record(&cluster, "b1"));

    cluster.host("b1").heal();
    let said = leave(&cluster, 0, &["--json"]);
    assert_eq!((&found(&said, "a1")["found"], &found(&said, "b1")["found"]), (&"nothing".into(), &"removed".into()));
    assert!(!has_record(&cluster, "b1"));
    assert_eq!(runs(&cluster), before);
}

#[test]
fn a_host_with_a_guard_that_runs_or_a_newer_term_is_left_as_it_is() {
    let cluster = acted_on();
    let b1 = cluster.host("b1");
    b1.sh("systemd-run --quiet --unit=holder flock /var/lib/switchtower-guard/shop/lock sleep infinity");
    crate::support::wait::until("the lock is held", Duration::from_secs(10), || {
        !b1.exec(&["flock", "-n", "/var/lib/switchtower-guard/shop/lock", "true"]).status.success()
    });
    let said = leave(&cluster, 5, &["--json"]);
    let left = found(&said, "b1");
    assert!(left["reason"]["what"].as_str().unwrap().contains("a guard of this cluster runs there"), "{left}");
    assert!(has_record(&cluster, "b1"));

    b1.sh("systemctl stop holder; echo '99 0123456789abcdef' >/var/lib/switchtower-guard/shop/term");
    let said = leave(&cluster, 4, &["--json"]);
    let left = found(&said, "b1");
    assert!(left["reason"]["what"].as_str().unwrap().contains("it has been taken under term 99"), "{left}");
    assert!(has_record(&cluster, "b1"));
    cluster.assert_serves("a1");
}
