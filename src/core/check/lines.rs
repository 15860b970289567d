//! The two monitors of the model: journal, copy and lease, in step with the monitor's own state task, over the real ledger, run
//! machine and rules of the pair. Called by the model's transitions.

use super::world::{Answer, Book, Line, Setup, World, seen};
use crate::core::command::{Command, End};
use crate::core::model::HostName;
use crate::core::pair::{self, Part, Standing, Tail};
use crate::core::plan::{Action, Plan, Step};
use crate::core::record::{Actor, Body, Home, Record, RunId};
use crate::core::run::{Effect, Found, Outcome, Run, RunEvent, StepState, Way};
use crate::core::trigger::DecisionId;
use std::sync::Arc;

/// What `way` makes of a step's own action.
pub(super) fn action_of(action: Action, way: Way) -> Action {
    if way == Way::Forth { action } else { action.reverse() }
}

impl Setup {
    /// The host that the monitor `i` stands on.
    pub(super) fn monitor(&self, i: usize) -> HostName {
        HostName::new(if self.apart { ["m1", "m2"][i] } else { ["a1", "b1"][i] }).unwrap()
    }

    pub(super) fn standing(&self, w: &World, i: usize) -> Standing {
        let m = &w.monitors[i];
        Standing {
            monitor: self.monitor(i),
            acts: m.up && m.part == Part::Acting,
            tail: m.tail(),
            coming: None,
            holder: m.ledger().holder_of_lease().map(str::to_owned),
            broken: false,
            config: "c".into(),
            aside: 0,
        }
    }

    /// Journals `bodies`; what follows waits until the other one has them too.
    pub(super) fn record(&self, w: &mut World, i: usize, bodies: Vec<Body>) {
        let m = &mut w.monitors[i];
        let mut held = Vec::new();
        for body in bodies {
            let record = Record { index: m.ledger().last() + 1, term: m.term, at: jiff::Timestamp::UNIX_EPOCH, body };
            let orders = Arc::make_mut(&mut m.book.0).apply(&record).unwrap();
            held.extend(orders);
            m.journal.push(Line::new(record));
        }
        let last = m.ledger().last();
        m.held.extend(held.into_iter().map(|(run, effect)| (last, run, effect)));
    }

    fn still(&self, w: &World, i: usize, run: RunId) -> bool {
        w.monitors[i].ledger().stands_still(run) || w.monitors[i].unsure.contains(&run)
    }

    /// Applies `events` to `run`, and everything that follows from them.
    pub(super) fn drive(&self, w: &mut World, i: usize, run: RunId, events: Vec<RunEvent>) {
        let still = self.still(w, i, run);
        let mut ahead = w.monitors[i].ledger().run(run).unwrap().run.clone();
        let (mut bodies, mut pending) = (Vec::new(), events);
        while !pending.is_empty() {
            for event in &pending {
                ahead.apply(event).unwrap();
            }
            bodies.extend(pending.drain(..).map(|event| Body::Run { run, event }));
            pending = if still { Vec::new() } else { ahead.advance() };
            self.mark(w, ahead.plan(), &mut pending);
        }
        self.record(w, i, bodies);
        self.ended(w, i, run);
    }

    /// Notes how a run has ended.
    fn ended(&self, w: &mut World, i: usize, run: RunId) {
        let m = &w.monitors[i];
        let Some(log) = m.ledger().run(run) else { return };
        let opened = m.journal[usize::try_from(run.0).unwrap() - 1].record.term;
        let taken = m.journal.iter().any(|line| line.record.term == m.term && matches!(line.record.body, Body::TakenOver { .. }));
        let (command, moves) = (&log.run.plan().command, log.run.plan().says_what_is_wanted());
        let bits = match log.run.end() {
            None => 0,
            Some(_) if opened < m.term && moves && taken => seen::SETTLED,
            Some(End::Done) if opened < m.term && matches!(command, Command::Switchover { .. }) => seen::RESUMED,
            Some(End::Done) if matches!(command, Command::Switchover { .. }) => seen::SWITCHED,
            Some(End::Done) if matches!(command, Command::Failover { .. }) => {
                let fenced = log.run.plan().steps.iter().any(|step| step.component.is_none());
                if fenced { seen::FAILED_OVER } else { 0 }
            }
            Some(End::NothingChanged { .. }) if moves => seen::TURNED_BACK,
            Some(_) => 0,
        };
        w.seen |= bits;
    }

    /// Asks every open run what follows.
    pub(super) fn advance_runs(&self, w: &mut World, i: usize) {
        let open: Vec<RunId> = w.monitors[i].ledger().open_runs().map(|(id, _)| id).collect();
        for run in open.into_iter().filter(|run| !self.still(w, i, *run)).collect::<Vec<_>>() {
            let (plan, mut next) = {
                let log = w.monitors[i].ledger().run(run).unwrap();
                (log.run.plan().clone(), log.run.advance())
            };
            self.mark(w, &plan, &mut next);
            if !next.is_empty() {
                self.drive(w, i, run, next);
            }
        }
    }

    /// Opens a run of `plan`.
    pub(super) fn open(&self, w: &mut World, i: usize, plan: Plan, decided: bool) {
        let run = RunId(w.monitors[i].ledger().last() + 1);
        let hash = plan.hash().as_str().to_owned();
        let mut first = Run::open(plan.clone()).advance();
        self.mark(w, &plan, &mut first);
        let decision = decided.then_some(DecisionId(run.0));
        let opened = Body::RunOpened { who: Actor::monitor(0), reason: None, hash, plan: Box::new(plan), decision, unserved_ms: None };
        let first = first.into_iter().map(|event| Body::Run { run, event });
        self.record(w, i, std::iter::once(opened).chain(first).collect());
        self.ended(w, i, run);
    }

    /// Ends the doubt about what is on hosts that are fenced.
    pub(super) fn settle_fenced(&self, w: &mut World, i: usize) {
        while let Some((run, event)) = self.doubt_on_fenced(w, i) {
            self.drive(w, i, run, vec![event]);
        }
    }

    fn doubt_on_fenced(&self, w: &World, i: usize) -> Option<(RunId, RunEvent)> {
        let gone = |step: &Step| (0..2).any(|h| self.host(h) == &step.host && self.off(w, i, h));
        let open = w.monitors[i].ledger().open_runs().filter(|(_, log)| log.run.plan().says_what_is_wanted());
        open.flat_map(|(id, log)| log.run.plan().steps.iter().map(move |step| (id, log, step))).find_map(|(run, log, step)| {
            let Some(StepState::Doubtful { way, .. }) = log.run.steps().get(&step.id).map(|at| &at.state) else { return None };
            let found = if action_of(step.action, *way) == Action::Stop { Found::Done } else { Found::Ended };
            gone(step).then(|| (run, RunEvent::Settled { step: step.id, way: *way, found, detail: "fenced".into() }))
        })
    }

    /// A report of an effect, if it is still waited for.
    pub(super) fn reported(&self, w: &mut World, i: usize, run: RunId, effect: Effect, event: RunEvent) {
        let Some(log) = w.monitors[i].ledger().run(run) else { return };
        let waited = match effect {
            Effect::Act { step, way, attempt } => log.run.expects(step, way, attempt),
            Effect::Settle { step, way, attempt } => log.run.doubts(step, way, attempt),
        };
        if !waited || !w.monitors[i].acts() {
            return;
        }
        let rivalled = w.monitors[i].ledger().rival().is_some();
        self.drive(w, i, run, vec![event]);
        self.settle_fenced(w, i);
        if rivalled && w.monitors[i].ledger().rival().is_none() {
            self.advance_runs(w, i);
        }
    }

    /// Takes the lease, as the one whose turn it is.
    pub(super) fn lead(&self, w: &mut World, i: usize, bodies: Vec<Body>) {
        let fresh = w.linked();
        let me = self.monitor(i);
        let m = &mut w.monitors[i];
        let heard = m.heard.map(|(_, tail)| tail);
        let same = heard == Some(m.tail());
        let mine = m.ledger().holder_of_lease() == Some(me.as_str());
        let open: Vec<(RunId, bool)> = m.ledger().open_runs().map(|(id, log)| (id, log.decision.is_some())).collect();
        m.unsure = open.iter().filter(|(_, decided)| *decided && mine && !same).map(|(id, _)| *id).collect();
        let known = heard.map_or(m.ledger().term(), |tail| m.ledger().term().max(tail.term));
        m.term = pair::next_term(known, i as u64, 2);
        (m.part, m.given, m.away, m.heard) = (Part::Acting, None, !fresh, None);
        m.acked = if same { m.ledger().last() } else { 0 };
        let sites = &self.cluster.sites;
        let home = Home { cluster: self.cluster.name.clone(), primary: sites.primary.clone(), secondary: sites.secondary.clone() };
        let taken = Body::TermTaken { holder: me.to_string(), version: "1".into(), config: "c".into(), home };
        let resumed = open.into_iter().map(|(run, _)| Body::Run { run, event: RunEvent::Resumed });
        self.record(w, i, std::iter::once(taken).chain(bodies).chain(resumed).collect());
        self.advance_runs(w, i);
        self.settle_fenced(w, i);
        for h in 0..2 {
            let _ = self.takes(w, i, h);
        }
    }

    /// The host `h` takes the term of `i`.
    pub(super) fn takes(&self, w: &mut World, i: usize, h: usize) -> Option<()> {
        let term = w.monitors[i].term;
        if !w.reaches(i, h) || (self.guard && w.hosts[h].kept > term) {
            return None;
        }
        w.hosts[h].kept = w.hosts[h].kept.max(term);
        w.monitors[i].taken[h] = true;
        Some(())
    }

    /// `i` asks the other one, and has the answer at once.
    pub(super) fn hear(&self, w: &mut World, i: usize) {
        let (mine, tail) = (self.standing(w, i), w.monitors[i].tail());
        self.told(w, 1 - i, &mine);
        let theirs = self.standing(w, 1 - i);
        if w.monitors[1 - i].up {
            self.answered(w, i, &theirs, tail, false);
        }
    }

    /// The other one has asked, and said how it stands.
    pub(super) fn told(&self, w: &mut World, i: usize, other: &Standing) {
        if let Some(answer) = w.monitors[i].answer.as_mut().filter(|_| other.acts) {
            answer.told = true;
        }
        self.take_standing(w, i, other, None);
    }

    /// An answer of the other one: to a question at `mine`, and whether that one has told since that it acts.
    pub(super) fn answered(&self, w: &mut World, i: usize, other: &Standing, mine: Tail, told: bool) {
        let current = w.monitors[i].tail() == mine && !told;
        self.take_standing(w, i, other, Some(current));
    }

    fn take_standing(&self, w: &mut World, i: usize, other: &Standing, answered: Option<bool>) {
        let me = self.standing(w, i);
        let m = &mut w.monitors[i];
        if answered == Some(false) && m.part != Part::Acting {
            return;
        }
        // Whoever acts asks nobody whether it may; only the last word before that counts.
        m.heard = (m.part != Part::Acting || m.leaving).then_some((other.acts, other.tail));
        if !other.acts {
            m.given = None;
        }
        if m.leaving {
            return;
        }
        match m.part {
            Part::Acting if pair::gives_way(&me.monitor, m.ledger().term(), other) => self.ends(w, i),
            Part::Acting if answered.is_some() => {
                if !other.acts && m.ledger().rival() == Some(&other.monitor) {
                    self.record(w, i, vec![Body::Yielded { monitor: other.monitor.clone(), aside: 0 }]);
                    self.advance_runs(w, i);
                }
            }
            Part::Acting => {}
            Part::Waiting | Part::Standby => match pair::next(&me, i == 0, other) {
                Part::Acting if answered.is_some() => self.lead(w, i, Vec::new()),
                Part::Acting => {}
                part => m.part = part,
            },
        }
    }

    /// The life of `i` ends; the next one begins at once.
    pub(super) fn ends(&self, w: &mut World, i: usize) {
        self.dies(w, i);
        w.monitors[i].up = true;
    }

    /// The life of `i` ends; nobody waits for what it had sent.
    pub(super) fn dies(&self, w: &mut World, i: usize) {
        w.monitors[i].dies();
        w.net.iter_mut().filter(|message| message.from == i).for_each(|message| message.waited = false);
        tidy(w);
    }

    /// The other one takes what `i` has journaled; `i` may not get to know.
    pub(super) fn copy(&self, w: &mut World, i: usize, known: bool) {
        let lines = w.monitors[i].journal.clone();
        let me = self.monitor(1 - i);
        let other = &mut w.monitors[1 - i];
        let common = other.journal.iter().zip(&lines).take_while(|(a, b)| a == b).count();
        if common < other.journal.len() {
            // What only it has is set aside.
            other.journal.truncate(common);
            other.book = Book::read(&other.journal);
            other.given = None;
        }
        for line in &lines[common..] {
            Arc::make_mut(&mut other.book.0).apply(&line.record).unwrap();
            let mine = matches!(&line.record.body, Body::HandedOver { to, .. } if *to == me.as_str());
            other.given = mine.then_some(line.record.index);
            other.journal.push(line.clone());
        }
        let tail = other.tail();
        other.heard = Some((true, tail));
        let gives = other.heard.is_some_and(|(acts, theirs)| acts && theirs <= tail);
        if gives && other.given == Some(tail.index) {
            self.lead(w, 1 - i, Vec::new());
            w.seen |= seen::MOVED;
        }
        if known {
            self.copied(w, i, lines.len() as u64);
        }
    }

    fn copied(&self, w: &mut World, i: usize, upto: u64) {
        let m = &mut w.monitors[i];
        (m.acked, m.away) = (upto, false);
        if m.leaving {
            return self.ends(w, i);
        }
        let unsure = std::mem::take(&mut m.unsure);
        if !unsure.is_empty() {
            self.advance_runs(w, i);
        }
    }

    /// The other one is not waited for any more; what `i` had decided by itself and that one has no copy of is not sent.
    pub(super) fn alone(&self, w: &mut World, i: usize) {
        let m = &mut w.monitors[i];
        m.away = true;
        let acked = m.acked;
        let open = m.ledger().open_runs().filter(|(id, log)| id.0 > acked && log.decision.is_some());
        let uncopied: Vec<RunId> = open.map(|(id, _)| id).collect();
        let takes = |(_, run, effect): &(u64, RunId, Effect)| uncopied.contains(run) && matches!(effect, Effect::Act { .. });
        let (back, held): (Vec<_>, Vec<_>) = std::mem::take(&mut m.held).into_iter().partition(takes);
        m.held = held;
        for (_, run, effect) in back {
            let Effect::Act { step, way, .. } = effect else { continue };
            let event = RunEvent::Answered { step, way, outcome: Outcome::NotSent, detail: "no copy".into(), took_ms: 0 };
            self.drive(w, i, run, vec![event]);
        }
    }

    /// Why nothing is decided by `i` itself.
    pub(super) fn uncopied(&self, w: &World, i: usize) -> bool {
        !w.linked() || w.monitors[i].away
    }

    /// The lease goes to the other one: the entry that says so is the last of this life.
    pub(super) fn hand_over(&self, w: &mut World, i: usize) {
        let to = self.monitor(1 - i).to_string();
        self.record(w, i, vec![Body::HandedOver { to, why: "asked".into() }]);
        w.monitors[i].leaving = true;
        w.monitors[i].held.clear();
    }

    /// An answer that came late.
    pub(super) fn late_answer(&self, w: &mut World, i: usize, answer: Answer) {
        let Answer { acts, tail, holder, mine, told } = answer;
        let other = Standing { acts, tail, holder, ..self.standing(w, 1 - i) };
        self.answered(w, i, &other, mine, told);
    }

    pub(super) fn host(&self, h: usize) -> &HostName {
        &self.slots[h][0].host
    }

    /// The first lines of both journals: the first monitor acts, its side serves, the other one has the copy.
    pub(super) fn first_lines(&self, w: &mut World) {
        let side = crate::core::model::Side::Primary;
        self.lead(w, 0, vec![Body::Adopted { side, evidence: "seen".into(), without: Vec::new() }]);
        w.monitors[1].part = Part::Standby;
        w.monitors[1].heard = Some((true, w.monitors[0].tail()));
        self.copy(w, 0, true);
        w.newest = w.monitors[0].term;
    }
}

/// The same messages in one order, whatever order they were sent in.
pub(super) fn tidy(w: &mut World) {
    w.net.sort();
}
