//! A component that runs on both sides: the wrong one is stopped, but nothing that somebody has moved by hand.

use super::{SHOP, decisions, done, holds, invocations, over, runs, shop, two_looks};
use crate::support::cluster::SOON;
use crate::support::wait;
use serde_json::Value;

#[test]
fn what_somebody_starts_on_the_wrong_side_is_stopped_there_at_once_and_the_right_one_goes_on() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    let before = invocations(&cluster, &["a1"]);
    cluster.host("b1").sh("systemctl start db.service");
    wait::until("db is stopped on b1", SOON, || !cluster.host("b1").is_active("db.service"));
    cluster.wait_for("the guard has done its work", |s| over(s) && s["verdict"] == "ok");
    assert_eq!(runs(&cluster), [done("guard")]);
    cluster.assert_serves("a1");
    assert_eq!(invocations(&cluster, &["a1"]), before, "a1 is left alone");
    assert_eq!(cluster.starts("b1", "db"), 1);

    let decided = decisions(&cluster);
    let guard = decided.iter().find(|d| d["decision"]["choice"]["command"]["verb"] == "guard").unwrap();
    assert_eq!(guard["decision"]["acts"], "does");
    assert!(guard["decision"]["why"][0].as_str().unwrap().contains("db is active on south too, where it must not be"), "{guard}");
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains("db is active on south too") && told.contains("stop db on south"), "{told}");

    // Whoever starts it again is told at once, and it is stopped again a moment later, not in a loop.
    cluster.host("b1").sh("systemctl start db.service");
    let held = cluster.wait_for("it is said that db came back", |s| holds(s).contains("db is active on south"));
    assert_eq!(held["verdict"], "degraded", "{held}");
    cluster.wait_for("it is stopped again", |s| over(s) && s["verdict"] == "ok" && runs(&cluster).len() == 2);
    assert_eq!(runs(&cluster), [done("guard"), done("guard")]);
    assert_eq!(invocations(&cluster, &["a1"]), before);
}

#[test]
fn a_move_by_hand_stops_and_starts_nothing_and_is_taken_as_it_is_by_adopting_it() {
    let cluster = shop("", "");
    let _monitor = cluster.monitor();
    cluster.expect(0, &["pause", "--reason", "moved by hand", "--confirm", "yes"]);
    cluster.host("a1").sh("systemctl stop web.service app.service db.service");
    cluster.host("b1").sh("systemctl start db.service app.service web.service");
    let on_south = |s: &Value| s["components"].as_array().is_some_and(|all| all.iter().all(|c| c["placements"][1]["observed"] == "active"));
    cluster.wait_for("the move is seen", on_south);
    let before = invocations(&cluster, &["a1", "b1"]);
    assert!(runs(&cluster).is_empty());

    cluster.expect(0, &["resume", "--confirm", "yes"]);
    let offers = |s: &Value| holds(s).contains("switchtower adopt --site south");
    let held = cluster.wait_for("adopting is offered", |s| s["stance"]["mode"] == "automatic" && offers(s));
    assert_eq!((&held["verdict"], &held["active"]), (&"down".into(), &"north".into()));
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("holds: ") && shown.contains("db is active on south, which is not the side that serves"), "{shown}");
    let told = cluster.expect(0, &["why"]).out;
    assert!(told.contains("switchtower adopt --site south"), "{told}");
    two_looks(&cluster, "b1");
    assert!(runs(&cluster).is_empty(), "nothing is done by itself");
    assert_eq!(invocations(&cluster, &["a1", "b1"]), before);
    cluster.assert_serves("b1");

    cluster.expect(3, &["adopt", "--site", "south", "--confirm", "north", "--reason", "as it is"]);
    cluster.expect(0, &["adopt", "--site", "south", "--confirm", "south", "--reason", "as it is"]);
    let status = cluster.wait_for("south is what is wanted", |s| s["active"] == "south" && s["verdict"] == "ok" && holds(s).is_empty());
    assert!(status["acts"].as_str().unwrap().starts_with("AUTO acts on: app, db, web"), "{status}");
    two_looks(&cluster, "a1");
    assert_eq!(runs(&cluster), [done("adopt")]);
    assert_eq!(invocations(&cluster, &["a1", "b1"]), before, "nothing was started or stopped for it");
    cluster.assert_serves("b1");
}

#[test]
fn who_only_observes_stops_nothing_that_runs_twice() {
    let cluster = shop("mode = \"observe-only\"", "");
    let _monitor = cluster.monitor();
    let before = invocations(&cluster, &["a1"]);
    cluster.host("b1").sh("systemctl start db.service");
    let running = cluster.host("b1").invocation_id("db.service");
    let would = |s: &Value| s["decision"]["acts"] == "would" && s["decision"]["choice"]["command"]["verb"] == "guard";
    let status = cluster.wait_for("it says what it would do", would);
    assert_eq!(status["verdict"], "degraded", "{status}");
    two_looks(&cluster, "b1");
    assert!(runs(&cluster).is_empty());
    assert!(cluster.host("b1").is_active("db.service"));
    assert_eq!(cluster.host("b1").invocation_id("db.service"), running);
    assert_eq!(invocations(&cluster, &["a1"]), before);
    assert_eq!(cluster.running("a1").len(), SHOP.len());
}
