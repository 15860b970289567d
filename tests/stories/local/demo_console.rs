//! The demo as somebody meets it who has just built the program: one command, a live cluster in the console, something is
//! killed from another terminal, everything is seen going by, and the way back is typed.

use crate::support::cluster::PROGRAM;
use crate::support::console::{Console, How, PLAIN};
use crate::support::wait;
use std::process::Command;
use std::time::Duration;

/// From the start to a cluster that is well; what is promised is a minute.
const UP: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(20);

/// The pid that stands beside a component of the console's list.
#[track_caller]
fn pid(console: &Console) -> u32 {
    console.wait_line(&["running, pid "]);
    let line = console.line_of("running, pid ");
    let digits: String = line.split("pid ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Opens the detail of a component and kills its process, as somebody at another terminal would.
#[track_caller]
fn kill(console: &Console, component: &str) {
    console.keys(&["/"]);
    console.send(component);
    console.keys(&["enter", "g", "enter"]);
    let pid = pid(console);
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    console.keys(&["esc"]);
    console.wait_gone("running, pid ");
    console.keys(&["esc"]);
}

#[test]
fn one_command_shows_a_live_cluster_that_saves_itself_and_is_switched_back_from_the_keyboard() {
    let mut console = Console::program(&[PROGRAM, "demo"], &How { size: (120, 40), ..PLAIN });
    wait::until("the cluster is seen well", UP, || console.header().contains("◉ OK"));
    assert!(console.acts().contains("loopback allowed"), "{}", console.acts());
    console.wait_line(&["web", "north"]);

    kill(&console, "app");
    console.wait_text("rescue");
    wait::until("it was rescued", SOON, || console.header().contains("◉ OK") && console.header().contains("north ACTIVE"));
    kill(&console, "app");
    wait::until("everything has moved", SOON, || console.header().contains("south ACTIVE"));
    console.wait_acts("which protection is off", |line| line.contains("LIMITED"));

    console.keys(&["x"]);
    console.plan("switchback", "north");
    console.confirm("north");
    console.wait_text("done");
    console.keys(&["esc"]);
    wait::until("it is back", SOON, || console.header().contains("◉ OK") && console.header().contains("north ACTIVE"));

    console.keys(&["!"]);
    console.wait_text("break something");
    console.keys(&["esc"]);
    console.wait_gone("break something");
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
}
