//! The mouse, while it is taken: a click focuses and selects, the wheel scrolls, nothing is opened and nothing acts.

use super::{help, nav};
use crate::console::action::Action;
use crate::console::effect::Effect;
use crate::console::state::{Layer, Object, State};
use crate::console::ui::{self, layout};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// Lines that one turn of the wheel moves.
const WHEEL: usize = 3;

/// A click or a turn of the wheel.
pub fn mouse(state: &mut State, event: &MouseEvent) -> Vec<Effect> {
    if !state.mouse {
        return Vec::new();
    }
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(state, event),
        MouseEventKind::ScrollDown => wheel(state, event, Action::Down),
        MouseEventKind::ScrollUp => wheel(state, event, Action::Up),
        _ => return Vec::new(),
    }
    nav::entry_opened(state)
}

/// What lies above the panes is not clicked on: everything there has a key.
fn click(state: &mut State, event: &MouseEvent) {
    if !state.layers.is_empty() {
        return;
    }
    let places = layout::places(state, state.size);
    let Some((pane, row)) = places.at(event.column, event.row) else { return };
    let object = row.and_then(|row| ui::object_at(state, places.of(pane)?, row));
    nav::focus(state, pane);
    match object {
        Some(Object::Entry(index)) => {
            let newest = nav::entries(state).last().is_some_and(|entry| entry.index == index);
            nav::select_entry(state, Some(index), newest);
            state.log.opened = true;
        }
        Some(object) => nav::select(state, Some(object)),
        None => {}
    }
}

fn wheel(state: &mut State, event: &MouseEvent, action: Action) {
    match state.layers.last() {
        Some(Layer::Help(_)) => (0..WHEEL).for_each(|_| help::scroll(state, action)),
        Some(_) => {}
        None => {
            if let Some((pane, _)) = layout::places(state, state.size).at(event.column, event.row) {
                (0..WHEEL).for_each(|_| nav::by(state, pane, action));
            }
        }
    }
}
