//! Options of the verbs of a host service, which are used on its host.

use super::{Confirm, reason};
use crate::core::model::{ClusterName, ProcessMode, ProcessName, UnitName};
use clap::{Args, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const HAND_HELP: &str = "\
This is for when no monitor is left: where one lives, use its own verbs. The term of the host is raised first, so that no \
monitor that comes back goes on by what it knew: it finds the newer term, journals who did what and why, and pauses until \
somebody resumes it. It asks for the name of the process or unit; a script gives it with --confirm.

A component that is a unit of systemd needs no host service: --unit names it. That is for root, and refused while the guard of a \
monitor runs on this host, which --despite-monitor ends. Who did what and why is on stable storage before anything is done; where \
it cannot be kept, nothing is.

Examples:
  switchtower host start app --reason 'both monitors burnt' --dry-run
  switchtower host start app --reason 'both monitors burnt'
  switchtower host stop app --reason 'moving it by hand' --confirm app
  switchtower host stop --unit app.service --reason 'moving it by hand'";

/// What can be done with the service on this host.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum HostVerb {
    /// Run the service in the foreground; it starts no process by itself
    Run {
        #[command(flatten)]
        file: FileArg,
    },
    /// Show what the service on this host knows: its processes, who took it last, whether a monitor is heard
    Status {
        #[command(flatten)]
        file: FileArg,
    },
    /// Start a process or a unit on this host by hand, when no monitor is left; a process that runs in its other mode is stopped
    /// first
    #[command(after_long_help = HAND_HELP)]
    Start {
        /// In which mode
        #[arg(long, value_name = "MODE", value_enum, default_value_t = ModeArg::Active, conflicts_with = "unit")]
        mode: ModeArg,
        #[command(flatten)]
        hand: HandArgs,
    },
    /// Stop a process or a unit on this host by hand, when no monitor is left
    #[command(after_long_help = HAND_HELP)]
    Stop {
        #[command(flatten)]
        hand: HandArgs,
    },
    /// Report every problem of the service's file
    Check {
        #[command(flatten)]
        file: FileArg,
    },
    /// Become a process; used by the service itself
    #[command(hide = true)]
    Child {
        /// The service that this process lives and dies with
        #[arg(long, value_name = "PID")]
        parent: u32,
        /// The program, and its arguments
        #[arg(last = true, required = true, value_name = "ARGV")]
        command: Vec<OsString>,
    },
}

/// Where the service's file is.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct FileArg {
    /// The file of the service
    #[arg(long, value_name = "PATH", default_value = "/etc/switchtower/host.toml")]
    pub(in crate::cli) file: PathBuf,
}

/// Options of what a person does on a host.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct HandArgs {
    /// The process, by its name in the service's file
    #[arg(value_name = "NAME", value_parser = process, required_unless_present = "unit")]
    pub(in crate::cli) name: Option<ProcessName>,
    /// A unit of systemd instead, such as app.service; no host service is needed
    #[arg(long, value_name = "UNIT", value_parser = unit, conflicts_with_all = ["name", "file"])]
    pub(in crate::cli) unit: Option<UnitName>,
    /// Of which cluster the unit is, where several have acted on this host
    #[arg(long, value_name = "NAME", value_parser = cluster, requires = "unit", conflicts_with = "name")]
    pub(in crate::cli) cluster: Option<ClusterName>,
    /// Why, for the record of the host
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(in crate::cli) reason: String,
    #[command(flatten)]
    pub(in crate::cli) confirm: Confirm,
    /// Though a monitor was heard lately, or its guard runs here: it cannot act any more, or must not
    #[arg(long)]
    pub(in crate::cli) despite_monitor: bool,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(in crate::cli) wait: u64,
    #[command(flatten)]
    pub(in crate::cli) file: FileArg,
}

/// A mode by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ModeArg {
    /// It serves
    Active,
    /// It runs and follows the active one
    Standby,
}

impl From<ModeArg> for ProcessMode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Active => Self::Active,
            ModeArg::Standby => Self::Standby,
        }
    }
}

fn unit(text: &str) -> Result<UnitName, String> {
    UnitName::new(text).map_err(|error| error.to_string())
}

fn cluster(text: &str) -> Result<ClusterName, String> {
    ClusterName::new(text).map_err(|error| error.to_string())
}

fn process(text: &str) -> Result<ProcessName, String> {
    ProcessName::new(text).map_err(|error| error.to_string())
}
