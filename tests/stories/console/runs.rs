//! More than one person at the same cluster.

use super::slow;
use crate::support::console::{Console, How, PLAIN};
use std::time::Duration;

#[test]
fn a_second_console_sees_who_does_what_is_refused_meanwhile_and_can_turn_it_back() {
    let cluster = slow(Duration::from_secs(4));
    let _monitor = cluster.monitor();
    let (first, second) = (Console::well(&cluster), Console::of(&cluster, &How { size: (200, 50), ..PLAIN }));
    second.wait_header("it has a picture", |header| header.contains("OK"));
    first.plan("switchover south", "south");
    first.confirm("south");
    second.wait_header("who does what, and how far it is", |header| header.contains("switchover by root 0/4"));
    first.wait_header("it moves", |header| header.contains("MOVING"));
    second.command("switchover");
    second.wait_line(&["switchover holds the cluster: run r3 by root"]);
    second.keys(&["esc"]);
    second.wait_gone("enter runs, esc closes");

    second.command("abort");
    second.wait_text("go on? y/N");
    second.keys(&["y"]);
    first.wait_line(&["nothing changed"]);
    second.wait_header("it is over", |header| header.contains("OK") && !header.contains("switchover"));
    assert_eq!(cluster.expect_end("r3"), "nothing-changed");
    cluster.assert_serves("a1");
}
