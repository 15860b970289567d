//! How things are, in the few characters that a table has: words, signs and ages.

use super::text::{Tone, age};
use crate::core::fact::State;
use crate::core::health::Health;
use crate::core::model::{HostName, SiteName};
use crate::core::plan::Wanted;
use crate::wire::{HostView, PlacementView, StatusView, Verdict};

/// The sign of a placement that is not as wanted, or not known to be.
pub fn mark(placement: &PlacementView) -> (Tone, &'static str) {
    match (placement.health.as_ref().map(|judged| judged.health), placement.agrees, placement.observed, placement.wanted) {
        (Some(Health::Down | Health::Degraded), ..) => (Tone::Bad, "!"),
        (Some(Health::ProbeBroken | Health::Unknown), ..) => (Tone::Warn, "?"),
        (_, true, ..) => (Tone::Good, ""),
        (_, false, None, _) | (_, false, _, None) => (Tone::Warn, "?"),
        (_, false, Some(_), Some(_)) => (Tone::Bad, "!"),
    }
}

/// What a placement does; where its service is in between or worse, that too.
pub fn observed(placement: &PlacementView) -> String {
    let state = placement.state;
    match placement.observed {
        _ if state == State::Faulty => state.to_string(),
        None => "unknown".to_owned(),
        Some(_) if matches!(state, State::Failed | State::Missing | State::Starting | State::Stopping) => state.to_string(),
        Some(mode) => mode.to_string(),
    }
}

/// The same, with what its host's word alone does not say: that it answers nobody, or cannot be looked at.
pub fn condition(placement: &PlacementView) -> String {
    match placement.health.as_ref().map(|judged| judged.health) {
        Some(health @ (Health::Degraded | Health::ProbeBroken)) => health.word().to_owned(),
        _ => observed(placement),
    }
}

/// What is wrong with a placement, if anything is.
pub fn trouble(placement: &PlacementView) -> Option<String> {
    match placement.health.as_ref().filter(|judged| judged.health != Health::Up) {
        Some(judged) => Some(format!("{}: {}; {}", judged.health.word(), judged.why, placement.detail)),
        None => (!placement.agrees).then(|| placement.detail.clone()),
    }
}

/// Whether a host answered the last look.
pub fn answers(host: &HostView) -> (Tone, &'static str) {
    match host.answers {
        Some(true) => (Tone::Good, "answers"),
        Some(false) => (Tone::Bad, "silent !"),
        None => (Tone::Warn, "not asked yet ?"),
    }
}

/// How a host is.
pub fn health(host: &HostView) -> (Tone, String) {
    let word = host.health.health.word();
    match host.health.health {
        Health::Up => (Tone::Good, word.to_owned()),
        Health::Down | Health::Degraded => (Tone::Bad, format!("{word} !")),
        Health::ProbeBroken | Health::Unknown => (Tone::Warn, format!("{word} ?")),
    }
}

/// The age of what a host said: live, late after two intervals, lost where the host does not answer.
pub fn freshness(status: &StatusView, host: &HostName, age_ms: Option<u64>) -> (Tone, String) {
    let silent = status.hosts.iter().any(|h| h.name == *host && h.answers == Some(false));
    let late = age_ms.is_some_and(|ms| ms > status.interval_ms.saturating_mul(2));
    match age_ms {
        Some(_) if silent => (Tone::Bad, format!("LOST {}", age(age_ms))),
        Some(_) if late => (Tone::Warn, format!("LATE {}", age(age_ms))),
        _ => (Tone::Faint, age(age_ms)),
    }
}

/// What a site is to do, in a word.
pub fn role(status: &StatusView, site: &SiteName) -> &'static str {
    match (status.wanted, &status.active) {
        (_, Some(active)) if active == site => "ACTIVE",
        (_, Some(_)) => "STANDBY",
        (Wanted::Stopped, None) => "STOPPED",
        (_, None) => "UNDECIDED",
    }
}

/// The tone of the one word for the whole.
pub fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Ok => Tone::Good,
        Verdict::Moving | Verdict::Unknown => Tone::Warn,
        Verdict::Degraded | Verdict::Down => Tone::Bad,
    }
}
