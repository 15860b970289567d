//! Terms, run ids, and who asked.

use serde::{Deserialize, Serialize};

/// A number that grows with every change of who may act; hosts refuse acts of an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Term(pub u64);

impl Term {
    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A run, by the index of the journal entry that opened it. Written `r17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(pub u64);

/// A text that is no run's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no run: a run is written like r17; `switchtower log` shows them")]
pub struct BadRunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "r{}", self.0)
    }
}

impl std::str::FromStr for RunId {
    type Err = BadRunId;
    fn from_str(text: &str) -> Result<Self, BadRunId> {
        let digits = text.strip_prefix('r').unwrap_or(text);
        digits.parse().map(Self).map_err(|_| BadRunId(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for RunId {
    type Error = BadRunId;
    fn try_from(text: String) -> Result<Self, BadRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.to_string()
    }
}

/// Who asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user's name on the monitor's host, or its number where it has none.
    pub user: String,
    /// The user's number, as the kernel gives it.
    pub uid: u32,
    /// The process that asked.
    pub pid: Option<u32>,
}

impl Actor {
    /// The monitor itself.
    pub const MONITOR: &'static str = "the monitor itself";

    /// The monitor itself, which decided on it.
    #[must_use]
    pub fn monitor(uid: u32) -> Self {
        Self { user: Self::MONITOR.to_owned(), uid, pid: None }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.user == Self::MONITOR {
            return f.write_str(Self::MONITOR);
        }
        write!(f, "{} (uid {})", self.user, self.uid)
    }
}
