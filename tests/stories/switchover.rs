//! An admin moves a cluster to the other site from the command line, and back.

use crate::support::cluster::Cluster;
use crate::support::service::ServiceSpec;
use serde_json::Value;
use std::time::Duration;

const SHOP: [(&str, &[&str]); 3] = [("db", &[]), ("app", &["db"]), ("web", &["app"])];

/// The commands of the last run in the order in which they were done.
fn done_in_order(cluster: &Cluster) -> Vec<String> {
    let entries = cluster.entries();
    let plan = entries.iter().rfind(|e| e["kind"] == "run-opened").unwrap()["plan"]["steps"].clone();
    let command = |step: &Value| {
        let step = &plan[usize::try_from(step.as_u64().unwrap()).unwrap() - 1];
        format!(
            "{}@{}",
            step["command"].as_str().unwrap().replace("systemctl ", "").replace(".service", ""),
            step["host"].as_str().unwrap()
        )
    };
    let opened = entries.iter().rposition(|e| e["kind"] == "run-opened").unwrap();
    entries[opened..].iter().filter(|e| e["event"] == "answered" && e["outcome"] == "done").map(|e| command(&e["step"])).collect()
}

#[test]
fn everything_moves_to_the_other_site_in_order_and_back() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let before: Vec<String> = ["db", "app", "web"].map(|c| cluster.host("a1").invocation_id(&format!("{c}.service"))).into();
    assert_eq!(cluster.status()["verdict"], "ok");

    let said = cluster.expect(0, &["switchover", "--confirm", "south", "--reason", "a drill"]);
    assert!(said.out.contains("done (run r3"), "{}", said.out);
    cluster.assert_serves("b1");
    assert_eq!(done_in_order(&cluster), ["stop web@a1", "stop app@a1", "stop db@a1", "start db@b1", "start app@b1", "start web@b1"]);
    let status = cluster.wait_for("the picture agrees with what is wanted", |s| s["verdict"] == "ok");
    assert_eq!(status["active"], "south");

    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
    let after: Vec<String> = ["db", "app", "web"].map(|c| cluster.host("a1").invocation_id(&format!("{c}.service"))).into();
    assert!(before.iter().zip(&after).all(|(b, a)| b != a), "every component was stopped and started again");
    for component in ["db", "app", "web"] {
        assert_eq!((cluster.starts("a1", component), cluster.starts("b1", component)), (2, 1), "{component}");
    }
    let report = cluster.expect(0, &["report", "r3"]).out;
    assert!(report.contains("a drill") && report.contains("measured outage"), "{report}");
}

#[test]
fn a_monitor_that_starts_adopts_what_runs_and_restarts_nothing() {
    let cluster = Cluster::boot(&SHOP);
    let monitor = cluster.monitor();
    let status = cluster.wait_for("the picture agrees with what is wanted", |s| s["verdict"] == "ok");
    assert_eq!(status["active"], "north");
    drop(monitor);
    let _again = cluster.monitor();
    for component in ["db", "app", "web"] {
        assert_eq!((cluster.starts("a1", component), cluster.starts("b1", component)), (1, 0), "{component}");
    }
}

#[test]
fn a_unit_that_does_not_start_on_the_new_side_brings_everything_back() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("b1", "web.service", ServiceSpec::FailsToStart);
    let _monitor = cluster.monitor();
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("failed (nothing changed)") && said.out.contains("web.service on b1"), "{}", said.out);
    cluster.assert_serves("a1");
    let status = cluster.wait_for("the picture agrees with what is wanted", |s| s["verdict"] == "ok");
    assert_eq!(status["active"], "north");
}

#[test]
fn a_failure_after_the_point_of_no_return_goes_forward_and_lists_what_is_left() {
    let cluster = Cluster::boot(&SHOP);
    let tables = crate::support::cluster::table("db", &[])
        + "point_of_no_return = true\n"
        + &crate::support::cluster::table("app", &["db"])
        + &crate::support::cluster::table("web", &["app"]);
    cluster.configure("", &tables);
    cluster.lab.service_unit("b1", "app.service", ServiceSpec::FailsToStart);
    let _monitor = cluster.monitor();
    let said = cluster.expect(5, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("failed (partly)") && said.out.contains("start app.service"), "{}", said.out);
    assert_eq!(cluster.running("b1").into_iter().collect::<Vec<_>>(), ["db"]);
    assert!(cluster.running("a1").is_empty(), "nothing returns to the side whose data is older");
    assert_eq!(cluster.status()["active"], "south");
}

#[test]
fn a_unit_that_will_not_stop_is_given_its_time_and_then_everything_returns() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("a1", "app.service", ServiceSpec::WontStop(Duration::from_secs(8)));
    cluster.host("a1").sh("systemctl kill -s KILL app.service; systemctl reset-failed app.service; systemctl start app.service");
    let _monitor = cluster.monitor();
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("app.service on a1"), "{}", said.out);
    cluster.assert_serves("a1");
}

#[test]
fn a_host_that_freezes_in_the_middle_leaves_the_run_unknown_until_it_answers() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("a1", "app.service", ServiceSpec::WontStop(Duration::from_secs(2)));
    cluster.host("a1").sh("systemctl kill -s KILL app.service; systemctl reset-failed app.service; systemctl start app.service");
    let _monitor = cluster.monitor();
    let said = cluster.expect(6, &["switchover", "--confirm", "south", "--wait", "0"]);
    assert!((said.out + &said.err).contains("r3"));
    cluster.wait_for("app is on its way down", |s| s["open_runs"][0]["steps"][1]["state"]["state"] == "running");
    cluster.host("a1").freeze();
    cluster.wait_for("the step is in doubt", |s| s["open_runs"][0]["steps"][1]["state"]["state"] == "doubtful");
    assert!(cluster.running("b1").is_empty(), "nothing starts while it is not known what runs on a1");
    cluster.host("a1").thaw();
    cluster.wait_for("the run is over", |s| s["open_runs"].as_array().is_some_and(Vec::is_empty));
    let end = cluster.expect_end("r3");
    match end.as_str() {
        "done" => cluster.assert_serves("b1"),
        "nothing-changed" => cluster.assert_serves("a1"),
        other => panic!("{other}"),
    }
}

#[test]
fn start_and_stop_of_the_whole_cluster_go_in_order() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    cluster.expect(0, &["stop", "--confirm", "north"]);
    assert!(cluster.running("a1").is_empty() && cluster.running("b1").is_empty());
    assert_eq!(done_in_order(&cluster), ["stop web@a1", "stop app@a1", "stop db@a1"]);
    cluster.expect(3, &["switchover", "--confirm", "south"]);
    cluster.expect(0, &["start", "--site", "south", "--confirm", "south"]);
    cluster.assert_serves("b1");
    assert_eq!(done_in_order(&cluster), ["start db@b1", "start app@b1", "start web@b1"]);
}

#[test]
fn what_somebody_starts_on_the_old_side_during_the_run_is_stopped_before_it_starts_on_the_new_one() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("a1", "web.service", ServiceSpec::WontStop(Duration::from_secs(2)));
    cluster.host("a1").sh("systemctl kill -s KILL web.service; systemctl reset-failed web.service; systemctl start web.service");
    cluster.host("a1").sh("systemctl stop db.service");
    let _monitor = cluster.monitor();
    cluster.expect(6, &["switchover", "--confirm", "south", "--wait", "0"]);
    cluster.wait_for("web is on its way down", |s| s["open_runs"][0]["steps"][0]["state"]["state"] == "running");
    cluster.host("a1").sh("systemctl start db.service");
    cluster.wait_for("the run is over", |s| s["open_runs"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(cluster.expect_end("r3"), "done");
    cluster.assert_serves("b1");
}

/// The services of `sync` that run on a host, by mode.
fn sync_on(cluster: &Cluster, host: &str) -> Vec<&'static str> {
    ["active", "standby"].into_iter().filter(|mode| cluster.host(host).is_active(&format!("sync@{mode}.service"))).collect()
}

#[test]
fn a_component_in_active_and_standby_mode_changes_its_modes_and_is_never_active_twice() {
    let cluster = Cluster::boot(&[("db", &[])]);
    for host in ["a1", "b1"] {
        cluster.lab.service_unit(host, "sync@.service", ServiceSpec::Simple);
    }
    cluster.host("a1").sh("systemctl start sync@active.service");
    cluster.host("b1").sh("systemctl start sync@standby.service");
    let place = |host: &str| format!("{{ host = {host:?}, active = \"sync@active.service\", standby = \"sync@standby.service\" }}");
    let (primary, secondary) = (place("a1"), place("b1"));
    let sync = format!("[components.sync]\nsharing = \"active-standby\"\nafter = [\"db\"]\nprimary = {primary}\nsecondary = {secondary}\n");
    cluster.configure("", &(crate::support::cluster::table("db", &[]) + &sync));
    let _monitor = cluster.monitor();
    assert_eq!(cluster.wait_for("the picture is known", |s| s["verdict"] != "unknown")["verdict"], "ok");

    cluster.expect(0, &["switchover", "--confirm", "south"]);
    assert_eq!((sync_on(&cluster, "a1"), sync_on(&cluster, "b1")), (vec!["standby"], vec!["active"]));
    let order = done_in_order(&cluster);
    let at = |step: &str| order.iter().position(|done| done == step).unwrap_or_else(|| panic!("{step} is not in {order:?}"));
    assert!(at("stop sync@active@a1") < at("start sync@active@b1"), "{order:?}");
    assert!(at("stop sync@standby@b1") < at("start sync@active@b1"), "{order:?}");

    // On the way back its standby fails to start: what is serving goes on, and the rest is listed.
    cluster.host("b1").sh("mkdir -p /etc/systemd/system/sync@standby.service.d");
    cluster.host("b1").write("/etc/systemd/system/sync@standby.service.d/fail.conf", b"[Service]\nExecStartPre=/bin/false\n");
    cluster.host("b1").sh("systemctl daemon-reload");
    let said = cluster.expect(5, &["switchback", "--confirm", "north"]);
    assert!(said.out.contains("sync@standby.service on b1"), "{}", said.out);
    assert_eq!((sync_on(&cluster, "a1"), sync_on(&cluster, "b1")), (vec!["active"], vec![]));
    cluster.assert_serves("a1");
}
