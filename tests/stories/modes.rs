//! An operator who says what the monitor may do by itself, asks why something is as it is, overrides what may be
//! overridden, and has a monitoring system ask for the health of it all.

use crate::support::cluster::{Cluster, SOON, Settings, table};
use crate::support::wait;
use serde_json::Value;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];

/// Entries of the journal that set the mode.
fn modes(cluster: &Cluster) -> Vec<Value> {
    cluster.entries().into_iter().filter(|entry| entry["kind"] == "stance-set").collect()
}

#[test]
fn a_pause_needs_a_reason_ends_by_itself_or_by_resume_and_brings_back_what_held() {
    let cluster = Cluster::boot(&SHOP);
    let components: String = SHOP.iter().map(|(name, after)| table(name, after)).collect();
    cluster.configure_all(&Settings { components: &components, ..Settings::default() });
    let _monitor = cluster.monitor();
    let shown = cluster.expect(0, &["mode"]).out;
    assert!(shown.starts_with("mode: automatic\nwill it act? AUTO"), "{shown}");

    cluster.expect(2, &["pause", "--for", "2h"]);
    let said = cluster.expect(3, &["pause", "--for", "2h", "--reason", "kernel update"]);
    assert!(said.err.contains("pause --for 7200s --confirm yes --reason 'kernel update'"), "{}", said.err);
    assert_eq!(modes(&cluster).len(), 0);

    cluster.expect(0, &["observe-only", "--confirm", "yes"]);
    let said = cluster.expect(0, &["pause", "--for", "2h", "--reason", "kernel update", "--confirm", "yes"]);
    assert!(said.out.contains("mode: paused until ") && said.out.contains("PAUSED by root (uid 0) until"), "{}", said.out);
    let status = cluster.status();
    assert_eq!((&status["stance"]["reason"], &status["stance"]["then"]), (&"kernel update".into(), &"observe-only".into()));
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("will it act? PAUSED by root (uid 0)") && shown.contains("(kernel update)"), "{shown}");
    cluster.expect(0, &["resume", "--confirm", "yes"]);
    assert_eq!(cluster.status()["stance"]["mode"], "observe-only");
    let said = cluster.expect(3, &["resume", "--confirm", "yes"]);
    assert!(said.err.contains("no pause to end: the mode is observe-only"), "{}", said.err);

    let said = cluster.expect(0, &["--json", "mode", "automatic", "--confirm", "yes", "--reason", "first week is over"]);
    let said: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&said["outcome"], &said["stance"]["mode"]), (&"done".into(), &"automatic".into()));
    cluster.expect(0, &["pause", "--for", "1s", "--reason", "a moment", "--confirm", "yes"]);
    cluster.wait_for("the pause has ended by itself", |status| status["stance"]["mode"] == "automatic");
    let modes = modes(&cluster);
    assert_eq!(modes.last().unwrap()["who"], Value::Null, "nobody ended it: its time had come");
    assert_eq!(modes.len(), 6, "{modes:#?}");
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains("because: kernel update)") && told.contains("mode: automatic (its end has come)"), "{told}");
}

/// What a monitoring plugin says now, and its exit code.
fn health(cluster: &Cluster) -> (i32, String) {
    let said = cluster.say(&["health"]);
    assert_eq!(said.err, "", "a plugin has one line");
    (said.code, said.out)
}

#[track_caller]
fn health_becomes(cluster: &Cluster, what: &str, code: i32) -> String {
    wait::until_value(what, SOON, || health(cluster), |(is, _)| *is == code).1
}

#[test]
fn a_monitoring_system_sees_ok_critical_and_unknown() {
    let cluster = Cluster::boot(&SHOP);
    assert_eq!(health(&cluster).0, 3, "no monitor runs yet");
    let mut monitor = cluster.monitor();
    // A monitor that rescues by itself would mend it before anybody has asked.
    cluster.expect(0, &["observe-only", "--confirm", "yes"]);
    let line = health_becomes(&cluster, "everything is seen to be as wanted", 0);
    assert!(line.starts_with("SWITCHTOWER OK - shop: north is active, south is standby, "), "{line}");
    assert!(line.contains(" | components_down=0;;;0 ") && line.lines().count() == 1, "{line}");

    cluster.host("a1").sh("systemctl stop app.service");
    let line = health_becomes(&cluster, "a component that is to serve is down", 2);
    assert!(line.starts_with("SWITCHTOWER CRITICAL - shop: ") && line.contains("app is down on a1"), "{line}");
    assert!(line.contains(" | components_down=1;;;0 "), "{line}");
    cluster.host("a1").sh("systemctl start app.service");
    health_becomes(&cluster, "it runs again", 0);

    cluster.expect(0, &["pause", "--reason", "drill", "--confirm", "yes"]);
    let (code, line) = health(&cluster);
    assert!(code == 1 && line.contains("paused until somebody resumes it"), "{line}");
    cluster.expect(0, &["health", "--paused", "ok"]);

    monitor.kill();
    let (code, line) = health(&cluster);
    assert!(code == 3 && line.starts_with("SWITCHTOWER UNKNOWN - no monitor answers"), "{line}");
    cluster.expect(3, &["health", "--frob"]);
    let said = cluster.expect(3, &["--json", "health"]);
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["state"], "UNKNOWN");
}

#[test]
fn why_tells_of_a_stopped_component_what_is_wanted_what_is_and_since_when() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    cluster.expect(0, &["observe-only", "--confirm", "yes"]);
    cluster.expect(3, &["switchover", "--confirm", "nobody"]);
    cluster.host("a1").sh("systemctl stop app.service");
    cluster.wait_for("the stop is seen", |status| status["components"][0]["placements"][0]["observed"] == "stopped");
    let said = cluster.expect(0, &["why", "app"]).out;
    assert!(said.starts_with("app on a1 (north): wanted active, is stopped, seen "), "{said}");
    assert!(
        said.contains("\n  down: its host says that it is stopped\n") && said.contains("\napp on b1 (south): wanted stopped"),
        "{said}"
    );
    assert!(!said.contains("db on a1"), "{said}");
    let said = cluster.expect(0, &["why", "a1"]).out;
    assert!(said.starts_with("a1 (north): up, heard ") && said.contains("\napp on a1 (north): wanted active"), "{said}");
    let said = cluster.expect(0, &["why"]).out;
    assert!(said.starts_with("shop is DOWN; north is ACTIVE; south is STANDBY\napp on a1"), "{said}");
    assert!(said.contains("\nwill it act? OBSERVES ONLY"), "{said}");
    let said = cluster.expect(3, &["why", "frob"]);
    assert!(said.err.contains("name one of app, db, a1, b1, north, south"), "{}", said.err);
    let said: Value = serde_json::from_str(&cluster.expect(0, &["--json", "why", "app"]).out).unwrap();
    assert_eq!((&said["what"], &said["kind"]), (&"app".into(), &"component".into()));
}

#[test]
fn a_soft_veto_is_named_and_overridden_by_its_name_and_by_no_other() {
    let cluster = Cluster::boot(&SHOP);
    cluster.host("a1").sh("mkdir -p /etc/systemd/system/multi-user.target.wants && ln -sf ../app.service /etc/systemd/system/multi-user.target.wants/app.service && systemctl daemon-reload");
    let _monitor = cluster.monitor();
    let enabled = |status: &Value| status["readiness"]["verdict"] == "soft-veto";
    cluster.wait_for("the enabled unit is seen", enabled);
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("switchover to south: not ready, 1 check in the way: enabled:app@a1 (soft veto)"), "{shown}");
    assert_eq!(health(&cluster).0, 1);

    let said = cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(said.err.contains("--override enabled:app@a1"), "{}", said.err);
    let said = cluster.expect(3, &["switchover", "--confirm", "south", "--override", "enabled:db@a1"]);
    assert!(said.err.contains("no check called enabled:db@a1"), "{}", said.err);
    let said = cluster.expect(3, &["switchover", "--confirm", "south", "--override", "host:a1", "--override", "enabled:app@a1"]);
    assert!(said.err.contains("host:a1 cannot be overridden"), "{}", said.err);
    cluster.assert_serves("a1");

    let said = cluster.expect(0, &["switchover", "--dry-run", "--override", "enabled:app@a1"]);
    assert!(said.out.contains("soft, overridden"), "{}", said.out);
    let said = cluster.expect(3, &["switchover", "--override", "enabled:app@a1"]);
    assert!(said.err.contains("switchover --override enabled:app@a1 --confirm south --plan "), "{}", said.err);
    cluster.expect(0, &["switchover", "--confirm", "south", "--override", "enabled:app@a1"]);
    cluster.assert_serves("b1");
    let opened = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    let checks = opened["plan"]["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["id"] == "enabled:app@a1" && check["overridden"] == true), "{checks:#?}");
}

#[test]
fn without_a_failover_there_is_nothing_to_acknowledge() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let said = cluster.expect(3, &["acknowledge", "--confirm", "yes"]);
    assert!(said.err.contains("there is no failover that waits"), "{}", said.err);
    let said = cluster.expect(3, &["acknowledge"]);
    assert!(said.err.contains("acknowledge --confirm yes"), "{}", said.err);
    assert!(cluster.entries().iter().all(|entry| entry["kind"] != "acknowledged"));
}
