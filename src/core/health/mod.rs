//! What the evidence of a host or a component amounts to: up, degraded, down, probe broken, or unknown, and why.
//!
//! One file a kind of thing that is judged. Silence alone proves nothing here: it takes a second, independent signal.

mod component;
mod host;

pub use component::{Answer, judge_placement};
pub use host::{HostSignals, Own, SecondLook, Sight, has_self_stopped, is_off, judge_host};

use serde::{Deserialize, Serialize};

/// What is known of the well-being of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It is as it should be.
    Up,
    /// It runs, and does not answer those who use it.
    Degraded,
    /// It does not run: its host's own word, a fence, or two independent signals of silence say so.
    Down,
    /// It is alive, and cannot be looked at properly.
    ProbeBroken,
    /// Nobody can say.
    Unknown,
}

impl Health {
    /// The words as they are shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::ProbeBroken => "probe broken",
            Self::Unknown => "unknown",
        }
    }
}

/// A judgement with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// What it is.
    pub health: Health,
    /// On what evidence, in words.
    pub why: String,
}

impl Judged {
    pub(super) fn new(health: Health, why: impl Into<String>) -> Self {
        Self { health, why: why.into() }
    }
}
