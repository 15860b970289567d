//! What happens is seen while it happens, without a key pressed.

use super::automatic;
use crate::support::cluster::SOON;
use crate::support::console::Console;
use crate::support::wait;

#[test]
fn a_rescue_and_then_a_failover_are_seen_live_and_acknowledged() {
    let cluster = automatic("", "rescue_attempts = 1");
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    assert!(console.acts().contains("AUTO"), "{}", console.acts());

    cluster.host("a1").kill_unit("web.service", "KILL");
    console.wait_line(&["decision", "rescue of web: web is lost"]);
    console.wait_line(&["run r4: done"]);
    console.wait_header("all is well again where it was", |header| header.contains("◉ OK") && header.contains("north ACTIVE"));
    cluster.assert_serves("a1");

    cluster.host("a1").kill_unit("web.service", "KILL");
    console.wait_line(&["decision", "failover"]);
    console.wait_header("the other side has it", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    console.wait_acts("the protection that is off", |line| line.contains("LIMITED"));
    cluster.assert_serves("b1");

    console.command("acknowledge");
    console.wait_text("go on? y/N");
    console.keys(&["enter"]);
    console.wait_text("press y to go on");
    console.keys(&["n"]);
    console.wait_gone("go on? y/N");
    let acknowledged = || cluster.entries().iter().filter(|entry| entry["kind"] == "acknowledged").count();
    assert_eq!(acknowledged(), 0, "enter and n do nothing");
    console.command("acknowledge seen by the night shift");
    console.wait_text("go on? y/N");
    console.keys(&["y"]);
    console.wait_gone("go on? y/N");
    console.resize(200, 50);
    console.wait_line(&["acknowledged", "night shift"]);
    assert_eq!(acknowledged(), 1);
    console.keys(&[":"]);
    console.wait_text("enter runs, esc closes");
    console.send("acknowledge");
    console.wait_text("there is no failover that waits to be acknowledged");
}

#[test]
fn what_runs_on_the_wrong_side_is_seen_there_stopped_and_explained() {
    let cluster = automatic("", "");
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.resize(200, 50);
    console.wait_header("the large screen", |header| header.contains("OK"));
    cluster.host("b1").sh("systemctl start db.service");
    console.wait_line(&["decision", "stop of db on south", "db is active on south too, where it must not be"]);
    console.wait_header("it is stopped there", |header| header.contains("◉ OK") && header.contains("north ACTIVE"));
    wait::until("db does not run on b1", SOON, || !cluster.host("b1").is_active("db.service"));
    cluster.assert_serves("a1");

    // The decision is kept with what it was made on, and can be read here.
    console.keys(&["l", "/"]);
    console.wait_text("enter keeps it, esc takes it back");
    console.send("decision");
    console.wait_text("/decision");
    console.keys(&["enter"]);
    console.wait_gone("took term");
    console.keys(&["g", "enter"]);
    console.wait_line(&["\"kind\": \"decided\""]);

    // Started once more, it stands there in words until it is stopped again.
    cluster.host("b1").sh("systemctl start db.service");
    console.wait_line(&["db", "BOTH"]);
    console.wait_header("it is not well", |header| !header.contains("OK"));
    console.wait_header("it is stopped again", |header| header.contains("◉ OK"));
    cluster.assert_serves("a1");
}

#[test]
fn with_both_sites_silent_it_is_said_loudly_and_nothing_is_done() {
    let cluster = automatic("", "");
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    for name in ["a1", "b1"] {
        cluster.host(name).cut();
    }
    console.wait_text("NEITHER SITE CAN BE REACHED");
    console.wait_line(&["host a1", "LOST"]);
    console.wait_line(&["host b1", "LOST"]);
    assert!(!console.text().contains('◉'), "nothing is good\n{}", console.text());
    for name in ["a1", "b1"] {
        cluster.host(name).heal();
    }
    console.wait_header("all is well again", |header| header.contains("◉ OK"));
    assert_eq!(super::opened(&cluster), 0);
    cluster.assert_serves("a1");
}
