//! What must hold after every event, held against the truth. Each audit is named by the rule that it checks.

use super::hosts::{Cause, Unit};
use super::people::Mood;
use super::world::{SECOND, World};
use super::*;
use crate::core::model::Mode;
use crate::core::plan::{Plan, Step, StepId};
use crate::core::run::Way;

/// So long after a loss was last true it may still be acted on: words are late, looks are seconds apart.
const LATELY: u64 = 25 * SECOND;

pub(super) struct Audit {
    /// The first rule that was broken.
    pub(super) broken: Option<String>,
    /// What is on stable storage, added up.
    pub(super) durable: Ledger,
    /// Which life has acted under each term.
    terms: BTreeMap<Term, u64>,
    /// Steps that were sent, and of which nobody has said yet what became of them.
    open: BTreeSet<(RunId, StepId, bool)>,
    /// Whether it is to act by itself: what was said last, and what may hold since nobody was answered.
    mood: Mood,
    maybe: Vec<Mood>,
    /// Automatic failovers, when they were opened, and whether anything of one has reached a host.
    failovers: BTreeMap<RunId, (u64, bool)>,
    before: BTreeMap<RunId, (u64, BTreeMap<Instance, bool>)>,
    /// What must never run together.
    rivals: BTreeMap<Instance, Vec<Instance>>,
}

impl Audit {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let mut rivals: BTreeMap<Instance, Vec<Instance>> = BTreeMap::new();
        for (component, side, mode, instance) in cluster.instances() {
            let there = component.instances(side).filter(|(other, _)| *other != mode).map(|(_, i)| i);
            let elsewhere = component.instance(side.other(), Mode::Active).filter(|_| mode == Mode::Active);
            rivals.insert(instance, there.chain(elsewhere).collect());
        }
        let mood = if cluster.policy.initiative == Initiative::Automatic { Mood::Automatic } else { Mood::Observes };
        let (durable, broken) = (Ledger::default(), None);
        let (terms, open, maybe, failovers, before) = Default::default();
        Self { broken, durable, terms, open, mood, maybe, failovers, before, rivals }
    }

    pub(super) fn breaks(&mut self, rule: &str, how: String) {
        self.broken.get_or_insert_with(|| format!("{rule}: {how}"));
    }

    // What people have said.

    pub(super) fn mood_may_be(&mut self, mood: Mood) {
        self.maybe.push(mood);
    }

    /// Somebody was answered: it holds, or nobody knows.
    pub(super) fn mood_is(&mut self, mood: Option<Mood>) {
        if let Some(mood) = mood {
            self.mood = mood;
            self.maybe.clear();
        }
    }

    /// What ends at a time of the clock may end so much earlier: a life that begins knows no other clock.
    pub(super) fn clock_set_forward(&mut self, by: u64) {
        let earlier: Vec<Mood> = std::iter::once(&self.mood)
            .chain(&self.maybe)
            .filter_map(|mood| match mood {
                Mood::Paused(Some(until)) => Some(Mood::Paused(Some(until.saturating_sub(by)))),
                _ => None,
            })
            .collect();
        self.maybe.extend(earlier);
        self.failovers.values_mut().for_each(|(at, _)| *at = at.saturating_sub(by));
    }

    /// It may act by itself at `at`, by what people were told.
    pub(super) fn may_act(&self, at: u64) -> bool {
        let may = |mood: &Mood| match mood {
            Mood::Automatic => true,
            Mood::Observes => false,
            Mood::Paused(until) => until.is_some_and(|until| until <= at),
        };
        may(&self.mood) || self.maybe.iter().any(may)
    }
}

impl World {
    fn unit(&self, instance: &Instance) -> &Unit {
        &self.machines[&instance.host].units[instance]
    }

    /// After every event: nothing runs twice by acts of the monitor.
    pub(super) fn audit_truth(&mut self) {
        let ours = |instance: &Instance| {
            let unit = self.unit(instance);
            unit.running && unit.cause == Cause::Ours
        };
        let twice = self.audit.rivals.iter().find_map(|(one, rivals)| {
            let other = ours(one).then(|| rivals.iter().find(|rival| ours(rival)))??;
            Some(format!("{one} and {other} run at the same time, by acts of the monitor"))
        });
        if let Some(twice) = twice {
            self.audit.breaks("never two active", twice);
        }
    }

    /// Terms only rise, and no two lives act under the same one.
    pub(super) fn audit_term(&mut self, term: Term) {
        let newest = self.audit.terms.last_key_value().map_or(Term(0), |(term, _)| *term);
        let life = *self.audit.terms.entry(term).or_insert(self.life);
        if life != self.life || term < newest {
            self.audit.breaks("P-4", format!("life {} acts under {term}, which was life {life}'s; the newest is {newest}", self.life));
        }
    }

    /// An entry is about to be written: what the monitor does by itself it may do, and has a reason for.
    pub(super) fn audit_written(&mut self, record: &Record) {
        if let Body::Acknowledged { .. } = record.body {
            // What waited for it may follow in the same batch, before anybody is answered.
            self.audit.failovers.clear();
        }
        let Body::RunOpened { plan, decision: Some(_), .. } = &record.body else { return };
        if !self.audit.may_act(self.at) {
            self.audit.breaks("FE-11", format!("{:?} while it is not to act by itself", plan.command));
        }
        let run = RunId(record.index);
        if let Command::Failover { .. } = plan.command {
            let quiet = self.cluster.policy.quiet_ms * super::world::MS;
            let lately = self.audit.failovers.iter().find(|(_, (at, moved))| *moved && at + quiet > self.at);
            if let Some((last, _)) = lately {
                let how = format!("failover {run} less than the quiet time after {last}");
                self.audit.breaks("FE-11", how);
            }
            self.audit.failovers.insert(run, (self.at, false));
        }
        if !self.is_for_a_reason(plan) {
            self.audit.breaks("P-5", format!("{:?}, and nothing is lost", plan.command));
        }
    }

    /// Something that the plan is about was lost lately, or runs where it must not, in truth.
    fn is_for_a_reason(&self, plan: &Plan) -> bool {
        let since = self.at.saturating_sub(LATELY);
        let lost = |instance: Instance| {
            let unit = self.unit(&instance);
            !unit.running || unit.down >= since && unit.down > 0
        };
        let dark = |host: &HostName| {
            let machine = &self.machines[host];
            !machine.on || !self.between || machine.dark >= since && machine.dark > 0
        };
        let Some(side) = plan.before.side() else { return false };
        let of = |name| self.cluster.components.get(name).and_then(|c: &crate::core::model::Component| c.instance(side, Mode::Active));
        match &plan.command {
            Command::Failover { .. } => {
                self.cluster.components.values().any(|c| lost(c.instance(side, Mode::Active).unwrap()) || dark(c.host(side)))
            }
            Command::Rescue { components, .. } => components.iter().filter_map(of).all(lost),
            Command::Fence { host, .. } => dark(host),
            Command::Guard { component, .. } => {
                let wrong = self.cluster.components[component].instance(side.other(), Mode::Active).unwrap();
                let unit = self.unit(&wrong);
                unit.running || unit.since >= since
            }
            _ => true,
        }
    }

    /// An order is given: its entry is durable, it is no repetition, and nothing of ours runs or may start against it.
    pub(super) fn audit_order(&mut self, number: u64, order: &Order) {
        self.audit_term(order.permit.term());
        let run = self.audit.durable.run(order.run).map(|log| &log.run);
        match order.effect {
            run::Effect::Act { step, way, attempt } => {
                if !run.is_some_and(|run| run.expects(step, way, attempt)) {
                    self.audit.breaks("P-6", format!("order {number} is given before its entry is durable"));
                }
                if !self.audit.open.insert((order.run, step, way == Way::Back)) {
                    self.audit.breaks("P-6", format!("order {number} repeats a step that nobody has looked at"));
                }
                if order.action == Action::Start {
                    self.audit_rivals(number, &order.instance);
                }
            }
            run::Effect::Settle { step, way, attempt } => {
                if !run.is_some_and(|run| run.doubts(step, way, attempt)) {
                    self.audit.breaks("P-6", format!("order {number} settles what is not in doubt"));
                }
            }
        }
    }

    fn audit_rivals(&mut self, number: u64, instance: &Instance) {
        let wrong = self.audit.rivals.get(instance).into_iter().flatten().find_map(|rival| {
            let (machine, unit) = (&self.machines[&rival.host], self.unit(rival));
            let starts = self.flights.values().find(|flight| {
                let valid = machine.on && flight.sent == Some((machine.session, machine.boot));
                valid && flight.order.instance == *rival && flight.order.action == Action::Start
            });
            if unit.running && unit.cause == Cause::Ours {
                Some(format!("order {number} starts {instance} while {rival} runs"))
            } else {
                starts.map(|_| format!("order {number} starts {instance} while {rival} may still be started"))
            }
        });
        if let Some(wrong) = wrong {
            self.audit.breaks("P-7", wrong);
        }
    }

    /// A host begins with an order: it is still waited for, and nothing that was to be seen runs against it.
    pub(super) fn audit_begun(&mut self, number: u64) {
        let flight = &self.flights[&number];
        let (order, checked) = (&flight.order, flight.checked);
        let run::Effect::Act { step, way, attempt } = order.effect else { return };
        let run = self.audit.durable.run(order.run).map(|log| &log.run);
        let waited = run.is_some_and(|run| run.expects(step, way, attempt) || run.doubts(step, way, attempt));
        let beside = order.rivals.iter().filter(|rival| rival.service != crate::core::model::Service::Power).find(|rival| {
            let unit = self.unit(rival);
            order.action == Action::Start && unit.running && (unit.cause == Cause::Ours || (unit.since < checked && !order.in_place))
        });
        let beside = beside.map(|rival| format!("order {number} starts {} while {rival} runs", order.instance));
        if let Some((_, moved)) = self.audit.failovers.get_mut(&order.run) {
            *moved = true;
        }
        if !waited {
            self.audit.breaks("P-6", format!("order {number} is carried out, and its run has gone on without it"));
        }
        if let Some(beside) = beside {
            self.audit.breaks("P-7", beside);
        }
    }

    /// What is said of a step: it may be sent again once it is certain what became of it.
    pub(super) fn audit_answer(&mut self, run: RunId, event: &RunEvent) {
        match event {
            RunEvent::Answered { step, way, outcome, .. } if *outcome != Outcome::Unknown => {
                self.audit.open.remove(&(run, *step, *way == Way::Back));
            }
            RunEvent::Settled { step, way, found, .. } if *found != run::Found::Unclear => {
                self.audit.open.remove(&(run, *step, *way == Way::Back));
            }
            _ => {}
        }
    }

    /// An entry is on stable storage.
    pub(super) fn audit_kept(&mut self, record: &Record) {
        if let Err(error) = self.audit.durable.apply(record) {
            self.audit.breaks("the journal tells one story", error.to_string());
        }
        match &record.body {
            Body::RunOpened { plan, .. } => {
                let steps = plan.steps.iter().filter(|step| step.component.is_some()).map(|step| step.instance());
                let truth = steps.map(|i| (i.clone(), self.unit(&i).running)).collect();
                self.audit.before.insert(RunId(record.index), (self.at, truth));
            }
            Body::Run { run, event: RunEvent::Closed { end } } => self.audit_end_of_run(*run, end),
            _ => {}
        }
    }

    /// What a run says at its end is the truth, but for what others have done meanwhile.
    fn audit_end_of_run(&mut self, id: RunId, end: &End) {
        let Some((opened, before)) = self.audit.before.remove(&id) else { return };
        let Some(log) = self.audit.durable.run(id) else { return };
        let (plan, crossed) = (log.run.plan(), log.run.crossed());
        let calm = |instance: &Instance| self.unit(instance).disturbed < opened && self.machines[&instance.host].on;
        let wrong = match end {
            End::NothingChanged { .. } if crossed => Some("it went back over its point of no return".to_owned()),
            End::NothingChanged { .. } => {
                // What had died unnoticed is started by the way back, since it was wanted and thought to run.
                let returns = |step: &Step| step.action == Action::Stop && step.undo.is_some();
                let brought_back = |i: &Instance| plan.steps.iter().any(|step| step.instance() == *i && returns(step));
                let differs = |i: &Instance, ran: bool| self.unit(i).running != ran && (ran || !brought_back(i));
                let changed = before.iter().find(|(i, ran)| calm(i) && differs(i, **ran));
                changed.map(|(i, ran)| format!("nothing changed, it says, and {i} ran before: {ran}"))
            }
            End::Done => {
                let steps = plan.steps.iter().filter(|step| step.component.is_some());
                let undone = steps.map(|step| (step.instance(), step.action == Action::Start));
                let mut undone = undone.filter(|(i, runs)| calm(i) && self.unit(i).running != *runs);
                undone.next().map(|(i, runs)| format!("it is done, it says, and {i} is to run: {runs}"))
            }
            End::Partly { left, .. } => left.is_empty().then(|| "nothing is left, it says, and something is".to_owned()),
        };
        if let Some(wrong) = wrong {
            self.audit.breaks("P-12", format!("run {id}: {wrong}"));
        }
    }

    /// Everything runs in truth as it is wanted.
    fn is_whole(&self) -> bool {
        let wanted = self.audit.durable.wanted();
        self.cluster.instances().all(|(c, side, mode, i)| {
            let wrong_mode = c.mode_when(side, wanted).is_some_and(|at| (at == mode) != self.unit(&i).running);
            !wrong_mode
        })
    }

    /// Something that is to serve, and has run since it was adopted, does not run in truth.
    fn is_lost(&self, state: &State) -> bool {
        let wanted = state.ledger.wanted();
        self.cluster.instances().any(|(c, side, mode, i)| {
            let serves = mode == Mode::Active && c.mode_when(side, wanted) == Some(Mode::Active);
            serves && wanted.side() == Some(side) && !state.ledger.excused().contains(&c.name) && !self.unit(&i).running
        })
    }

    /// Nothing is open, and the cluster serves, or somebody can read why not.
    pub(super) fn is_settled(&self) -> Result<(), String> {
        let Some(state) = &self.state else { return Err("the monitor does not run".to_owned()) };
        if let Some((run, log)) = state.ledger.open_runs().next() {
            return Err(format!("run {run} is open: {}", log.run.plan().summary));
        }
        let status = state.status(self.now());
        let holds = matches!(&status.decision, Some(view) if matches!(view.choice, crate::core::trigger::Choice::Hold { .. }));
        if status.stance == crate::core::record::Stance::Automatic && !holds && self.is_lost(state) {
            return Err(format!("what serves is lost, and it does not say why it holds: {}", status.acts));
        }
        let says = holds || !status.troubles.is_empty();
        let stopped = state.ledger.wanted().side().is_none();
        match status.verdict {
            crate::wire::Verdict::Ok if !self.is_whole() => Err("all is well, it says, and it is not".to_owned()),
            crate::wire::Verdict::Ok => Ok(()),
            crate::wire::Verdict::Moving => Err("it says that a run is under way".to_owned()),
            verdict if !says && !stopped => Err(format!("it says {verdict:?} and not why: {}", status.acts)),
            _ => Ok(()),
        }
    }
}
