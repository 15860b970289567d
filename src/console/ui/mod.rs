//! What is on the screen: painted from the state alone, the same state the same screen.

mod acts;
mod dialog;
pub mod fmt;
mod footer;
pub mod glyph;
mod header;
pub mod layout;
pub mod paint;
mod pane;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(in crate::console) use tests::stage as testing;

pub use dialog::{act_needs, act_rest, break_seen, help_rest};
pub use footer::hints;
pub use pane::{cell_text, natural_widths, object_at};

use super::state::{Pane, Size, State};
use super::theme::{Slot, Theme};
use layout::{Shape, places};
use paint::Brush;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let brush = Brush::new(state, theme);
    frame.buffer_mut().set_style(area, brush.style(Slot::Text));
    let places = places(state, Size { cols: area.width, rows: area.height });
    match places.shape {
        Shape::Nothing => return,
        Shape::Line => return header::line(state, &brush, frame, area),
        Shape::List | Shape::Panes => {}
    }
    header::draw(state, &brush, frame, places.header);
    acts::draw(state, &brush, frame, places.acts);
    for place in &places.panes {
        pane::draw(state, &brush, frame, place);
    }
    footer::notice(state, &brush, frame, places.notice);
    footer::draw(state, &brush, frame, places.footer);
    dialog::draw(state, theme, frame, above(Size { cols: area.width, rows: area.height }));
}

/// Where layers are. Header and "will it act?" stay in sight whatever lies above the panes.
fn above(size: Size) -> Rect {
    Rect { x: 0, y: size.rows.min(2), width: size.cols, height: size.rows.saturating_sub(2) }
}

/// How many lines of its list the pane that has the keys shows.
#[must_use]
pub fn page(state: &State) -> u16 {
    places(state, state.size).of(state.focus).map_or(1, |place| place.list().height)
}

/// How far the detail can be scrolled.
#[must_use]
pub fn detail_rest(state: &State) -> usize {
    let places = places(state, state.size);
    let Some(list) = places.of(Pane::Detail).map(layout::Place::list) else { return 0 };
    pane::detail_length(state, usize::from(list.width)).saturating_sub(usize::from(list.height))
}
