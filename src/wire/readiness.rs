//! Whether a switchover could be done now, as it is shown: part of every picture.

use crate::core::model::SiteName;
use crate::core::readiness::{Check, Verdict};
use serde::{Deserialize, Serialize};

/// Whether the cluster could be moved now, as the last looks have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadinessView {
    /// To which site.
    pub to: SiteName,
    /// The worst of the checks.
    pub verdict: Verdict,
    /// All checks, the worst first; where pictures follow each other, only those that are not in order.
    pub checks: Vec<Check>,
    /// How many more are in order and not listed.
    #[serde(default, skip_serializing_if = "is_none")]
    pub well: usize,
    /// Age of the oldest fact behind them, in milliseconds; `None` where a host was never heard.
    pub age_ms: Option<u64>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl ReadinessView {
    /// Without what is in order, of which there are several checks a component.
    #[must_use]
    pub fn briefly(&self) -> Self {
        let (checks, well) = (self.in_the_way().cloned().collect(), self.in_order());
        Self { to: self.to.clone(), verdict: self.verdict, checks, well, age_ms: self.age_ms }
    }

    /// The checks that are not in order.
    pub fn in_the_way(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.verdict != Verdict::Ok)
    }

    /// How many checks are in order.
    #[must_use]
    pub fn in_order(&self) -> usize {
        self.well + self.checks.iter().filter(|check| check.verdict == Verdict::Ok).count()
    }
}
