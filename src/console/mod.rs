//! The terminal console: what the cluster is, live, and every act on it from the keyboard.
//!
//! One shape throughout: an [`Event`](event::Event) comes in, [`update`](update::update) changes the
//! [`State`](state::State) and returns [`Effect`](effect::Effect)s, [`draw`](ui::draw) paints what the state says. Only
//! `run`, `hands` and `term` touch the world. Nothing here decides what may be done: the monitor does, and is asked.

pub mod act;
pub mod action;
pub mod effect;
pub mod event;
pub mod hands;
pub mod keymap;
pub mod record;
pub mod reduce;
pub mod replay;
pub mod run;
pub mod screen;
pub mod settings;
mod source;
pub mod state;
pub mod term;
pub mod theme;
pub mod ui;
pub mod update;
mod workbench;

pub use source::Origin;
pub use workbench::{Breakage, Workbench};

/// Between two pictures of the cluster while nothing happens, in milliseconds; what happens brings one at once.
pub const PICTURE_MS: u64 = 1_000;
