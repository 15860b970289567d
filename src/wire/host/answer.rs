//! What a host service says: answers, refusals, and what it tells without being asked.

use super::HostClock;
use crate::core::fact::Fact;
use crate::core::model::{ClusterName, Process, ProcessName};
use crate::core::record::Term;
use serde::{Deserialize, Serialize};

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
    /// To [`HostAsk::Hello`](super::HostAsk::Hello).
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
    /// To [`HostAsk::Take`](super::HostAsk::Take).
    Taken {
        /// Its clocks.
        clock: HostClock,
    },
    /// To [`HostAsk::Act`](super::HostAsk::Act).
    Acted(HostOutcome),
    /// To [`HostAsk::Settle`](super::HostAsk::Settle): asked after the last act that could change it; where one is still under way it is said to be
    /// on its way, or not known.
    Settled {
        /// What it does.
        fact: Fact,
    },
    /// To [`HostAsk::Look`](super::HostAsk::Look).
    Looked {
        /// What each does, in the order of the question.
        facts: Vec<Fact>,
        /// Its clocks, read before the facts.
        clock: HostClock,
        /// Where a person acted there by hand, and nobody has taken it since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deed: Option<Box<Keeper>>,
    },
    /// To [`HostAsk::Follow`](super::HostAsk::Follow).
    Following,
    /// To [`HostAsk::Status`](super::HostAsk::Status).
    Status(HostStatus),
    /// To [`HostAsk::ByHand`](super::HostAsk::ByHand).
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
