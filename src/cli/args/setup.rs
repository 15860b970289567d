//! Options of the verbs that are about the program itself: configuration, service, shell, manual.

use super::ActArgs;
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
    Run,
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
