//! The console of a monitor on another machine: it looks only, outlives its connection, and acts where that was said.

use super::{Way, opened};
use crate::support::wait;
use std::time::Duration;

/// Longer than a connection that is silent is kept, and the longest pause between two tries.
const GIVEN_UP: Duration = Duration::from_secs(40);

#[test]
fn it_looks_only_and_shows_the_line_that_acts() {
    let way = Way::to("");
    let cluster = way.shop("");
    let _monitor = cluster.monitor();
    let console = way.console(&[]);
    console.wait_header("the cluster is seen well, for looking", |header| header.contains("◉ OK") && header.contains("READ-ONLY"));
    console.resize(200, 50);
    console.command("switchover south");
    console.wait_text("read-only: ");
    console.wait_line(&["switchtower", "--via mon1 --operate", "switchover"]);
    assert!(!console.contains("type south"), "{}", console.text());
    console.send("south");
    console.keys(&["enter", "esc"]);
    assert_eq!(opened(&cluster), 0);
    cluster.assert_serves("a1");
}

#[test]
fn with_operate_it_moves_the_cluster() {
    let way = Way::to("");
    let cluster = way.shop("");
    let _monitor = cluster.monitor();
    let console = way.console(&["--operate"]);
    console.wait_header("the cluster is seen well", |header| header.contains("◉ OK") && !header.contains("READ-ONLY"));
    console.plan("switchover south", "south");
    console.confirm("south");
    console.wait_header("south serves", |header| header.contains("south ACTIVE") && header.contains("OK"));
    cluster.assert_serves("b1");
}

#[test]
fn a_connection_that_ends_or_falls_silent_leaves_the_last_picture_and_comes_back() {
    let mut way = Way::to("");
    let cluster = way.shop("");
    let _monitor = cluster.monitor();
    let console = way.console(&[]);
    console.wait_header("the cluster is seen well", |header| header.contains("◉ OK"));

    way.mon.stop();
    console.wait_header("it is said to be old", |header| header.contains("LOST") && header.contains("north ACTIVE"));
    console.wait_acts("why, and the next try", |line| line.contains("no answer") && line.contains("next try in"));
    assert!(console.line_of(" db ").contains("~a1"), "the last picture stays, marked\n{}", console.text());
    let before = console.header();
    console.wait_header("its age grows", |header| header.contains("LOST") && header.trim_end() != before.trim_end());
    way.mon.boot();
    console.wait_header("it is back by itself", |header| header.contains("◉ OK"));

    // Everything still accepts, and nothing answers any more.
    way.mon.freeze(true);
    wait::until("the silence is noticed", GIVEN_UP, || console.header().contains("LOST"));
    way.mon.freeze(false);
    console.keys(&["ctrl-r"]);
    wait::until("it is live again", GIVEN_UP, || console.header().contains("◉ OK"));
    assert_eq!(opened(&cluster), 0);
}
