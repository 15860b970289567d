//! The demo in a terminal: its own console, and nothing left once that is closed.

use super::stage::UP;
use crate::support::cluster::PROGRAM;
use crate::support::console::{Console, How, PLAIN};
use crate::support::pty::Pty;
use crate::support::wait;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn in_a_terminal_the_console_shows_everything_running_within_seconds_and_takes_it_all_away() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().to_str().unwrap();
    let env = [("TMPDIR", path), ("XDG_RUNTIME_DIR", ""), ("HOME", path), ("XDG_CONFIG_HOME", ""), ("XDG_STATE_HOME", "")];
    let mut console = Pty::spawn(PROGRAM, &["demo", "--ascii"], &env, 100, 30);
    console.wait_within("all is well in the console", UP, |screen| {
        let text = screen.contents();
        ["demo", "OK", "north ACTIVE"].iter().all(|said| text.contains(said)) && text.matches("active").count() >= 4
    });
    console.keys(&["q"]);
    assert!(console.wait_exit(Duration::from_secs(20)).success());
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("switchtower")), "{left:?}");
}

/// Opens the detail of app and kills its process, as somebody at another terminal would who reads the number there.
#[track_caller]
fn kill_app(console: &Console) {
    console.keys(&["/"]);
    console.send("app");
    console.keys(&["enter", "g", "enter"]);
    console.wait_text("Detail of app");
    // On the whole screen no number is broken in two.
    console.keys(&["enter", "z"]);
    console.wait_line(&["app.process active (running, pid ", "), state active"]);
    let line = console.line_of("app.process active (running, pid ");
    let pid: String = line.split("pid ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    console.keys(&["z", "esc"]);
    console.wait_gone("Detail of app");
    console.keys(&["esc"]);
    console.wait_text("office1");
}

#[test]
fn one_command_shows_a_cluster_that_saves_itself_and_is_switched_back_and_broken_from_the_keyboard() {
    let place = tempfile::tempdir().unwrap();
    let env = [("TMPDIR", place.path().to_str().unwrap()), ("XDG_RUNTIME_DIR", "")];
    let mut console = Console::program(&[PROGRAM, "demo"], &How { size: (120, 40), env: &env, ..PLAIN });
    wait::until("the cluster is seen well", UP, || console.header().contains("◉ OK"));
    assert!(console.acts().contains("loopback allowed"), "{}", console.acts());

    kill_app(&console);
    console.wait_line(&["rescue of app"]);
    wait::until("it was rescued", SOON, || console.header().contains("◉ OK") && console.header().contains("north ACTIVE"));
    kill_app(&console);
    wait::until("everything has moved", SOON, || console.header().contains("◉ OK") && console.header().contains("south ACTIVE"));
    // A plan that is shown before its run's last entry would be shown anew.
    console.wait_for("it serves", |screen| {
        let last = screen.rows(0, 120).filter(|line| line.starts_with('│') && line.contains(" run r")).last();
        last.is_some_and(|line| line.contains("serving,"))
    });
    console.keys(&["x"]);
    console.plan("switchback", "north");
    console.confirm("north");
    wait::until("it is back", SOON, || console.header().contains("◉ OK") && console.header().contains("north ACTIVE"));
    console.wait_text("measured outage");
    console.keys(&["esc"]);
    console.wait_gone("measured outage");

    console.keys(&["!"]);
    console.wait_text("> Kill db");
    console.keys(&["G"]);
    console.wait_text("> Crash the monitor");
    console.keys(&["enter"]);
    console.wait_gone("break something");
    console.wait_acts("nobody answers", |line| line.contains("no answer"));
    console.wait_line(&["took term 2"]);
    wait::until("nothing has moved", SOON, || console.header().contains("◉ OK") && console.header().contains("north ACTIVE"));
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
}
