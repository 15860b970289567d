//! What a cluster does by itself: which losses count, what is tried first, and what holds afterwards.

use super::GroupName;
use serde::{Deserialize, Serialize};

/// Whether the loss of a component moves the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "when")]
pub enum Trigger {
    /// Its loss alone does.
    Any,
    /// Its loss does once every component of the group is lost.
    AllOf {
        /// Which group.
        group: GroupName,
    },
    /// Its loss does once so many components of the group are lost.
    AtLeast {
        /// How many, at least 1.
        lost: u16,
        /// Of which group.
        group: GroupName,
    },
    /// Its loss is shown and moves nothing.
    Watch,
}

/// How a lost component is tried to be brought back where it is, before anything moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescue {
    /// How often; 0 for never.
    pub attempts: u16,
    /// Attempts count together when they lie within this time, in milliseconds.
    pub hold_down_ms: u64,
}

impl Default for Rescue {
    fn default() -> Self {
        Self { attempts: 1, hold_down_ms: 60_000 }
    }
}

/// How it is found out that a component answers those who use it, beyond running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// What is asked.
    pub probe: AcceptanceProbe,
    /// How long the answer may take, in milliseconds.
    pub timeout_ms: u64,
}

/// What an acceptance probe asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceProbe {
    /// A TCP connection from the monitor's host is taken.
    Tcp {
        /// Address or name.
        host: String,
        /// Port.
        port: u16,
    },
    /// A command on the component's active host ends with 0.
    Command {
        /// Program and arguments; no shell reads them.
        argv: Vec<String>,
    },
}

/// How the cluster goes on after an automatic failover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterFailover {
    /// Limited: what follows the active side stays stopped, and nothing moves by itself until somebody moves it back.
    #[default]
    Limited,
    /// Reversed: the old side becomes standby where it can, and may be failed over to again.
    Reversed,
}

/// Whether the monitor acts by itself, as the configuration has it; a command changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initiative {
    /// It acts.
    #[default]
    Automatic,
    /// It journals what it would have done.
    ObserveOnly,
}

/// What holds for the whole cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Before any command about it.
    pub initiative: Initiative,
    /// How it goes on after an automatic failover.
    pub after_failover: AfterFailover,
    /// After an automatic failover no second one within this time, in milliseconds, unless somebody has acknowledged it.
    pub quiet_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { initiative: Initiative::default(), after_failover: AfterFailover::default(), quiet_ms: 3_600_000 }
    }
}
