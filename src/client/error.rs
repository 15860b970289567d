//! Why a monitor was not reached or did not answer, and what to do about it.

use crate::core::command::{Exit, Reason};
use crate::ssh::{Sign, SshError};
use crate::wire::{Failure, PROTOCOL};
use std::path::PathBuf;
use std::time::Duration;

/// What went wrong between a client and a monitor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no monitor answers at {}: {why}", .socket.display())]
    NotRunning {
        /// Where it was looked for.
        socket: PathBuf,
        /// What was found there instead.
        why: String,
    },
    /// The system does not let this user in.
    #[error("this user may not open {}{}", .socket.display(), .guard.as_ref().map_or(String::new(), |g| format!(" ({g})")))]
    Denied {
        /// Which socket.
        socket: PathBuf,
        /// Its mode and group, where they could be read.
        guard: Option<String>,
        /// The group that lets in, where it could be read.
        group: Option<String>,
    },
    /// The monitor's host, or a host on the way to it, is not reached through SSH.
    #[error("{0}")]
    Unreached(SshError),
    /// The monitor's host is reached, and does not open its socket for us.
    #[error("{} is not opened from there: {why}", .socket.display())]
    Unopened {
        /// Host and path.
        socket: PathBuf,
        /// What is known about why.
        why: String,
        /// It is certain that only somebody on that host can change it.
        lasting: bool,
    },
    /// This way to the monitor is for looking, and something was to be done on it.
    #[error("the monitor on {host} is reached for looking only: --operate was not given")]
    LookOnly {
        /// The monitor's host.
        host: String,
        /// The line that would do it.
        line: String,
    },
    /// The monitor speaks another version of the protocol.
    #[error("the monitor (version {version}) speaks protocol {theirs}, this program speaks {PROTOCOL}")]
    Protocol {
        /// What the monitor speaks.
        theirs: u64,
        /// Its version.
        version: String,
    },
    /// The connection ended.
    #[error("the connection to the monitor was lost: {0}")]
    Lost(String),
    /// No answer in time.
    #[error("the monitor did not answer {what} within {} s", .after.as_secs())]
    TimedOut {
        /// What was asked.
        what: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The monitor sent something that makes no sense.
    #[error("the monitor sent {0}")]
    Garbled(String),
    /// The monitor's own words.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl ClientError {
    /// The exit code of a command that ends with this.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Failure(failure) => failure.data.kind.exit(),
            Self::Denied { .. } | Self::Protocol { .. } | Self::LookOnly { .. } => Exit::Refused,
            Self::Unreached(_) | Self::Unopened { .. } if !self.passing() => Exit::Refused,
            Self::Unreached(_) | Self::Unopened { .. } => Exit::Unknown,
            Self::NotRunning { .. } | Self::Lost(_) | Self::TimedOut { .. } | Self::Garbled(_) => Exit::Unknown,
        }
    }

    /// Trying again may help: the monitor, or the way to it, may come back.
    #[must_use]
    pub fn passing(&self) -> bool {
        match self {
            Self::Unreached(error) => !shut(error),
            Self::Unopened { lasting, .. } => !lasting,
            _ => matches!(self, Self::NotRunning { .. } | Self::Lost(_) | Self::TimedOut { .. }),
        }
    }

    /// It is certain that nothing was asked of a monitor.
    #[must_use]
    pub fn unasked(&self) -> bool {
        matches!(self, Self::NotRunning { .. } | Self::Unreached(_) | Self::Unopened { .. })
    }

    /// Each reason with its remedy.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        match self {
            Self::Failure(failure) if !failure.data.reasons.is_empty() => failure.data.reasons.clone(),
            _ => vec![Reason::new(self.to_string(), self.remedy())],
        }
    }

    fn remedy(&self) -> String {
        let said = match self {
            Self::NotRunning { .. } => {
                "start it with `switchtower monitor run`, or as the service that it is installed as; name its folder with --run-dir if it runs elsewhere"
            }
            Self::Denied { group: Some(group), .. } => {
                return format!("act as a member of the group {group}; looking may be open to more people than acting");
            }
            Self::Denied { socket, .. } if socket.ends_with("observe.sock") => {
                "look as the user that runs the monitor, or as a member of its observers' group (`observers` under [monitor])"
            }
            Self::Denied { .. } => {
                "act as the user that runs the monitor, or as a member of its operators' group (`operators` under [monitor])"
            }
            Self::Unreached(error) if error.is_host_key() => {
                "nothing was sent there; compare the fingerprint with the one that the host itself shows before its key is recorded"
            }
            Self::Unreached(error) if is_login(error) => {
                "load a key that it takes into the SSH agent, or name it with IdentityFile in ~/.ssh/config; nobody is asked for a password"
            }
            Self::Unreached(error) if shut(error) => "mend what SSH says; `ssh` with the same hosts has to lead there without a question",
            Self::Unreached(error) if error.sign() == Sign::Life => "the host answers: look at its SSH server, and at the port",
            Self::Unreached(_) => "look whether that host and the way to it are up; of the cluster nothing is known from here meanwhile",
            Self::Unopened { lasting: true, .. } => {
                "allow it on that host: `AllowStreamLocalForwarding yes` in sshd_config, and no `restrict` for this key in authorized_keys"
            }
            Self::Unopened { .. } => {
                "look on that host whether the monitor runs, and whether AllowStreamLocalForwarding in its sshd_config lets this account through"
            }
            Self::LookOnly { line, .. } => return format!("run: {line}"),
            Self::Protocol { .. } => "use the program of the monitor's own version on this host",
            Self::Lost(_) => "ask again; if it stays away, look at the monitor's own log",
            Self::TimedOut { .. } => "ask again; if it stays silent, look whether the monitor's host is overloaded",
            Self::Garbled(_) => "use the program of the monitor's own version on this host",
            Self::Failure(_) => "look at the monitor's own log",
        };
        said.to_owned()
    }
}

/// Trying again does not help: somebody has to change something first.
fn shut(error: &SshError) -> bool {
    match error {
        SshError::Jump { reason, .. } => shut(reason),
        SshError::Connect { .. } | SshError::NoTunnel { .. } | SshError::Deadline { .. } | SshError::ConnectionLost { .. } => false,
        _ => true,
    }
}

/// No key of ours is taken.
fn is_login(error: &SshError) -> bool {
    match error {
        SshError::Jump { reason, .. } => is_login(reason),
        error => matches!(error, SshError::Auth { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_met_has_its_exit_code_and_says_what_to_do() {
        let host = || "mon1".to_owned();
        let auth = || SshError::Auth { host: host(), user: "ops".into(), tried: "nothing".into() };
        let changed = SshError::HostKeyChanged { host: host(), name: "mon1".into(), fingerprint: "x".into(), file: "/k".into(), line: 1 };
        let connect = |sign| SshError::Connect { host: host(), address: "10.0.0.5:22".into(), reason: "x".into(), sign };
        let through = |reason| SshError::Jump { host: host(), jump: "jump1".into(), reason: Box::new(reason) };
        for (error, exit, passing, word) in [
            (changed, 3, false, "nothing was sent there"),
            (auth(), 3, false, "SSH agent"),
            (through(auth()), 3, false, "SSH agent"),
            (SshError::ProxyCommand { host: host() }, 3, false, "without a question"),
            (connect(Sign::Life), 6, true, "look at its SSH server"),
            (connect(Sign::Silence), 6, true, "the way to it are up"),
            (through(connect(Sign::Silence)), 6, true, "the way to it are up"),
            (SshError::ConnectionLost { host: host(), reason: "x".into() }, 6, true, "the way to it are up"),
        ] {
            let error = ClientError::Unreached(error);
            assert_eq!((error.exit() as u8, error.passing(), error.unasked()), (exit, passing, true), "{error}");
            assert!(error.reasons()[0].remedy.contains(word), "{error:?}");
        }
    }
}
