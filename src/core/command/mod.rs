//! What may be asked for: the one table of commands with class, confirmation and right, and how a command ends.
//!
//! Every face of the program builds these values; the monitor checks them again.

mod outcome;
mod refusal;

pub use outcome::{End, Exit};
pub use refusal::{Reason, Refusal};

use super::model::{ComponentName, HostName, SiteName, Upkeep, Upkept};
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
    /// The monitor itself: nobody else may ask for this.
    Monitor,
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
    /// Puts service or data at risk; the cluster's name, a reason and the hash of the plan are given.
    Risk,
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
    /// Take what runs on a site as what is wanted, since it was moved there by hand; nothing is started or stopped.
    Adopt {
        /// Which site serves.
        site: SiteName,
        /// Components that do not run there: they count as lost only after they have run. The planner fills it in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ComponentName>,
    },
    /// Make a host stop for certain.
    Fence {
        /// Which.
        host: HostName,
        /// No device is asked: whoever types this has made sure that the host is off.
        by_word: bool,
    },
    /// Start lost components again where they are.
    Rescue {
        /// Which.
        components: Vec<ComponentName>,
        /// A host has booted since they ran, or nobody knows: the other side must be heard first.
        cold: bool,
    },
    /// Move everything to the other site, since this one has lost something that counts.
    Failover {
        /// Where to.
        to: SiteName,
    },
    /// Stop what runs on the side where it must not.
    Guard {
        /// Of which component.
        component: ComponentName,
        /// On which site.
        site: SiteName,
    },
    /// Have the other monitor act from now on; this one follows it.
    MonitorMove {
        /// The host of the other monitor.
        to: HostName,
    },
    /// Act in the place of the other monitor, which cannot be heard.
    TakeOver {
        /// Its host.
        from: HostName,
        /// No fence device is asked: whoever types this has made sure that the monitor there does not run.
        by_word: bool,
    },
    /// Take a host or a component out for maintenance.
    Maintain {
        /// Which.
        what: Upkept,
        /// How.
        kind: Upkeep,
        /// For so many milliseconds; without it until somebody clears it.
        for_ms: Option<u64>,
    },
    /// End a maintenance: the ordinary rules hold at once.
    Manage {
        /// Of which host or component.
        what: Upkept,
    },
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
            Self::Adopt { .. } => "adopt",
            Self::Fence { .. } => "fence",
            Self::Rescue { .. } => "rescue",
            Self::Failover { .. } => "failover",
            Self::Guard { .. } => "guard",
            Self::MonitorMove { .. } => "monitor move",
            Self::TakeOver { .. } => "monitor take-over",
            Self::Maintain { .. } => "maintenance set",
            Self::Manage { .. } => "maintenance clear",
            Self::Abort { .. } => "abort",
        }
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Start { .. } | Self::Stop | Self::Switchover { .. } | Self::Switchback | Self::Adopt { .. } => Class::RoleChange,
            Self::Failover { .. } | Self::Guard { .. } | Self::Rescue { .. } => Class::RoleChange,
            Self::MonitorMove { .. } | Self::Maintain { .. } | Self::Manage { .. } => Class::RoleChange,
            Self::Fence { .. } | Self::TakeOver { .. } => Class::Risk,
            Self::Abort { .. } => Class::Nudge,
        }
    }

    /// Whether nobody gives it without saying why.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        self.class() == Class::Risk || matches!(self, Self::Maintain { .. })
    }

    /// The least role that may ask for it.
    #[must_use]
    pub fn needs(&self) -> Role {
        match (self, self.class()) {
            (Self::Rescue { .. } | Self::Failover { .. } | Self::Guard { .. }, _) => Role::Monitor,
            (_, Class::Look) => Role::Observer,
            (_, Class::Nudge | Class::RoleChange | Class::Risk) => Role::Operator,
        }
    }
}
