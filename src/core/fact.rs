//! What was observed of a service on a host, and what such an observation proves.
//!
//! Three-valued throughout: a service runs, does not run, or nothing is known. Nothing here turns silence into a state.

use super::model::{HostName, Instance};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the host says of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs.
    Active,
    /// It does not run, and that is in order.
    Inactive,
    /// It does not run: it failed.
    Failed,
    /// It is not in order, by the word of its own agent, and something of it may still run.
    Faulty,
    /// It is on its way up.
    Starting,
    /// It is on its way down.
    Stopping,
    /// The host does not know such a service.
    Missing,
    /// Nothing is known.
    Unknown,
}

impl State {
    /// Whether something of it may be running: `None` when that is not known.
    #[must_use]
    pub fn runs(self) -> Option<bool> {
        match self {
            Self::Active | Self::Faulty | Self::Starting | Self::Stopping => Some(true),
            Self::Inactive | Self::Failed | Self::Missing => Some(false),
            Self::Unknown => None,
        }
    }

    /// The host's own report says that nothing of it runs.
    #[must_use]
    pub fn proven_stopped(self) -> bool {
        self.runs() == Some(false)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Active => "active",
            Self::Inactive => "stopped",
            Self::Failed => "failed",
            Self::Faulty => "faulty",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        })
    }
}

/// Which way a fact came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Pushed by the host's systemd when it changed.
    Pushed,
    /// Asked for over D-Bus.
    Asked,
    /// Asked for with `systemctl show`.
    Show,
    /// Asked of the host's own host service.
    Supervisor,
    /// Asked of the monitor of its agent.
    Agent,
    /// Asked of the host's fence device.
    Device,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pushed => "pushed by its host",
            Self::Asked => "asked over the bus",
            Self::Show => "asked with systemctl",
            Self::Supervisor => "asked of its host service",
            Self::Agent => "asked of its agent",
            Self::Device => "asked of the fence device",
        })
    }
}

/// One fact of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What the host says.
    pub state: State,
    /// The host's identifier of this start of the service (systemd's invocation id): differs after every start.
    pub invocation: Option<String>,
    /// The host's words for it, such as `running` or `exit-code`; bounded, without control characters.
    pub detail: String,
    /// Whether the unit starts by itself at boot (`enabled`, `disabled`, `static`, …); empty where not asked.
    pub enablement: String,
    /// Which way it came.
    pub source: Source,
    /// The boot that it was true in.
    pub boot_id: String,
    /// Its host stops it by itself, and has it stopped for certain, so many milliseconds after the host's clock in the last
    /// answer that this monitor was given; `None` where it does not. For that to hold, a driver extends the lease of a host
    /// by nothing but the clock in an answer to a look that it has handed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_stop_ms: Option<u64>,
}

/// What kind of failure a look was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissKind {
    /// Nothing came back, or the way is cut: the host may be dead.
    Silent,
    /// The host answered, but not in a way that can be used: it lives, and nothing is known of its services.
    Broken,
}

/// A look that has shown nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// What kind of failure.
    pub kind: MissKind,
    /// Why, in words.
    pub why: String,
}

/// Whether a host answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It answered the last look.
    Answers,
    /// It did not, or not in a way that can be used; why, in words.
    Silent(String),
    /// It is silent, to us and to a second vantage point; why, in words. What runs there is not known.
    Dead(String),
    /// It lives, and cannot be looked at properly; why, in words.
    Broken(String),
    /// It does not answer, and has stopped by itself what must run on one side only; how that is known, in words.
    SelfStopped(String),
    /// It was fenced and has not answered since: nothing of it runs.
    Fenced {
        /// How, in words.
        how: String,
        /// Its device said so, and can be asked again; else somebody has given their word.
        device: bool,
    },
}

/// Everything known at one moment: facts that are fresh enough to decide on, and which hosts answer.
///
/// What is not in it is unknown. Whoever fills it leaves out what is too old.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    facts: BTreeMap<HostName, BTreeMap<String, Fact>>,
    reach: BTreeMap<HostName, Reach>,
}

impl Picture {
    /// Adds or replaces a fact.
    pub fn put(&mut self, instance: &Instance, fact: Fact) {
        self.facts.entry(instance.host.clone()).or_default().insert(instance.service.to_string(), fact);
    }

    /// Says whether `host` answers.
    pub fn set_reach(&mut self, host: HostName, reach: Reach) {
        self.reach.insert(host, reach);
    }

    /// The fact of `instance`, if there is one.
    #[must_use]
    pub fn fact(&self, instance: &Instance) -> Option<&Fact> {
        self.facts.get(&instance.host)?.get(&instance.service.to_string())
    }

    /// The state of `instance`, unknown when there is no fact.
    #[must_use]
    pub fn state(&self, instance: &Instance) -> State {
        if self.fenced(&instance.host) || (self.self_stopped(&instance.host).is_some() && instance.service.stops_by_itself()) {
            return State::Inactive;
        }
        self.fact(instance).map_or(State::Unknown, |fact| fact.state)
    }

    /// How it is known that `host` does not answer and has stopped by itself what is active there. What is standby there
    /// may go on.
    #[must_use]
    pub fn self_stopped(&self, host: &HostName) -> Option<&str> {
        match self.reach(host) {
            Some(Reach::SelfStopped(how)) => Some(how),
            _ => None,
        }
    }

    /// Whether nothing active runs on `host` though nobody can ask it: nothing is sent there.
    #[must_use]
    pub fn out(&self, host: &HostName) -> bool {
        self.fenced(host) || self.self_stopped(host).is_some()
    }

    /// Whether `host` was fenced and has not answered since.
    #[must_use]
    pub fn fenced(&self, host: &HostName) -> bool {
        matches!(self.reach(host), Some(Reach::Fenced { .. }))
    }

    /// Whether `host` answers, as far as was noted.
    #[must_use]
    pub fn reach(&self, host: &HostName) -> Option<&Reach> {
        self.reach.get(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hosts_own_word_proves_that_something_is_stopped() {
        for (state, proven) in [
            (State::Active, false),
            (State::Inactive, true),
            (State::Failed, true),
            (State::Faulty, false),
            (State::Starting, false),
            (State::Stopping, false),
            (State::Missing, true),
            (State::Unknown, false),
        ] {
            assert_eq!(state.proven_stopped(), proven, "{state}");
        }
        assert_eq!(State::Unknown.runs(), None);
    }

    #[test]
    fn on_a_host_that_has_stopped_by_itself_only_what_was_active_is_known_to_be_stopped() {
        use super::super::model::{Process, ProcessMode, Service, UnitName};
        let host = HostName::new("a1").unwrap();
        let active = Process::active("app").unwrap();
        let standby = Process { mode: ProcessMode::Standby, ..active.clone() };
        let on = |service| Instance { host: host.clone(), service };
        let mut picture = Picture::default();
        for (reach, active_is, rest_is) in [
            (Reach::Silent(String::new()), State::Unknown, State::Unknown),
            (Reach::Dead(String::new()), State::Unknown, State::Unknown),
            (Reach::SelfStopped("32 s".into()), State::Inactive, State::Unknown),
            (Reach::Fenced { how: String::new(), device: true }, State::Inactive, State::Inactive),
        ] {
            picture.set_reach(host.clone(), reach.clone());
            assert_eq!(picture.state(&on(Service::Process(active.clone()))), active_is, "{reach:?}");
            assert_eq!(picture.state(&on(Service::Process(standby.clone()))), rest_is, "{reach:?}");
            assert_eq!(picture.state(&on(Service::Systemd(UnitName::new("a.service").unwrap()))), rest_is, "{reach:?}");
            assert_eq!(picture.out(&host), active_is == State::Inactive, "{reach:?}");
        }
    }
}
