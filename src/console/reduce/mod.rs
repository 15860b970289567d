//! What each kind of event does to the state. `update` calls these; each file is about one thing.

pub(in crate::console) mod breakage;
pub(in crate::console) mod dialog;
mod filter;
mod help;
mod link;
mod look;
pub(in crate::console) mod menu;
mod mouse;
mod nav;
mod news;
mod palette;
mod replay;
mod rows;

pub use dialog::open;
pub use link::{answer, link, tick};
pub use mouse::mouse;
pub(super) use nav::entries;
pub use replay::{recorded, replay};

use super::action::Action;
use super::effect::Effect;
use super::keymap::Key;
use super::state::{Layer, Size, State};
use super::ui::{self, layout};

/// A key: for the topmost layer, or what the table says.
pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    if state.action(key) != Some(Action::Interrupt) {
        state.interrupted = None;
    }
    // These mean the same whatever lies on top, and none of them is a character.
    if let Some(action @ (Action::Suspend | Action::Redraw | Action::Save | Action::Interrupt)) = state.action(key) {
        return look::act(state, action);
    }
    if layout::too_small(state.size) && !wanted_unseen(state, key) {
        // What the one line says must be true whatever lies above the panes.
        let quits = state.action(key) == Some(Action::Quit);
        return if quits { look::act(state, Action::Quit) } else { Vec::new() };
    }
    match state.layers.last() {
        None => match state.action(key) {
            Some(action) => look::act(state, action),
            None => Vec::new(),
        },
        Some(Layer::Help(_)) => help::key(state, key),
        Some(Layer::Palette(_)) => palette::key(state, key),
        Some(Layer::Menu(_)) => menu::key(state, key),
        Some(Layer::Break(_)) => breakage::key(state, key),
        Some(Layer::Filter { .. }) => filter::key(state, key),
        Some(Layer::Dialog(_)) => dialog::key(state, key),
    }
}

/// What a key may do where nothing of what it would be for is on the screen: what lies on top is closed, and at the base
/// nothing is opened.
fn wanted_unseen(state: &State, key: Key) -> bool {
    let opens = [Action::Palette, Action::Menu, Action::Break, Action::Filter, Action::Help];
    match state.layers.last() {
        None => state.action(key).is_some_and(|action| !opens.contains(&action)),
        Some(_) => (key.code, key.ctrl) == (crossterm::event::KeyCode::Esc, false),
    }
}

/// Another size. What was typed into a dialog that cannot be read any more is void.
pub fn resized(state: &mut State, size: Size) {
    state.size = size;
    if ui::act_needs(state).is_some() {
        dialog::unseen(state);
    }
}

/// Text that was pasted goes where something is typed, and nowhere else: it is never a key.
pub fn paste(state: &mut State, text: &str) {
    if layout::too_small(state.size) {
        return;
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    match state.layers.last_mut() {
        Some(Layer::Filter { input, .. }) => type_into(input, &line),
        Some(Layer::Palette(palette)) => type_into(&mut palette.input, &line),
        Some(Layer::Help(help)) if help.typing => type_into(&mut help.query, &line),
        Some(Layer::Dialog(_)) => dialog::paste(state, &line),
        Some(Layer::Help(_) | Layer::Menu(_) | Layer::Break(_)) | None => return,
    }
    filter::typed(state);
}

/// The longest line that anything is typed into, in characters.
pub(super) const LONGEST: usize = 500;

/// Text at the cursor.
pub(super) fn type_into(input: &mut tui_input::Input, text: &str) {
    let room = LONGEST.saturating_sub(input.value().chars().count());
    for c in text.chars().take(room) {
        input.handle(tui_input::InputRequest::InsertChar(c));
    }
}

/// A key that edits a line; whether it was one.
pub(super) fn edit(input: &mut tui_input::Input, key: Key) -> bool {
    use crossterm::event::KeyCode as Code;
    use tui_input::InputRequest as Ask;
    let ask = match (key.code, key.ctrl) {
        (Code::Char(c), false) if input.value().chars().count() < LONGEST => Ask::InsertChar(c),
        (Code::Char(_), false) => return true,
        (Code::Backspace, false) | (Code::Char('h'), true) => Ask::DeletePrevChar,
        (Code::Delete, false) | (Code::Char('d'), true) => Ask::DeleteNextChar,
        (Code::Left, false) | (Code::Char('b'), true) => Ask::GoToPrevChar,
        (Code::Right, false) | (Code::Char('f'), true) => Ask::GoToNextChar,
        (Code::Left, true) => Ask::GoToPrevWord,
        (Code::Right, true) => Ask::GoToNextWord,
        (Code::Home, _) | (Code::Char('a'), true) => Ask::GoToStart,
        (Code::End, _) | (Code::Char('e'), true) => Ask::GoToEnd,
        (Code::Char('w'), true) => Ask::DeletePrevWord,
        (Code::Char('u'), true) => Ask::DeleteLine,
        (Code::Char('k'), true) => Ask::DeleteTillEnd,
        _ => return false,
    };
    input.handle(ask);
    true
}
