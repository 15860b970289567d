//! What a monitor's driver, or a person on the host, and a host service say to each other: one JSON value a line, over the
//! host service's Unix socket. The first question is [`HostAsk::Hello`].
//!
//! Why nothing is done late or twice: an act carries a claim (term and life of the monitor), a number that grows with every
//! act and every settling of that life, and a not-after by the host's own clock. The service refuses an older term, another life under the same
//! term, an act whose number is not newer than the last settling, and whatever arrives after its time.

mod answer;

pub use answer::{ByHand, HostAnswer, HostOutcome, HostOutgoing, HostProcess, HostRefusal, HostRefusalKind, HostStatus, Keeper};

use crate::core::model::{ClusterName, Process};
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
