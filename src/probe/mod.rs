//! Watching the hosts of a cluster: at an interval, whenever a host says something by itself, and from where other hosts
//! stand. Also the live checks of a configuration.
//!
//! [`Watcher`] gives the monitor's state task [`Observation`]s in a bounded queue; it decides nothing and keeps nothing
//! but the time of each. A host that hangs costs its own time only. What was observed of old is not repeated: whoever
//! holds a picture leaves out what has become too old.

mod acceptance;
mod backoff;
pub mod check;
mod host;
mod pace;
mod silence;
mod tasks;
mod vantage;
mod watcher;

pub use acceptance::accept;
pub use pace::{BOUNDS_MS, Lateness, Punctuality};
pub use vantage::{Lookout, SecondSeen, Vantage, VantageOptions, is_ours};
pub use watcher::{Watcher, WatcherOptions};

use crate::core::fact::{Fact, Miss};
use crate::core::model::{HostName, Service};
use std::time::Instant;

/// Why a look was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The interval.
    Interval,
    /// Somebody asked for a fresh picture.
    Asked,
    /// The host told it by itself.
    Pushed,
}

/// One host's answer, or its silence.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Where.
    pub host: HostName,
    /// When the question was sent, or the push was heard: the facts are not older than this.
    pub at: Instant,
    /// All services of the host for a look; the one that changed for a push. Or why there is no answer, in words.
    pub outcome: Result<Vec<(Service, Fact)>, Miss>,
    /// Why it was taken.
    pub cause: Cause,
}
