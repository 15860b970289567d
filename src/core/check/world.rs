//! The values of the model: hosts, monitors, what is under way, and what may still go wrong. Made by the tests of `check`; nothing
//! here decides anything.

use crate::core::model::{Cluster, Instance};
use crate::core::pair::{Part, Tail};
use crate::core::plan::StepId;
use crate::core::record::{Ledger, Record, RunId, Term};
use crate::core::run::{Effect, Way};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What may be asked for by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Switchover,
    Move,
    TakeOver { by_word: bool },
}

/// One small configuration of everything.
pub(super) struct Setup {
    pub(super) cluster: Cluster,
    /// The services of each site's host, by their bit.
    pub(super) slots: [Vec<Instance>; 2],
    /// Monitors stand on hosts of their own, which carry nothing else.
    pub(super) apart: bool,
    /// The monitor decides by itself.
    pub(super) auto: bool,
    pub(super) wishes: Vec<Wish>,
    pub(super) budget: Budget,
    /// Hosts refuse an older term.
    pub(super) guard: bool,
    /// A host that says nothing is taken as one that has stopped everything.
    pub(super) silence_stops: bool,
    /// A word may be given for a monitor that does run.
    pub(super) lies: bool,
    /// What has to be possible in this configuration.
    pub(super) reaches: u16,
}

/// How often each misfortune may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Budget {
    pub(super) wishes: u8,
    pub(super) crashes: u8,
    /// Acts or answers that are lost.
    pub(super) losses: u8,
    /// Acts or answers that come after later ones.
    pub(super) lates: u8,
    /// Acts that fail.
    pub(super) failures: u8,
    /// Hosts that lose power.
    pub(super) outages: u8,
    /// Times that the two sites cannot reach each other.
    pub(super) cuts: u8,
}

/// What has happened on the way to a state, a bit each.
pub(super) mod seen {
    pub(in super::super) const OLDER_EXECUTED: u16 = 1;
    pub(in super::super) const REPEATED: u16 = 1 << 1;
    pub(in super::super) const UNPROVEN: u16 = 1 << 2;
    pub(in super::super) const OVERLAP: u16 = 1 << 3;
    pub(in super::super) const SWITCHED: u16 = 1 << 8;
    pub(in super::super) const FAILED_OVER: u16 = 1 << 9;
    pub(in super::super) const SETTLED: u16 = 1 << 10;
    pub(in super::super) const RESUMED: u16 = 1 << 11;
    pub(in super::super) const REFUSED: u16 = 1 << 12;
    pub(in super::super) const MOVED: u16 = 1 << 13;
    pub(in super::super) const TURNED_BACK: u16 = 1 << 14;
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) hosts: [Host; 2],
    pub(super) monitors: [Monitor; 2],
    /// Acts on their way, in no order.
    pub(super) net: Vec<Message>,
    /// The sites cannot reach each other.
    pub(super) cut: bool,
    pub(super) left: Budget,
    pub(super) seen: u16,
    /// The newest term under which anything was executed anywhere.
    pub(super) newest: Term,
    /// What hosts have executed and nobody has looked at since.
    pub(super) executed: BTreeSet<Deed>,
}

/// A host with its services, its disk and its guard.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Host {
    pub(super) on: bool,
    pub(super) boot: u8,
    /// What the guard keeps on its disk.
    pub(super) kept: Term,
    /// What runs, a bit each.
    pub(super) runs: u8,
    /// How often each was started.
    pub(super) starts: [u8; 4],
}

/// A step of a run, done or undone. Runs of two journals may have one number, so the term in which it was opened counts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Deed {
    pub(super) opened: Term,
    pub(super) run: RunId,
    pub(super) step: StepId,
    pub(super) way: Way,
}

/// An act that was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Message {
    pub(super) from: usize,
    pub(super) term: Term,
    pub(super) deed: Deed,
    pub(super) attempt: u16,
    pub(super) to: To,
    pub(super) start: bool,
    /// Its sender waits for the answer.
    pub(super) waited: bool,
    /// Somebody else had acted under a newer term when it was sent.
    pub(super) stale: bool,
}

/// Where an act goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum To {
    /// A service, in the boot that was meant.
    Service { host: usize, slot: usize, boot: u8 },
    /// The fence device of a site's host.
    Power(usize),
    /// The fence device of the host of a monitor.
    Machine(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Monitor {
    pub(super) up: bool,
    pub(super) part: Part,
    /// On stable storage.
    pub(super) journal: Vec<Line>,
    pub(super) book: Book,
    /// The term of its lease.
    pub(super) term: Term,
    /// The last word of the other one: whether it acts, and where its journal ends.
    pub(super) heard: Option<(bool, Tail)>,
    pub(super) acked: u64,
    pub(super) away: bool,
    pub(super) leaving: bool,
    pub(super) given: Option<u64>,
    pub(super) unsure: BTreeSet<RunId>,
    /// Which hosts have taken the term.
    pub(super) taken: [bool; 2],
    /// What waits for the copy of the entry behind it, or to be sent.
    pub(super) held: Vec<(u64, RunId, Effect)>,
    /// An answer of the other one that is still under way: to what end of this journal, and whether that one has told since.
    pub(super) answer: Option<Answer>,
}

/// How the other one stood when it answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Answer {
    pub(super) acts: bool,
    pub(super) tail: Tail,
    pub(super) holder: Option<String>,
    /// Where the journal of the one that asked ended.
    pub(super) mine: Tail,
    /// The other one has told by itself that it acts, since it was asked.
    pub(super) told: bool,
}

/// An entry of a journal, told apart by what it says.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) record: Arc<Record>,
    print: u64,
}

impl Line {
    pub(super) fn new(record: Record) -> Self {
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&record).unwrap().hash(&mut hasher);
        Self { record: Arc::new(record), print: hasher.finish() }
    }
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Eq for Line {}

impl Hash for Line {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print.hash(state);
    }
}

/// What a journal adds up to. It follows from the journal, so it tells no two states apart.
#[derive(Clone, Default)]
pub(super) struct Book(pub(super) Arc<Ledger>);

impl Book {
    /// The same by reading a journal from its beginning.
    pub(super) fn read(journal: &[Line]) -> Self {
        let mut ledger = Ledger::default();
        for line in journal {
            ledger.apply(&line.record).unwrap();
        }
        Self(Arc::new(ledger))
    }
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("its book")
    }
}

impl PartialEq for Book {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Book {}

impl Hash for Book {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Monitor {
    pub(super) fn new() -> Self {
        Self {
            up: true,
            part: Part::Waiting,
            journal: Vec::new(),
            book: Book::default(),
            term: Term(0),
            heard: None,
            acked: 0,
            away: true,
            leaving: false,
            given: None,
            unsure: BTreeSet::new(),
            taken: [false; 2],
            held: Vec::new(),
            answer: None,
        }
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.book.0
    }

    pub(super) fn tail(&self) -> Tail {
        Tail { term: self.ledger().term(), index: self.ledger().last() }
    }

    /// It dispatches.
    pub(super) fn acts(&self) -> bool {
        self.up && self.part == Part::Acting && !self.leaving
    }

    /// All that is left of its life is the journal, which tells the whole story.
    pub(super) fn dies(&mut self) {
        let journal = std::mem::take(&mut self.journal);
        let book = Book::read(&journal);
        assert_eq!(book.0, self.book.0, "the journal does not tell the whole story");
        *self = Self { up: false, journal, book, ..Self::new() };
    }
}

impl World {
    /// Whether the monitor `i` reaches the host `h`: each stands at its own site.
    pub(super) fn reaches(&self, i: usize, h: usize) -> bool {
        self.hosts[h].on && (i == h || !self.cut)
    }

    /// The two monitors hear each other.
    pub(super) fn linked(&self) -> bool {
        !self.cut && self.monitors[0].up && self.monitors[1].up
    }

    pub(super) fn runs(&self, host: usize, slot: usize) -> bool {
        self.hosts[host].runs & (1 << slot) != 0
    }
}
