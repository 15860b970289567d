//! Options of the verbs that act by a plan, and of `abort`.

use crate::core::record::RunId;
use clap::Args;
use std::time::Duration;

/// The longest reason, in bytes: it stands in the journal and on every screen.
const MAX_REASON: usize = 500;
/// The longest name of a check, in bytes.
const MAX_CHECK: usize = 300;

pub(super) const SWITCHOVER_EXAMPLES: &str = "\
Examples:
  switchtower switchover --dry-run
  switchtower switchover --to south --reason 'kernel update in the north'
  switchtower switchover --to south --confirm south --plan 0123456789ab --json";

pub(super) const FENCE_HELP: &str = "\
Fencing puts the service at risk. At a terminal it asks for the name of the cluster and for a reason; a script gives \
--confirm with the name of the cluster, --reason, and --plan with the hash that --dry-run shows.

Examples:
  switchtower fence a1 --dry-run
  switchtower fence a1
  switchtower fence a1 --by-word --reason 'power cable pulled, rack 7'";

/// How something is confirmed, for those without a terminal too.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Confirm {
    /// Confirm with the word that the question asks for; needed where there is no terminal to ask at
    #[arg(long, value_name = "WORD")]
    pub(in crate::cli) confirm: Option<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

/// How a run is watched.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Watch {
    /// Watch the run for at most so long; it goes on without a watcher
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(in crate::cli) wait: u64,
}

impl Watch {
    /// How long the run is watched.
    pub(in crate::cli) fn patience(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

/// Options of every verb that goes by a plan.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ActArgs {
    #[command(flatten)]
    pub(in crate::cli) confirm: Confirm,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(in crate::cli) reason: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) watch: Watch,
    /// Refuse unless the plan is still this one (its hash, at least twelve digits of it)
    #[arg(long, value_name = "HASH", value_parser = hash)]
    pub(in crate::cli) plan: Option<String>,
    /// Go on in spite of this soft veto, by the name that the refusal shows, such as enabled:app@a1; may be repeated
    #[arg(long = "override", value_name = "NAME", value_parser = check)]
    pub(in crate::cli) overrides: Vec<String>,
}

/// Options of `abort`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct AbortArgs {
    /// The run, such as r17
    pub(in crate::cli) run: RunId,
    #[command(flatten)]
    pub(in crate::cli) confirm: Confirm,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(in crate::cli) reason: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) watch: Watch,
}

/// A reason that can be kept.
///
/// # Errors
/// Why it cannot.
pub(in crate::cli) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.len() {
        0 => Err("a reason says something, or is left out".to_owned()),
        long if long > MAX_REASON => Err(format!("a reason has at most {MAX_REASON} bytes, this one has {long}")),
        _ => Ok(text.to_owned()),
    }
}

fn hash(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if digits && (12..=64).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("a plan's hash is written with 12 to 64 of the digits 0-9 and a-f, as --dry-run shows it".to_owned())
    }
}

fn check(text: &str) -> Result<String, String> {
    if (1..=MAX_CHECK).contains(&text.len()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("a check is named as the refusal shows it, such as enabled:app@a1".to_owned())
    }
}
