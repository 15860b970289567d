//! What people read before the mode is changed.

use super::text::span;
use crate::wire::ModeAsk;

/// What will hold once a mode is asked for.
#[must_use]
pub fn becomes(mode: &ModeAsk) -> String {
    match mode {
        ModeAsk::Automatic => "automatic: the monitor acts by itself from now on".to_owned(),
        ModeAsk::ObserveOnly => "observe-only: the monitor journals what it would do, and does nothing by itself".to_owned(),
        ModeAsk::Pause { for_ms: Some(ms) } => format!("paused for {}: the monitor does nothing by itself meanwhile", span(*ms)),
        ModeAsk::Pause { for_ms: None } => "paused until somebody resumes it: the monitor does nothing by itself".to_owned(),
    }
}

/// The option of the command line that says for how long, in seconds, with a space before it; nothing where there is no end.
#[must_use]
pub fn duration(mode: &ModeAsk) -> String {
    match mode {
        ModeAsk::Pause { for_ms: Some(ms) } => format!(" --for {}s", ms / 1000),
        _ => String::new(),
    }
}
