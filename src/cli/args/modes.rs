//! Options of the verbs that say whether the monitor acts by itself.

use super::act::{Confirm, reason};
use clap::{Args, Subcommand};

/// The longest pause with an end, as the monitor keeps it: a year.
const LONGEST_MS: u64 = 365 * 86_400_000;

pub(super) const MODE_HELP: &str = "\
Without a word it shows the mode that holds. A script confirms a change with --confirm yes.

Examples:
  switchtower mode
  switchtower mode observe-only --reason 'new thresholds, first week'
  switchtower pause --for 2h --reason 'kernel update in the north'
  switchtower resume";

/// What is to hold.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum ModeVerb {
    /// The monitor acts by itself; ends a pause too
    Automatic(NudgeArgs),
    /// The monitor journals what it would do, and does nothing by itself
    ObserveOnly(NudgeArgs),
    /// The monitor does nothing by itself for a while, then goes on as before
    Pause(PauseArgs),
}

/// Options of what is confirmed with yes or no.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct NudgeArgs {
    #[command(flatten)]
    pub(in crate::cli) confirm: Confirm,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(in crate::cli) reason: Option<String>,
}

/// Options of a pause.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct PauseArgs {
    /// How long, such as 90s, 30m, 2h or 3d [default: until somebody resumes]
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub(in crate::cli) for_ms: Option<u64>,
    /// Why, for the journal and for everybody who wonders
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(in crate::cli) reason: String,
    #[command(flatten)]
    pub(in crate::cli) confirm: Confirm,
}

/// A time in the spelling of the configuration, in milliseconds.
fn time(text: &str) -> Result<u64, String> {
    time_of(text, "a pause", "switchtower resume")
}

/// The same of `what`, which the command line `ends` ends.
pub(super) fn time_of(text: &str, what: &str, ends: &str) -> Result<u64, String> {
    let wrong = || "a time is written as a whole number and a unit: 90s, 30m, 2h or 3d".to_owned();
    let (number, factor) = [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .ok_or_else(wrong)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let ms = number.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(factor);
    match ms {
        0 => Err(format!("{what} of no time is none; `{ends}` ends one")),
        1..=LONGEST_MS => Ok(ms),
        _ => Err(format!("{what} with an end has at most 365d; leave --for out for one that somebody ends")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_whole_number_and_a_unit_within_a_year() {
        for (text, ms) in
            [("1s", Some(1_000)), ("90s", Some(90_000)), ("2h", Some(7_200_000)), ("365d", Some(LONGEST_MS)), ("030m", Some(1_800_000))]
        {
            assert_eq!(time(text).ok(), ms, "{text}");
        }
        for text in ["", "2", "h", "0s", "366d", "-1h", "1.5h", "2 h", "99999999999999999999d", "+1s", "2H"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
