//! The act, drawn over the panes.

use crate::console::state::State;
use crate::console::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub fn draw(_state: &State, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}
