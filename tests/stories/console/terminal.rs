//! What the console costs its terminal while nothing happens, and how it lives inside tmux.

use super::SHOP;
use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::console::{Console, How, PLAIN};
use crate::support::{proc, wait};
use std::process::Command;
use std::time::{Duration, Instant};

/// What is looked at in the idle story.
const IDLE: Duration = Duration::from_secs(5);

#[test]
fn a_console_of_a_cluster_that_is_well_costs_next_to_nothing() {
    let cluster = Cluster::boot(&SHOP);
    let text = std::fs::read_to_string(cluster.config()).unwrap();
    std::fs::write(cluster.config(), text.replace("[cluster]", "[cluster]\nallow_loopback = true")).unwrap();
    let _monitor = cluster.monitor();
    let mut console = Console::of(&cluster, &How { env: &[("TMUX", "/tmp/tmux-0/default,1,0")], ..PLAIN });
    console.wait_header("the cluster is seen well", |header| header.contains("◉ OK"));
    console.wait_acts("what is allowed is said", |line| line.contains("loopback"));

    console.mark();
    let (sleeps, ticks, started) = (console.sleeps(), console.cpu_ticks(), Instant::now());
    wait::until("some seconds go by", SOON, || started.elapsed() > IDLE);
    let (bytes, sleeps, ticks) = (console.bytes_since_mark(), console.sleeps() - sleeps, console.cpu_ticks() - ticks);
    let frames = bytes.windows(8).filter(|window| window == b"\x1b[?2026h").count();

    assert!(bytes.len() < 1000, "{} bytes: {}", bytes.len(), String::from_utf8_lossy(&bytes).escape_debug());
    assert!(frames <= 12, "{frames} frames");
    assert!(sleeps < 120, "its threads went to sleep {sleeps} times");
    assert!(ticks < 50, "{ticks} ticks of processor time");

    // What is copied passes through tmux.
    console.mark();
    console.keys(&["y"]);
    console.wait_text("sent to the terminal's clipboard: cluster");
    let copied = console.bytes_since_mark();
    let wanted = b"\x1bPtmux;\x1b\x1b]52;c;";
    assert!(copied.windows(wanted.len()).any(|window| window == wanted), "{}", String::from_utf8_lossy(&copied));
}

/// A tmux server of its own, ended with the test.
struct Tmux {
    dir: tempfile::TempDir,
}

impl Tmux {
    /// With one window of 80x24 cells, in which this runs.
    #[track_caller]
    fn start(line: &str) -> Self {
        let tmux = Self { dir: tempfile::tempdir().unwrap() };
        tmux.say(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", line]);
        tmux
    }

    #[track_caller]
    fn say(&self, words: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.dir.path().join("socket")).args(words);
        command.env_remove("TMUX").env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let output = proc::run(&mut command, SOON);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What stands in the window, a line a row.
    fn seen(&self) -> Vec<String> {
        self.say(&["capture-pane", "-p"]).lines().map(str::to_owned).collect()
    }

    /// Waits until the window is so.
    #[track_caller]
    fn wait_for(&self, what: &str, mut good: impl FnMut(&[String]) -> bool) {
        wait::until_value(what, SOON, || self.seen(), |rows| good(rows));
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        Command::new("tmux").arg("-S").arg(self.dir.path().join("socket")).arg("kill-server").status().ok();
    }
}

#[test]
fn in_tmux_it_is_seen_moved_about_in_and_left_at_any_size() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let run_dir = cluster.lab.dir().join("run");
    let tmux = Tmux::start(&format!("{PROGRAM} --run-dir {} console; echo left with $?; cat", run_dir.display()));
    let row = |rows: &[String], at: usize, text: &str| rows.get(at).is_some_and(|row| row.contains(text));
    tmux.wait_for("the cluster is seen well", |rows| row(rows, 0, "◉ OK  north ACTIVE") && row(rows, 23, "? help"));
    tmux.say(&["send-keys", "j", "Enter"]);
    tmux.wait_for("the detail of the second line", |rows| rows.iter().any(|row| row.contains("Detail of db")));
    tmux.say(&["send-keys", "Escape"]);
    tmux.wait_for("it is closed", |rows| rows.iter().any(|row| row.contains("Journal")));

    tmux.say(&["resize-window", "-x", "200", "-y", "50"]);
    tmux.wait_for("the larger window", |rows| row(rows, 49, "? help") && rows[48].chars().count() == 200);
    tmux.say(&["send-keys", ":"]);
    tmux.say(&["send-keys", "-l", "switchover south"]);
    tmux.wait_for("the line", |rows| rows.iter().any(|row| row.contains(":switchover south")));
    tmux.say(&["send-keys", "Enter"]);
    tmux.wait_for("the plan", |rows| rows.iter().any(|row| row.contains("type south to go on")));
    tmux.say(&["resize-window", "-x", "60", "-y", "15"]);
    tmux.wait_for("a smaller window, with what is typed into", |rows| {
        row(rows, 0, "OK") && rows.iter().any(|row| row.contains("type south to go on"))
    });
    tmux.say(&["send-keys", "Escape"]);
    tmux.wait_for("it is closed", |rows| !rows.iter().any(|row| row.contains("type south")));
    tmux.say(&["send-keys", "q"]);
    tmux.wait_for("the shell is back", |rows| row(rows, 0, "left with 0"));
    cluster.assert_serves("a1");
}
