//! The console and its terminal, with no monitor behind it: its first frame, its end in every way, what it asks and leaves.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::cluster::PROGRAM;
use crate::support::console::{Console, How, PLAIN};
use crate::support::pty::Pty;
use crate::support::wait;

mod looks;

const SOON: Duration = Duration::from_secs(10);
/// A hang-up may take a second; the rest is for a machine that is busy.
const AT_ONCE: Duration = Duration::from_millis(1500);

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A console that has said that nobody answers.
#[track_caller]
fn unanswered(how: &How<'_>) -> Console {
    let console = Console::alone(how);
    console.wait_text("no answer");
    console
}

/// The terminal is as it was found.
#[track_caller]
fn is_restored(console: &Console) {
    wait::until("the terminal is given back", SOON, || console.is_cooked());
    console.wait_for("the first screen with its cursor", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    assert!(!console.screen(|screen| screen.bracketed_paste()));
    wait::until("the screen and the title are given back", SOON, || {
        let bytes = console.bytes_since_mark();
        has(&bytes, b"\x1b[?1049l") && has(&bytes, b"\x1b[23;0t")
    });
}

#[test]
fn a_first_frame_needs_nobody_and_nothing_is_asked_of_the_terminal() {
    let mut console = Console::alone(&PLAIN);
    console.wait_text("connecting");
    console.wait_for("why, and when it is tried again", |screen| {
        let line = screen.rows(0, 80).nth(1).unwrap_or_default();
        line.contains("no answer") && line.contains("next try in") && line.contains("ctrl-r: now")
    });
    assert!(console.screen(|screen| screen.alternate_screen() && screen.hide_cursor()) && !console.is_cooked());
    console.keys(&["?"]);
    console.wait_text("Everywhere");
    console.keys(&["esc"]);
    console.wait_gone("Everywhere");
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
    is_restored(&console);
    let bytes = console.bytes_since_mark();
    for question in [
        &b"\x1b[6n"[..],
        b"\x1b[5n",
        b"\x1b[c",
        b"\x1b[0c",
        b"\x1b[>c",
        b"\x1b[?u",
        b"\x1b[?2026$p",
        b"\x1b]10;?",
        b"\x1b]11;?",
        b"\x1b[>q",
    ] {
        assert!(!has(&bytes, question), "{:?} was asked", String::from_utf8_lossy(question));
    }
}

#[test]
fn a_hang_up_ends_it_at_once_and_a_signal_to_end_gives_the_terminal_back() {
    let mut console = unanswered(&PLAIN);
    console.hang_up();
    assert_eq!(console.wait_exit(AT_ONCE).code(), Some(129));

    let mut console = unanswered(&PLAIN);
    console.signal(Signal::TERM);
    assert_eq!(console.wait_exit(SOON).code(), Some(143));
    is_restored(&console);

    let mut console = unanswered(&PLAIN);
    console.signal(Signal::HUP);
    assert_eq!(console.wait_exit(AT_ONCE).code(), Some(129));

    let mut console = unanswered(&PLAIN);
    console.signal(Signal::KILL);
    assert_eq!(console.wait_exit(SOON).signal(), Some(Signal::KILL.as_raw()));
    let session = console.pid().to_string();
    let of_session = || {
        let stats = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|e| std::fs::read_to_string(e.path().join("stat")).ok());
        stats.filter(|stat| stat.rsplit_once(") ").is_some_and(|(_, f)| f.split_whitespace().nth(3) == Some(&session))).count()
    };
    assert_eq!(of_session(), 0, "nothing of it is left");
}

#[test]
fn a_terminal_that_hangs_up_while_it_takes_nothing_ends_it_as_well() {
    let mut console = unanswered(&PLAIN);
    console.stall(true);
    for _ in 0..200 {
        console.keys(&["ctrl-l"]);
    }
    console.hang_up();
    assert_eq!(console.wait_exit(AT_ONCE).code(), Some(129));
}

/// The shell prompts: what is typed before that it throws away.
#[track_caller]
fn prompts(shell: &Pty) {
    shell.wait_for("the shell prompts", |screen| {
        let last = screen.rows(0, 80).filter(|line| !line.trim().is_empty()).last();
        !screen.alternate_screen() && last.is_some_and(|line| line.trim() == "shell>")
    });
}

#[test]
fn it_is_stopped_and_goes_on_and_a_shell_has_it_in_the_background() {
    let mut console = unanswered(&PLAIN);
    console.signal(Signal::STOP);
    wait::until("it is stopped", SOON, || console.state() == 'T');
    console.mark();
    console.signal(Signal::CONT);
    wait::until("it takes the terminal again and paints all of it", SOON, || {
        let bytes = console.bytes_since_mark();
        has(&bytes, b"\x1b[?1049h") && has(&bytes, "Journal".as_bytes())
    });
    console.wait_text("no answer");
    assert!(!console.is_cooked());

    let shell = Pty::spawn("bash", &["--norc", "--noprofile", "-i"], &[("PS1", "shell> "), ("HOME", "/nonexistent")], 80, 24);
    shell.wait_text("shell>");
    shell.send(&format!("{PROGRAM} --run-dir /nonexistent/switchtower\r"));
    shell.wait_text("no answer");
    shell.keys(&["ctrl-z"]);
    shell.wait_text("Stopped");
    prompts(&shell);
    assert!(!shell.screen(|screen| screen.alternate_screen() || screen.hide_cursor()));
    shell.send("echo it is $((6*7))\r");
    shell.wait_text("it is 42");
    shell.send("fg\r");
    shell.wait_for("the console is back", |screen| screen.alternate_screen() && screen.contents().contains("no answer"));
    shell.keys(&["q"]);
    prompts(&shell);
    shell.send("echo left with $?\r");
    shell.wait_text("left with 0");
}

#[test]
fn any_size_is_drawn_and_what_there_is_room_for_is_right() {
    let mut console = unanswered(&PLAIN);
    for (cols, rows) in [(1, 1), (3, 40), (200, 1), (39, 5), (2, 2)] {
        console.mark();
        console.resize(cols, rows);
        wait::until("something is drawn at this size", SOON, || !console.bytes_since_mark().is_empty());
    }
    console.resize_to_nothing();
    console.resize(39, 5);
    console.wait_text("need 40x6, have 39x5");
    console.resize(40, 6);
    console.wait_for("the small screen", |screen| {
        let rows: Vec<String> = screen.rows(0, 40).collect();
        rows[0].contains("connecting") && rows[1].contains("no answer") && !rows.join("\n").contains("need 40x6")
    });
    console.resize(200, 50);
    console.wait_for("the large screen, to its corner", |screen| {
        let rows: Vec<String> = screen.rows(0, 200).collect();
        rows[49].contains("? help") && rows[48].trim_end().ends_with('┘') && rows[48].chars().count() == 200
    });
    console.resize(80, 24);
    console.wait_for("as before", |screen| screen.rows(0, 80).nth(23).is_some_and(|row| row.starts_with("? help")));
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
}

#[test]
fn only_q_and_a_second_ctrl_c_leave_and_what_is_pasted_is_no_key() {
    let mut console = unanswered(&PLAIN);
    console.paste("q\n:quit\n");
    for _ in 0..2 {
        console.keys(&["esc"]);
        let before = console.header();
        console.wait_header("a second goes by", |header| header.trim_end() != before);
    }
    assert!(console.status().is_none(), "neither esc nor what is pasted leaves");
    console.keys(&["ctrl-c"]);
    console.wait_text("press ctrl-c again or q to quit");
    assert!(console.status().is_none());
    console.keys(&[":"]);
    console.wait_text("enter runs, esc closes");
    console.paste("quit\n");
    console.wait_text(":quit");
    console.keys(&["ctrl-c"]);
    console.wait_gone("enter runs, esc closes");
    assert!(console.status().is_none(), "a line that was pasted is not run, and ctrl-c closes what is typed into");
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));

    let mut console = unanswered(&PLAIN);
    console.keys(&["ctrl-c", "ctrl-c"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
    is_restored(&console);
}

#[test]
fn the_mouse_is_left_alone_until_it_is_asked_for_and_the_window_gets_its_title_back() {
    let mut console = unanswered(&PLAIN);
    let bytes = console.bytes_since_mark();
    assert!(has(&bytes, b"\x1b[22;0t"), "the title is kept");
    for mode in [&b"\x1b[?1000h"[..], b"\x1b[?1002h", b"\x1b[?1003h", b"\x1b[?1006h"] {
        assert!(!has(&bytes, mode), "the mouse is not taken");
    }
    console.mark();
    console.keys(&["m"]);
    wait::until("the mouse is taken", SOON, || has(&console.bytes_since_mark(), b"\x1b[?1000h"));
    console.wait_text("shift-drag selects text");
    assert!(!has(&console.bytes_since_mark(), b"\x1b[?1003h"), "no reports of every motion");
    console.mark();
    console.keys(&["m"]);
    wait::until("the mouse is let go", SOON, || has(&console.bytes_since_mark(), b"\x1b[?1000l"));
    console.wait_gone("shift-drag");
    console.keys(&["m"]);
    console.wait_text("shift-drag");
    console.mark();
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0));
    is_restored(&console);
    assert!(has(&console.bytes_since_mark(), b"\x1b[?1000l"), "whoever leaves has his mouse back");
}

#[test]
fn a_screen_is_saved_as_text_as_a_picture_and_with_its_journal() {
    let console = unanswered(&PLAIN);
    console.keys(&["ctrl-s"]);
    console.wait_text("saved as");
    let mut names: Vec<String> =
        std::fs::read_dir(console.screens()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    let content = |ending: &str| {
        let name = names.iter().find(|name| name.ends_with(ending)).unwrap_or_else(|| panic!("no {ending} in {names:?}"));
        std::fs::read_to_string(console.screens().join(name)).unwrap()
    };
    assert!(content(".svg").starts_with("<svg") && content(".svg").contains("no answer"));
    let text =
        std::fs::read_to_string(console.screens().join(names.iter().find(|n| n.ends_with(".txt") && !n.contains("journal")).unwrap()));
    assert!(text.unwrap().contains("no answer"));
    content(".journal.txt");
}
