//! Who may only look sees everything, and the line that does it elsewhere; from his console nothing is done.

use super::{SHOP, opened, tables};
use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::console::{Console, How, PLAIN};
use crate::support::{proc, wait};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// The lines that were sent to the clipboard, the first one first.
fn copied(console: &Console) -> Vec<String> {
    let bytes = console.bytes_since_mark();
    let text = String::from_utf8_lossy(&bytes);
    let codes = text.split("\x1b]52;c;").skip(1).map(|rest| rest.split('\x07').next().unwrap_or_default());
    codes.map(|code| String::from_utf8(STANDARD.decode(code).unwrap()).unwrap()).collect()
}

/// The plan is there with the line for elsewhere, and nothing that is typed does anything.
#[track_caller]
fn looks_only(cluster: &Cluster, console: &Console) {
    console.wait_header("rights and verdict", |header| header.contains("READ-ONLY") && header.contains("◉ OK"));
    let before = cluster.entries().len();
    console.keys(&["a"]);
    console.wait_text("plans can be looked at");
    console.wait_line(&["switchover south", "role change"]);
    console.keys(&["enter"]);
    console.wait_line(&["switchover --to south"]);
    console.wait_text("--plan ");
    console.wait_text("make south active; north gives up its role");
    assert!(console.contains("READ-ONLY") && !console.contains("type south"), "{}", console.text());
    console.send("south");
    console.keys(&["enter"]);
    console.keys(&["y"]);
    wait::until("the line is copied", SOON, || console.bytes_since_mark().windows(7).any(|bytes| bytes == b"\x1b]52;c;"));
    console.keys(&["esc"]);
    console.wait_gone("--plan ");
    console.command("pause 1h a drill");
    console.wait_text("read-only: ");
    console.keys(&["y", "enter"]);
    console.keys(&["esc"]);
    console.wait_gone("the same elsewhere");
    assert_eq!((cluster.entries().len(), opened(cluster)), (before, 0), "nothing was asked for");
    cluster.assert_serves("a1");
}

#[test]
fn a_console_that_was_told_to_only_look_does() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let console = Console::of(&cluster, &How { args: &["--read-only"], ..PLAIN });
    looks_only(&cluster, &console);

    // What it names for elsewhere does the same there, as it stands.
    let program = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let lines = copied(&console);
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let mut command = Command::new("sh");
        let output = proc::run(command.args(["-c", &line]).env("PATH", format!("{program}:/usr/bin:/bin")), SOON);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    console.wait_acts("it is paused, with its reason", |line| line.contains("PAUSED"));
    console.wait_header("it is done", |header| header.contains("READ-ONLY") && header.contains("south ACTIVE"));
    cluster.assert_serves("b1");
}

#[test]
fn a_user_who_may_only_observe_has_a_console_that_only_looks() {
    let cluster = Cluster::boot(&SHOP);
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(dir.path().join("run")).unwrap();
    symlink(dir.path().join("run"), cluster.lab.dir().join("run")).unwrap();
    let program = dir.path().join("switchtower");
    std::fs::copy(PROGRAM, &program).unwrap();
    cluster.configure("operators = \"daemon\"\nobservers = \"games\"", &tables(""));
    let _monitor = cluster.monitor();

    let text = std::fs::read_to_string("/etc/group").unwrap();
    let games = text.lines().find_map(|line| line.strip_prefix("games:x:")?.split(':').next()).unwrap().to_owned();
    let words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", &games, program.to_str().unwrap()];
    let console = Console::started(&words, &dir.path().join("run"), &PLAIN);
    looks_only(&cluster, &console);
}
