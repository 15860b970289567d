//! How the console looks, and how it does not start: settings, themes, colours, and a terminal that is none.

use std::process::Command;

use vt100::Color;

use super::{SOON, has, unanswered};
use crate::support::cluster::PROGRAM;
use crate::support::console::{Console, How, PLAIN};
use crate::support::proc;
use crate::support::pty::Pty;

/// A console that does not start: it ends with this code and says all of these words.
#[track_caller]
fn is_refused(how: &How<'_>, code: i32, words: &[&str]) -> String {
    let mut console = Console::alone(how);
    assert_eq!(console.wait_exit(SOON).code(), Some(code));
    for word in words {
        console.wait_text(word);
    }
    assert!(console.is_cooked() && !console.screen(|screen| screen.alternate_screen()));
    console.text()
}

#[test]
fn settings_that_are_wrong_are_told_before_anything_is_drawn() {
    let wide = How { size: (120, 40), ..PLAIN };
    let text = is_refused(&How { args: &["--theme", "frob"], ..wide }, 1, &["error: there is no theme \"frob\"", "deuteranopia"]);
    assert!(!text.contains("RUST_BACKTRACE"), "a mistake of the user is no crash: {text}");
    let settings = "ascii = 3\nfrob = true\n[keys]\nzoom = [\"q\"]\n";
    is_refused(&How { settings, ..wide }, 2, &["the settings cannot be used", "console.toml", "ascii", "frob", "zoom"]);
    is_refused(&How { args: &["--settings", "/nonexistent/console.toml"], ..wide }, 2, &["cannot be read"]);
    is_refused(&How { args: &["--theme", "mine"], theme: "good = 1\n", ..wide }, 1, &["mine.toml is refused", "good"]);
}

#[test]
fn without_a_terminal_it_names_what_works_there() {
    let mut command = Command::new(PROGRAM);
    let output = proc::run(command.args(["--run-dir", "/nonexistent/switchtower"]), SOON);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{text}");
    assert!(text.contains("`switchtower status`") && text.contains("`switchtower events`"), "{text}");

    let piped = Pty::spawn("sh", &["-c", &format!("{PROGRAM} | cat; {PROGRAM} </dev/null; echo ended $?")], &[], 80, 24);
    piped.wait_text("ended 2");
    assert_eq!(piped.text().matches("needs a terminal").count(), 2, "{}", piped.text());
    assert!(!has(&piped.bytes_since_mark(), b"\x1b"), "no sequence gets into a pipe or a file");
}

/// The cells that have a colour.
fn coloured(console: &Console) -> usize {
    let (rows, cols) = console.screen(|screen| screen.size());
    let cells = (0..rows.get()).flat_map(|row| (0..cols.get()).map(move |col| (row, col)));
    cells.map(|(row, col)| console.cell(row, col)).filter(|cell| cell.fg != Color::Default || cell.bg != Color::Default).count()
}

#[test]
fn without_colours_the_words_are_all_there_and_ascii_is_ascii() {
    let colourful = unanswered(&PLAIN);
    assert!(coloured(&colourful) > 0, "there are colours to be without");
    for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let console = unanswered(&How { env: &[env], ..PLAIN });
        console.wait_text("? help");
        assert_eq!(coloured(&console), 0, "{env:?}");
        assert!(console.header().contains("connecting") && console.acts().contains("next try in"));
    }
    for how in [How { args: &["--ascii"], ..PLAIN }, How { env: &[("LANG", "C"), ("LC_ALL", "C")], ..PLAIN }] {
        let mut console = unanswered(&how);
        console.keys(&["?"]);
        console.wait_text("Everywhere");
        console.keys(&["esc"]);
        console.wait_gone("Everywhere");
        console.keys(&["a"]);
        console.wait_text("actions -");
        console.keys(&["esc"]);
        console.wait_gone("actions -");
        console.keys(&["q"]);
        assert_eq!(console.wait_exit(SOON).code(), Some(0));
        assert!(console.bytes_since_mark().is_ascii());
    }
}

/// The colours of the letters in which a word stands.
#[track_caller]
fn colour_of(console: &Console, word: &str) -> Color {
    let (row, column) = console.find(word).unwrap_or_else(|| panic!("no {word:?} in\n{}", console.text()));
    console.cell(row, column).fg
}

#[test]
fn a_theme_is_a_file_of_the_user_or_one_of_those_that_come_with_it_and_changes_at_once() {
    let mine = "key = { fg = \"#010203\" }\nlost = { fg = \"#040506\" }\n";
    let how = How { settings: "theme = \"mine\"\ncolours = \"true\"\n", theme: mine, ..PLAIN };
    let console = unanswered(&how);
    assert_eq!(colour_of(&console, "? help"), Color::Rgb(1, 2, 3));
    assert_eq!(colour_of(&console, "no answer"), Color::Rgb(4, 5, 6));
    console.command("theme mono");
    console.wait_for("no colour is left of it", |screen| {
        (0..24).all(|row| (0..80).all(|col| screen.cell(row, col).is_some_and(|cell| cell.fgcolor() == Color::Default)))
    });
    console.command("theme deuteranopia");
    console.wait_for("other colours", |screen| screen.cell(23, 0).is_some_and(|cell| cell.fgcolor() != Color::Default));
    assert_ne!(colour_of(&console, "? help"), Color::Rgb(1, 2, 3));
    assert_ne!(colour_of(&console, "no answer"), Color::Rgb(4, 5, 6), "nothing of the earlier theme shows");

    let dark = unanswered(&How { settings: "theme = \"mine\"\ncolours = \"16\"\n", theme: mine, ..PLAIN });
    assert!(matches!(colour_of(&dark, "no answer"), Color::Idx(0..=15)), "stepped down to what the terminal has");
}
