//! What may be asked for: the one table of commands with class, confirmation and right, and how a command ends.
//!
//! Every face of the program builds these values; the monitor checks them again.

mod outcome;
mod refusal;

pub use outcome::{End, Exit};
pub use refusal::{Reason, Refusal};

use super::model::SiteName;
use super::record::RunId;
use serde::{Deserialize, Serialize};

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May look.
    Observer,
    /// May act.
    Operator,
}

/// How dangerous a command is; decides how it is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Looks only.
    Look,
    /// Nudges something along; yes or no.
    Nudge,
    /// Changes roles with no data at risk; the target's name is typed.
    RoleChange,
}

/// A command that acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verb")]
pub enum Command {
    /// Start the stopped cluster on a site, the primary unless named.
    Start {
        /// Where.
        site: Option<SiteName>,
    },
    /// Stop the cluster on both sites.
    Stop,
    /// Move everything to the other site.
    Switchover {
        /// Where to; the other site unless named.
        to: Option<SiteName>,
    },
    /// Move everything back to the primary site.
    Switchback,
    /// Turn a run back.
    Abort {
        /// Which.
        run: RunId,
    },
}

impl Command {
    /// The word that people type for it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Stop => "stop",
            Self::Switchover { .. } => "switchover",
            Self::Switchback => "switchback",
            Self::Abort { .. } => "abort",
        }
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Start { .. } | Self::Stop | Self::Switchover { .. } | Self::Switchback => Class::RoleChange,
            Self::Abort { .. } => Class::Nudge,
        }
    }

    /// The least role that may ask for it.
    #[must_use]
    pub fn needs(&self) -> Role {
        match self.class() {
            Class::Look => Role::Observer,
            Class::Nudge | Class::RoleChange => Role::Operator,
        }
    }
}
