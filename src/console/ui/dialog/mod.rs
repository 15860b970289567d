//! What lies above the panes: the topmost layer, over all of them.

mod act;
mod breakage;
mod help;
mod meaning;
mod menu;
mod palette;
mod plan;
mod progress;
mod sheet;

#[cfg(test)]
mod act_tests;

pub use act::{needs as act_needs, rest as act_rest};
pub use breakage::seen as break_seen;
pub use help::rest as help_rest;

use crate::console::state::{Layer, State};
use crate::console::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints the topmost layer; the filter is typed in the footer.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    match state.layers.last() {
        Some(Layer::Help(_)) => help::draw(state, theme, frame, area),
        Some(Layer::Palette(_)) => palette::draw(state, theme, frame, area),
        Some(Layer::Menu(_)) => menu::draw(state, theme, frame, area),
        Some(Layer::Break(_)) => breakage::draw(state, theme, frame, area),
        Some(Layer::Dialog(_)) => act::draw(state, theme, frame, area),
        Some(Layer::Filter { .. }) | None => {}
    }
}
