//! Two monitors, one at each site, each on a host of its own: who acts, what the other one has of it, and how that changes.

use crate::support::cluster::{SOON, Settings, table};
use crate::support::pair::{Pair, part};
use crate::support::wait;
use serde_json::Value;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];

fn tables(more: &str) -> String {
    SHOP.iter().map(|(name, after)| format!("{}{more}\n", table(name, after))).collect()
}

/// A shop that does nothing by itself; the monitor on b1 acts on an ordinary day.
fn quiet() -> Pair {
    let components = tables("");
    Pair::boot(&SHOP, "b1", &Settings { failover: "mode = \"observe-only\"", components: &components, ..Settings::default() })
}

/// A shop that moves at the first loss.
fn automatic(first: &str) -> Pair {
    let components = tables("rescue_attempts = 0");
    Pair::boot(&SHOP, first, &Settings { components: &components, ..Settings::default() })
}

fn invocations(pair: &Pair) -> Vec<String> {
    let each = ["a1", "b1"].into_iter().flat_map(|host| SHOP.map(|(c, _)| pair.cluster.host(host).invocation_id(&format!("{c}.service"))));
    each.collect()
}

fn term(status: &Value) -> u64 {
    status["lease"]["term"].as_u64().unwrap()
}

fn acts(status: &Value) -> &str {
    status["acts"].as_str().unwrap_or_default()
}

#[test]
fn one_of_two_monitors_acts_and_the_other_follows_with_every_entry_and_refuses_in_words() {
    let pair = quiet();
    pair.start("b1");
    let alone = pair.wait_for("b1", "it waits", |s| part(s) == "waiting");
    assert!(acts(&alone).starts_with("WAITING for the monitor on a1"), "{}", acts(&alone));
    let refused = pair.expect("b1", 3, &["switchover", "--confirm", "south"]);
    assert!(refused.err.contains("has not heard the one on a1 since it started"), "{}", refused.err);
    pair.start("a1");
    pair.settled("b1");

    let standby = pair.status("a1");
    assert!(acts(&standby).starts_with("STANDBY MONITOR: b1 acts (heard "), "{}", acts(&standby));
    assert_eq!(standby["verdict"], "ok", "it looks at the hosts itself");
    let refused = pair.expect("a1", 3, &["switchover", "--confirm", "south"]);
    assert!(refused.err.contains("the one on b1 acts"), "{}", refused.err);

    pair.expect("b1", 0, &["switchover", "--confirm", "south"]);
    pair.cluster.assert_serves("b1");
    pair.settled("b1");
    assert_eq!(pair.entries("a1"), pair.entries("b1"));
    let report = pair.expect("a1", 0, &["report"]);
    assert!(report.out.contains("make south active"), "the standby can tell of it: {}", report.out);
}

#[test]
fn the_lease_moves_to_the_other_monitor_and_back_and_no_component_is_touched() {
    let pair = quiet();
    pair.begin("b1");
    let (before, first) = (invocations(&pair), term(&pair.status("b1")));
    let refused = pair.expect("a1", 3, &["monitor", "move", "--confirm", "b1"]);
    assert!(refused.err.contains("the one on b1 acts"), "{}", refused.err);
    pair.expect("b1", 0, &["monitor", "move", "--confirm", "a1", "--reason", "b1 gets a new disk"]);
    pair.settled("a1");
    let second = term(&pair.status("a1"));
    assert!(second > first);
    assert_eq!(pair.entries("a1"), pair.entries("b1"));
    pair.expect("a1", 0, &["switchover", "--confirm", "south"]);
    pair.cluster.assert_serves("b1");
    pair.expect("a1", 0, &["switchover", "--confirm", "north"]);
    pair.expect("a1", 0, &["monitor", "move", "--confirm", "b1"]);
    pair.settled("b1");
    assert!(term(&pair.status("b1")) > second);
    assert_ne!(before, invocations(&pair), "the switchovers did");
    let calm = invocations(&pair);
    // Both are started anew at once: whoever held the lease goes on.
    pair.stop("a1");
    pair.stop("b1");
    pair.begin("b1");
    assert_eq!(calm, invocations(&pair));
}

#[test]
fn nothing_is_done_by_itself_without_the_copy_and_what_people_ask_for_is() {
    let pair = automatic("b1");
    pair.begin("b1");
    pair.stop("a1");
    let alone = pair.wait_for("b1", "the standby is missed", |s| acts(s).starts_with("NOTHING BY ITSELF"));
    assert!(acts(&alone).contains("the standby monitor on a1 is not heard"), "{}", acts(&alone));
    pair.cluster.host("a1").kill_unit("app.service", "KILL");
    let held = pair.wait_for("b1", "it holds the failover", |s| s["decision"]["choice"]["choice"] == "hold");
    let choice = held["decision"]["choice"].to_string();
    assert!(choice.contains("failover") && choice.contains("the other monitor does not have the journal"), "{choice}");
    pair.expect("b1", 0, &["pause", "--reason", "looking into it", "--confirm", "yes"]);
    pair.expect("b1", 0, &["resume", "--confirm", "yes"]);
    assert_eq!(pair.verbs("b1"), Vec::<String>::new());

    pair.start("a1");
    pair.wait_for("b1", "everything has moved", |s| s["active"] == "south" && s["open_runs"].as_array().is_some_and(Vec::is_empty));
    pair.cluster.assert_serves("b1");
    assert_eq!(pair.verbs("b1"), ["failover"]);
    let copied = || pair.entries("a1");
    wait::until_value("the standby has it all", SOON, copied, |entries| *entries == pair.entries("b1"));
}

#[test]
fn after_a_failover_the_monitor_at_the_other_site_watches() {
    let pair = automatic("a1");
    pair.begin("a1");
    pair.cluster.host("a1").kill_unit("app.service", "KILL");
    pair.settled("b1");
    pair.cluster.assert_serves("b1");
    assert_eq!(pair.verbs("b1"), ["failover"]);
    let log = pair.expect("a1", 0, &["log"]).out;
    assert!(log.contains("the monitor on b1 is to act from here on: a failover has moved everything to south"), "{log}");
    assert!(pair.entries("b1").iter().any(|e| e["kind"] == "serving") || log.contains("failover"));
    assert_eq!(pair.entries("a1"), pair.entries("b1"));
}

#[test]
fn a_person_has_the_standby_take_over_and_the_old_one_follows_when_it_is_back_with_what_only_it_knew_set_aside() {
    let pair = quiet();
    pair.begin("b1");
    let refused = pair.expect("a1", 3, &["monitor", "take-over", "--by-word", "--dry-run"]);
    assert!(refused.err.contains("the monitor on b1 is heard, and acts"), "{}", refused.err);
    // What it journals alone is lost with it, for now.
    pair.stop("a1");
    pair.wait_for("b1", "the standby is missed", |s| acts(s).starts_with("NOTHING BY ITSELF"));
    pair.expect("b1", 0, &["pause", "--reason", "only b1 knows this", "--confirm", "yes"]);
    let before = term(&pair.status("b1"));
    pair.cluster.host("b1").power_off();
    pair.start("a1");
    pair.wait_for("a1", "it waits", |s| part(s) == "waiting");

    let refused = pair.expect("a1", 3, &["monitor", "take-over", "--dry-run"]);
    assert!(refused.err.contains("b1 has no fence device"), "{}", refused.err);
    pair.wait_for("a1", "b1 is silent", |s| {
        s["hosts"].as_array().is_some_and(|h| h.iter().any(|h| h["name"] == "b1" && h["answers"] == false))
    });
    let plan: Value =
        serde_json::from_str(&pair.expect("a1", 0, &["--json", "monitor", "take-over", "--by-word", "--dry-run"]).out).unwrap();
    let hash = plan["plan"]["hash"].as_str().unwrap_or_else(|| panic!("{plan}"));
    let words = ["monitor", "take-over", "--by-word", "--reason", "b1 has no power", "--confirm", "shop", "--plan", hash];
    pair.expect("a1", 0, &words);
    let alone = pair.wait_for("a1", "it acts", |s| part(s) == "acting");
    assert!(term(&alone) > before && alone["lease"]["pair"]["rival"] == false);
    assert!(acts(&alone).starts_with("NOTHING BY ITSELF"), "{}", acts(&alone));

    pair.cluster.host("b1").start();
    pair.start("b1");
    pair.settled("a1");
    assert_eq!(pair.entries("a1"), pair.entries("b1"));
    let aside = pair.aside("b1");
    assert!(aside.iter().any(|e| e["reason"] == "only b1 knows this"), "{aside:?}");
    let merged = pair.expect("b1", 0, &["log", "--journal", "/var/lib/switchtower"]).out;
    let (own, taken) = (merged.find("only b1 knows this").unwrap(), merged.find("took over from the monitor on b1").unwrap());
    assert!(own < taken, "by term and index: {merged}");
    let log = pair.expect("a1", 0, &["log"]).out;
    assert!(log.contains("took over from the monitor on b1, which is not heard"), "{log}");
    assert!(log.contains("the monitor on b1 follows; it had"), "{log}");
}

#[test]
fn a_monitor_that_dies_in_the_middle_of_a_switchover_goes_on_with_it_once_it_has_heard_the_other_one() {
    let pair = quiet();
    pair.begin("b1");
    let b1 = pair.cluster.host("b1");
    b1.sh("systemd-run --quiet --unit=moving switchtower switchover --confirm south");
    wait::until("a step of it is journaled", SOON, || pair.entries("b1").iter().any(|e| e["event"] == "dispatched"));
    b1.kill_unit("switchtower.service", "KILL");
    pair.settled("b1");
    let ended: Vec<Value> = pair.entries("b1").into_iter().filter(|e| e["event"] == "closed").collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
    if ended[0]["end"]["end"] == "done" {
        pair.cluster.assert_serves("b1")
    } else {
        pair.cluster.assert_serves("a1")
    }
    for (component, _) in SHOP {
        assert!(pair.cluster.starts("b1", component) <= 1, "{component} was started twice");
    }
    assert_eq!(pair.entries("a1"), pair.entries("b1"));
}
