//! A process that a host service supervises: a name that the host gives it, and the mode that it is run in.

use super::{BadName, Mode, ProcessName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The environment variable that tells a process its mode: `active` or `standby`.
pub const MODE_VARIABLE: &str = "SWITCHTOWER_MODE";

/// The mode that a process runs in; one that does not run has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessMode {
    /// It serves.
    Active,
    /// It runs and follows the active one.
    Standby,
}

impl ProcessMode {
    /// The value of [`MODE_VARIABLE`].
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Standby => "standby",
        }
    }
}

impl From<ProcessMode> for Mode {
    fn from(mode: ProcessMode) -> Self {
        match mode {
            ProcessMode::Active => Self::Active,
            ProcessMode::Standby => Self::Standby,
        }
    }
}

/// A process of a host service in one of its modes. A host runs a process of one name in one mode at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Process {
    /// What the host service's configuration calls it.
    pub name: ProcessName,
    /// In which mode.
    pub mode: ProcessMode,
}

impl Process {
    /// The active mode of `name`.
    ///
    /// # Errors
    /// When `name` cannot be one.
    pub fn active(name: impl Into<String>) -> Result<Self, BadName> {
        Ok(Self { name: ProcessName::new(name)?, mode: ProcessMode::Active })
    }
}

/// `app.process`, or `app@standby.process`: no unit of systemd is called so.
impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.mode {
            ProcessMode::Active => f.pad(&format!("{}.process", self.name)),
            ProcessMode::Standby => f.pad(&format!("{}@standby.process", self.name)),
        }
    }
}

/// How a host service runs a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSpec {
    /// A program by its absolute path, and its arguments; no shell reads it.
    pub command: Vec<String>,
    /// Its working folder; `/` unless said.
    pub directory: Option<PathBuf>,
    /// Variables beside those that every process gets.
    pub environment: BTreeMap<String, String>,
    /// When a start counts as done.
    pub ready: Ready,
    /// How long it may take from being told to end to having ended; then it is killed.
    pub stop_timeout: Duration,
}

/// When the start of a process counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It has lived for so long.
    Lives(Duration),
    /// It has said `READY=1` on the socket of `NOTIFY_SOCKET`, as services of systemd do.
    Notify,
}
