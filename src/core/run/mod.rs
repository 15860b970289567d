//! The run machine: a plan on its way, from its journal.
//!
//! `advance` says what is to be journaled next, `apply` takes a journaled event in and says what is to be carried out.
//! Live running and reading back after a crash go through the same two functions, so they cannot differ.
//!
//! Before the point of no return a failure turns the run back, step by step, to the side that worked. After it the run
//! goes on where it can, and lists what is left. A step whose outcome is not known is asked about until it is known; it
//! is never done again unless a look has shown that it was not done.

mod event;
mod hooks;
mod look;
mod machine;
mod report;
mod state;

pub use event::{Effect, Found, Mark, Outcome, RunEvent, Way};
pub use look::verdict;
pub use machine::{Illegal, Run};
pub use state::{Phase, StepRun, StepState};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
