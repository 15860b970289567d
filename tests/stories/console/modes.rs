//! Whether the monitor acts by itself is said in the second line and changed from the palette, with a question.

use super::SHOP;
use crate::support::cluster::Cluster;
use crate::support::console::Console;

/// Types a line that asks, and says yes.
#[track_caller]
fn yes(console: &Console, line: &str) {
    console.command(line);
    console.wait_text("go on? y/N");
    console.keys(&["y"]);
    console.wait_gone("go on? y/N");
}

#[test]
fn a_pause_a_resumption_and_the_modes_are_asked_for_and_seen_in_the_second_line() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    let before = cluster.entries().len();
    console.command("pause 2h kernel update");
    console.wait_text("paused for 2 h: the monitor does nothing by itself meanwhile");
    console.keys(&["enter"]);
    console.wait_text("press y to go on");
    console.keys(&["n"]);
    console.wait_gone("go on? y/N");
    assert!(console.acts().contains("OBSERVES ONLY") && cluster.entries().len() == before, "enter and n do nothing");

    console.command("pause 2h");
    console.wait_text("reason, kept in the journal:");
    console.keys(&["enter"]);
    console.wait_text("a reason is needed");
    console.keys(&["esc"]);
    console.wait_gone("a reason is needed");

    yes(&console, "pause 2h kernel update");
    console.wait_acts("it is paused", |line| line.contains("PAUSED"));
    console.resize(200, 50);
    console.wait_line(&["mode: paused until", "kernel update"]);
    yes(&console, "resume");
    console.wait_acts("the pause is over", |line| line.contains("OBSERVES ONLY"));
    yes(&console, "automatic back to normal");
    console.wait_acts("it acts by itself", |line| line.contains("AUTO"));
    console.wait_line(&["mode: automatic", "back to normal"]);
    yes(&console, "observe-only");
    console.wait_acts("it only observes", |line| line.contains("OBSERVES ONLY"));
    assert_eq!(cluster.status()["stance"]["mode"], "observe-only", "{}", cluster.status()["stance"]);
}
