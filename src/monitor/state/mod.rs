//! The monitor's state, changed by one task: [`State::apply`] takes an event in and returns what is to be done.
//!
//! No I/O here and no waiting. `apply` only dispatches; each family of events has a file:
//! `facts` (what hosts say), `decide` (what is done because of it), `modes` (whether it is), `maintenance` (who works on what),
//! `by_hand` (hosts that somebody has operated), `fenced` (hosts that are off), `stopped` (hosts that stop by themselves), `hosts` (what is said of hosts as wholes), `serving` (whether it answers), `requests` (what clients ask), `attempts` (what they are refused), `commands` (plan, submit, abort), `reload` (a new configuration), `runs` (what steps report),
//! `journal` (what became durable), `views`, `shown` and `headline` (what is shown).

mod attempts;
mod by_hand;
mod commands;
mod decide;
mod facts;
mod fenced;
mod headline;
mod hosts;
mod journal;
mod maintenance;
mod modes;
mod pair;
mod reload;
mod requests;
mod runs;
mod serving;
mod shown;
mod stopped;
mod views;

use super::event::{Effect, Event, Reload, Reply, Shown};
use super::gate::Gate;
use super::lease::{Holding, Lease};
use crate::core::model::{Cluster, ComponentName, HostName, Instance};
use crate::core::record::{Body, Home, Ledger, RunId, Term};
use crate::driver::Operated;
use crate::wire::{DecisionView, Known, Submit};
use facts::Facts;
pub use pair::PairSetup;
use pair::Pairing;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The number of a fresh look that nobody waits for.
const NOBODY: u64 = 0;

/// The moment of an event: a steady clock for decisions, the wall clock for people.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Steady.
    pub steady: Instant,
    /// For the journal.
    pub wall: jiff::Timestamp,
}

impl Now {
    /// Now.
    #[must_use]
    pub fn take() -> Self {
        Self { steady: Instant::now(), wall: jiff::Timestamp::now() }
    }
}

/// What the state needs to know of the configuration.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// Free words for it.
    pub label: Option<String>,
    /// Hash of the configuration.
    pub config: String,
    /// Its content, for those who compare it, as JSON text: taken apart, that of a large cluster is a dozen times as large.
    pub content: Arc<str>,
    /// Its file, as an absolute path.
    pub path: PathBuf,
    /// Whether hosts of a site may have loopback addresses.
    pub allow_loopback: bool,
    /// Time between two looks at a host.
    pub interval: Duration,
    /// The other monitor, where there are two.
    pub pair: Option<PairSetup>,
}

/// A request that waits for a fresh picture.
enum Ask {
    Status(Reply),
    Show(Option<Known>, oneshot::Sender<Shown>),
    Plan(crate::core::command::Command, Vec<String>, Reply),
    Submit(Box<(Submit, crate::core::record::Actor)>, Reply),
}

/// A client that waits for a run to end.
struct Waiter {
    run: RunId,
    until: Instant,
    reply: Reply,
}

/// Everything the monitor knows.
pub struct State {
    setup: Setup,
    lease: Box<dyn Lease>,
    gate: Gate,
    ledger: Ledger,
    /// What is active, or may be, on each host.
    actives: BTreeMap<HostName, Vec<Instance>>,
    facts: Facts,
    /// Effects that wait until the journal entry behind them is on stable storage.
    held: VecDeque<(u64, Vec<Effect>)>,
    asks: BTreeMap<u64, (Instant, Ask)>,
    next_ask: u64,
    waiters: Vec<Waiter>,
    /// The configuration file is being read.
    loading: bool,
    unguarded: BTreeMap<HostName, Refusal>,
    /// What was done on hosts by hand and could not be journaled when it was heard.
    untold: BTreeMap<HostName, Vec<Operated>>,
    /// What was decided last.
    decided: Option<DecisionView>,
    /// The last automatic failover, and when this life of the monitor first knew of it.
    failover_seen: Option<(RunId, Instant)>,
    /// What acceptance probes have shown last: of which instance, when it was asked, and what came.
    answers: BTreeMap<ComponentName, (Instance, Instant, Result<(), String>)>,
    /// When each of them was last asked for.
    asked_acceptance: BTreeMap<ComponentName, Instant>,
    /// The last run that changed roles, until it is known whether it serves.
    switched: Option<serving::Switched>,
    /// Since when this life of the monitor knows that a host is fenced.
    fenced_since: BTreeMap<HostName, Instant>,
    memory: decide::Memory,
    /// The other monitor, where there are two.
    pair: Option<Pairing>,
    /// Index of the last entry on stable storage.
    durable: u64,
    /// The journal's file is long enough for a new one.
    due: bool,
    attempts: attempts::Attempts,
    painted: shown::Painted,
    hosts_told: hosts::Told,
    /// When by the steady clock what is to end at a time of the wall clock does: one that is set back prolongs nothing.
    ends: BTreeMap<jiff::Timestamp, Instant>,
    /// Why the figures for Prometheus are not served.
    unserved: Option<String>,
}

/// Why a host did not take the term.
struct Refusal {
    why: String,
    /// It has been asked once more, and has not answered that yet.
    asked_again: bool,
    /// It did not answer at all then.
    silent: bool,
    /// It has refused nothing: it was away, and is asked whether anybody has operated it meanwhile.
    away: bool,
}

impl State {
    /// The state after `ledger`, before anything was heard. Call [`State::begin`] next.
    #[must_use]
    pub fn new(setup: Setup, lease: Box<dyn Lease>, ledger: Ledger) -> Self {
        let (pair, durable) = (setup.pair.clone().map(Pairing::new), ledger.last());
        Self {
            actives: stopped::actives(&setup.cluster),
            setup,
            lease,
            gate: Gate::default(),
            ledger,
            facts: Facts::default(),
            held: VecDeque::new(),
            asks: BTreeMap::new(),
            next_ask: 0,
            waiters: Vec::new(),
            loading: false,
            unguarded: BTreeMap::new(),
            untold: BTreeMap::new(),
            decided: None,
            failover_seen: None,
            answers: BTreeMap::new(),
            asked_acceptance: BTreeMap::new(),
            switched: None,
            fenced_since: BTreeMap::new(),
            memory: decide::Memory::default(),
            pair,
            durable,
            due: false,
            attempts: attempts::Attempts::default(),
            painted: shown::Painted::default(),
            hosts_told: hosts::Told::default(),
            ends: BTreeMap::new(),
            unserved: None,
        }
    }

    /// Takes the lease under a new term, and goes on with runs that an earlier life left open; one of a pair waits for the
    /// other one before that. `notes` are for the journal.
    ///
    /// # Errors
    /// In words, when another monitor holds the lease.
    pub fn begin(&mut self, notes: Vec<String>, now: Now) -> Result<Vec<Effect>, String> {
        if let Some(why) = self.ledger.home().and_then(|home| home.differs_from(&self.home())) {
            return Err(why);
        }
        if !self.is_acting() {
            return Ok(self.begin_waiting(notes));
        }
        let notes = notes.into_iter().map(|text| Body::Note { text }).collect();
        self.take_term(self.ledger.term(), notes, now)
    }

    /// Takes the lease under a term above `known`, and every host; open runs are gone on with by looking. `bodies` follow the
    /// entry that says so.
    fn take_term(&mut self, known: Term, bodies: Vec<Body>, now: Now) -> Result<Vec<Effect>, String> {
        let holding: Holding = self.lease.acquire(known)?;
        let term = holding.term;
        self.gate.hold(Some(holding));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let holder = self.lease.holder().to_owned();
        let taken = Body::TermTaken { holder, version, config: self.setup.config.clone(), home: self.home() };
        let open: Vec<RunId> = self.ledger.open_runs().map(|(id, _)| id).collect();
        let resumed = open.into_iter().map(|run| Body::Run { run, event: crate::core::run::RunEvent::Resumed });
        let bodies = std::iter::once(taken).chain(self.drop_maintenance()).chain(bodies).chain(resumed).collect();
        let guarded: BTreeSet<HostName> = self.setup.cluster.acted_on();
        let takes = guarded.into_iter().map(|host| self.take_host(host, term)).collect::<Vec<_>>();
        let mut effects = self.record(bodies, std::iter::once(Effect::Begin(term)).chain(takes).collect(), now);
        effects.extend(self.advance_runs(now));
        effects.extend(self.settle_fenced(now));
        self.remember(now);
        Ok(effects)
    }

    /// Why this monitor may not act now; `None` when it may.
    fn closed(&self) -> Option<String> {
        self.gate.closed().map(|why| self.not_acting().unwrap_or(why))
    }

    fn home(&self) -> Home {
        let cluster = &self.setup.cluster;
        Home { cluster: cluster.name.clone(), primary: cluster.sites.primary.clone(), secondary: cluster.sites.secondary.clone() }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Asked { request, who, operator, reply } => self.asked(request, who, operator, reply, now),
            Event::Show(show, reply) => self.show(show, reply, now),
            Event::Seen(observation) => self.seen(observation, now),
            Event::Suspected(host) => vec![Effect::SecondLook(host)],
            Event::Second { host, through, asked, sight } => {
                let missed = self.facts.host(&host).is_some_and(|heard| heard.missed.is_some());
                self.facts.take_second(host, through, asked, sight);
                if missed { self.news(now) } else { Vec::new() }
            }
            Event::Accepted { component, instance, asked, result } => self.accepted(component, instance, asked, result, now),
            Event::Refreshed(ask) => self.refreshed(ask, now),
            Event::Reported(report) => self.reported(report, now),
            Event::Untaken(host) => self.untaken(&host).into_iter().collect(),
            Event::Taken { host, result } => self.taken(host, result, now),
            Event::Written { upto, result, due } => self.written(upto, result, due, now),
            Event::Reopened(ledger) => self.reopened(*ledger, now),
            Event::Pair(event) => self.of_pair(event, now),
            Event::Hangup => self.reload(Reload::Signal, now),
            Event::Loaded(reload, result) => self.loaded(reload, result, now),
            Event::Metrics(served) => {
                self.unserved = served.err();
                Vec::new()
            }
            Event::Tick => self.tick(now),
        }
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        let (due, waiting) = std::mem::take(&mut self.waiters).into_iter().partition(|w: &Waiter| w.until <= now.steady);
        self.waiters = waiting;
        self.attempts.settle(now.steady);
        let mut effects: Vec<Effect> = due.into_iter().map(|w| self.answer_run(w.run, w.reply)).collect();
        if self.pair.is_some() {
            // One of a pair has looked around before it acts, and nothing new need come after that.
            effects.extend(self.adopt(now));
        }
        effects.extend(self.copy_in_time(now));
        effects.extend(self.leave_when_copied(now));
        effects.extend(self.follow_failover(now));
        effects.extend(self.end_pause(now));
        effects.extend(self.end_maintenance(now));
        effects.extend(self.settle_fenced(now));
        effects.extend(self.note_hosts(now));
        effects.extend(self.ask_acceptance(now));
        effects.extend(self.serves(now));
        effects.extend(self.decide_in_time(now));
        effects
    }
}

#[cfg(test)]
mod tests;
