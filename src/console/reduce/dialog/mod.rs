//! An act on its way from the plan to its end. A dialog is bound to what it is about and to what was true when its plan was
//! shown; whatever changes anything of the cluster leaves through `send` alone.

mod answer;
mod confirm;
mod key;
mod live;
mod open;
mod send;
mod task;

#[cfg(test)]
mod tests;

pub(super) use answer::answer;
pub(in crate::console) use confirm::closed;
pub(super) use key::{key, paste};
pub(in crate::console) use key::{line, soft};
pub(in crate::console) use live::link as cut;
pub(super) use live::{picture, unseen};
pub use open::{asked, open};
pub(in crate::console) use task::last_words;
pub(super) use task::{heard, tick};

use crate::console::state::{Dialog, Layer, State};

/// The dialog; there is never more than one.
pub(in crate::console) fn of(state: &State) -> Option<&Dialog> {
    state.layers.iter().rev().find_map(|layer| match layer {
        Layer::Dialog(dialog) => Some(dialog.as_ref()),
        _ => None,
    })
}

fn of_mut(state: &mut State) -> Option<&mut Dialog> {
    state.layers.iter_mut().rev().find_map(|layer| match layer {
        Layer::Dialog(dialog) => Some(dialog.as_mut()),
        _ => None,
    })
}

/// Closes it; what was handed in goes on.
fn close(state: &mut State) {
    state.layers.retain(|layer| !matches!(layer, Layer::Dialog(_)));
    task::prune(state);
}
