//! The panes, each in its place.

mod cells;
mod columns;
mod detail;
mod health;
mod journal;

pub use cells::cell_text;
pub use columns::natural_widths;
pub use detail::length as detail_length;
pub use journal::at as entry_at;

use super::layout::{Place, first};
use super::paint::{Brush, Piece};
use super::{fmt, paint};
use crate::console::action::Action;
use crate::console::state::{Object, Pane, State};
use crate::console::theme::Slot;
use ratatui::Frame;

/// Paints a pane in its place: with its lines, or as its title alone.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, place: &Place) {
    let focused = state.focus == place.pane;
    let title = title(state, place);
    if place.boxed {
        brush.frame(frame, place.area, &title, focused);
    } else if !place.open || place.pane != Pane::Health {
        brush.line(frame, place.area, &title);
    }
    if !place.open {
        return;
    }
    match place.pane {
        Pane::Health => health::draw(state, brush, frame, place),
        Pane::Journal => journal::draw(state, brush, frame, place),
        Pane::Detail => detail::draw(state, brush, frame, place),
    }
}

/// What a pane is called, as many parts of it as there is room for, and the key that leads there.
fn title(state: &State, place: &Place) -> Vec<Piece> {
    let (parts, key) = match place.pane {
        Pane::Health => (health::title(state), Some(Action::Health)),
        Pane::Journal => (journal::title(state), Some(Action::Journal)),
        Pane::Detail => (detail::title(state, place.list()), None),
    };
    let room = usize::from(place.area.width).saturating_sub(4);
    let key = key.and_then(|action| state.settings.keys.key(action));
    let mut line: Vec<Piece> = key.map(|key| (Slot::Key, format!("{key} "))).into_iter().collect();
    for (at, part) in parts.into_iter().enumerate() {
        let part = if at == 0 { part } else { format!(", {part}") };
        let left = room.saturating_sub(paint::wide(&line));
        if fmt::width(&part) > left {
            if at == 0 {
                line.push((Slot::Title, fmt::middle(&part, left, state.settings.ascii)));
            }
            break;
        }
        line.push((if at == 0 { Slot::Title } else { Slot::Faint }, part));
    }
    line.push((Slot::Text, " ".to_owned()));
    line
}

/// What stands in a line of the list of a pane.
#[must_use]
pub fn object_at(state: &State, place: &Place, row: u16) -> Option<Object> {
    let list = place.list();
    match place.pane {
        Pane::Health => {
            let top = first(health::selected(state).unwrap_or(0), state.rows().len(), usize::from(list.height));
            state.rows().get(top + usize::from(row)).map(|row| row.object.clone())
        }
        Pane::Journal => entry_at(state, list, row).map(Object::Entry),
        Pane::Detail => None,
    }
}
