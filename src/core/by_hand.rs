//! What a person asks of a unit on the very host that they are on, when no monitor is left, and what comes of it. Asked by the
//! command line, carried out by the driver. Values only.

use super::model::{ClusterName, UnitName};
use super::plan::Action;
use super::record::Term;
use serde::Serialize;
use std::time::Duration;

/// What is to be done by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitDeed {
    /// Whose record of terms is raised.
    pub cluster: ClusterName,
    /// Of what.
    pub unit: UnitName,
    /// What is done to it.
    pub action: Action,
    /// Why; goes into the record.
    pub reason: String,
    /// How long it may take.
    pub limit: Duration,
    /// Though a monitor's guard runs here: it is ended.
    pub despite_monitor: bool,
}

/// A cluster's record of terms on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whose.
    pub cluster: ClusterName,
    /// The term in it.
    pub term: Term,
    /// A guard runs under it: a monitor is connected.
    pub held: bool,
}

/// What is found before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Every record there is.
    pub records: Vec<Taken>,
    /// Whether systemd knows the unit: its own word, such as `loaded` or `not-found`.
    pub load: String,
    /// What the unit does: systemd's own words.
    pub state: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeedDone {
    /// The term that was raised for it.
    pub term: Term,
    /// It is as it should be.
    pub done: bool,
    /// How, in words.
    pub detail: String,
    /// How it ended stands in the record. That it was begun does in any case.
    pub recorded: bool,
}
