//! A monitor that only observes, or is paused, says what it would have done, and why; and acts when its time comes.

use super::{NO_RESCUE, decisions, done, invocations, moved_to, runs, shop, two_looks};
use serde_json::Value;

fn would(status: &Value, verb: &str) -> bool {
    status["decision"]["acts"] == "would" && status["decision"]["choice"]["command"]["verb"] == verb
}

#[test]
fn who_only_observes_journals_once_what_it_would_have_done_and_why_explains_it() {
    let cluster = shop("mode = \"observe-only\"", NO_RESCUE);
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("db.service", "KILL");
    let status = cluster.wait_for("it says what it would do", |s| would(s, "failover"));
    let before = invocations(&cluster, &["a1", "b1"]);
    let id = status["decision"]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        two_looks(&cluster, "a1");
    }
    assert!(runs(&cluster).is_empty());
    assert_eq!(invocations(&cluster, &["a1", "b1"]), before);
    let decided = decisions(&cluster);
    assert_eq!(decided.len(), 1, "once: {decided:?}");
    assert_eq!(format!("d{}", decided[0]["index"]), id);

    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("OBSERVES ONLY") && shown.contains("would do failover"), "{shown}");
    let told = cluster.expect(0, &["why", "db"]).out;
    for words in ["db on a1 (north): wanted active, is failed", "would do failover", "db is lost", "it is not to be rescued", &id] {
        assert!(told.contains(words), "{words:?} is not in:\n{told}");
    }
    let again = cluster.expect(0, &["replay", &id]).out;
    assert!(again.contains("same"), "{again}");

    // It is mended by hand, which ends it; the next loss is a new one.
    cluster.host("a1").sh("systemctl reset-failed db.service; systemctl start db.service");
    cluster.wait_for("nothing is to be done", |s| s["verdict"] == "ok" && s["decision"]["choice"]["choice"] == "quiet");
    cluster.host("a1").kill_unit("db.service", "KILL");
    cluster.wait_for("it says so again", |s| would(s, "failover"));
    assert_eq!(decisions(&cluster).len(), 3);
    cluster.expect(0, &["mode", "automatic", "--confirm", "yes", "--reason", "now it may"]);
    moved_to(&cluster, "south");
    cluster.assert_serves("b1");
    for decision in &decisions(&cluster) {
        cluster.expect(0, &["replay", &format!("d{}", decision["index"])]);
    }
}

#[test]
fn a_pause_that_ends_by_itself_brings_back_what_was_lost_meanwhile() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    cluster.expect(0, &["pause", "--for", "6s", "--reason", "a look inside", "--confirm", "yes"]);
    cluster.host("a1").kill_unit("db.service", "KILL");
    let status = cluster.wait_for("it says what it would do", |s| would(s, "rescue"));
    assert!(status["acts"].as_str().unwrap().starts_with("PAUSED by"), "{status}");
    assert!(runs(&cluster).is_empty());
    let paused = cluster.entries().into_iter().rfind(|e| e["kind"] == "stance-set").unwrap();
    cluster.wait_for("db is brought back", |s| s["verdict"] == "ok" && s["stance"]["mode"] == "automatic");
    assert_eq!(runs(&cluster), [done("rescue")]);
    cluster.assert_serves("a1");
    let opened = cluster.entries().into_iter().find(|e| e["kind"] == "run-opened").unwrap();
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time(&opened["at"]) >= time(&paused["stance"]["until"]), "not before its end: {paused} {opened}");
}
