//! A component dies, a host loses its power: rescue, failover, and without a fence neither.

use super::{SHOP, decisions, done, fence_key, is_seen, over, runs, shop, tables};
use crate::support::cluster::{Cluster, SOON, Settings};
use crate::support::wait;
use serde_json::Value;
use std::os::unix::fs::MetadataExt;

/// A shop with a power switch for a1.
fn shop_with_fence() -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    let fence = fence_key(&cluster.lab.power_switch("a1"), "10s");
    cluster.configure_all(&Settings { a1: &fence, components: &tables(""), ..Settings::default() });
    cluster
}

#[test]
fn a_killed_component_is_rescued_where_it_is_and_moved_when_it_dies_again() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    let first = cluster.host("a1").invocation_id("app.service");
    cluster.host("a1").kill_unit("app.service", "KILL");
    let again = |cluster: &Cluster| cluster.host("a1").is_active("app.service") && cluster.host("a1").invocation_id("app.service") != first;
    wait::until("app runs again on a1", SOON, || again(&cluster));
    cluster.wait_for("the rescue is over", |s| over(s) && s["verdict"] == "ok");
    assert_eq!(runs(&cluster), [done("rescue")]);
    assert_eq!(cluster.starts("b1", "app"), 0);

    cluster.host("a1").kill_unit("app.service", "KILL");
    let status = cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(runs(&cluster), [done("rescue"), done("failover")]);
    cluster.assert_serves("b1");
    assert!(status["protection_off"].as_str().unwrap().contains("switchtower switchback"), "{status}");
    let decided = decisions(&cluster);
    assert!(
        decided.iter().any(|d| d["decision"]["why"][0].as_str().is_some_and(|why| why.contains("rescued 1 of 1 times"))),
        "{decided:?}"
    );
    for decision in &decided {
        cluster.expect(0, &["replay", &format!("d{}", decision["index"])]);
    }
    replayed_after_edits(&cluster, &format!("d{}", decided.last().unwrap()["index"]));

    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
    let status = cluster.wait_for("the cluster is protected again", |s| s["verdict"] == "ok" && s["protection_off"].is_null());
    assert!(status["acts"].as_str().unwrap().contains("HELD after failover"), "{status}");
    cluster.expect(0, &["acknowledge", "--confirm", "yes", "--reason", "a drill"]);
    assert!(cluster.status()["acts"].as_str().unwrap().starts_with("AUTO acts on: app, db, web"));
}

/// By the copy that the monitor has kept, which is nobody's else, whether the file as it is now can be used or not.
fn replayed_after_edits(cluster: &Cluster, decision: &str) {
    let then = std::fs::read_to_string(cluster.config()).unwrap();
    let kept: Vec<_> = std::fs::read_dir(cluster.lab.dir().join("state/configs")).unwrap().map(|entry| entry.unwrap()).collect();
    let [copy] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(copy.metadata().unwrap().mode() & 0o7777, 0o600);
    assert_eq!(std::fs::read_to_string(copy.path()).unwrap(), then);
    for edited in [then.replace("connect_timeout = \"3s\"", "connect_timeout = \"4s\""), format!("{then}\n[typo]\n")] {
        std::fs::write(cluster.config(), edited).unwrap();
        let said = cluster.expect(0, &["replay", decision]);
        assert!(said.out.contains(copy.path().to_str().unwrap()) && said.out.ends_with("the same comes out again\n"), "{}", said.out);
    }
    std::fs::write(cluster.config(), then).unwrap();
}

#[test]
fn a_host_that_loses_power_is_fenced_and_everything_runs_on_the_other_side() {
    let cluster = shop_with_fence();
    let _monitor = cluster.monitor();
    is_seen(&cluster, "a1");
    cluster.host("a1").power_off();
    let status = cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(runs(&cluster), [done("failover")]);
    assert_eq!(status["hosts"][0]["health"]["health"], "down");
    wait::until("everything runs on b1", SOON, || cluster.running("b1").len() == SHOP.len());

    cluster.host("a1").start();
    cluster.wait_for("a1 is back, and is fenced no longer", |s| s["hosts"][0]["health"]["health"] == "up");
    assert!(cluster.entries().iter().any(|e| e["kind"] == "returned" && e["host"] == "a1"));
    cluster.assert_serves("b1");
    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
}

#[test]
fn without_a_fence_nothing_is_started_elsewhere_until_somebody_vouches_for_the_silent_host() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    is_seen(&cluster, "a1");
    let early = cluster.say(&["fence", "a1", "--by-word", "--confirm", "shop", "--reason", "too early"]);
    assert_eq!(early.code, 3, "{}", early.err);
    cluster.host("a1").power_off();
    let held = cluster.wait_for("it holds", |s| s["decision"]["choice"]["choice"] == "hold" && s["hosts"][0]["health"]["health"] == "down");
    assert!(held["decision"].to_string().contains("no fence device"), "{held}");
    assert_eq!(cluster.running("b1").len(), 0);
    assert!(runs(&cluster).is_empty());

    let dry = cluster.expect(0, &["--json", "fence", "a1", "--by-word", "--dry-run"]);
    let plan: Value = serde_json::from_str(&dry.out).unwrap();
    let hash = plan["plan"]["hash"].as_str().unwrap();
    let words = ["fence", "a1", "--by-word", "--confirm", "shop", "--reason", "the rack is dark", "--plan", hash];
    cluster.expect(0, &words);
    cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(runs(&cluster), [done("fence"), done("failover")]);
    wait::until("everything runs on b1", SOON, || cluster.running("b1").len() == SHOP.len());
}

#[test]
fn what_was_stopped_while_no_monitor_watched_is_brought_back_unless_it_was_paused_before() {
    let cluster = shop("", "");
    let monitor = cluster.monitor();
    cluster.wait_for("all is well", |s| s["verdict"] == "ok");
    cluster.expect(0, &["pause", "--confirm", "yes", "--reason", "work on web"]);
    drop(monitor);
    cluster.host("a1").sh("systemctl stop web.service");
    let _monitor = cluster.monitor();
    cluster.wait_for("its loss is seen", |s| s["decision"]["acts"] == "would");
    assert!(runs(&cluster).is_empty() && !cluster.host("a1").is_active("web.service"));
    cluster.expect(0, &["resume", "--confirm", "yes"]);
    cluster.wait_for("it is brought back", |s| over(s) && s["verdict"] == "ok");
    assert_eq!(runs(&cluster), [done("rescue")]);
    cluster.assert_serves("a1");
}
