//! What runs on a host: a service in the sense of its driver, and the pair of host and service.

use super::{Agent, HookCall, HostName, Process, ProcessMode};
use serde::{Deserialize, Serialize};

/// Why a text cannot be the name of a systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUnit {
    /// A character that systemd does not take in a unit's name.
    #[error("a unit's name is made of ASCII letters, digits and :-_.\\@; {0:?} is not one of them")]
    Character(char),
    /// More than 255 bytes.
    #[error("a unit's name has at most 255 characters")]
    TooLong,
    /// No known suffix, or nothing before it.
    #[error("a unit's name ends in its type, as in {0}.service; known are .service .target .mount .socket .timer .path .slice")]
    Suffix(String),
}

/// The name of a systemd unit, checked by systemd's own alphabet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

const SUFFIXES: [&str; 7] = [".service", ".target", ".mount", ".socket", ".timer", ".path", ".slice"];

impl UnitName {
    /// Checks `text` and keeps it.
    ///
    /// # Errors
    /// When systemd would not take it as a unit's name.
    pub fn new(text: impl Into<String>) -> Result<Self, BadUnit> {
        let text = text.into();
        if text.len() > 255 {
            return Err(BadUnit::TooLong);
        }
        if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || ":-_.\\@".contains(*c))) {
            return Err(BadUnit::Character(bad));
        }
        if text.starts_with('-') || !SUFFIXES.iter().any(|s| text.strip_suffix(s).is_some_and(|stem| !stem.is_empty())) {
            return Err(BadUnit::Suffix(text));
        }
        Ok(Self(text))
    }

    /// The name, with its suffix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UnitName {
    type Error = BadUnit;
    fn try_from(text: String) -> Result<Self, BadUnit> {
        Self::new(text)
    }
}

impl From<UnitName> for String {
    fn from(unit: UnitName) -> String {
        unit.0
    }
}

impl std::fmt::Display for UnitName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Something that a driver can start, stop and look at on a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// A unit of the host's systemd.
    Systemd(UnitName),
    /// A process that the host's own host service supervises, in one of its modes.
    Process(Process),
    /// What an OCF resource agent, or three commands, start and stop, in one of its modes.
    Agent(Agent),
    /// The host itself, as its fence device sees it: it runs while it has power.
    Power,
    /// A command that runs around a move; to start it is to run it, to stop it is to take it back.
    Hook(Box<HookCall>),
}

impl Service {
    /// The hook that it is, if it is one.
    #[must_use]
    pub fn hook(&self) -> Option<&HookCall> {
        match self {
            Self::Hook(call) => Some(call),
            _ => None,
        }
    }

    /// Whether a host that stops by itself stops this: what must run on one side only.
    #[must_use]
    pub fn stops_by_itself(&self) -> bool {
        matches!(self, Self::Process(Process { mode: ProcessMode::Active, .. }))
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Systemd(unit) => unit.fmt(f),
            Self::Process(process) => process.fmt(f),
            Self::Agent(agent) => agent.fmt(f),
            Self::Power => f.pad("power"),
            Self::Hook(hook) => hook.fmt(f),
        }
    }
}

/// One service on one host: what is observed and acted upon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance {
    /// Where.
    pub host: HostName,
    /// What.
    pub service: Service,
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.service, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::ComponentName;

    #[test]
    fn units_that_systemd_takes_are_taken() {
        for good in ["app.service", "sync@active.service", "srv-data.mount", "a\\x2db.service"] {
            assert!(UnitName::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn no_two_kinds_of_service_have_one_name() {
        let process = Process::active("app").unwrap();
        assert_eq!(Service::Process(process.clone()).to_string(), "app.process");
        let standby = Process { mode: crate::core::model::ProcessMode::Standby, ..process };
        assert_eq!(Service::Process(standby).to_string(), "app@standby.process");
        assert!(UnitName::new("app.process").is_err(), "else a unit could be taken for a process");
        for mode in [ProcessMode::Active, ProcessMode::Standby] {
            let agent = |name: &str| Service::Agent(Agent { name: ComponentName::new(name).unwrap(), mode }).to_string();
            assert!(agent("app").ends_with(".agent") && UnitName::new(agent("app.service")).is_err());
            assert!(agent("app.process").ends_with(".agent"), "else an agent could be taken for a process");
        }
        assert_eq!(Service::Agent(Agent::active("agent/a").unwrap()).to_string(), "agent/a.agent");
        for bad in ["", "a.service", "a@standby", "a b", "../a", "-a"] {
            assert!(Process::active(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn what_systemd_would_refuse_or_a_shell_would_read_is_refused() {
        for bad in ["", "app", ".service", "a b.service", "a;b.service", "$(id).service", "-a.service", "a\n.service", "a'.service"] {
            assert!(UnitName::new(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
