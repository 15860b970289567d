//! Everything that can happen to the console. Made by `run` and `hands`, consumed by `update` alone.

use super::state::{Pace, Scene};
use super::term::Raw;
use super::workbench::Breakage;
use crate::client::{ClientError, Submitted};
use crate::core::record::{Record, RunId};
use crate::wire::{ChangesView, PlanView, RunView, StatusView, Welcome};

/// A point in time: milliseconds since the console was started, by a steady clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Milliseconds from `then` until this.
    #[must_use]
    pub fn since(self, then: Self) -> u64 {
        self.0.saturating_sub(then.0)
    }

    /// The moment `ms` milliseconds later.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Names a question to the monitor, so that its answer finds who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The terminal: a key, a paste, another size.
    Raw(Raw),
    /// A second has passed.
    Tick,
    /// What goes on between us and the monitor.
    Link(LinkEvent),
    /// An answer to what was asked under this ticket.
    Answer(Ticket, Answer),
    /// The program goes on after it was stopped: the terminal may hold anything.
    Resumed,
    /// Something that was to be done outside, in words for the footer.
    Said(String),
    /// What can be broken now.
    Offers(Vec<Breakage>),
    /// What becomes of the file that the session is recorded into.
    Record(RecordEvent),
    /// A record that is played.
    Replay(ReplayEvent),
}

/// What becomes of the file that the session is recorded into.
#[derive(Debug)]
pub enum RecordEvent {
    /// Nothing more is written into it.
    Ended {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
}

/// What comes of a record that is played. Times are milliseconds since its start.
#[derive(Debug)]
pub enum ReplayEvent {
    /// So many percent of the file were read.
    Reading(u8),
    /// All of it was read once.
    Ready {
        /// Its first picture.
        first: u64,
        /// Its end.
        length: u64,
        /// What is to be told about it.
        notes: Vec<String>,
    },
    /// Another time: this is all that was known then.
    Scene {
        /// When.
        at: u64,
        /// What.
        scene: Box<Scene>,
    },
    /// This was heard of the monitor.
    Heard {
        /// When.
        at: u64,
        /// What.
        event: Box<LinkEvent>,
    },
    /// Where the playing stands.
    Stands {
        /// When.
        at: u64,
        /// It goes on by itself.
        playing: bool,
        /// How fast.
        pace: Pace,
        /// Something to be told.
        said: Option<String>,
    },
    /// It cannot be played on, and why.
    Failed(String),
}

/// What goes on between us and the monitor.
#[derive(Debug)]
pub enum LinkEvent {
    /// A connection stands.
    Up(Welcome),
    /// Everything that is known now.
    Picture(Box<StatusView>),
    /// What is new since the last picture.
    Changed(Box<ChangesView>),
    /// Openings of runs of which only later entries are told.
    Opened(Vec<Record>),
    /// New entries of the journal, in order.
    Entries(Vec<Record>),
    /// Entries up to this index are no longer kept.
    Gap(u64),
    /// The journal is another one than before: its entries follow from its own beginning.
    Anew,
    /// The monitor does not answer.
    Down {
        /// Why, in plain words.
        why: String,
        /// What to do about it.
        remedy: String,
        /// Until the next try, in milliseconds.
        retry_ms: u64,
    },
}

/// What came of a question.
#[derive(Debug)]
pub enum Answer {
    /// A plan, or why there is none.
    Planned(Result<Box<PlanView>, ClientError>),
    /// What became of a submission.
    Submitted(Submitted),
    /// A submission without an answer is still looked for; why it is not known.
    StillUnknown(String),
    /// A run that was to be turned back.
    Turned(Result<Box<RunView>, ClientError>),
    /// A mode that was to be set, or a failover that was to be acknowledged.
    Taken(Result<(), ClientError>),
    /// Where a run stands.
    Run(RunId, Result<Box<RunView>, ClientError>),
    /// One entry of the journal as it is kept.
    Entry(u64, Result<Option<Box<Record>>, ClientError>),
}
