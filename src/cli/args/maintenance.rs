//! Options of `maintenance`: who works on what.

use super::act::ActArgs;
use super::modes::time_of;
use crate::core::model::{ComponentName, HostName, Upkeep, Upkept};
use clap::{Args, Subcommand, ValueEnum};

pub(super) const MAINTENANCE_HELP: &str = "\
unmanaged  it is watched and shown, and nothing is done to it: no rescue, no failover because of it, and a switchover
           leaves it where it is
standby    nothing is started on the host; what runs there goes on
drain      what runs on the host moves to the other site, and then the host is in standby

At a terminal it asks for the name of the host or the component; a script gives it with --confirm.

Examples:
  switchtower maintenance list
  switchtower maintenance set --component web unmanaged --for 2h --reason 'new release by hand'
  switchtower maintenance set --host a1 drain --dry-run
  switchtower maintenance clear --host a1";

/// What is to be done.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum MaintenanceVerb {
    /// Take a host or a component out
    #[command(after_long_help = MAINTENANCE_HELP)]
    Set {
        #[command(flatten)]
        what: WhatArgs,
        /// How
        kind: KindOfMaintenance,
        /// How long, such as 90s, 30m, 2h or 3d; it ends by itself then [default: until somebody clears it]
        #[arg(long = "for", value_name = "TIME", value_parser = time)]
        for_ms: Option<u64>,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Say that a maintenance is over: the ordinary rules hold at once
    Clear {
        #[command(flatten)]
        what: WhatArgs,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Show what is in maintenance: how, by whom, why and until when
    List,
}

/// A host or a component.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct WhatArgs {
    /// Which host
    #[arg(long, value_name = "HOST", value_parser = super::host)]
    pub(in crate::cli) host: Option<HostName>,
    /// Which component
    #[arg(long, value_name = "COMPONENT", value_parser = component)]
    pub(in crate::cli) component: Option<ComponentName>,
}

impl WhatArgs {
    /// The one of them that was given.
    pub(in crate::cli) fn what(self) -> Option<Upkept> {
        self.host.map(Upkept::Host).or(self.component.map(Upkept::Component))
    }
}

/// The kinds, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum KindOfMaintenance {
    /// Watched, and never acted on
    Unmanaged,
    /// Nothing is started there
    Standby,
    /// What runs there moves away, then nothing is started there
    Drain,
}

impl From<KindOfMaintenance> for Upkeep {
    fn from(kind: KindOfMaintenance) -> Self {
        match kind {
            KindOfMaintenance::Unmanaged => Self::Unmanaged,
            KindOfMaintenance::Standby => Self::Standby,
            KindOfMaintenance::Drain => Self::Drain,
        }
    }
}

fn component(text: &str) -> Result<ComponentName, String> {
    ComponentName::new(text).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<u64, String> {
    time_of(text, "a maintenance", "switchtower maintenance clear")
}
