//! What runs by agents: an OCF resource agent of the host, or three commands. Nothing on the host supervises it: whoever wants
//! to know asks its monitor.
//!
//! An [`Agent`] is a name that plans and journals hold; what it means on a host is an [`AgentSpec`], which the configuration
//! keeps beside the cluster and hands to the driver.

use super::{BadName, ComponentName, ProcessMode};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment variable that tells a command of an agent which component it is called for.
pub const COMPONENT_VARIABLE: &str = "SWITCHTOWER_COMPONENT";

/// Something run by an agent, in one of its modes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Agent {
    /// The component that it is of; a host has one agent of a name.
    pub name: ComponentName,
    /// In which mode.
    pub mode: ProcessMode,
}

impl Agent {
    /// The active mode of `name`.
    ///
    /// # Errors
    /// When `name` cannot be one.
    pub fn active(name: impl Into<String>) -> Result<Self, BadName> {
        Ok(Self { name: ComponentName::new(name)?, mode: ProcessMode::Active })
    }
}

/// `vip.agent`, or `vip@standby.agent`: no unit and no process is called so.
impl std::fmt::Display for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.mode {
            ProcessMode::Active => f.pad(&format!("{}.agent", self.name)),
            ProcessMode::Standby => f.pad(&format!("{}@standby.agent", self.name)),
        }
    }
}

/// How an agent is called on its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSpec {
    /// What is called.
    pub call: AgentCall,
    /// It runs in two modes: an OCF agent is promoted where it is active, and commands are told the mode.
    pub both_modes: bool,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentCall {
    /// An OCF resource agent.
    Ocf(OcfAgent),
    /// Commands of the administrator's own.
    Exec(ExecAgent),
}

/// An OCF resource agent with its options. Its `Debug` has no value of an option in it.
#[derive(Clone, PartialEq, Eq)]
pub struct OcfAgent {
    /// The folder that it lies in below `/usr/lib/ocf/resource.d`.
    pub provider: String,
    /// Its file there.
    pub kind: String,
    /// Its options by their own names, without secrets.
    pub options: BTreeMap<String, String>,
    /// File on the monitor's host with more options, `key=value` a line, such as passwords.
    pub secrets: Option<PathBuf>,
}

impl OcfAgent {
    /// Where it lies on its host.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/usr/lib/ocf/resource.d/{}/{}", self.provider, self.kind)
    }
}

impl std::fmt::Debug for OcfAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, options) = (format!("ocf:{}:{}", self.provider, self.kind), self.options.keys());
        f.debug_struct("OcfAgent").field("name", &name).field("options", &options).field("secrets", &self.secrets).finish()
    }
}

/// Three commands, each an absolute program and its arguments; no shell reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecAgent {
    /// Ends with 0 once it runs.
    pub start: Vec<String>,
    /// Ends with 0 once it does not.
    pub stop: Vec<String>,
    /// Ends with 0 where it runs in the mode that it is told, and with 7 or 3 where it does not.
    pub monitor: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_of_an_agent_for_a_log_holds_no_value_of_an_option() {
        let options = [("ip".to_owned(), "192.0.2.10".to_owned())].into();
        let agent = OcfAgent { provider: "heartbeat".into(), kind: "IPaddr2".into(), options, secrets: None };
        assert_eq!(agent.path(), "/usr/lib/ocf/resource.d/heartbeat/IPaddr2");
        let shown = format!("{:?}", AgentSpec { call: AgentCall::Ocf(agent), both_modes: false });
        assert!(shown.contains("ocf:heartbeat:IPaddr2") && shown.contains("ip") && !shown.contains("192"), "{shown}");
    }
}
