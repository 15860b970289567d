//! How something stands, and the rows of Health.

use super::Object;
use crate::core::health::Health;
use crate::wire::{ComponentView, HostView, PlacementView, StatusView, Verdict};

/// How many columns Health has.
pub const COLUMNS: usize = 10;

/// How something stands, from what must be seen first to what can wait. Never a guess: what is not known is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Not as wanted.
    Bad,
    /// Nobody knows.
    Unknown,
    /// A run holds it.
    Moving,
    /// As wanted.
    Good,
}

/// A line of Health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub object: Object,
    /// How that stands.
    pub condition: Condition,
    /// Where it stands in the picture, among components or hosts.
    pub at: usize,
    /// How many cells each column would take for it; no column is as wide as the most that fits in here.
    pub widths: [u8; COLUMNS],
}

impl Condition {
    /// How the cluster as a whole stands: what is wrong with it, even where everything runs, must be seen.
    #[must_use]
    pub fn of_cluster(status: &StatusView) -> Self {
        match status.verdict {
            Verdict::Down | Verdict::Degraded => Self::Bad,
            _ if !status.troubles.is_empty() || status.lease.journal.is_err() => Self::Bad,
            Verdict::Unknown => Self::Unknown,
            Verdict::Moving => Self::Moving,
            Verdict::Ok => Self::Good,
        }
    }

    /// How a component stands: as its worst placement does.
    #[must_use]
    pub fn of_component(component: &ComponentView) -> Self {
        let worst = component.placements.iter().map(Self::of_placement).min().unwrap_or(Self::Unknown);
        if component.held_by.is_some() { worst.min(Self::Moving) } else { worst }
    }

    /// How a placement stands.
    #[must_use]
    pub fn of_placement(placement: &PlacementView) -> Self {
        match (placement.health.as_ref().map(|judged| judged.health), placement.agrees, placement.observed, placement.wanted) {
            (Some(Health::Down | Health::Degraded), ..) => Self::Bad,
            (Some(Health::ProbeBroken | Health::Unknown), ..) => Self::Unknown,
            (_, true, ..) => Self::Good,
            (_, false, None, _) | (_, false, _, None) => Self::Unknown,
            (_, false, Some(_), Some(_)) => Self::Bad,
        }
    }

    /// How a host stands.
    #[must_use]
    pub fn of_host(host: &HostView) -> Self {
        match (host.health.health, host.answers) {
            (Health::Up, Some(true)) => Self::Good,
            (Health::Down | Health::Degraded, _) => Self::Bad,
            (Health::ProbeBroken | Health::Unknown, _) | (Health::Up, None | Some(false)) => Self::Unknown,
        }
    }
}
