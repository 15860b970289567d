//! The terminal that stories hold in their hand is a real one: size, colours, keys, questions, jobs and hang-up.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::pty::Pty;

const SOON: Duration = Duration::from_secs(10);

fn sh(script: &str) -> Pty {
    Pty::spawn("sh", &["-c", script], &[], 80, 24)
}

#[test]
fn a_program_finds_a_terminal_of_the_size_that_was_asked_for_and_is_told_of_another() {
    let pty = Pty::spawn("sh", &["-c", "trap 'stty size' WINCH; tty; stty size; while :; do read x; done"], &[], 100, 30);
    pty.wait_text("/dev/pts/");
    pty.wait_text("30 100");
    pty.resize(61, 17);
    pty.wait_text("17 61");
}

#[test]
fn what_is_typed_arrives_and_what_is_drawn_is_seen_cell_by_cell() {
    let mut pty = sh(r"read x; printf '\033[H\033[2J\033[1;7;31m%s\033[0m tail' $x; read y");
    pty.mark();
    pty.send("red\n");
    pty.wait_for("a red word and a plain one", |screen| screen.contents().starts_with("red tail"));
    let (drawn, plain) = (pty.cell(0, 0), pty.cell(0, 4));
    assert_eq!((drawn.text.as_str(), drawn.bold, drawn.inverse, drawn.fg), ("r", true, true, vt100::Color::Idx(1)));
    assert_eq!((plain.text.as_str(), plain.bold, plain.inverse, plain.fg), ("t", false, false, vt100::Color::Default));
    assert_eq!((pty.row(0).as_str(), pty.find("tail")), ("red tail", Some((0, 4))));
    assert!(pty.bytes_since_mark().ends_with(b"\x1b[1;7;31mred\x1b[0m tail"));
}

#[test]
fn keys_go_by_their_names() {
    let pty = sh("stty raw -echo; echo ready; cat -v");
    pty.wait_text("ready");
    pty.keys(&["up", "shift-tab", "f1", "f12", "esc", "ctrl-d", "alt-x", "enter", "ä"]);
    pty.wait_text("^[[A^[[Z^[OP^[[24~^[^D^[x^MM-CM-$");
}

#[test]
fn ctrl_c_ends_what_runs_in_the_terminal() {
    let mut pty = sh("echo ready; exec sleep 1000");
    pty.wait_text("ready");
    assert!(pty.is_cooked());
    pty.keys(&["ctrl-c"]);
    assert_eq!(pty.wait_exit(SOON).signal(), Some(Signal::INT.as_raw()));
}

#[test]
fn a_program_hears_of_the_hang_up() {
    let mut pty = sh("trap 'exit 7' HUP; echo ready; while :; do sleep 0.01; done");
    pty.wait_text("ready");
    pty.hang_up();
    assert_eq!(pty.wait_exit(SOON).code(), Some(7));
}

#[test]
fn a_terminal_that_is_not_read_stalls_the_program_and_lets_it_go_on_later() {
    let mut pty = sh("read x; seq 100000; echo over");
    pty.stall(true);
    pty.send("\n");
    let before = pty.bytes_since_mark();
    crate::support::wait::until("the program waits for the terminal", SOON, || pty.state() == 'S' && pty.sleeps() > 0);
    assert!(pty.status().is_none() && pty.bytes_since_mark() == before);
    pty.stall(false);
    pty.wait_text("over");
    assert!(pty.wait_exit(SOON).success());
}

#[test]
fn a_wait_in_vain_shows_what_was_on_the_screen() {
    let pty = sh("echo something else; cat");
    pty.wait_text("something else");
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        pty.wait_within("a miracle", Duration::from_millis(30), |_| false);
    }));
    let message = *failed.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("in vain for: a miracle") && message.contains("something else\n"), "{message}");
}
