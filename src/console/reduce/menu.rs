//! Keys of the menu of acts: it opens dialogs, and nothing else. Rows are told apart by what they say, never by where they stand.

use super::dialog;
use crate::console::act::{self, Meant, Offer};
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{Layer, MenuState, State};
use crossterm::event::KeyCode as Code;

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    match (key.code, key.ctrl) {
        (Code::Esc | Code::Char('q'), false) => {
            state.layers.pop();
        }
        (Code::Enter, false) => return choose(state),
        _ => {
            if let Some(to) = walk(key) {
                step(state, to);
            }
        }
    }
    Vec::new()
}

/// Where a key leads in a menu: from the row that is chosen, and the last one.
pub(super) fn walk(key: Key) -> Option<fn(usize, usize) -> usize> {
    match (key.code, key.ctrl) {
        (Code::Char('j') | Code::Down, false) => Some(|at, last| at.saturating_add(1).min(last)),
        (Code::Char('k') | Code::Up, false) => Some(|at, _| at.saturating_sub(1)),
        (Code::Char('g') | Code::Home, false) => Some(|_, _| 0),
        (Code::Char('G') | Code::End, false) => Some(|_, last| last),
        _ => None,
    }
}

/// The rows of the menu as they stand now.
pub(in crate::console) fn rows(state: &State) -> Vec<Offer> {
    act::offers(state, state.selected().as_ref())
}

/// Which of `rows` is chosen; `None` where it is gone.
pub(in crate::console) fn chosen(menu: &MenuState, rows: &[Offer]) -> Option<usize> {
    match &menu.chosen {
        None => (!rows.is_empty()).then_some(0),
        Some(line) => rows.iter().position(|row| row.line == *line),
    }
}

fn step(state: &mut State, to: impl FnOnce(usize, usize) -> usize) {
    let rows = rows(state);
    let Some(Layer::Menu(menu)) = state.layers.last_mut() else { return };
    let Some(last) = rows.len().checked_sub(1) else { return };
    let at = chosen(menu, &rows).unwrap_or(0);
    menu.chosen = rows.get(to(at, last)).map(|row| row.line.clone());
    menu.wrong = None;
}

fn choose(state: &mut State) -> Vec<Effect> {
    let rows = rows(state);
    let Some(Layer::Menu(menu)) = state.layers.last_mut() else { return Vec::new() };
    let row = chosen(menu, &rows).and_then(|at| rows.get(at));
    let line = match row.map(|row| (&row.line, &row.why_not)) {
        Some((line, None)) => line.clone(),
        Some((_, Some(why))) => {
            menu.wrong = Some(why.clone());
            return Vec::new();
        }
        None => {
            menu.wrong = Some("what was chosen is no longer there".to_owned());
            return Vec::new();
        }
    };
    match act::read(state, &line) {
        Ok(Meant::Order(asked)) => {
            state.layers.pop();
            dialog::asked(state, asked)
        }
        Ok(_) => Vec::new(),
        Err(why) => {
            if let Some(Layer::Menu(menu)) = state.layers.last_mut() {
                menu.wrong = Some(why);
            }
            Vec::new()
        }
    }
}
