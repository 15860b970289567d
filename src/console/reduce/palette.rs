//! Keys of the palette: a line is typed, completed and run by `enter`. What acts opens its dialog; nothing acts from here.

use super::{dialog, look};
use crate::console::act::{self, Meant};
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{Layer, PaletteState, State};
use crossterm::event::KeyCode as Code;
use tui_input::Input;

/// How many lines are remembered.
const REMEMBERED: usize = 100;

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    match (key.code, key.ctrl) {
        (Code::Esc, false) => {
            state.layers.pop();
        }
        (Code::Enter, false) => return enter(state),
        (Code::Tab, false) => complete(state),
        (Code::Up, false) if recalls(state, true) => recall(state, true),
        (Code::Down, false) if recalls(state, false) => recall(state, false),
        (Code::Down, false) => choose(state, true),
        (Code::Up | Code::BackTab, false) => choose(state, false),
        (Code::Char('p'), true) => recall(state, true),
        (Code::Char('n'), true) => recall(state, false),
        _ => {
            let Some(palette) = top(state) else { return Vec::new() };
            if super::edit(&mut palette.input, key) {
                typed(palette);
            }
        }
    }
    Vec::new()
}

fn top(state: &mut State) -> Option<&mut PaletteState> {
    match state.layers.last_mut() {
        Some(Layer::Palette(palette)) => Some(palette),
        _ => None,
    }
}

fn typed(palette: &mut PaletteState) {
    palette.chosen = 0;
    palette.moved = false;
    palette.back = 0;
    palette.wrong = None;
}

/// An arrow means what was typed before: from an empty line on, as long as that is looked through.
fn recalls(state: &mut State, older: bool) -> bool {
    top(state).is_some_and(|palette| !palette.moved && (palette.back > 0 || (older && palette.input.value().is_empty())))
}

fn line(state: &mut State) -> Option<String> {
    top(state).map(|palette| palette.input.value().to_owned())
}

/// Takes the completion that is chosen into the line.
fn complete(state: &mut State) {
    let Some(line) = line(state) else { return };
    let all = act::completions(state, &line);
    let Some(palette) = top(state) else { return };
    if let Some(completion) = all.get(palette.chosen) {
        palette.input = Input::new(completion.line.clone());
        typed(palette);
    }
}

fn choose(state: &mut State, down: bool) {
    let Some(line) = line(state) else { return };
    let Some(last) = act::completions(state, &line).len().checked_sub(1) else { return };
    let Some(palette) = top(state) else { return };
    palette.chosen = match (palette.moved, down) {
        (false, true) => 0,
        (_, true) => palette.chosen.saturating_add(1).min(last),
        (_, false) => palette.chosen.saturating_sub(1),
    };
    palette.moved = true;
}

fn recall(state: &mut State, older: bool) {
    let history = state.history.clone();
    let Some(palette) = top(state) else { return };
    if palette.back == 0 {
        palette.draft = palette.input.value().to_owned();
    }
    let back = if older { palette.back.saturating_add(1).min(history.len()) } else { palette.back.saturating_sub(1) };
    let text = match back {
        0 => palette.draft.clone(),
        n => history.get(history.len().saturating_sub(n)).cloned().unwrap_or_default(),
    };
    palette.input = Input::new(text);
    typed(palette);
    palette.back = back;
}

/// Runs the line; where a completion was chosen on purpose that is taken first, to be seen before it runs.
fn enter(state: &mut State) -> Vec<Effect> {
    if top(state).is_some_and(|palette| palette.moved) {
        complete(state);
        return Vec::new();
    }
    let Some(line) = line(state) else { return Vec::new() };
    let meant = match act::read(state, &line) {
        Ok(meant) => meant,
        Err(why) => {
            if let Some(palette) = top(state) {
                palette.wrong = Some(why);
            }
            return Vec::new();
        }
    };
    remember(state, line.trim());
    state.layers.pop();
    match meant {
        Meant::Order(asked) => dialog::asked(state, asked),
        Meant::Look(action) => look::act(state, action),
        Meant::Dump(file) => vec![Effect::Dump(file)],
        Meant::Theme(name) => vec![Effect::Theme { name: Some(name), accent: None }],
    }
}

/// Keeps a line, once, as the newest.
fn remember(state: &mut State, line: &str) {
    state.history.retain(|old| old != line);
    state.history.push(line.to_owned());
    let over = state.history.len().saturating_sub(REMEMBERED);
    state.history.drain(..over);
}
