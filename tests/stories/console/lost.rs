//! What is not known is never shown as good, and nothing is done on it: a host that is silent, a plan that is overtaken, a
//! monitor that is gone.

use super::{SHOP, opened, slow};
use crate::support::cluster::{Cluster, SOON};
use crate::support::console::{Console, How, PLAIN};
use crate::support::wait;
use rustix::process::Signal;
use std::time::Duration;

#[test]
fn a_host_that_is_silent_is_unknown_and_in_the_way_of_a_switchover() {
    let cluster = Cluster::boot(&SHOP);
    // Nobody else can say what became of b1.
    cluster.host("a1").blind_to(cluster.host("b1"));
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    cluster.host("b1").cut();
    console.wait_line(&["host b1", "LOST"]);
    console.wait_line(&["host b1", "~unknown"]);
    console.wait_header("it is not well", |header| !header.contains("OK") && header.contains("north ACTIVE"));
    console.wait_line(&["host a1", "◉", "live"]);
    assert!(!console.line_of("host b1").contains('◉'), "{}", console.text());

    console.command("switchover south");
    console.wait_text("this cannot be done now");
    console.wait_line(&["block", "host b1"]);
    console.wait_text("do: ");
    assert!(!console.contains("type south"), "{}", console.text());
    console.send("south");
    console.keys(&["enter"]);
    // Right after a change no letter is taken for an answer.
    wait::until("it is said that this is no soft veto", SOON, || {
        console.keys(&["o"]);
        console.contains("this one cannot be overridden")
    });
    assert!(!console.contains("type south"), "{}", console.text());
    console.keys(&["esc"]);
    console.wait_gone("this cannot be done now");
    assert_eq!(opened(&cluster), 0);

    cluster.host("b1").heal();
    console.wait_line(&["host b1", "◉", "live"]);
    console.wait_header("all is well again", |header| header.contains("◉ OK"));
    cluster.assert_serves("a1");
}

#[test]
fn a_host_that_only_the_monitor_cannot_reach_is_a_broken_probe_which_is_neither_unknown_nor_down() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let patience = Duration::from_secs(60);
    let of_b1 = |status: &serde_json::Value| status["hosts"].as_array().and_then(|h| h.iter().find(|h| h["name"] == "b1").cloned());
    let judged = |what: &str, health: &str| {
        let good = |status: &serde_json::Value| of_b1(status).is_some_and(|host| host["health"]["health"] == health);
        wait::until_value(what, patience, || cluster.status(), good);
    };
    let known = |status: &serde_json::Value| of_b1(status).is_some_and(|host| host["seen_by"][0]["knows_the_way"] == true);
    wait::until_value("a1 sees b1", patience, || cluster.status(), known);
    let console = Console::well(&cluster);
    let grey = Console::of(&cluster, &How { env: &[("NO_COLOR", "1")], size: (120, 36), ..PLAIN });
    grey.wait_header("the cluster is seen well", |header| header.contains("OK"));

    cluster.host("b1").hide();
    judged("only a1 sees b1", "probe-broken");
    for console in [&console, &grey] {
        console.wait_line(&["host b1", "probe broken"]);
        let line = console.line_of("host b1");
        assert!(!line.contains("unknown") && !line.contains("down") && !line.contains('◉'), "{line}");
    }
    console.command("switchover south");
    console.wait_text("this cannot be done now");
    console.wait_line(&["host b1"]);
    console.wait_text("it lives, and cannot be looked at");
    console.wait_text("a1 sees its SSH");
    assert!(!console.contains("type south"), "{}", console.text());
    console.keys(&["esc"]);
    console.wait_gone("this cannot be done now");
    assert_eq!(opened(&cluster), 0);

    cluster.host("b1").cut();
    judged("nobody sees b1", "down");
    grey.wait_line(&["host b1", "down"]);
    assert!(!grey.line_of("host b1").contains("probe broken"), "{}", grey.text());
    cluster.host("b1").heal();
    grey.wait_line(&["host b1", "probe broken"]);
    cluster.host("b1").show();
    console.wait_line(&["host b1", "◉", "live"]);
    console.wait_header("all is well again", |header| header.contains("◉ OK"));
    cluster.assert_serves("a1");
}

#[test]
fn a_plan_that_is_overtaken_is_shown_anew_and_what_was_typed_is_void() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.plan("switchover south", "south");
    console.send("south");
    console.wait_text("type south to go on: south");
    cluster.host("a1").sh("systemctl stop web.service");
    console.wait_text("changed since the plan was shown; what was typed is void");
    console.wait_line(&["web on a1 is", "it was"]);
    // A frame may be seen half drawn: what is waited for is the line as it stands in the new one.
    console.wait_for("the word is asked for again, and nothing is typed", |screen| {
        let mut asked = screen.rows(0, 80).filter(|line| line.contains("type south to go on:"));
        asked.next().is_some_and(|line| !line.contains("type south to go on: south"))
    });
    console.keys(&["enter"]);
    console.wait_text("type south first");
    assert_eq!(opened(&cluster), 0, "nothing was handed in");
    console.keys(&["esc"]);
    console.wait_gone("type south");
    assert_eq!(cluster.running("b1").len(), 0);
}

#[test]
fn a_monitor_that_is_gone_leaves_the_last_picture_and_comes_back_without_a_hole() {
    let cluster = Cluster::boot(&SHOP);
    let mut monitor = cluster.monitor();
    let mut console = Console::well(&cluster);
    console.plan("switchover south", "south");
    monitor.kill();
    console.wait_header("it is said to be old", |header| header.contains("LOST") && header.contains("north ACTIVE"));
    console.wait_acts("why, and the next try", |line| line.contains("no answer") && line.contains("next try in"));
    console.wait_text("closed: the monitor does not answer");
    console.send("south");
    console.keys(&["enter"]);
    console.keys(&["esc"]);
    console.wait_gone("closed: ");
    assert!(console.line_of(" db ").contains("~a1"), "the last picture stays, marked\n{}", console.text());
    let before = console.header();
    console.wait_header("its age grows", |header| header.contains("LOST") && header.trim_end() != before);
    console.keys(&[":"]);
    console.wait_text("enter runs, esc closes");
    console.send("switchover");
    console.wait_text("not now: the monitor does not answer");
    console.keys(&["esc"]);
    console.wait_gone("enter runs, esc closes");
    assert_eq!(opened(&cluster), 0);

    // Things happen while it is not heard.
    console.signal(Signal::STOP);
    wait::until("the console is stopped", SOON, || console.state() == 'T');
    let _again = cluster.monitor();
    cluster.expect(0, &["pause", "--reason", "unheard", "--confirm", "yes"]);
    cluster.expect(0, &["resume", "--confirm", "yes"]);
    console.signal(Signal::CONT);
    console.wait_header("it is live again by itself", |header| header.contains("OK") && header.contains("data "));
    console.resize(200, 50);
    console.wait_line(&["paused", "unheard"]);
    let entries = cluster.entries().len();
    console.wait_text(&format!("Journal, {entries} entries"));
}

#[test]
fn a_monitor_that_dies_in_the_middle_of_a_run_leaves_it_unknown_until_its_true_end_is_told() {
    let cluster = slow(Duration::from_secs(3));
    let mut monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.plan("switchover south", "south");
    console.confirm("south");
    console.wait_line(&["1.", "running", "systemctl stop web.service"]);
    monitor.kill();
    console.wait_line(&["unknown: no answer for", "asking again"]);
    console.keys(&["esc"]);
    console.wait_line(&["switchover to south", "UNKNOWN"]);
    assert!(!console.contains("failed"), "{}", console.text());
    let _again = cluster.monitor_under(&[]);
    cluster.wait_for("the run is over", |s| s["open_runs"].as_array().is_some_and(Vec::is_empty));
    console.wait_gone("UNKNOWN");
    let (end, host, site) = match cluster.expect_end("r3").as_str() {
        "done" => ("done", "b1", "south"),
        "nothing-changed" => ("nothing changed", "a1", "north"),
        other => panic!("{other}"),
    };
    console.wait_line(&["switchover", end]);
    console.wait_header("the side that serves", |header| header.contains(&format!("{site} ACTIVE")));
    cluster.assert_serves(host);
}
