//! What can go wrong between us and a host, in sentences for operators. No secret ever stands in one.
//!
//! The errors are `Clone` since callers that wait for the same connect share its outcome.

use std::time::Duration;

/// Why an SSH operation failed: which host, what, why, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SshError {
    /// The target itself makes no sense.
    #[error("{host}: this target cannot be used: {reason}")]
    BadTarget {
        /// Name as in the target.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The SSH client configuration could not be read, or asks for what is not supported.
    #[error("{host}: the SSH configuration cannot be used: {reason}")]
    Config {
        /// Name as in the target.
        host: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// There is an SSH client configuration but no `ssh` program that understands it.
    #[error("{host}: {file} may say how to reach it, but there is no `ssh` program to read it; install the OpenSSH client")]
    NoSshProgram {
        /// Name as in the target.
        host: String,
        /// The configuration file.
        file: String,
    },
    /// The configuration wants a `ProxyCommand`.
    #[error("{host}: its SSH configuration has a ProxyCommand, which is not run here; use ProxyJump, or ProxyCommand none")]
    ProxyCommand {
        /// Name as in the target.
        host: String,
    },
    /// No connection: name not found, refused, reset, no route, no common algorithm.
    #[error("{host}: no SSH connection to {address}: {reason}")]
    Connect {
        /// Name as in the target.
        host: String,
        /// Where the connection was to go.
        address: String,
        /// What the network or the protocol said.
        reason: String,
        /// What that shows of the host.
        sign: Sign,
    },
    /// A host could not connect to where a tunnel was to lead.
    #[error("{host}: cannot connect to {to} from there: {said}")]
    NoTunnel {
        /// Name as in the target, of the host that was to open the tunnel.
        host: String,
        /// Where the tunnel was to lead.
        to: String,
        /// What that shows of the far end.
        sign: Sign,
        /// What the host said.
        said: String,
    },
    /// The connection to a host on the way failed.
    #[error("{host}: cannot be reached through {jump}: {reason}")]
    Jump {
        /// Name as in the target.
        host: String,
        /// The jump host.
        jump: String,
        /// The jump host's own error.
        reason: Box<SshError>,
    },
    /// Something did not answer in time.
    #[error("{host}: no answer within {} while {stage}", crate::ssh::short(.after))]
    Deadline {
        /// Name as in the target.
        host: String,
        /// What was waited for.
        stage: String,
        /// How long.
        after: Duration,
    },
    /// The host presented a key that no known_hosts file has for it.
    #[error("{host}: unknown host key {fingerprint}, looked up as {names} in {files}; {remedy}")]
    HostKeyUnknown {
        /// Name as in the target.
        host: String,
        /// Names it was looked up under.
        names: String,
        /// Type and SHA-256 fingerprint presented.
        fingerprint: String,
        /// Files that were read, or the entries of other types that were found.
        files: String,
        /// What to do.
        remedy: String,
    },
    /// The host presented another key than the recorded one.
    #[error(
        "{host}: the host key has CHANGED: presented {fingerprint}, but {file} line {line} has another for {name}; if the host \
         was reinstalled, remove that line (ssh-keygen -R '{name}' -f {file}) and record the new key after comparing the \
         fingerprint on the host's own console; otherwise somebody stands in between"
    )]
    HostKeyChanged {
        /// Name as in the target.
        host: String,
        /// The recorded name.
        name: String,
        /// Type and SHA-256 fingerprint presented.
        fingerprint: String,
        /// The file with the recorded key.
        file: String,
        /// Its line, counted from 1.
        line: usize,
    },
    /// The host presented a key that is marked as revoked.
    #[error(
        "{host}: the host key {fingerprint} is REVOKED by {file} line {line}; give the host a new key (ssh-keygen -A after \
         removing the old one) and record that"
    )]
    HostKeyRevoked {
        /// Name as in the target.
        host: String,
        /// Type and SHA-256 fingerprint presented.
        fingerprint: String,
        /// The file with the mark.
        file: String,
        /// Its line, counted from 1.
        line: usize,
    },
    /// The host presented a certificate that does not hold.
    #[error("{host}: the host certificate {certificate} is refused: {reason}; sign a new one with the host CA")]
    HostCertificate {
        /// Name as in the target.
        host: String,
        /// Its key id, serial and CA.
        certificate: String,
        /// Why.
        reason: String,
    },
    /// A known_hosts file or a list of revoked keys could not be read.
    #[error("{host}: {file} cannot be read: {reason}; host keys are checked strictly, so nothing is connected")]
    HostKeyFile {
        /// Name as in the target.
        host: String,
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// No key, certificate or agent key was accepted.
    #[error("{host}: login as {user} refused; tried: {tried}; put a key in authorized_keys there, or name it with IdentityFile")]
    Auth {
        /// Name as in the target.
        host: String,
        /// The remote user.
        user: String,
        /// Every key by name and fingerprint, with what became of it.
        tried: String,
    },
    /// The connection is gone; what ran on it may have run or not.
    #[error("{host}: the SSH connection was lost: {reason}")]
    ConnectionLost {
        /// Name as in the target.
        host: String,
        /// What is known about why.
        reason: String,
    },
    /// The host refused a session, a command or a tunnel.
    #[error("{host}: {what} was refused: {reason}")]
    Refused {
        /// Name as in the target.
        host: String,
        /// What was asked for.
        what: String,
        /// What the host said, and what to look at.
        reason: String,
    },
    /// The command line cannot be sent.
    #[error("{host}: the command cannot be sent: {reason}")]
    BadCommand {
        /// Name as in the target.
        host: String,
        /// Why.
        reason: String,
    },
}

/// What a failure shows of the host that was to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It, or its kernel, has answered: it lives.
    Life,
    /// Nothing came from it: it may be dead.
    Silence,
    /// It was not asked: the trouble is on our side, or on the way.
    None,
}

impl SshError {
    /// What this failure by itself shows of the host. Where a deadline has passed or a connection was lost,
    /// [`Pool::heard_since`](super::Pool::heard_since) may know more.
    pub fn sign(&self) -> Sign {
        match self {
            Self::BadTarget { .. }
            | Self::Config { .. }
            | Self::NoSshProgram { .. }
            | Self::ProxyCommand { .. }
            | Self::HostKeyFile { .. }
            | Self::BadCommand { .. } => Sign::None,
            Self::Connect { sign, .. } | Self::NoTunnel { sign, .. } => *sign,
            Self::Jump { reason, .. } => match &**reason {
                // It is the host itself that the jump host could not connect to.
                Self::NoTunnel { sign, .. } => *sign,
                // The jump host is silent, so the way is cut; or it answers, and does not let us through.
                of_the_jump if of_the_jump.sign() == Sign::Silence => Sign::Silence,
                _ => Sign::None,
            },
            // The host was not asked at all.
            Self::Deadline { stage, .. } if stage == WAITING_TURN => Sign::None,
            Self::Deadline { .. } | Self::ConnectionLost { .. } => Sign::Silence,
            Self::HostKeyUnknown { .. }
            | Self::HostKeyChanged { .. }
            | Self::HostKeyRevoked { .. }
            | Self::HostCertificate { .. }
            | Self::Auth { .. }
            | Self::Refused { .. } => Sign::Life,
        }
    }

    /// The host's key or certificate was not accepted: nothing was sent to it, and only an operator can help.
    pub fn is_host_key(&self) -> bool {
        match self {
            Self::HostKeyUnknown { .. } | Self::HostKeyChanged { .. } | Self::HostKeyRevoked { .. } | Self::HostCertificate { .. } => true,
            Self::Jump { reason, .. } => reason.is_host_key(),
            _ => false,
        }
    }

    /// Nothing was heard in time, which says nothing about what happened at the other end.
    pub fn is_deadline(&self) -> bool {
        match self {
            Self::Deadline { .. } => true,
            Self::Jump { reason, .. } => reason.is_deadline(),
            _ => false,
        }
    }
}

/// The stage of a connect that waits for others to end.
pub(super) const WAITING_TURN: &str = "waiting for other connects to end";

/// A time as people say it: whole milliseconds, or seconds with one digit.
#[must_use]
pub fn short(time: &std::time::Duration) -> String {
    if time.as_millis() < 1000 { format!("{} ms", time.as_millis()) } else { format!("{:.1} s", time.as_secs_f64()) }
}
