//! Options of the verbs that are about the program itself: configuration, service, shell, manual.

use super::ActArgs;
use crate::core::model::HostName;
use clap::{Args, Subcommand};
use std::path::PathBuf;

const APPLY_HELP: &str = "\
The difference is shown first. Nothing that runs is restarted; on a stopped cluster everything is started on the primary \
site. It is confirmed with the name of the primary site. Here --plan takes the hash of the configuration, as --dry-run \
shows it. The plan of the start is made by the new configuration and shown before it runs; --confirm is for both.

Examples:
  switchtower config apply --dry-run
  switchtower config apply
  switchtower config apply --confirm north --plan 0123456789ab --reason 'slower looks'";

const MOVE_HELP: &str = "\
Asked at the monitor that acts, and done once the other one has the whole journal and no run is open. No component is \
touched. It is confirmed with the name of the other monitor's host.

Examples:
  switchtower monitor move --dry-run
  switchtower monitor move --confirm south1";

const TAKE_OVER_HELP: &str = "\
Asked at the standby monitor, when the other one is not heard. Two monitors that both act would be the worst of all, so \
the other one's host is switched off by its fence device first; where it has none, make sure that the monitor there does \
not run and say so with --by-word. What it has journaled and could not copy here is not known then; it is set aside there \
when it comes back. A script gives --confirm CLUSTER, --reason and --plan.

Examples:
  switchtower monitor take-over --dry-run
  switchtower monitor take-over --by-word --reason 'the north is without power' --confirm shop --plan 0123456789ab";

pub(super) const LEAVE_HELP: &str = "\
Run it on the monitor's machine once the monitor is stopped. On each host it removes the records of terms of this cluster \
and nothing else: no service is touched, and what was installed by hand is listed, to be removed by hand. The journal is \
kept; a monitor that is started again adopts what runs. A host where a guard still runs, or that another monitor has taken, \
is left as it is. Hosts that do not answer are listed: run it again for them. It is confirmed with the name of the cluster. \
Where there are two monitors, stop both.

Examples:
  switchtower leave --dry-run
  switchtower leave
  switchtower leave --confirm shop --json";

/// What can be done with the configuration.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum ConfigVerb {
    /// Report every problem of the configuration file, then of the hosts and units in it
    Check {
        /// Only the file; ask no host
        #[arg(long)]
        offline: bool,
    },
    /// Have the running monitor go on by its changed configuration file, then start what is to run and does not
    #[command(after_long_help = APPLY_HELP)]
    Apply {
        #[command(flatten)]
        act: ActArgs,
    },
    /// Print the JSON schema of the configuration file, for editors
    Schema,
}

/// What can be done with the monitor.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum MonitorVerb {
    /// Run the monitor in the foreground
    Run {
        /// Of two monitors, the host that this one is on, as monitor.hosts has it [default: the one called like this machine]
        #[arg(long = "as", value_name = "HOST", value_parser = super::host)]
        name: Option<HostName>,
    },
    /// Have the other monitor act from now on; this one follows it
    #[command(after_long_help = MOVE_HELP, mut_arg("overrides", |arg| arg.hide(true)))]
    Move {
        /// The host of the other monitor
        #[arg(long, value_name = "HOST", value_parser = super::host)]
        to: Option<HostName>,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Act in the place of the other monitor, which cannot be heard: its host is fenced, or you vouch for it
    #[command(after_long_help = TAKE_OVER_HELP, mut_arg("overrides", |arg| arg.hide(true)))]
    TakeOver {
        /// Nothing is switched off: you have made sure that the other monitor does not run, and vouch for it
        #[arg(long)]
        by_word: bool,
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Options of `completions`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    pub(in crate::cli) shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ManArgs {
    /// Write a page for each verb here instead of printing one
    pub(in crate::cli) dir: Option<PathBuf>,
}
