//! The mouse, while it is taken: a click selects, the wheel scrolls, nothing acts.

use crate::console::state::State;
use crossterm::event::MouseEvent;

/// A click or a turn of the wheel.
pub fn mouse(_state: &mut State, _event: &MouseEvent) {}
