//! Footer, help and table of actions say the same.

use super::stage::{Stage, well};
use crate::console::act;
use crate::console::action::{Action, TABLE, entry_of};
use crate::console::keymap::KeyMap;
use crate::console::settings::Settings;
use crate::console::state::Pane;
use crate::console::ui::hints;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

#[test]
fn the_help_has_every_row_of_the_table_with_the_keys_as_they_are_set() {
    let keys = KeyMap::with(&[("zoom".to_owned(), vec!["Z".to_owned()])].into()).unwrap();
    let mut stage = Stage::with(Settings { keys, ..Settings::default() }, 100, 200).up(well());
    stage.event(crate::console::event::Event::Offers(Vec::new()));
    stage.press(&["?"]);
    let text = stage.text();
    let flat = text.split(['│', '\n']).map(str::trim).collect::<Vec<_>>().join(" ");
    let flat = flat.split_whitespace().collect::<Vec<_>>().join(" ");
    for entry in TABLE.iter().filter(|entry| !entry.action.is_of_replay()) {
        assert!(flat.contains(&format!("{} ({})", entry.doc, entry.name)), "{} is not in the help\n{text}", entry.name);
        for key in stage.state.settings.keys.keys(entry.action) {
            assert!(flat.contains(&key.to_string()), "{key}");
        }
    }
    assert!(flat.contains("Z Give this pane"), "{text}");
    for row in act::TABLE {
        assert!(flat.contains(&format!(":{}", row.name)) && flat.contains(row.doc), ":{} is not in the help\n{text}", row.name);
    }
}

#[test]
fn every_hint_is_in_the_table_and_shown_where_there_is_room() {
    for (pane, key) in [(Pane::Health, "1"), (Pane::Journal, "4")] {
        let mut stage = Stage::new(200, 50).up(well());
        stage.event(crate::console::event::Event::Offers(Vec::new()));
        stage.press(&[key]);
        assert_eq!(stage.state.focus, pane);
        let text = stage.text();
        let footer = text.lines().last().unwrap();
        for action in hints(pane, true, false) {
            let (key, entry) = (stage.state.settings.keys.key(action).unwrap(), entry_of(action).unwrap());
            assert!(footer.contains(&format!("{key} {}", entry.title)), "{footer}");
        }
    }
    assert!(hints(Pane::Detail, false, false).contains(&Action::Close));
}

#[test]
fn hints_are_left_out_from_the_right_and_never_cut() {
    for cols in 40..120 {
        let stage = Stage::new(cols, 24).up(well());
        let text = stage.text();
        let footer = text.lines().last().unwrap();
        assert!(footer.starts_with("? help"), "{footer}");
        let last = footer.split("  ").last().unwrap();
        let known =
            |hint: &str| TABLE.iter().any(|e| hint.ends_with(&format!(" {}", e.title)) && e.keys.iter().any(|k| hint.starts_with(k)));
        assert!(known(last.trim()), "{footer}");
    }
}

#[test]
fn a_click_selects_and_the_wheel_moves_and_neither_opens_anything() {
    let mut stage = Stage::new(80, 24).up(well()).journal();
    let mouse = |kind, column, row| MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let event = |stage: &mut Stage, event| stage.event(crate::console::event::Event::Raw(crate::console::term::Raw::Mouse(event)));
    let third = stage.state.rows()[2].object.clone();
    let click = mouse(MouseEventKind::Down(MouseButton::Left), 5, 2 + 1 + 1 + 2);
    event(&mut stage, click);
    assert_ne!(stage.state.health.selected, Some(third.clone()), "the mouse is not taken");
    stage.press(&["m"]);
    event(&mut stage, click);
    assert_eq!(stage.state.health.selected, Some(third));
    event(&mut stage, mouse(MouseEventKind::ScrollDown, 5, 5));
    assert_eq!(stage.state.health.selected, Some(stage.state.rows()[5].object.clone()));
    let row = u16::try_from(stage.text().lines().position(|line| line.contains("a1 answers")).unwrap()).unwrap();
    event(&mut stage, mouse(MouseEventKind::Down(MouseButton::Left), 20, row));
    assert_eq!((stage.state.focus, stage.state.log.selected), (Pane::Journal, Some(2)));
    assert!(!stage.state.detail && stage.state.layers.is_empty());
    assert!(stage.text().lines().last().unwrap().contains("shift-drag selects text"), "{}", stage.text());
}
