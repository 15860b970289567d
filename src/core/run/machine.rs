//! The machine itself: `apply` one event, `advance` to what follows.

use super::{Effect, Found, Outcome, Phase, RunEvent, StepRun, StepState, Way};
use super::{hooks, report};
use crate::core::command::{End, Refusal};
use crate::core::model::Service;
use crate::core::plan::{NoReturn, Plan, Step, StepId, StepSet, Wanted};
use std::collections::BTreeMap;

/// How often a step is sent, counting the times that a look has shown it not to have been done.
pub(super) const MOST_SENT: u16 = 3;

/// An event that does not fit the run: the journal is not of this run, or was tampered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} does not follow from where the run stands: {why}")]
pub struct Illegal {
    /// The event.
    pub event: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A run of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub(super) plan: Plan,
    pub(super) phase: Phase,
    pub(super) steps: BTreeMap<StepId, StepRun>,
}

impl Run {
    /// A run of `plan` of which nothing has happened yet.
    #[must_use]
    pub fn open(plan: Plan) -> Self {
        let steps = plan.steps.iter().map(|s| (s.id, StepRun::new())).collect();
        Self { plan, phase: Phase::Forth, steps }
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Where each step stands.
    #[must_use]
    pub fn steps(&self) -> &BTreeMap<StepId, StepRun> {
        &self.steps
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        match &self.phase {
            Phase::Closed { end } => Some(end),
            Phase::Forth | Phase::Back { .. } => None,
        }
    }

    /// A step whose outcome is not known, if there is one.
    #[must_use]
    pub fn doubt(&self) -> Option<(&Step, &str)> {
        self.steps.iter().find_map(|(id, step)| match &step.state {
            StepState::Doubtful { why, .. } => Some((self.plan.step(*id)?, why.as_str())),
            _ => None,
        })
    }

    /// What is to be wanted after the run, or while it goes on.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        match &self.phase {
            Phase::Forth | Phase::Closed { end: End::Done } => self.plan.afterwards,
            Phase::Back { .. } | Phase::Closed { end: End::NothingChanged { .. } } => self.plan.before,
            Phase::Closed { end: End::Partly { .. } } if self.crossed() => self.plan.afterwards,
            Phase::Closed { end: End::Partly { .. } } => self.plan.before,
        }
    }

    /// Whether the point of no return lies behind.
    #[must_use]
    pub fn crossed(&self) -> bool {
        match &self.plan.no_return {
            NoReturn::FromTheStart => !self.only_hooks(),
            NoReturn::After { steps } => {
                let power = |id: &StepId| self.plan.step(*id).is_some_and(|step| step.service == Service::Power);
                steps.iter().any(|id| match self.state(*id) {
                    Some(StepState::Done { .. }) => true,
                    // What ran for a while has passed it; a host that may be off has not.
                    Some(StepState::Failed { ran, .. }) => *ran && !power(id),
                    _ => false,
                })
            }
        }
    }

    /// The event that turns the run back because an operator asks for it.
    ///
    /// # Errors
    /// When it is over, on its way back already, or past its point of no return.
    pub fn abort(&self, why: &str) -> Result<RunEvent, Refusal> {
        match &self.phase {
            Phase::Closed { end } => Err(Refusal::one(format!("the run is over: {end}"), "nothing is to be done")),
            Phase::Back { .. } => Err(Refusal::one("the run is on its way back already", "watch it with `switchtower report`")),
            Phase::Forth if self.crossed() || self.passing() => Err(Refusal::one(
                "the run is past its point of no return, or just passing it: the new side may hold data that the old one does not",
                "let it end, then move back with a switchover",
            )),
            Phase::Forth => Ok(RunEvent::TurnedBack { why: why.to_owned() }),
        }
    }

    /// Whether an answer for this act is still waited for.
    #[must_use]
    pub fn expects(&self, step: StepId, way: Way, attempt: u16) -> bool {
        self.steps.get(&step).is_some_and(|s| s.state == StepState::Running { way } && s.attempts(way) == attempt)
    }

    /// Whether a look at this attempt is still waited for.
    #[must_use]
    pub fn doubts(&self, step: StepId, way: Way, attempt: u16) -> bool {
        let same = |s: &StepRun| matches!(s.state, StepState::Doubtful { way: w, .. } if w == way) && s.attempts(way) == attempt;
        self.steps.get(&step).is_some_and(same)
    }

    /// Takes an event in; what it returns is to be carried out once the event is on stable storage.
    ///
    /// # Errors
    /// When the event does not follow from where the run stands; the run is then as it was.
    pub fn apply(&mut self, event: &RunEvent) -> Result<Vec<Effect>, Illegal> {
        let illegal = |why| Illegal { event: format!("{event:?}"), why };
        if matches!(self.phase, Phase::Closed { .. }) {
            return Err(illegal("the run is closed"));
        }
        match event {
            RunEvent::Dispatched { step, way, attempt, before } => {
                let run = self.steps.get_mut(step).ok_or_else(|| illegal("there is no such step"))?;
                if run.open() || run.attempts(*way).saturating_add(1) != *attempt {
                    return Err(illegal("the step is under way, or this is not its next attempt"));
                }
                run.count(*way);
                run.before.clone_from(before);
                run.state = StepState::Running { way: *way };
                Ok(vec![Effect::Act { step: *step, way: *way, attempt: *attempt }])
            }
            RunEvent::Answered { step, way, outcome, detail, took_ms } => {
                let run = self.steps.get_mut(step).ok_or_else(|| illegal("there is no such step"))?;
                if run.state != (StepState::Running { way: *way }) {
                    return Err(illegal("the step is not running"));
                }
                run.took_ms = Some(*took_ms);
                run.answered(*way, *outcome, detail);
                Ok(run.doubt(*step).into_iter().collect())
            }
            RunEvent::Settled { step, way, found, detail } => {
                let run = self.steps.get_mut(step).ok_or_else(|| illegal("there is no such step"))?;
                if !matches!(&run.state, StepState::Doubtful { way: w, .. } if w == way) {
                    return Err(illegal("the step is not in doubt"));
                }
                run.state = match self.plan.step(*step).map(|s| &s.service) {
                    Some(Service::Power) => fenced(*found, detail),
                    Some(Service::Hook(hook)) => hooks::settled(hook, run, *way, *found, detail),
                    _ => settled(&run.state, run.attempts(*way), *way, *found, detail),
                };
                Ok(run.doubt(*step).into_iter().collect())
            }
            RunEvent::TurnedBack { why } => {
                if self.phase != Phase::Forth || self.crossed() {
                    return Err(illegal("the run is on its way back, or past its point of no return"));
                }
                self.phase = Phase::Back { why: why.clone() };
                Ok(Vec::new())
            }
            RunEvent::Resumed => Ok(self.resume()),
            RunEvent::Closed { end } => {
                if self.steps.values().any(StepRun::open) {
                    return Err(illegal("a step is under way"));
                }
                self.phase = Phase::Closed { end: end.clone() };
                Ok(Vec::new())
            }
        }
    }

    /// What is to be journaled next, given where the run stands; empty while it waits.
    #[must_use]
    pub fn advance(&self) -> Vec<RunEvent> {
        match &self.phase {
            Phase::Closed { .. } => Vec::new(),
            Phase::Forth => match self.failure() {
                Some(why) if !self.crossed() && !self.passing() => vec![RunEvent::TurnedBack { why }],
                Some(_) if !self.crossed() => Vec::new(),
                _ => {
                    let done = self.done();
                    self.dispatch_or_close(Way::Forth, |step| self.ready(step, &done))
                }
            },
            Phase::Back { .. } => {
                let gone = self.gone();
                self.dispatch_or_close(Way::Back, |step| self.undo_ready(step, &gone))
            }
        }
    }

    fn dispatch_or_close(&self, way: Way, ready: impl Fn(&Step) -> bool) -> Vec<RunEvent> {
        let dispatch = |step: &Step| {
            let attempt = self.steps.get(&step.id)?.attempts(way).saturating_add(1);
            Some(RunEvent::Dispatched { step: step.id, way, attempt, before: None })
        };
        let next: Vec<RunEvent> = self.plan.steps.iter().filter(|s| ready(s)).filter_map(dispatch).collect();
        if next.is_empty() && !self.steps.values().any(StepRun::open) {
            return vec![RunEvent::Closed { end: report::end(self) }];
        }
        next
    }

    /// The steps that others need not wait for any more: gone through once for all that wait.
    fn done(&self) -> StepSet {
        let done = |step: &&Step| match self.state(step.id) {
            Some(StepState::Done { .. }) => true,
            Some(StepState::Failed { .. }) => step.may_fail(),
            _ => false,
        };
        self.plan.steps.iter().filter(done).map(|step| step.id).collect()
    }

    fn ready(&self, step: &Step, done: &StepSet) -> bool {
        self.state(step.id) == Some(&StepState::Waiting) && done.covers(&step.after)
    }

    /// The steps that are in no way of one that is undone.
    fn gone(&self) -> StepSet {
        // What has no way back was stopped before the run, and stands in nobody's way.
        let undone = |id: StepId| self.steps.get(&id).is_none_or(|s| !s.begun() || matches!(s.state, StepState::Undone { .. }));
        self.plan.steps.iter().filter(|step| step.undo.is_none() || undone(step.id)).map(|step| step.id).collect()
    }

    fn undo_ready(&self, step: &Step, gone: &StepSet) -> bool {
        let Some(run) = self.steps.get(&step.id) else { return false };
        let undoable = matches!(run.state, StepState::Waiting | StepState::Done { .. } | StepState::Failed { .. });
        run.begun() && undoable && step.undo.as_ref().is_some_and(|undo| gone.covers(&undo.after))
    }

    /// The first failure, in words; a step that stays in doubt for longer than it may take counts as one.
    fn failure(&self) -> Option<String> {
        self.plan.steps.iter().filter(|step| !step.may_fail()).find_map(|step| match self.state(step.id)? {
            StepState::Failed { detail, .. } => Some(format!("step {}, {} on {}: {detail}", step.id, step.command, step.host)),
            StepState::Doubtful { unclear: true, why, .. } => {
                Some(format!("step {}, {} on {}: its outcome is not known: {why}", step.id, step.command, step.host))
            }
            _ => None,
        })
    }

    /// A step that passes the point of no return is under way or in doubt: it decides first.
    fn passing(&self) -> bool {
        match &self.plan.no_return {
            NoReturn::FromTheStart => !self.only_hooks(),
            NoReturn::After { steps } => steps.iter().any(|id| self.steps.get(id).is_some_and(StepRun::open)),
        }
    }

    fn resume(&mut self) -> Vec<Effect> {
        for run in self.steps.values_mut() {
            if let StepState::Running { way } = run.state {
                let why = "the monitor ended while it was under way".to_owned();
                run.state = StepState::Doubtful { way, unclear: false, unsent: false, why };
            }
        }
        self.steps.iter().filter_map(|(id, run)| run.doubt(*id)).collect()
    }

    pub(super) fn state(&self, id: StepId) -> Option<&StepState> {
        self.steps.get(&id).map(|run| &run.state)
    }
}

impl StepRun {
    pub(super) fn attempts(&self, way: Way) -> u16 {
        match way {
            Way::Forth => self.sent,
            Way::Back => self.undo_sent,
        }
    }

    fn count(&mut self, way: Way) {
        match way {
            Way::Forth => self.sent = self.sent.saturating_add(1),
            Way::Back => self.undo_sent = self.undo_sent.saturating_add(1),
        }
    }

    fn uncount(&mut self, way: Way) {
        match way {
            Way::Forth => self.sent = self.sent.saturating_sub(1),
            Way::Back => self.undo_sent = self.undo_sent.saturating_sub(1),
        }
    }

    /// What was not sent has changed nothing. Forth that is a failure of a step that never began; on the way back it is
    /// tried again, once a look has shown where things stand.
    fn answered(&mut self, way: Way, outcome: Outcome, detail: &str) {
        let detail = detail.to_owned();
        if (way, outcome) == (Way::Forth, Outcome::NotSent) {
            self.uncount(way);
        }
        self.state = match (way, outcome) {
            (Way::Forth, Outcome::Done) => StepState::Done { detail },
            (Way::Forth, Outcome::Failed | Outcome::NotSent) => StepState::Failed { detail, ran: false },
            (Way::Back, Outcome::Done) => StepState::Undone { detail },
            (Way::Back, Outcome::Failed) => StepState::NotUndone { detail },
            (Way::Back, Outcome::NotSent) => StepState::Doubtful { way, unclear: false, unsent: true, why: detail },
            (_, Outcome::Unknown) => StepState::Doubtful { way, unclear: false, unsent: false, why: detail },
        };
    }

    /// The look that a step in doubt asks for.
    fn doubt(&self, step: StepId) -> Option<Effect> {
        match self.state {
            StepState::Doubtful { way, .. } => Some(Effect::Settle { step, way, attempt: self.attempts(way) }),
            _ => None,
        }
    }
}

/// A fence that stayed in doubt is never sent again: the host may have come back meanwhile, and be well.
fn fenced(found: Found, detail: &str) -> StepState {
    match found {
        Found::Done => StepState::Done { detail: detail.to_owned() },
        Found::NotDone | Found::Ended => StepState::Failed { detail: detail.to_owned(), ran: false },
        Found::Unclear => StepState::Failed { detail: format!("nobody can say whether it is off: {detail}"), ran: true },
    }
}

/// A step that a look has shown not to be done may be sent again, a few times; one that ran and ended is not.
fn settled(was: &StepState, attempts: u16, way: Way, found: Found, detail: &str) -> StepState {
    let detail = detail.to_owned();
    let unsent = matches!(was, StepState::Doubtful { unsent: true, .. });
    match (way, found) {
        (_, Found::Unclear) => StepState::Doubtful { way, unclear: true, unsent, why: detail },
        (Way::Forth, Found::Done) => StepState::Done { detail },
        (Way::Back, Found::Done) => StepState::Undone { detail },
        (_, Found::NotDone) if attempts < MOST_SENT || unsent => StepState::Waiting,
        (Way::Forth, Found::Ended) => StepState::Failed { detail, ran: true },
        (Way::Forth, Found::NotDone) => StepState::Failed { detail, ran: false },
        (Way::Back, Found::NotDone | Found::Ended) => StepState::NotUndone { detail },
    }
}
