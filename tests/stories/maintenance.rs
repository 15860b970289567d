//! Somebody works on a host or a component: it is left alone, or nothing is started there, until that is over.

use crate::support::cluster::{Cluster, SOON, Settings, table};
use crate::support::wait;
use serde_json::Value;

const SHOP: [(&str, &[&str]); 3] = [("db", &[]), ("app", &["db"]), ("web", &["app"])];

/// A shop that acts by itself; `more` are keys of every component.
fn shop(more: &str) -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    let tables: String = SHOP.iter().map(|(name, after)| format!("{}{more}\n", table(name, after))).collect();
    cluster.configure_all(&Settings { components: &tables, ..Settings::default() });
    cluster
}

fn decision(status: &Value) -> String {
    status["decision"].to_string()
}

fn over(status: &Value) -> bool {
    status["open_runs"].as_array().is_some_and(Vec::is_empty)
}

#[test]
fn an_unmanaged_component_that_is_killed_stays_down_and_is_rescued_once_it_is_cleared() {
    let cluster = shop("");
    let _monitor = cluster.monitor();
    let said = cluster.say(&["maintenance", "set", "--component", "web", "unmanaged", "--confirm", "web"]);
    assert!(said.code == 3 && said.err.contains("needs a reason"), "{}", said.err);
    let said = cluster.expect(0, &["maintenance", "set", "--component", "web", "unmanaged", "--reason", "new release", "--dry-run"]);
    assert!(said.out.contains("nothing is done to it") && said.out.contains("maintenance clear --component web"), "{}", said.out);
    let words = ["maintenance", "set", "--component", "web", "unmanaged", "--for", "2h", "--reason", "new release", "--confirm", "web"];
    cluster.expect(0, &words);
    let said = cluster.expect(0, &["maintenance", "list"]).out;
    assert!(said.starts_with("component web is unmanaged until ") && said.contains("by root (uid 0) (new release)"), "{said}");
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("1 in maintenance") && shown.contains("maintenance component web is unmanaged"), "{shown}");

    cluster.host("a1").kill_unit("web.service", "KILL");
    let status = cluster.wait_for("it is said that web is left alone", |s| decision(s).contains("web does not run and is left alone"));
    assert!(over(&status), "{status}");
    let runs = cluster.entries().into_iter().filter(|e| e["kind"] == "run-opened" && e["plan"]["command"]["verb"] == "rescue").count();
    assert_eq!((runs, cluster.host("a1").is_active("web.service")), (0, false));
    let why = cluster.expect(0, &["why", "web"]).out;
    assert!(why.contains("component web is unmanaged until") && why.contains("left alone"), "{why}");

    cluster.expect(0, &["maintenance", "clear", "--component", "web", "--confirm", "web"]);
    wait::until("web runs again on a1", SOON, || cluster.host("a1").is_active("web.service"));
    let listed: Value = serde_json::from_str(&cluster.expect(0, &["--json", "maintenance", "list"]).out).unwrap();
    assert_eq!(listed["maintenance"], Value::Array(Vec::new()));
}

#[test]
fn a_host_in_standby_is_no_target_and_an_automatic_failover_to_it_is_held_with_the_reason() {
    let cluster = shop("rescue_attempts = 0");
    let _monitor = cluster.monitor();
    cluster.expect(0, &["maintenance", "set", "--host", "b1", "standby", "--reason", "new disk", "--confirm", "b1"]);
    let said = cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(said.err.contains("b1 is in standby until somebody clears it, by root (uid 0) (new disk)"), "{}", said.err);
    assert!(said.err.contains("switchtower maintenance clear --host b1"), "{}", said.err);

    cluster.host("a1").kill_unit("app.service", "KILL");
    let held = cluster.wait_for("the failover is held", |s| decision(s).contains("b1 is in standby"));
    assert_eq!(held["decision"]["choice"]["wants"]["verb"], "failover", "{held}");
    assert!(cluster.running("b1").is_empty());
    let why = cluster.expect(0, &["why"]).out;
    assert!(why.contains("failover to south back") && why.contains("new disk"), "{why}");

    cluster.expect(0, &["maintenance", "clear", "--host", "b1", "--confirm", "b1"]);
    cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    cluster.assert_serves("b1");
}

#[test]
fn a_drained_host_gives_everything_away_and_comes_back_by_clear() {
    let cluster = shop("");
    let _monitor = cluster.monitor();
    let drain = ["maintenance", "set", "--host", "a1", "drain", "--for", "1h", "--reason", "new board"];
    let said = cluster.expect(0, &[&drain[..], &["--dry-run"]].concat());
    assert!(said.out.contains("drain a1: everything moves to south"), "{}", said.out);
    cluster.expect(3, &[&drain[..], &["--confirm", "south"]].concat());
    cluster.expect(0, &[&drain[..], &["--confirm", "a1"]].concat());
    cluster.assert_serves("b1");
    let status = cluster.wait_for("a1 is in standby, and all is well", |s| s["maintenance"][0]["host"] == "a1" && s["verdict"] == "ok");
    assert_eq!((&status["maintenance"][0]["kind"], &status["maintenance"][0]["reason"]), (&"standby".into(), &"new board".into()));
    let said = cluster.expect(3, &["switchback", "--confirm", "north"]);
    assert!(said.err.contains("a1 is in standby until"), "{}", said.err);
    cluster.expect(0, &["maintenance", "clear", "--host", "a1", "--confirm", "a1"]);
    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
}
