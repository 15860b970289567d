//! Keys of the help.

use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::State;

pub(super) fn key(_state: &mut State, _key: Key) -> Vec<Effect> {
    Vec::new()
}
