//! Options of the verbs that look.

use crate::core::record::RunId;
use crate::core::trigger::DecisionId;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of `status`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct StatusArgs {
    /// Look at every host first, instead of telling what the last look said
    #[arg(long)]
    pub(in crate::cli) fresh: bool,
}

/// Options of `log`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct LogArgs {
    /// Begin with this entry [default: the last ones]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) from: Option<u64>,
    /// Print at most so many entries before following [default: 50; all with --from]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) limit: Option<u64>,
    /// Go on with new entries as they are written, until ctrl-c
    #[arg(long)]
    pub(in crate::cli) follow: bool,
    /// Ask no monitor, but read the journal in this folder, and what was set aside there; of several folders, such as those of two
    /// monitors, by term and index as one
    #[arg(long, value_name = "DIR", conflicts_with_all = ["follow", "from"])]
    pub(in crate::cli) journal: Vec<PathBuf>,
}

/// Options of `events`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct EventsArgs {
    /// As `log --follow`; events always go on, so this may be left out
    #[arg(long)]
    pub(in crate::cli) follow: bool,
}

/// Options of `report`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ReportArgs {
    /// The run, such as r17 [default: the last one]
    pub(in crate::cli) run: Option<RunId>,
}

pub(super) const HEALTH_HELP: &str = "\
For monitoring systems that run plugins: one line, with performance data behind the bar. The exit codes of this verb are \
those of monitoring plugins, and not those of the other verbs:
  0  OK        everything is as wanted
  1  WARNING   something is degraded, is not as wanted beside what serves, or stands in the way of a switchover; a run is
               under way; a protection is off since a failover; the monitor holds back what it would do
  2  CRITICAL  something that is to serve is down, or the journal cannot be written
  3  UNKNOWN   the monitor does not answer, or it does not know how something is
Of several the worst counts, in the order CRITICAL, UNKNOWN, WARNING. Mistakes on the command line are UNKNOWN too.

Examples:
  switchtower health
  switchtower health --paused ok --not-ready ok --timeout 5";

/// Options of `health`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct HealthArgs {
    /// What to report while the monitor is paused
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warning)]
    pub(in crate::cli) paused: Level,
    /// What to report while the monitor only observes
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Ok)]
    pub(in crate::cli) observe_only: Level,
    /// What to report of a cluster that was stopped on purpose
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warning)]
    pub(in crate::cli) stopped: Level,
    /// What to report when a switchover would be refused now
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warning)]
    pub(in crate::cli) not_ready: Level,
    /// Wait so long for the monitor
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(in crate::cli) timeout: u64,
}

/// How bad a circumstance is that not everybody finds bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Level {
    /// Nothing to report.
    Ok,
    /// Worth a look.
    Warning,
    /// Somebody has to come.
    Critical,
}

pub(super) const WHY_EXAMPLES: &str = "\
Examples:
  switchtower why            what the monitor decided last, and what stands in the way
  switchtower why db         a component: what is wanted, what is, since when, what was decided about it
  switchtower why a1         a host, and who has seen what of it
  switchtower why d17        a decision, with everything that it rested on
  switchtower why r17        a run: who wanted it, or which decision";

/// Options of `why`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct WhyArgs {
    /// A component, a host, a site, a decision such as d17, or a run such as r17 [default: the cluster as a whole]
    pub(in crate::cli) what: Option<String>,
}

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ReplayArgs {
    /// The decision, such as d17
    pub(in crate::cli) decision: DecisionId,
}
