//! Themes that users write.

use super::*;
use std::path::Path;
use tempfile::TempDir;

fn folder(name: &str, text: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// What a theme of this text is told.
fn refusal(text: impl AsRef<[u8]>) -> String {
    load("mine", Some(folder("mine.toml", text).path())).unwrap_err().to_string()
}

#[test]
fn a_users_theme_comes_before_the_built_in_one_of_its_name() {
    let folder = folder("light.toml", "good = { fg = \"#010203\", italic = true }\ntext = { bg = \"default\", fg = 17, bold = false }");
    let theme = load("light", Some(folder.path())).unwrap();
    assert_eq!(theme.style(Slot::Good), Style::new().fg(Color::Rgb(1, 2, 3)).italic());
    assert_eq!(theme.style(Slot::Text), Style::new().fg(Color::Indexed(17)).bg(Color::Reset));
    assert_eq!(load("mono", Some(folder.path())).unwrap(), Theme::builtin("mono").unwrap());
    assert_eq!(load("light", Some(Path::new("/nonexistent"))).unwrap(), Theme::builtin("light").unwrap());
}

#[test]
fn what_a_theme_leaves_out_is_as_in_the_default_and_nothing_of_an_earlier_theme_shows() {
    let folder = folder("mine.toml", "bad = { bg = \"red\" }");
    load("high-contrast", None).unwrap();
    let mine = load("mine", Some(folder.path())).unwrap();
    let default = Theme::builtin("default").unwrap();
    for slot in Slot::ALL.into_iter().filter(|slot| *slot != Slot::Bad) {
        assert_eq!(mine.style(slot), default.style(slot), "{slot:?}");
    }
    assert_eq!(mine.style(Slot::Bad), Style::new().bg(Color::Red), "and a slot is replaced as a whole");
    assert_eq!(mine.name, "mine");
}

#[test]
fn a_bad_theme_is_refused_with_all_that_is_wrong_with_it() {
    let said = refusal(
        "god = { fg = \"green\" }\nbad = { fg = \"reddish\", blink = true, bold = \"yes\" }\nwarn = \"yellow\"\n\
         late = { fg = 256, bg = \"12\" }\nlost = { fg = \"#12345\", bg = \"\\u001b[31m\" }\n",
    );
    for part in [
        "mine.toml is refused",
        "god = { fg = \"green\" }: there is no such slot; write one of text, strong",
        "bad.fg = \"reddish\": this is no colour; write \"default\", a name",
        "bad.blink = true: there is no such key; write one of fg, bg, bold",
        "bad.bold = \"yes\": this is neither on nor off; write true or false",
        "warn = \"yellow\": a slot is a table; write { fg",
        "late.fg = 256: this is no colour",
        "late.bg = \"12\": this is no colour",
        "lost.fg = \"#12345\": this is no colour",
        "lost.bg = ",
    ] {
        assert!(said.contains(part), "{part:?} in\n{said}");
    }
    assert_eq!(said.lines().count(), 10, "{said}");
    assert!(!said.contains('\u{1b}'));
}

#[test]
fn long_values_are_shown_in_part() {
    let said = refusal(format!("bad = {{ fg = \"{}\" }}", "x".repeat(5000)));
    assert!(said.contains("xxx...: this is no colour") && said.len() < 500, "{said}");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused_before_the_disk_is_looked_at() {
    for name in ["", "../light", "a/b", "a\\b", ".hidden", "-x", "light\n", "a b", "ü", &"x".repeat(65)] {
        let error = load(name, Some(Path::new("/nonexistent"))).unwrap_err();
        assert!(matches!(error, ThemeError::Name(_)), "{name:?}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn an_unknown_theme_is_answered_with_the_known_ones() {
    let error = load("nicht-da", None).unwrap_err().to_string();
    assert!(error.contains("default, light, mono, high-contrast, deuteranopia, tritanopia"), "{error}");
    assert!(Theme::builtin("nicht-da").is_none());
}

#[test]
fn files_that_are_no_theme_are_refused_with_the_reason() {
    assert!(refusal("bad = {").contains("is no TOML"));
    assert!(refusal([0xff, 0xfe]).contains("not UTF-8"));
    assert!(refusal("#".repeat(64 * 1024 + 1)).contains("larger than 64 KiB"));
    assert!(load("mine", Some(folder("mine.toml", "#".repeat(64 * 1024)).path())).is_ok(), "64 KiB are not too many");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine.toml")).unwrap();
    assert!(load("mine", Some(folder.path())).unwrap_err().to_string().contains("not a file"));
}
