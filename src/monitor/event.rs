//! What reaches the state task, and what it wants done.

use crate::config::{Loaded, Problems};
use crate::core::fact::{Fact, Miss};
use crate::core::health::Sight;
use crate::core::model::{Acceptance, ComponentName, HostName, Instance, Service};
use crate::core::pair::{Standing, Tail};
use crate::core::record::{Actor, Ledger, Record, Summary, Term};
use crate::driver::Operated;
use crate::run::{Order, Report};
use crate::wire::{ChangesView, Failure, Known, PeerAsk, ReloadAsk, Request, StatusView};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// The way back to a client: one answer to one request.
pub type Reply = oneshot::Sender<Result<Value, Failure>>;

/// A picture that is asked for as it is, without a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// All of it.
    Status,
    /// What is new since this one, after a look at every host if `fresh`.
    Changes {
        /// Which one.
        known: Option<Known>,
        /// Look first.
        fresh: bool,
    },
}

/// The answer to [`Show`]. Whoever gets it puts it into words; the state task has more to do.
#[derive(Debug)]
pub enum Shown {
    /// All of it.
    Status(Arc<StatusView>),
    /// What is new.
    Changes(Box<ChangesView>),
}

/// What one look at a host has shown.
#[derive(Debug)]
pub struct Seen {
    /// Which host.
    pub host: HostName,
    /// When the question was sent, or the push was heard: what was seen is not older than this, and came here later.
    pub at: Instant,
    /// The facts, or why there are none.
    pub facts: Result<Vec<(Service, Fact)>, Miss>,
}

/// Why a host did not take the term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeRefused {
    /// In words.
    pub why: String,
    /// What people have done on the host by hand since a monitor took it last, in its order.
    pub by_hand: Vec<Operated>,
}

impl From<String> for TakeRefused {
    fn from(why: String) -> Self {
        Self { why, by_hand: Vec::new() }
    }
}

/// Who wants the configuration to be read again.
#[derive(Debug)]
pub enum Reload {
    /// A signal.
    Signal,
    /// A client.
    Asked(ReloadAsk, Actor, Reply),
}

/// The answer of the other monitor to a question just asked.
#[derive(Debug, Clone)]
pub struct Heard {
    /// How it stands.
    pub theirs: Standing,
    /// Where this monitor's journal ended when it asked.
    pub mine: Tail,
    /// When it asked.
    pub asked: Instant,
}

/// Something about the other monitor of a pair.
#[derive(Debug)]
pub enum PairEvent {
    /// It has answered how it stands.
    Heard(Heard),
    /// The way to it is cut, or it does not answer.
    Lost(String),
    /// It has all entries up to this one on stable storage.
    Copied(u64),
    /// It asks for something.
    Asked(PeerAsk, Reply),
    /// The journal was cut for it and opened again; so many entries were set aside.
    Cut(Box<Ledger>, u64),
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A client asks, with the right that its socket gives.
    Asked {
        /// What.
        request: Request,
        /// Who.
        who: Actor,
        /// May it act?
        operator: bool,
        /// Where the answer goes.
        reply: Reply,
    },
    /// Somebody wants to see how it stands; anybody who is connected may.
    Show(Show, oneshot::Sender<Shown>),
    /// A host was looked at, or said something by itself.
    Seen(Seen),
    /// A look at a host has not been answered in good time, and goes on.
    Suspected(HostName),
    /// Another host was asked what it sees of a host.
    Second {
        /// Which host it is about.
        host: HostName,
        /// Through which it was asked.
        through: HostName,
        /// When.
        asked: Instant,
        /// What it saw.
        sight: Sight,
    },
    /// A component was asked whether it answers those who use it.
    Accepted {
        /// Which.
        component: ComponentName,
        /// Where it was active then.
        instance: Instance,
        /// When it was asked.
        asked: Instant,
        /// It answered, or why it did not.
        result: Result<(), String>,
    },
    /// The fresh look that was ordered under this number is over.
    Refreshed(u64),
    /// Something that was ordered came to an end.
    Reported(Report),
    /// The guard under which a host was taken was ended by somebody there, or by a newer monitor.
    Untaken(HostName),
    /// The guard of a host took the term, or would not.
    Taken {
        /// Which host.
        host: HostName,
        /// Why not.
        result: Result<(), TakeRefused>,
    },
    /// A batch is on stable storage, or is not.
    Written {
        /// Index of its last entry.
        upto: u64,
        /// Why not.
        result: Result<(), String>,
        /// The file is long enough to be rotated.
        due: bool,
    },
    /// The journal was opened again after a write had failed.
    Reopened(Box<crate::core::record::Ledger>),
    /// Something about the other monitor.
    Pair(PairEvent),
    /// A signal asks for the configuration to be read again.
    Hangup,
    /// The configuration file was read again, and is in order or is not.
    Loaded(Reload, Result<Box<Loaded>, Problems>),
    /// The figures for Prometheus are served, or why they are not.
    Metrics(Result<(), String>),
    /// Time goes by.
    Tick,
}

/// Something to be done by others.
#[derive(Debug)]
pub enum Effect {
    /// Append to the journal.
    Append(Vec<Record>),
    /// Begin a new journal file.
    Rotate(u64, jiff::Timestamp, Box<Summary>),
    /// Act on a host, or look what became of an act.
    Carry(Box<Order>),
    /// Look at every host now, and say [`Event::Refreshed`] with this number.
    Refresh(u64),
    /// Ask other hosts now what they see of this one; what they say comes as [`Event::Second`].
    SecondLook(HostName),
    /// Ask a component whether it answers, where it is active; what it says comes as [`Event::Accepted`].
    Accept(ComponentName, Acceptance, Instance),
    /// A life of the monitor begins under this term: what older ones ordered is given up.
    Begin(Term),
    /// Raise the term on a host, of which the deeds by hand on its units are in the journal up to the second term.
    Take(HostName, Term, Option<Term>),
    /// Answer a client.
    Reply(Reply, Result<Value, Failure>),
    /// Show a client how it stands.
    Show(oneshot::Sender<Shown>, Shown),
    /// Tell those who follow the journal.
    Publish(Vec<Record>),
    /// Open the journal again.
    Reopen,
    /// From now on this is how this monitor stands, for the other one.
    Standing(Standing),
    /// Hand these entries over to the other monitor; when it has them comes as [`PairEvent::Copied`].
    Copy(Vec<Record>),
    /// Answer with the mark of the entry at this index.
    ReadMark(u64, Reply),
    /// Set everything after `keep` aside and open the journal again; that comes as [`PairEvent::Cut`].
    Cut {
        /// The index of the last entry that stays.
        keep: u64,
        /// The index of the next one that comes.
        first: u64,
    },
    /// Read the configuration file again; what is in it comes as [`Event::Loaded`].
    Load(Reload),
    /// End this life, and begin the next one in the same process.
    Restart,
}
