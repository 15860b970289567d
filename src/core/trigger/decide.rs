//! From a situation to a decision.

use super::{Acts, Choice, Decision, Situation};
use crate::core::model::Cluster;

/// What is to be done by itself in `situation`. The same situation gives the same decision again.
#[must_use]
pub fn decide(_cluster: &Cluster, situation: Situation) -> Decision {
    Decision { choice: Choice::Quiet, acts: Acts::Nothing, why: Vec::new(), situation }
}
