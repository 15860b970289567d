//! What went wrong with a question, as an error for people. Pure.

use super::link::{End, Failed, Unanswered};
use crate::core::model::{ClusterName, HostName, Process};
use crate::core::record::{Keeps, Term};
use crate::driver::error::{DriverError, Operated};
use crate::driver::words::tidy;
use crate::wire::host::{HostRefusal, HostRefusalKind, Keeper};

/// Where a host service keeps its terms, for a sentence that says what to remove.
const RECORD: &str = "the record of terms in the host service's state_dir";

/// What a question was about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub host: &'a HostName,
    pub socket: &'a str,
    pub cluster: &'a ClusterName,
    /// In words.
    pub stage: &'static str,
    /// Under which term it was asked, where it was.
    pub term: Option<Term>,
    /// The process, where it was about one.
    pub process: Option<&'a Process>,
}

impl About<'_> {
    /// Why it has no answer.
    pub fn unanswered(&self, why: Unanswered) -> DriverError {
        match why {
            Unanswered::Unsent(failed) | Unanswered::Sent(failed) => self.failed(failed),
            Unanswered::Refused(refusal) => self.refused(refusal),
        }
    }

    pub fn failed(&self, failed: Failed) -> DriverError {
        let (host, stage) = (self.host.clone(), self.stage);
        match failed {
            Failed::Deadline(after) => DriverError::Deadline { host, stage, after },
            Failed::Over(End::Lost(reason)) => DriverError::ServiceLost { host, reason },
            // The host's SSH server has said so: it lives.
            Failed::Over(end @ End::Closed) => DriverError::NoHostService { host, socket: self.socket.to_owned(), reason: end.words() },
            Failed::Over(End::Nonsense(reason)) => DriverError::ServiceAnswer { host, stage, reason },
        }
    }

    /// The answer was of another kind, or cannot be true.
    pub fn nonsense(&self, reason: &str) -> DriverError {
        DriverError::ServiceAnswer { host: self.host.clone(), stage: self.stage, reason: tidy(reason) }
    }

    pub fn refused(&self, refusal: HostRefusal) -> DriverError {
        let (host, stage, reason) = (self.host.clone(), self.stage, tidy(&refusal.message));
        match refusal.kind {
            HostRefusalKind::Protocol => DriverError::OtherProtocol { host, reason },
            HostRefusalKind::OtherCluster => DriverError::OtherCluster { host, cluster: self.cluster.clone(), reason },
            HostRefusalKind::Term { keeper } => self.by_term(keeper, reason),
            HostRefusalKind::NoProcess => match self.process {
                Some(process) => DriverError::NoProcess { host, process: process.name.clone() },
                None => DriverError::ServiceRefused { host, stage, reason },
            },
            HostRefusalKind::BadRequest
            | HostRefusalKind::NotTaken
            | HostRefusalKind::OtherBoot
            | HostRefusalKind::Late
            | HostRefusalKind::Superseded
            | HostRefusalKind::NoLease
            | HostRefusalKind::MonitorHeard
            | HostRefusalKind::Busy
            | HostRefusalKind::Record => DriverError::ServiceRefused { host, stage, reason },
        }
    }

    fn by_term(&self, keeper: Keeper, reason: String) -> DriverError {
        let (host, stage) = (self.host.clone(), self.stage);
        let Some(asked) = self.term else { return DriverError::ServiceRefused { host, stage, reason } };
        let kept = keeper.term;
        match keeper.by_hand {
            Some(mut by) => {
                by.who = tidy(&by.who);
                by.reason = tidy(&by.reason);
                by.what = tidy(&by.what);
                let all = vec![Operated { kept_by: Keeps::Service, under: kept, deed: by.clone() }];
                DriverError::ByHand { host, asked, kept, by: Box::new(by), all }
            }
            None if kept > asked => DriverError::OlderTerm { host, asked, kept, record: RECORD.to_owned() },
            None if kept == asked => DriverError::SameTerm { host, term: asked },
            None => {
                DriverError::ServiceAnswer { host, stage, reason: format!("it refuses term {asked} for the older one {kept}: {reason}") }
            }
        }
    }
}
