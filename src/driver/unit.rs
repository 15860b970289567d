//! What systemd says of a unit, turned into what Switchtower says of a service. Pure.

use super::words::tidy;
use crate::core::fact::{Fact, Source, State};

/// What systemd says of a unit in one answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sighting {
    /// `loaded`, `not-found`, `masked`, …
    pub load: String,
    /// `active`, `inactive`, `failed`, `activating`, …
    pub active: String,
    /// The unit type's own word, such as `running`.
    pub sub: String,
    /// What is queued for it: `start`, `stop`, …; `Some("")` where only that something is queued is known.
    pub job: Option<String>,
}

impl Sighting {
    /// The state that it stands for. What is queued counts: a unit that is about to be started is not proven stopped.
    pub fn state(&self) -> State {
        match (self.active.as_str(), self.job.as_deref()) {
            ("active" | "reloading" | "refreshing" | "maintenance", Some("stop" | "restart" | "try-restart")) => State::Stopping,
            ("active" | "reloading" | "refreshing" | "maintenance", _) => State::Active,
            ("activating", _) => State::Starting,
            ("deactivating", _) => State::Stopping,
            ("inactive" | "failed", Some(job)) if job != "stop" && job != "nop" => State::Starting,
            ("inactive", _) if self.load == "not-found" => State::Missing,
            ("inactive", _) => State::Inactive,
            ("failed", _) => State::Failed,
            _ => State::Unknown,
        }
    }

    /// Whether something is queued for it.
    pub fn has_job(&self) -> bool {
        self.job.is_some()
    }

    /// `activating (auto-restart)`, in systemd's words.
    pub fn words(&self) -> String {
        let queued = self.job.as_deref().filter(|job| !job.is_empty()).map(|job| format!(", {job} queued")).unwrap_or_default();
        tidy(&format!("{} ({}{queued})", self.active, self.sub))
    }
}

/// What else is known of a unit.
#[derive(Debug, Clone, Default)]
pub(super) struct Extra {
    /// The start that it is in, in hexadecimal.
    pub invocation: Option<String>,
    /// `enabled`, `disabled`, …
    pub enablement: String,
    /// Why it failed, such as `exit-code`.
    pub result: String,
    /// Processes of it that run although it is stopped.
    pub left: Left,
    /// It has a control group, which systemd takes away once a stopped unit has no process left.
    pub group: bool,
}

/// What is known of the processes of a unit that is stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing was asked: there was no need, or the [control group](Extra::group) says it.
    #[default]
    NotAsked,
    /// It was asked and not answered, so that the stop is not proven.
    NotTold,
    /// These.
    Told(Vec<u32>),
}

/// The fact that follows.
pub(super) fn fact(sighting: &Sighting, extra: &Extra, source: Source, boot_id: &str) -> Fact {
    let mut state = sighting.state();
    let mut detail = match state {
        State::Failed if !matches!(extra.result.as_str(), "" | "success") => extra.result.clone(),
        State::Inactive if sighting.load == "masked" => "masked".to_owned(),
        _ if sighting.has_job() => sighting.words(),
        _ => sighting.sub.clone(),
    };
    // The unit may be down in systemd's books while what it started is not.
    let left = match &extra.left {
        Left::Told(left) if !left.is_empty() => Some((State::Stopping, remaining(left))),
        Left::NotTold => Some((State::Unknown, "whether any of its processes still runs could not be told".to_owned())),
        Left::NotAsked if extra.group => Some((State::Stopping, "its control group is not empty".to_owned())),
        _ => None,
    };
    if let Some((instead, left)) = left.filter(|_| state.proven_stopped()) {
        state = instead;
        detail = format!("{}, but {left}", sighting.active);
    }
    let (invocation, enablement) = (extra.invocation.clone(), tidy(&extra.enablement));
    Fact { state, invocation, detail: tidy(&detail), enablement, source, boot_id: boot_id.to_owned(), self_stop_ms: None }
}

/// Processes that stayed behind, in words.
pub(super) fn remaining(left: &[u32]) -> String {
    let shown: Vec<String> = left.iter().take(5).map(u32::to_string).collect();
    let more = if left.len() > shown.len() { ", …" } else { "" };
    format!("{} of its processes still run (pid {}{more})", left.len(), shown.join(", "))
}

/// The object path of a unit: every byte that is no letter, and no digit after the first place, is `_` and two digits.
pub(super) fn path_of(unit: &str) -> String {
    let mut path = String::from("/org/freedesktop/systemd1/unit/");
    for (at, byte) in unit.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit()) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

/// An invocation id's bytes as systemd prints them; `None` for a unit that never started.
pub(super) fn invocation(bytes: &[u8]) -> Option<String> {
    (bytes.len() == 16 && bytes.iter().any(|&b| b != 0)).then(|| bytes.iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(load: &str, active: &str, job: Option<&str>) -> Sighting {
        Sighting { load: load.into(), active: active.into(), sub: "sub".into(), job: job.map(str::to_owned) }
    }

    #[test]
    fn every_state_of_systemd_has_its_meaning() {
        for (load, active, job, state) in [
            ("loaded", "active", None, State::Active),
            ("loaded", "reloading", None, State::Active),
            ("not-found", "active", None, State::Active),
            ("loaded", "active", Some("stop"), State::Stopping),
            ("loaded", "activating", Some("start"), State::Starting),
            ("loaded", "activating", None, State::Starting),
            ("loaded", "deactivating", Some("stop"), State::Stopping),
            ("loaded", "inactive", None, State::Inactive),
            ("masked", "inactive", None, State::Inactive),
            ("loaded", "inactive", Some("stop"), State::Inactive),
            ("not-found", "inactive", None, State::Missing),
            ("loaded", "failed", None, State::Failed),
            ("loaded", "whatever comes", None, State::Unknown),
        ] {
            assert_eq!(seen(load, active, job).state(), state, "{load} {active} {job:?}");
        }
    }

    #[test]
    fn a_unit_that_is_about_to_be_started_is_not_proven_stopped() {
        for job in ["start", "restart", "verify-active", ""] {
            assert_eq!(seen("loaded", "inactive", Some(job)).state(), State::Starting, "{job:?}");
            assert_eq!(seen("loaded", "failed", Some(job)).state(), State::Starting, "{job:?}");
        }
    }

    #[test]
    fn a_stopped_unit_with_living_processes_is_not_proven_stopped() {
        let extra = Extra { left: Left::Told(vec![7, 8]), ..Extra::default() };
        let fact = fact(&seen("loaded", "inactive", None), &extra, Source::Asked, "b");
        assert_eq!(fact.state, State::Stopping);
        assert_eq!(fact.detail, "inactive, but 2 of its processes still run (pid 7, 8)");
        let shown = super::fact(&seen("loaded", "failed", None), &Extra { group: true, ..Extra::default() }, Source::Show, "b");
        assert_eq!(shown.state, State::Stopping);
        let running = super::fact(&seen("loaded", "active", None), &Extra { group: true, ..Extra::default() }, Source::Show, "b");
        assert_eq!(running.state, State::Active);
    }

    #[test]
    fn a_stop_whose_processes_could_not_be_told_proves_nothing() {
        let extra = Extra { left: Left::NotTold, ..Extra::default() };
        for (active, state) in [("inactive", State::Unknown), ("failed", State::Unknown), ("active", State::Active)] {
            let fact = fact(&seen("loaded", active, None), &extra, Source::Pushed, "b");
            assert_eq!(fact.state, state, "{fact:?}");
        }
        let fact = fact(&seen("loaded", "inactive", None), &extra, Source::Pushed, "b");
        assert_eq!(fact.detail, "inactive, but whether any of its processes still runs could not be told");
    }

    #[test]
    fn a_failure_says_why() {
        let extra = Extra { result: "exit-code".into(), ..Extra::default() };
        assert_eq!(fact(&seen("loaded", "failed", None), &extra, Source::Asked, "b").detail, "exit-code");
    }

    #[test]
    fn paths_are_escaped_as_systemd_does() {
        assert_eq!(path_of("app.service"), "/org/freedesktop/systemd1/unit/app_2eservice");
        assert_eq!(path_of("9a@b-1.service"), "/org/freedesktop/systemd1/unit/_39a_40b_2d1_2eservice");
    }

    #[test]
    fn a_unit_that_never_started_has_no_invocation() {
        assert_eq!(invocation(&[]), None);
        assert_eq!(invocation(&[0; 16]), None);
        assert_eq!(invocation(&[0xab; 16]).unwrap(), "ab".repeat(16));
    }
}
