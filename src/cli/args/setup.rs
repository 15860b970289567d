//! Options of the verbs that are about the program itself: configuration, service, shell, manual.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done with the configuration.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum ConfigVerb {
    /// Report every problem of the configuration file, then of the hosts and units in it
    Check {
        /// Only the file; ask no host
        #[arg(long)]
        offline: bool,
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
