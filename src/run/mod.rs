//! Carries out what the pure run machine asks for.
//!
//! The monitor's state task hands over an [`Order`] once the journal entry behind it is on stable storage; what comes of it
//! goes back as a [`Report`]. Each order is a task of its own with a last bound on its time, and a report comes in every
//! case, also when the task dies.

mod executor;
mod settle;

pub use executor::{Executor, Hands, Order, Ready, Report, action_of};

#[cfg(test)]
mod tests;
