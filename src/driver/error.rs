//! What can go wrong between the monitor and systemd, the host service or an agent on a host, in sentences for operators. What
//! each is worth to whoever looks is in `worth`.

use crate::core::model::{ClusterName, HostName, ProcessName};
use crate::core::record::{Keeps, Term};
use crate::ssh::SshError;
use crate::wire::host::ByHand;
use std::time::Duration;

mod worth;

/// Why a host could not be taken, acted on or looked at: which host, why, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The host is not among those that the driver was made with.
    #[error("{host}: no such host is configured; add it under [hosts], or correct the name")]
    UnknownHost {
        /// Who.
        host: HostName,
    },
    /// Something else than a unit was to be acted on through the host's systemd.
    #[error("{host}: what is to be acted on is no unit of systemd; report this defect")]
    NoUnit {
        /// Who.
        host: HostName,
    },
    /// The way to the host, or the host's own refusal of it.
    #[error("{host}: {}", without(.host, .reason))]
    Ssh {
        /// Who.
        host: HostName,
        /// What SSH says.
        reason: Box<SshError>,
    },
    /// No answer in time, which says nothing about what runs there.
    #[error("{host}: no answer within {} while {stage}; look whether the host hangs, or is only slow", crate::ssh::short(.after))]
    Deadline {
        /// Who.
        host: HostName,
        /// What was waited for.
        stage: &'static str,
        /// How long.
        after: Duration,
    },
    /// The host has been taken under a newer term: this monitor no longer leads, or has lost count.
    #[error(
        "{host}: refuses term {asked}, since it has been taken under term {kept}; either another monitor leads now, or this monitor's journal was lost or moved: then restore the journal, or, when no other monitor runs, remove {record} on each host"
    )]
    OlderTerm {
        /// Who.
        host: HostName,
        /// Under which term it was to be taken.
        asked: Term,
        /// The term that it keeps.
        kept: Term,
        /// Where its record is on the host.
        record: String,
    },
    /// Another life of a monitor has taken the host under this very term: one of the two is a copy.
    #[error(
        "{host}: another monitor acts under the same term {term}: this monitor's host or its journal was copied; stop one of the two, then start the other again, which gives it a newer term"
    )]
    SameTerm {
        /// Who.
        host: HostName,
        /// Which term.
        term: Term,
    },
    /// The host has rebooted since it was last heard.
    #[error("{host}: has rebooted (boot {found}, expected {expected}); look again before acting")]
    OtherBoot {
        /// Who.
        host: HostName,
        /// The boot that was expected.
        expected: String,
        /// The boot that it is in.
        found: String,
    },
    /// The guard began, or got its lock, after the time that it was given.
    #[error("{host}: the guard ran too late and did nothing; the host or the way to it is slow, try again")]
    TooLate {
        /// Who.
        host: HostName,
    },
    /// Another holder could not be ended in time.
    #[error("{host}: the guard's lock ({which}) was not released in time; look at who holds it with `fuser {path}`")]
    LockHeld {
        /// Who.
        host: HostName,
        /// Which of its two locks.
        which: String,
        /// The lock's file on the host.
        path: String,
    },
    /// A guard of the cluster runs there, so its record stays.
    #[error(
        "{host}: a guard of this cluster runs there: a monitor is connected, or an agent's action is under way; stop the monitor wherever it runs, and look at who holds the lock with `fuser {path}`"
    )]
    GuardRuns {
        /// Who.
        host: HostName,
        /// The lock's file on the host.
        path: String,
    },
    /// The login cannot become root.
    #[error(
        "{host}: the guard needs root: {reason}; log in as root, or allow the user `NOPASSWD: /bin/sh` in sudoers (which amounts to root)"
    )]
    NoRights {
        /// Who.
        host: HostName,
        /// What the host said.
        reason: String,
    },
    /// The guard's directory cannot be made or written.
    #[error("{host}: the guard has no place for its record: {reason}; /var/lib must be writable and the directory root's own")]
    GuardDirectory {
        /// Who.
        host: HostName,
        /// What the host said.
        reason: String,
    },
    /// The guard's record of the term cannot be read or kept.
    #[error("{host}: the record of the term is not in order: {reason}; see to the file system, or restore the file by hand")]
    GuardRecord {
        /// Who.
        host: HostName,
        /// What the host said.
        reason: String,
    },
    /// A program that the guard or the look needs is not there.
    #[error("{host}: {tool} is missing; install the package that brings it (util-linux, coreutils, systemd)")]
    MissingTool {
        /// Who.
        host: HostName,
        /// Which program.
        tool: String,
    },
    /// The host said something else than was agreed.
    #[error("{host}: its answer was not understood while {stage}: {reason}; look whether its login shell prints or ends by itself")]
    BadAnswer {
        /// Who.
        host: HostName,
        /// What was asked.
        stage: &'static str,
        /// What came instead.
        reason: String,
    },
    /// No answer, but signs of life while it was waited for.
    #[error("{reason}; it was heard meanwhile, so it lives")]
    HeardMeanwhile {
        /// Who.
        host: HostName,
        /// What came of the question.
        reason: Box<DriverError>,
    },
    /// The channel to systemd ended: a newer holder, a reboot, or the network.
    #[error("{host}: the channel to its systemd was lost: {reason}")]
    ChannelLost {
        /// Who.
        host: HostName,
        /// What is known about why.
        reason: String,
    },
    /// systemd, or the message bus, refused a call.
    #[error("{host}: systemd refused while {stage}: {reason}")]
    Refused {
        /// Who.
        host: HostName,
        /// What was asked.
        stage: &'static str,
        /// What it said.
        reason: String,
    },
    /// Something else than an agent that is known for the host was to be acted on as one.
    #[error("{host}: what is to be acted on is no agent that is configured there; report this defect")]
    NoAgent {
        /// Who.
        host: HostName,
    },
    /// The channel to the guard of its agents ended: a newer holder, a reboot, or the network.
    #[error("{host}: the channel to the guard of its agents was lost: {reason}")]
    GuardLost {
        /// Who.
        host: HostName,
        /// What is known about why.
        reason: String,
    },
    /// An agent's action that an older holder has begun cannot be ended.
    #[error(
        "{host}: an action that was begun before cannot be ended: {action}; look at these processes there, most likely they wait for a disk"
    )]
    ActionStays {
        /// Who.
        host: HostName,
        /// Its record, with agent, action and processes.
        action: String,
    },
    /// A program that an agent consists of is not there.
    #[error("{host}: no program {program} there; install it, or correct the name")]
    NoProgram {
        /// Who.
        host: HostName,
        /// Which.
        program: String,
    },
    /// A folder that OCF agents need is not there.
    #[error(
        "{host}: {place} is missing, where OCF agents keep what they have to remember; install resource-agents there, or run `systemd-tmpfiles --create`"
    )]
    NoPlace {
        /// Who.
        host: HostName,
        /// Which.
        place: String,
    },
    /// The file with an agent's secret options cannot be used.
    #[error("{host}: {reason}")]
    AgentSecrets {
        /// Who.
        host: HostName,
        /// Which file, and why.
        reason: String,
    },
    /// Something else than a process was to be acted on through a host service.
    #[error("{host}: what is to be acted on is no process of a host service; report this defect")]
    NotSupervised {
        /// Who.
        host: HostName,
    },
    /// The host answers, and its host service does not.
    #[error(
        "{host}: its host service does not answer at {socket}: {reason}; is `switchtower host run` up (`systemctl status switchtower-host`), may the login open that socket (`group` in host.toml), and does sshd allow it (AllowStreamLocalForwarding)?"
    )]
    NoHostService {
        /// Who.
        host: HostName,
        /// The socket on the host.
        socket: String,
        /// What was said, or happened.
        reason: String,
    },
    /// The connection to the host service ended before it had answered.
    #[error("{host}: the connection to its host service was lost: {reason}")]
    ServiceLost {
        /// Who.
        host: HostName,
        /// What is known about why.
        reason: String,
    },
    /// The host service said something else than was agreed.
    #[error(
        "{host}: its host service's answer was not understood while {stage}: {reason}; look whether it has the version of this monitor"
    )]
    ServiceAnswer {
        /// Who.
        host: HostName,
        /// What was asked.
        stage: &'static str,
        /// What came instead.
        reason: String,
    },
    /// The host service refused, and did nothing.
    #[error("{host}: its host service refused while {stage}: {reason}")]
    ServiceRefused {
        /// Who.
        host: HostName,
        /// What was asked.
        stage: &'static str,
        /// What it said.
        reason: String,
    },
    /// The host service speaks another version of the protocol.
    #[error("{host}: its host service cannot be spoken with: {reason}; install the same version of Switchtower on both")]
    OtherProtocol {
        /// Who.
        host: HostName,
        /// Which versions, in words.
        reason: String,
    },
    /// The host service is of another cluster.
    #[error(
        "{host}: its host service is not of cluster {cluster}: {reason}; correct `cluster` in its host.toml, or the host's address here"
    )]
    OtherCluster {
        /// Who.
        host: HostName,
        /// The monitor's cluster.
        cluster: ClusterName,
        /// What it said.
        reason: String,
    },
    /// A person on the host has acted on it, while no monitor was left.
    #[error(
        "{host}: refuses term {asked}, since {} acted on it by hand under term {kept} ({}): {}; a newer term is needed, which this monitor takes", .by.who, .by.what, .by.reason
    )]
    ByHand {
        /// Who.
        host: HostName,
        /// Under which term it was to be taken.
        asked: Term,
        /// The term that it keeps.
        kept: Term,
        /// What was done last, and by whom.
        by: Box<ByHand>,
        /// All that was done since a monitor took it last, in its order.
        all: Vec<Operated>,
    },
    /// The same, of a guard's record, before it was read what was done.
    #[error(
        "{host}: was operated by hand under term {kept}, and no monitor has journaled that yet: start the monitor, which does, or look at {record}/hand there, and remove {record} yourself"
    )]
    Unheard {
        /// Who.
        host: HostName,
        /// The term that it keeps.
        kept: Term,
        /// Where its record is on the host.
        record: String,
    },
    /// The host service has no such process in its configuration.
    #[error(
        "{host}: its host service knows no process {process}; add [processes.{process}] to /etc/switchtower/host.toml there and restart `switchtower host run`, or correct the name"
    )]
    NoProcess {
        /// Who.
        host: HostName,
        /// Which.
        process: ProcessName,
    },
    /// The host's power is to be known or changed, and nothing is configured for that.
    #[error("{host}: has no fence device; configure `fence` for it")]
    NoFence {
        /// Who.
        host: HostName,
    },
    /// The fence device said nothing that can be relied on.
    #[error("{host}: its fence device says nothing that can be relied on: `{device}` {why}; run it by hand to see")]
    Fence {
        /// Who.
        host: HostName,
        /// How the device was called, without secrets.
        device: String,
        /// What came instead.
        why: String,
    },
}

/// One thing that a person did on a host, under a term of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operated {
    /// Which record of the host holds that term.
    pub kept_by: Keeps,
    /// Under which term.
    pub under: Term,
    /// What.
    pub deed: ByHand,
}

/// What SSH says, without the host's name, which stands before it already.
fn without(host: &HostName, reason: &SshError) -> String {
    let said = reason.to_string();
    said.strip_prefix(host.as_str()).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&said).to_owned()
}

#[cfg(test)]
mod tests;
