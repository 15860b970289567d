//! What is on the screen: painted from the state alone, the same state the same screen.

mod dialog;
pub mod fmt;
pub mod glyph;

pub use dialog::act_rest;

use super::state::{Picture, Row, SortBy, State};
use super::theme::Theme;
use ratatui::Frame;

/// Paints everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    dialog::draw(state, theme, frame, frame.area());
}

/// How many lines of its list the pane that has the keys shows.
#[must_use]
pub fn page(_state: &State) -> u16 {
    10
}

/// How far the detail can be scrolled.
#[must_use]
pub fn detail_rest(_state: &State) -> usize {
    0
}

/// What stands in a column of Health, for sorting.
#[must_use]
pub fn cell_text(_picture: &Picture, _row: &Row, _by: SortBy) -> String {
    String::new()
}
