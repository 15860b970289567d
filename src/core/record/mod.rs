//! What the journal holds, and the state that follows from it.
//!
//! The journal is a list of [`Record`]s. A [`Ledger`] is what they add up to: term, wanted side, runs. The monitor keeps
//! one in memory and applies every record to it; after a crash it is made again from the file, by the same function.

mod expected;
mod home;
mod ids;
mod ledger;
mod stance;
mod summary;

pub use expected::Expected;
pub use home::Home;
pub use ids::{Actor, BadRunId, RunId, Term};
pub use ledger::{Contradiction, Ledger, RunLog};
pub use stance::{Deed, Fencing, Keeps, Stance};
pub use summary::{FailoverMark, HandMark, Summary};

use super::command::{Command, Reason};
use super::model::{ComponentName, HostName, Mark, Side, Upkept};
use super::plan::Plan;
use super::run::RunEvent;
use super::trigger::{Decision, DecisionId};
use serde::{Deserialize, Serialize};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub index: u64,
    /// The term under which it was written.
    pub term: Term,
    /// When, by the clock of the host that wrote it. For people; nothing is decided by it.
    pub at: jiff::Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

impl Record {
    /// A decision without most of what it rests on, which grows with the cluster; `None` for what is never large.
    #[must_use]
    pub fn briefly(&self) -> Option<Self> {
        let Body::Decided { decision } = &self.body else { return None };
        let body = Body::Decided { decision: Box::new(decision.briefly()) };
        Some(Self { index: self.index, term: self.term, at: self.at, body })
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Body {
    /// Everything before, summed up; the first entry of a file after the journal was rotated.
    Summary {
        /// What the entries before add up to.
        summary: Box<Summary>,
    },
    /// A monitor took the lease under a new term: the term of this entry.
    TermTaken {
        /// Which monitor, on which host.
        holder: String,
        /// Version of the program.
        version: String,
        /// Hash of its configuration.
        config: String,
        /// Whose journal it is.
        #[serde(flatten)]
        home: Home,
    },
    /// What ran was all on one side, and that side is taken as the wanted one.
    Adopted {
        /// The side.
        side: Side,
        /// What was seen.
        evidence: String,
        /// Components that ran nowhere then: they count as lost only after they have run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ComponentName>,
    },
    /// Somebody asked for something and was refused.
    Refused {
        /// Who.
        who: Actor,
        /// What for.
        command: Command,
        /// Why not.
        reasons: Vec<Reason>,
    },
    /// A run was opened. Its id is the index of this entry.
    RunOpened {
        /// Who asked.
        who: Actor,
        /// Why, if they said.
        reason: Option<String>,
        /// The hash that was confirmed.
        hash: String,
        /// What is run.
        plan: Box<Plan>,
        /// The decision of the monitor that it carries out; `None` where somebody asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<DecisionId>,
        /// For so many milliseconds before this the first of what it brings back had not been known to serve: since its host
        /// told of its end, else since the last look that saw it, or the last word of its host. `None` where it brings
        /// nothing back, or that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unserved_ms: Option<u64>,
    },
    /// An event of a run.
    Run {
        /// Which run.
        run: RunId,
        /// What happened.
        #[serde(flatten)]
        event: RunEvent,
    },
    /// The monitor decided something by itself. Its id is the index of this entry.
    Decided {
        /// What, and on what evidence.
        decision: Box<Decision>,
    },
    /// Somebody said whether the monitor is to act by itself; or a pause was over.
    StanceSet {
        /// Who; `None` where a pause was over.
        who: Option<Actor>,
        /// Why, if they said.
        reason: Option<String>,
        /// What holds from now on.
        stance: Stance,
    },
    /// Somebody has seen the last automatic failover, and allows another.
    Acknowledged {
        /// Who.
        who: Actor,
        /// What for, if they said.
        reason: Option<String>,
        /// The run of the failover.
        run: RunId,
    },
    /// A host that was fenced answers again.
    Returned {
        /// Which.
        host: HostName,
        /// The boot that it is in.
        boot_id: String,
    },
    /// Somebody has acted on a host by hand while no monitor was left, and a monitor has come to know of it.
    ByHand {
        /// Where.
        host: HostName,
        /// The term that was raised for it.
        under: Term,
        /// Which record of the host holds that term.
        #[serde(default, skip_serializing_if = "Keeps::is_service")]
        kept_by: Keeps,
        /// What was done.
        #[serde(flatten)]
        deed: Deed,
    },
    /// The lease was given to the other monitor; nothing follows under this term.
    HandedOver {
        /// Its host.
        to: String,
        /// Why, for people.
        why: String,
    },
    /// The other monitor could not be heard, and this one acts in its place; the run that makes sure of it follows.
    TakenOver {
        /// The host of the other one.
        from: HostName,
    },
    /// The other monitor has been heard, and follows: it is certain that it does not act.
    Yielded {
        /// Its host.
        monitor: HostName,
        /// Entries that only it had, which are kept beside its journal.
        aside: u64,
    },
    /// Whether those who use the cluster get answers, after a run that changed roles.
    Serving {
        /// The run.
        run: RunId,
        /// From its end to the last first answer, in milliseconds; so long it was tried where not all answer.
        after_ms: u64,
        /// Components that do not answer, and why.
        failing: Vec<String>,
    },
    /// A maintenance is over without anybody having cleared it: its time has come, or the configuration has no such object.
    MaintenanceOver {
        /// Of what.
        what: Upkept,
        /// The mark that it had.
        mark: Mark,
        /// The configuration does not have it any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        gone: bool,
    },
    /// Something for people to know.
    Note {
        /// What.
        text: String,
    },
}

#[cfg(test)]
mod tests;
