//! The filter while it is typed: what is shown follows each key; `enter` keeps it, `esc` takes it back.

use super::rows;
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{Layer, Pane, State};
use crossterm::event::KeyCode;

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Layer::Filter { input, before }) = state.layers.last_mut() else { return Vec::new() };
    match (key.code, key.ctrl) {
        (KeyCode::Enter, false) => {
            state.layers.pop();
        }
        (KeyCode::Esc, false) => {
            let before = before.clone();
            state.layers.pop();
            set(state, before);
        }
        _ => {
            super::edit(input, key);
            typed(state);
        }
    }
    Vec::new()
}

/// Filters by what is typed now.
pub(super) fn typed(state: &mut State) {
    if let Some(Layer::Filter { input, .. }) = state.layers.last() {
        let text = input.value().to_owned();
        set(state, text);
    }
}

/// Filters the list that has the keys.
pub(super) fn set(state: &mut State, text: String) {
    if state.focus == Pane::Journal {
        state.log.filter.text = text;
    } else {
        state.health.filter.text = text;
        rows::make(state);
    }
}
