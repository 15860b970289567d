//! What is run to have a fence device do something: program, arguments and input, made from the configuration.
//!
//! Called by [`super::FenceDevices`], on a thread that may wait for the disk. Runs nothing itself.

use super::secrets::Secrets;
use crate::core::model::{Device, HostName};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where agents are looked for by name, and all that a device finds in `PATH`.
pub(super) const FOLDERS: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/// What a device is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Off,
    Status,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Status => "status",
        }
    }
}

/// Why a call came to nothing, without the host's name, which whoever tells of it puts first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// The program is not there, or not a program.
    #[error("{name} is no program {}; install it, or correct `fence` of the host", place(.name))]
    NoProgram { name: String },
    /// The program's name is neither plain nor absolute.
    #[error("{name:?} is no name of an agent and no absolute path; correct `fence` of the host")]
    BadName { name: String },
    /// An option that cannot be handed over.
    #[error("option {key:?} {why}; correct `fence` of the host")]
    BadOption { key: String, why: &'static str },
    /// The file with secrets.
    #[error("its file of secrets {} {why}", .path.display())]
    Secrets { path: PathBuf, why: String },
    /// The system would not start it.
    #[error("cannot be started: {why}")]
    NotStarted { why: String },
    /// It had to be killed.
    #[error("did not end within {after:.1?} and was killed with all that it had started")]
    Late { after: Duration },
    /// Its end was lost.
    #[error("its end could not be seen: {why}")]
    Lost { why: String },
}

fn place(name: &str) -> String {
    if name.starts_with('/') { "that can be run".to_owned() } else { format!("in {}", FOLDERS.join(", ")) }
}

impl CallError {
    /// Whether the device may have been reached.
    pub fn may_have_run(&self) -> bool {
        matches!(self, Self::Late { .. } | Self::Lost { .. })
    }
}

/// Everything to be run. Has no `Debug`: the input holds secrets.
pub(super) struct Call {
    pub program: PathBuf,
    pub args: Vec<String>,
    /// More environment than every device has.
    pub env: Option<(&'static str, String)>,
    pub input: String,
    pub secrets: Secrets,
}

impl Call {
    /// The call that has `device` do `verb` to `host`. Reads the disk.
    pub fn new(device: &Device, host: &HostName, verb: Verb) -> Result<Self, CallError> {
        match device {
            Device::Agent { agent, options, secrets } => {
                let secrets = secrets.as_deref().map_or_else(|| Ok(Secrets::default()), Secrets::read)?;
                let input = format!("action={}\n{}{}", verb.word(), lines(options)?, secrets.lines);
                Ok(Self { program: find(agent)?, args: Vec::new(), env: None, input, secrets })
            }
            Device::Command { argv } => {
                let (program, args) = argv.split_first().map_or(("", &[][..]), |(program, args)| (program.as_str(), args));
                if !program.starts_with('/') {
                    return Err(CallError::BadName { name: program.to_owned() });
                }
                let args = args.iter().cloned().chain([verb.word().to_owned()]).collect();
                let env = Some(("SWITCHTOWER_HOST", host.to_string()));
                Ok(Self { program: find(program)?, args, env, input: String::new(), secrets: Secrets::default() })
            }
        }
    }
}

fn lines(options: &BTreeMap<String, String>) -> Result<String, CallError> {
    let line = |(key, value): (&String, &String)| {
        check_line(key, value).map_err(|why| CallError::BadOption { key: key.clone(), why })?;
        Ok(format!("{key}={value}\n"))
    };
    options.iter().map(line).collect()
}

/// Whether an option says to an agent what it says to a person. An agent takes the last of two lines with one key, so
/// that a second `action` would be what it does.
pub(super) fn check_line(key: &str, value: &str) -> Result<(), &'static str> {
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err("has a name that is not made of letters, digits, - and _");
    }
    if ["action", "option"].contains(&key.to_ascii_lowercase().as_str()) {
        return Err("would change what the agent is asked for");
    }
    if value.chars().any(char::is_control) {
        return Err("has a value with a line break or another control character");
    }
    Ok(())
}

fn find(name: &str) -> Result<PathBuf, CallError> {
    if name.is_empty() || (name.contains('/') && !name.starts_with('/')) {
        return Err(CallError::BadName { name: name.to_owned() });
    }
    let candidates = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
    // Joined to an absolute path, a folder falls away.
    candidates.into_iter().find(|path| can_be_run(path)).ok_or_else(|| CallError::NoProgram { name: name.to_owned() })
}

fn can_be_run(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(agent: &str, options: &[(&str, &str)]) -> Result<Call, CallError> {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let device = Device::Agent { agent: agent.to_owned(), options, secrets: None };
        Call::new(&device, &HostName::new("b1").unwrap(), Verb::Off)
    }

    fn why(call: Result<Call, CallError>) -> String {
        call.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn an_agent_is_found_by_name_and_gets_the_action_first() {
        let call = agent("true", &[("plug", "3"), ("ip", "10.0.0.9 a=b")]).ok().unwrap();
        assert_eq!(call.program, Path::new("/usr/bin/true"));
        assert_eq!(call.input, "action=off\nip=10.0.0.9 a=b\nplug=3\n");
        assert_eq!(agent("/bin/true", &[]).ok().unwrap().program, Path::new("/bin/true"));
    }

    #[test]
    fn programs_that_depend_on_the_folder_or_do_not_exist_are_refused() {
        for bad in ["", "./fence_apc", "../bin/true", "bin/true"] {
            assert!(why(agent(bad, &[])).contains("no absolute path"), "{bad}");
        }
        for missing in ["fence_of_nobody", "/usr/sbin/fence_of_nobody", "/etc/passwd", "/usr/bin", "."] {
            assert!(why(agent(missing, &[])).contains("is no program"), "{missing}");
        }
        let command = Device::Command { argv: vec!["true".into()] };
        assert!(why(Call::new(&command, &HostName::new("b1").unwrap(), Verb::Off)).contains("no absolute path"));
    }

    #[test]
    fn an_option_can_neither_bring_a_second_line_nor_another_action() {
        for (key, value) in [("plug", "3\naction=on"), ("plug", "3\raction=on"), ("plug", "3\0"), ("plug\naction", "on"), ("plug=3", "")] {
            assert!(!why(agent("true", &[(key, value)])).is_empty(), "{key:?}={value:?}");
        }
        for key in ["action", "Action", "option"] {
            assert!(why(agent("true", &[(key, "reboot")])).contains("would change what the agent is asked for"), "{key}");
        }
    }
}
