//! How a host is made to stop for certain: by a fence agent or a command that runs on the monitor's host.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The fence device of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// What is called.
    pub device: Device,
    /// How long one call may take, in milliseconds.
    pub timeout_ms: u64,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// A program that follows the convention of fence agents: options on standard input, `action=off` and `action=status`.
    Agent {
        /// The program: a name that is looked up in the agents' usual folders, or an absolute path.
        agent: String,
        /// Options without secrets.
        options: BTreeMap<String, String>,
        /// File with more options, `key=value` a line, such as passwords; never shown, logged or journaled.
        secrets: Option<PathBuf>,
    },
    /// A command that is called with `off` or `status` as last argument: 0 is done or on, and 2 of `status` is off, with
    /// nothing printed or a last line of standard output that ends in `off`.
    Command {
        /// Program (an absolute path) and arguments.
        argv: Vec<String>,
    },
}

impl Device {
    /// What a person would type to have it do `action`; without secrets.
    #[must_use]
    pub fn command(&self, action: &str) -> String {
        match self {
            Self::Agent { agent, options, .. } => {
                let options: String = options.iter().map(|(key, value)| format!(" {key}={}", quoted(value))).collect();
                format!("{agent} action={action}{options}")
            }
            Self::Command { argv } => {
                let words: Vec<String> = argv.iter().map(|word| quoted(word)).chain([action.to_owned()]).collect();
                words.join(" ")
            }
        }
    }
}

/// A word as a shell would take it.
pub(super) fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-:=@%+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_device_could_be_typed_and_holds_no_secret() {
        let options = [("ip".to_owned(), "10.0.0.9".to_owned()), ("plug".to_owned(), "port 3".to_owned())].into();
        let agent = Device::Agent { agent: "fence_apc".into(), options, secrets: Some("/etc/fence".into()) };
        assert_eq!(agent.command("off"), "fence_apc action=off ip=10.0.0.9 plug='port 3'");
        let command = Device::Command { argv: vec!["/usr/local/bin/power".into(), "it's".into()] };
        assert_eq!(command.command("status"), r"/usr/local/bin/power 'it'\''s' status");
    }
}
