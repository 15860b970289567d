//! Options of the verbs that look.

use crate::core::record::RunId;
use clap::Args;

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
