//! What a monitor's driver, or a person on the host, and a host service say to each other: one JSON value a line, over the
//! host service's Unix socket. The first question is [`HostAsk::Hello`].
//!
//! Why nothing is done late or twice: an act carries a claim (term and life of the monitor), a number that grows with every
//! act and every settling of that life, and a not-after by the host's own clock. The service refuses an older term, another life under the same
//! term, an act whose number is not newer than the last settling, and whatever arrives after its time.

use crate::core::fact::Fact;
use crate::core::model::{ClusterName, Process, ProcessName};
use crate::core::plan::Action;
use crate::core::record::Term;
use serde::{Deserialize, Serialize};

/// The version of the protocol. A driver and a host service of different versions refuse each other in words.
pub const HOST_PROTOCOL: u32 = 1;
/// The longest line, in bytes.
pub const HOST_MAX_LINE: usize = 1024 * 1024;
/// Questions of one connection that may be open at a time; one more is refused.
pub const HOST_OPEN: usize = 64;

/// A question with its number, which the answer repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostIncoming {
    /// Chosen by whoever asks.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub ask: HostAsk,
}

/// What a host service may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask", content = "with")]
pub enum HostAsk {
    /// Settles version and cluster. Answered with [`HostAnswer::Welcome`].
    Hello(HostHello),
    /// Raises the term. Answered with [`HostAnswer::Taken`] once that is on stable storage.
    Take(HostTake),
    /// Starts or stops a process. Answered with [`HostAnswer::Acted`] when that has an end.
    Act(HostAct),
    /// Makes every act of a smaller number void that is about this process, waits for one that is under way for it, and says
    /// what it does.
    /// Answered with [`HostAnswer::Settled`].
    Settle(HostSettle),
    /// What processes do. Answered with [`HostAnswer::Looked`].
    Look(HostLook),
    /// Every later change of a process is told on this connection. Answered with [`HostAnswer::Following`].
    Follow {
        /// Which.
        processes: Vec<Process>,
    },
    /// Everything that the service knows, for people. Answered with [`HostAnswer::Status`].
    Status,
    /// A start or stop by a person on the host, while no monitor is left: raises the term. Answered with [`HostAnswer::ByHand`].
    ByHand(HostByHand),
}

/// The first words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHello {
    /// The protocol that the client speaks.
    pub protocol: u32,
    /// The cluster that it is of; `None` for a person on the host, who takes whatever is there.
    pub cluster: Option<ClusterName>,
    /// Its name and version, for the log.
    pub client: String,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Under which term.
    pub term: Term,
    /// The monitor's life: 16 hexadecimal digits.
    pub identity: String,
}

/// Until when something may still be done, by the host's own clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAfter {
    /// The boot that the host must be in.
    pub boot_id: String,
    /// `CLOCK_BOOTTIME` in milliseconds.
    pub boot_ms: u64,
}

/// See [`HostAsk::Take`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostTake {
    /// Who.
    pub claim: Claim,
    /// The term of the last deed by hand there that whoever takes it has heard of; a host on which a person did another
    /// one last is not taken, so that nothing that was done by hand goes unheard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deed: Option<Term>,
    /// Until when.
    pub not_after: NotAfter,
}

/// See [`HostAsk::Act`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAct {
    /// Who.
    pub claim: Claim,
    /// Larger than that of every act and settling before it in this life of the monitor.
    pub number: u64,
    /// Of what.
    pub process: Process,
    /// What is done to it.
    pub action: Action,
    /// How long it may take from its arrival, in milliseconds.
    pub timeout_ms: u64,
    /// It begins only while the host stops its active processes by itself without a sign of life, which holds for so many
    /// milliseconds: whoever acts was told so and counts on it, and a service that was started anew knows of no lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_ms: Option<u64>,
    /// Until when it may begin.
    pub not_after: NotAfter,
}

/// See [`HostAsk::Settle`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSettle {
    /// Who.
    pub claim: Claim,
    /// As in [`HostAct`].
    pub number: u64,
    /// Of what.
    pub process: Process,
    /// How long an act under way is waited for, in milliseconds.
    pub wait_ms: u64,
}

/// See [`HostAsk::Look`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostLook {
    /// Which.
    pub processes: Vec<Process>,
    /// From whoever holds the lease, and wants the host to stop its active processes once it hears no more of it.
    pub lease: Option<HostLease>,
    /// From whoever holds the lease, and wants the host not to stop anything by itself any more. A look without this and
    /// without `lease` changes nothing of what was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disarm: Option<Claim>,
}

/// A sign of life from the holder of the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostLease {
    /// Who.
    pub claim: Claim,
    /// Until when it holds: what the host's clock said in an earlier answer, and `length_ms`. A sign that arrives late
    /// therefore holds no longer.
    pub until: NotAfter,
    /// How long a sign of life holds, in milliseconds.
    pub length_ms: u64,
}

/// See [`HostAsk::ByHand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostByHand {
    /// Of what; [`Action::Start`] of one that runs in its other mode stops that first.
    pub process: Process,
    /// What is done to it.
    pub action: Action,
    /// Why; goes into the record.
    pub reason: String,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Though a monitor was heard lately.
    pub despite_monitor: bool,
}

/// The host's clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClock {
    /// The boot that it is in.
    pub boot_id: String,
    /// `CLOCK_BOOTTIME` in milliseconds.
    pub boot_ms: u64,
    /// Wall clock, milliseconds since 1970.
    pub wall_ms: i64,
}

/// A line from a host service: an answer or a refusal with the question's number, or something that it tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostOutgoing {
    /// An answer.
    Answer {
        /// To which question.
        id: u64,
        /// What it is.
        answer: HostAnswer,
    },
    /// It is not done; nothing was changed for it.
    Refused {
        /// Which question; `None` where it could not be read.
        id: Option<u64>,
        /// Why.
        refusal: HostRefusal,
    },
    /// A process changed.
    Changed {
        /// Which.
        process: Process,
        /// To what.
        fact: Fact,
    },
    /// More changed than the reader took in time, and some of it was dropped: look.
    Resync,
}

/// The answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "of")]
pub enum HostAnswer {
    /// To [`HostAsk::Hello`].
    Welcome {
        /// The protocol that it speaks.
        protocol: u32,
        /// Version of the host service.
        version: String,
        /// Its cluster.
        cluster: ClusterName,
        /// Its clocks.
        clock: HostClock,
    },
    /// To [`HostAsk::Take`].
    Taken {
        /// Its clocks.
        clock: HostClock,
    },
    /// To [`HostAsk::Act`].
    Acted(HostOutcome),
    /// To [`HostAsk::Settle`]: asked after the last act that could change it; where one is still under way it is said to be
    /// on its way, or not known.
    Settled {
        /// What it does.
        fact: Fact,
    },
    /// To [`HostAsk::Look`].
    Looked {
        /// What each does, in the order of the question.
        facts: Vec<Fact>,
        /// Its clocks, read before the facts.
        clock: HostClock,
    },
    /// To [`HostAsk::Follow`].
    Following,
    /// To [`HostAsk::Status`].
    Status(HostStatus),
    /// To [`HostAsk::ByHand`].
    ByHand {
        /// The term that was raised for it.
        term: Term,
        /// What came of it.
        outcome: HostOutcome,
    },
}

/// What became of an act, with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end")]
pub enum HostOutcome {
    /// It is as it should be.
    Done {
        /// How.
        detail: String,
    },
    /// It is not.
    Failed {
        /// Why.
        detail: String,
    },
}

/// Everything that a host service knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostStatus {
    /// Its version.
    pub version: String,
    /// Its cluster.
    pub cluster: ClusterName,
    /// Its clocks.
    pub clock: HostClock,
    /// Under which term it was taken, and by whom; `None` before the first time.
    pub keeper: Option<Keeper>,
    /// Milliseconds since a monitor was last heard; `None` if none was since the service began.
    pub heard_ms: Option<u64>,
    /// How long a sign of life holds, in milliseconds, where it stops its active processes without one.
    pub lease_ms: Option<u64>,
    /// Every process of its configuration, with what it does and in which mode.
    pub processes: Vec<HostProcess>,
}

/// One process of a host service's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostProcess {
    /// Its name.
    pub name: ProcessName,
    /// What it does; the service's name in it is that of the mode that it runs in, or ran in last.
    pub process: Process,
    /// The fact of that mode.
    pub fact: Fact,
}

/// Who took a host last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// Under which term.
    pub term: Term,
    /// The monitor's life; 16 zeros where it was a person.
    pub identity: String,
    /// Where it was a person on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<ByHand>,
}

/// What a person did on the host while no monitor was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Who, by the socket's word: a user id and name.
    pub who: String,
    /// Why.
    pub reason: String,
    /// What, such as `start app.process`; the last of several.
    pub what: String,
    /// When, by the host's wall clock.
    pub at: jiff::Timestamp,
}

/// Why a question is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct HostRefusal {
    /// The kind, for programs.
    pub kind: HostRefusalKind,
    /// In a sentence, for people.
    pub message: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum HostRefusalKind {
    /// The line makes no sense, or is not in its place.
    BadRequest,
    /// Another version of the protocol.
    Protocol,
    /// It serves another cluster.
    OtherCluster,
    /// It was taken under a newer term, or under this one by somebody else.
    Term {
        /// By whom.
        keeper: Keeper,
    },
    /// Nobody has taken it under this term yet: take first.
    NotTaken,
    /// The host is in another boot.
    OtherBoot,
    /// It came too late, by the host's clock.
    Late,
    /// A later settling has made it void.
    Superseded,
    /// It does not stop by itself as the act counts on: a sign of life has to come first.
    NoLease,
    /// No such process stands in its configuration.
    NoProcess,
    /// A monitor was heard lately: ask that one.
    MonitorHeard,
    /// Too many questions are open.
    Busy,
    /// Its record of terms cannot be written.
    Record,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_question_survives_the_line() {
        let claim = Claim { term: Term(4), identity: "0123456789abcdef".into() };
        let not_after = NotAfter { boot_id: "b".into(), boot_ms: 9 };
        let process = Process::active("app").unwrap();
        for ask in [
            HostAsk::Hello(HostHello { protocol: HOST_PROTOCOL, cluster: None, client: "x".into() }),
            HostAsk::Take(HostTake { claim: claim.clone(), deed: None, not_after: not_after.clone() }),
            HostAsk::Act(HostAct {
                claim,
                number: 3,
                process: process.clone(),
                action: Action::Stop,
                timeout_ms: 5,
                lease_ms: None,
                not_after,
            }),
            HostAsk::Look(HostLook { processes: vec![process], lease: None, disarm: None }),
            HostAsk::Status,
        ] {
            let line = serde_json::to_string(&HostIncoming { id: 7, ask: ask.clone() }).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<HostIncoming>(&line).unwrap(), HostIncoming { id: 7, ask }, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_a_reader_panic(line in "\\PC*") {
            let _ = serde_json::from_str::<HostIncoming>(&line);
            let _ = serde_json::from_str::<HostOutgoing>(&line);
        }
    }
}
