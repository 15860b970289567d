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
    console.wait_header("the other side has it", |header| header.contains("south ACTIVE"));
    console.wait_acts("the protection that is off", |line| line.contains("LIMITED"));
    wait::until("all of it runs there", SOON, || cluster.running("b1").len() == 2);

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
