//! What the records of a journal add up to.

use super::{Actor, Body, FailoverMark, Fencing, HandMark, Home, Record, RunId, Stance, Summary, Term};
use crate::core::command::{Command, End};
use crate::core::model::{ComponentName, HostName, Maintenance, Mark, Service, Upkeep};
use crate::core::plan::{Action, StepId, Wanted};
use crate::core::run::{Effect, Found, Illegal, Outcome, Phase, Run, RunEvent, StepRun, Way};
use crate::core::trigger::DecisionId;
use std::collections::{BTreeMap, BTreeSet};

/// How many runs that are over are kept in memory, besides all that are not.
const KEPT: usize = 32;

/// A record that does not fit what came before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A gap, or an entry twice.
    #[error("entry {found} follows where entry {expected} belongs: the journal has a gap or was put together from two")]
    Index {
        /// What should have come.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// A term older than the one before.
    #[error("entry {index} has term {found}, older than {known}: it was written by a monitor that had lost its right")]
    Term {
        /// Which entry.
        index: u64,
        /// Its term.
        found: Term,
        /// The newest before it.
        known: Term,
    },
    /// An event of a run that was never opened.
    #[error("entry {index} is about run {run}, which was never opened")]
    NoRun {
        /// Which entry.
        index: u64,
        /// The run.
        run: RunId,
    },
    /// An event that does not fit its run.
    #[error("entry {index} of run {run}: {source}")]
    Run {
        /// Which entry.
        index: u64,
        /// The run.
        run: RunId,
        /// What is wrong.
        source: Illegal,
    },
}

/// A run with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLog {
    /// Who asked for it.
    pub who: Actor,
    /// Why, if they said.
    pub reason: Option<String>,
    /// The hash of its plan.
    pub hash: String,
    /// The decision of the monitor that it carries out, if it does.
    pub decision: Option<DecisionId>,
    /// When it was opened.
    pub opened: jiff::Timestamp,
    /// When it was over.
    pub closed: Option<jiff::Timestamp>,
    /// Where it stands.
    pub run: Run,
}

/// What the journal adds up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    last: u64,
    term: Term,
    wanted: Wanted,
    home: Option<Home>,
    runs: BTreeMap<RunId, RunLog>,
    stance: Option<Stance>,
    fenced: BTreeMap<HostName, Fencing>,
    failover: Option<FailoverMark>,
    excused: BTreeSet<ComponentName>,
    by_hand: BTreeMap<HostName, HandMark>,
    holder: Option<String>,
    rival: Option<HostName>,
    maintenance: Maintenance,
}

impl Ledger {
    /// The index of the last record.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The newest term.
    #[must_use]
    pub fn term(&self) -> Term {
        self.term
    }

    /// Whose journal it is; `None` before a monitor has written to it.
    #[must_use]
    pub fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// What is wanted: by the open role change if there is one, else by the last that ended.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.open_runs().find(|(_, log)| log.run.plan().says_what_is_wanted()).map_or(self.wanted, |(_, log)| log.run.wanted())
    }

    /// Whether the monitor acts by itself; `None` where nobody has said, and the configuration holds.
    #[must_use]
    pub fn stance(&self) -> Option<&Stance> {
        self.stance.as_ref()
    }

    /// Hosts that were fenced and have not answered since.
    #[must_use]
    pub fn fenced(&self) -> &BTreeMap<HostName, Fencing> {
        &self.fenced
    }

    /// The last automatic failover.
    #[must_use]
    pub fn failover(&self) -> Option<&FailoverMark> {
        self.failover.as_ref()
    }

    /// Components that were not running when the cluster was adopted, and were not started by a run since.
    #[must_use]
    pub fn excused(&self) -> &BTreeSet<ComponentName> {
        &self.excused
    }

    /// What was last done on each host by hand.
    #[must_use]
    pub fn by_hand(&self) -> &BTreeMap<HostName, HandMark> {
        &self.by_hand
    }

    /// Who held the lease last, or was given it.
    #[must_use]
    pub fn holder_of_lease(&self) -> Option<&str> {
        self.holder.as_deref()
    }

    /// The host of a monitor that was taken over from, and of which nobody knows for certain that it does not act.
    #[must_use]
    pub fn rival(&self) -> Option<&HostName> {
        self.rival.as_ref()
    }

    /// Hosts and components that somebody works on.
    #[must_use]
    pub fn maintenance(&self) -> &Maintenance {
        &self.maintenance
    }

    /// Whether `run` was open when something was done by hand, and nobody has resumed since, or another monitor may act
    /// beside this one: then nothing of it is sent.
    #[must_use]
    pub fn stands_still(&self, run: RunId) -> bool {
        let settles = |log: &RunLog| matches!(log.run.plan().command, Command::TakeOver { .. } | Command::Fence { .. });
        let rivalled = self.rival.is_some() && !self.run(run).is_some_and(settles);
        rivalled || self.by_hand.values().any(|mark| !mark.resumed && run.0 < mark.index)
    }

    /// A run that is open, or one of the last that are over.
    #[must_use]
    pub fn run(&self, id: RunId) -> Option<&RunLog> {
        self.runs.get(&id)
    }

    /// All runs in memory, oldest first.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = (RunId, &RunLog)> {
        self.runs.iter().map(|(id, log)| (*id, log))
    }

    /// Runs that are not over.
    pub fn open_runs(&self) -> impl Iterator<Item = (RunId, &RunLog)> {
        self.runs().filter(|(_, log)| log.run.end().is_none())
    }

    /// The open run that holds `component`, if any: runs lock what they touch.
    #[must_use]
    pub fn holder(&self, component: &ComponentName) -> Option<RunId> {
        self.open_runs().find(|(_, log)| log.run.plan().objects().contains(component)).map(|(id, _)| id)
    }

    /// What to begin a rotated journal with; `None` while a run is open.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        self.open_runs().next().is_none().then(|| Summary {
            term: self.term,
            wanted: self.wanted,
            home: self.home.clone(),
            stance: self.stance.clone(),
            fenced: self.fenced.clone(),
            failover: self.failover.clone(),
            excused: self.excused.clone(),
            by_hand: self.by_hand.clone(),
            holder: self.holder.clone(),
            rival: self.rival.clone(),
            maintenance: self.maintenance.clone(),
        })
    }

    /// Takes a record in. What it returns is to be carried out once the record is on stable storage; on reading back
    /// after a crash it is dropped, and `Resumed` asks again.
    ///
    /// # Errors
    /// When the record contradicts what came before; the ledger is then as it was.
    pub fn apply(&mut self, record: &Record) -> Result<Vec<(RunId, Effect)>, Contradiction> {
        let starts = matches!(record.body, Body::Summary { .. }) && self.last == 0;
        if !starts && record.index != self.last.saturating_add(1) {
            return Err(Contradiction::Index { expected: self.last.saturating_add(1), found: record.index });
        }
        if record.term < self.term {
            return Err(Contradiction::Term { index: record.index, found: record.term, known: self.term });
        }
        let effects = self.take(record)?;
        self.last = record.index;
        self.term = record.term;
        Ok(effects)
    }

    fn take(&mut self, record: &Record) -> Result<Vec<(RunId, Effect)>, Contradiction> {
        match &record.body {
            Body::Summary { summary } => {
                self.term = self.term.max(summary.term);
                self.wanted = summary.wanted;
                self.home.clone_from(&summary.home);
                self.stance.clone_from(&summary.stance);
                self.fenced.clone_from(&summary.fenced);
                self.failover.clone_from(&summary.failover);
                self.excused.clone_from(&summary.excused);
                self.by_hand.clone_from(&summary.by_hand);
                self.holder.clone_from(&summary.holder);
                self.rival.clone_from(&summary.rival);
                self.maintenance.clone_from(&summary.maintenance);
            }
            Body::Adopted { side, without, .. } => {
                self.wanted = Wanted::Active(*side);
                self.excused = without.iter().cloned().collect();
            }
            Body::RunOpened { who, reason, hash, plan, decision, .. } => {
                let run = Run::open((**plan).clone());
                let (who, reason, hash) = (who.clone(), reason.clone(), hash.clone());
                let log = RunLog { who, reason, hash, decision: *decision, opened: record.at, closed: None, run };
                if matches!(plan.command, Command::Failover { .. }) {
                    self.failover = Some(FailoverMark { run: RunId(record.index), at: record.at, acknowledged: false, idle: false });
                }
                self.runs.insert(RunId(record.index), log);
            }
            Body::Run { run: id, event } => {
                let log = self.runs.get_mut(id).ok_or(Contradiction::NoRun { index: record.index, run: *id })?;
                let illegal = |source| Contradiction::Run { index: record.index, run: *id, source };
                let effects = log.run.apply(event).map_err(illegal)?;
                if let Some(host) = switched_off(&log.run, event) {
                    if self.rival.as_ref() == Some(&host) {
                        self.rival = None;
                    }
                    self.fenced.insert(host, Fencing { run: *id, by_word: None });
                }
                if let (Command::TakeOver { from, .. }, Some(End::Done)) = (&log.run.plan().command, log.run.end())
                    && self.rival.as_ref() == Some(from)
                {
                    self.rival = None;
                }
                if let (Command::Fence { host, by_word: true }, Some(End::Done)) = (&log.run.plan().command, log.run.end()) {
                    self.fenced.insert(host.clone(), Fencing { run: *id, by_word: Some(log.who.clone()) });
                }
                if let Phase::Closed { .. } = log.run.phase() {
                    log.closed = Some(record.at);
                    if log.run.plan().says_what_is_wanted() {
                        self.wanted = log.run.wanted();
                    }
                    // What a run that changed roles has touched is looked after from then on.
                    let touched: BTreeSet<ComponentName> = log.run.plan().objects().into_iter().cloned().collect();
                    self.excused.retain(|name| !touched.contains(name));
                    if let (Command::Adopt { without, .. }, Some(End::Done)) = (&log.run.plan().command, log.run.end()) {
                        self.excused = without.iter().cloned().collect();
                    }
                    upkeep(&mut self.maintenance, log);
                    if let Some(mark) = self.failover.as_mut().filter(|mark| mark.run == *id) {
                        mark.idle = moved_nothing(&log.run);
                    }
                    self.forget();
                }
                return Ok(effects.into_iter().map(|effect| (*id, effect)).collect());
            }
            Body::TermTaken { home, holder, .. } => {
                self.home = Some(home.clone());
                self.holder = Some(holder.clone());
                // Whoever was taken over from holds the lease itself: the one that took over does not act.
                if self.rival.as_ref().is_some_and(|rival| rival.as_str() == holder) {
                    self.rival = None;
                }
            }
            Body::HandedOver { to, .. } => self.holder = Some(to.clone()),
            Body::TakenOver { from } => self.rival = Some(from.clone()),
            Body::Yielded { monitor, .. } => {
                if self.rival.as_ref() == Some(monitor) {
                    self.rival = None;
                }
            }
            Body::StanceSet { stance, .. } => {
                self.stance = Some(stance.clone());
                if !matches!(stance, Stance::Paused { .. }) {
                    self.by_hand.values_mut().for_each(|mark| mark.resumed = true);
                }
            }
            Body::ByHand { host, under, kept_by, deed } => {
                let mark = HandMark::after(self.by_hand.get(host), (*kept_by, *under), record.index, deed.clone());
                self.by_hand.insert(host.clone(), mark);
            }
            Body::Acknowledged { run, .. } => {
                if let Some(mark) = self.failover.as_mut().filter(|mark| mark.run == *run) {
                    mark.acknowledged = true;
                }
            }
            Body::Returned { host, .. } => {
                self.fenced.remove(host);
            }
            Body::MaintenanceOver { what, .. } => self.maintenance.clear(what),
            Body::Refused { .. } | Body::Decided { .. } | Body::Serving { .. } | Body::Note { .. } => {}
        }
        Ok(Vec::new())
    }

    fn forget(&mut self) {
        let over: Vec<RunId> = self.runs.iter().filter(|(_, log)| log.closed.is_some()).map(|(id, _)| *id).collect();
        for id in over.iter().take(over.len().saturating_sub(KEPT)) {
            self.runs.remove(id);
        }
    }
}

/// What a run that is over changes of who works on what: only one that is done does.
fn upkeep(maintenance: &mut Maintenance, log: &RunLog) {
    // A host that is drained is drained, whatever became of a hook around it.
    let drained = matches!(log.run.plan().command, Command::Maintain { kind: Upkeep::Drain, .. }) && log.run.has_moved();
    let Some(over) = log.closed.filter(|_| drained || log.run.end() == Some(&End::Done)) else { return };
    match &log.run.plan().command {
        Command::Maintain { what, kind, for_ms } => {
            // Drained is what nothing is started on any more.
            let kind = if *kind == Upkeep::Drain { Upkeep::Standby } else { *kind };
            let until = for_ms.and_then(|ms| over.checked_add(std::time::Duration::from_millis(ms)).ok());
            let reason = log.reason.clone().unwrap_or_default();
            maintenance.set(what.clone(), Mark { kind, who: log.who.clone(), reason, since: over, until });
        }
        Command::Manage { what } => maintenance.clear(what),
        _ => {}
    }
}

/// The run failed, and nothing but fences was ever begun.
fn moved_nothing(run: &Run) -> bool {
    let touched = |step: &crate::core::plan::Step| step.component.is_some() && run.steps().get(&step.id).is_some_and(StepRun::begun);
    matches!(run.end(), Some(End::NothingChanged { .. } | End::Partly { .. })) && !run.plan().steps.iter().any(touched)
}

/// The host that `event` has shown to be switched off by its fence device.
fn switched_off(run: &Run, event: &RunEvent) -> Option<HostName> {
    let step: StepId = match event {
        RunEvent::Answered { step, way: Way::Forth, outcome: Outcome::Done, .. }
        | RunEvent::Settled { step, way: Way::Forth, found: Found::Done, .. } => *step,
        _ => return None,
    };
    let step = run.plan().step(step)?;
    (step.service == Service::Power && step.action == Action::Stop).then(|| step.host.clone())
}
