//! The demonstration in a terminal: its own console, and nothing left once that is closed.

use super::stage::UP;
use crate::support::cluster::PROGRAM;
use crate::support::pty::Pty;
use std::time::Duration;

#[test]
fn in_a_terminal_the_console_shows_everything_running_within_seconds_and_takes_it_all_away() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().to_str().unwrap();
    let env = [("TMPDIR", path), ("XDG_RUNTIME_DIR", ""), ("HOME", path), ("XDG_CONFIG_HOME", ""), ("XDG_STATE_HOME", "")];
    let mut console = Pty::spawn(PROGRAM, &["demo", "--ascii"], &env, 100, 30);
    console.wait_within("all is well in the console", UP, |screen| {
        let text = screen.contents();
        ["demo (demonstration)", "OK", "north ACTIVE"].iter().all(|said| text.contains(said)) && text.matches("active").count() >= 4
    });
    console.keys(&["q"]);
    assert!(console.wait_exit(Duration::from_secs(20)).success());
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("switchtower")), "{left:?}");
}
