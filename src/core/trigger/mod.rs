//! What the monitor decides by itself: from a [`Situation`] to a [`Decision`], with its reasons.
//!
//! A decision is a command like any other, so that it goes through the same planner, journal and run machine; or it is
//! to hold, and why. The situation is journaled with it: the same situation gives the same decision again.

mod decide;
mod decision;
mod loss;
mod situation;

pub use decide::decide;
pub use decision::{Acts, BadDecisionId, Choice, Decision, DecisionId};
pub use situation::{LastFailover, Situation};

#[cfg(test)]
mod tests;
