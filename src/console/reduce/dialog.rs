//! An act on its way from the plan to its end.

use crate::console::effect::Effect;
use crate::console::event::{Answer, Ticket};
use crate::console::keymap::Key;
use crate::console::state::{Order, State};

/// Opens the dialog of an act.
pub fn open(_state: &mut State, _order: Order) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn key(_state: &mut State, _key: Key) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn paste(_state: &mut State, _text: &str) {}

pub(super) fn picture(_state: &mut State) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn answer(_state: &mut State, _ticket: Ticket, _answer: Answer) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn tick(_state: &mut State) -> Vec<Effect> {
    Vec::new()
}
