//! What steps report, and what the run machine makes of it.

use super::{Effect, Now, State};
use crate::core::model::{Instance, Service};
use crate::core::record::{Body, RunId};
use crate::core::run::{self, RunEvent};
use crate::run::{Order, Report, action_of};
use std::time::Duration;

impl State {
    /// Takes a report in, if it is still waited for; result and next steps go into the journal as one batch.
    pub(super) fn reported(&mut self, report: Report, now: Now) -> Vec<Effect> {
        let Some(log) = self.ledger.run(report.run) else { return Vec::new() };
        let waited = match report.effect {
            run::Effect::Act { step, way, attempt } => log.run.expects(step, way, attempt),
            run::Effect::Settle { step, way, attempt } => log.run.doubts(step, way, attempt),
        };
        if !waited {
            tracing::info!(run = %report.run, effect = ?report.effect, "an answer that is not waited for any more is dropped");
            return Vec::new();
        }
        let (run::Effect::Act { step, .. } | run::Effect::Settle { step, .. }) = report.effect;
        let touched = log.run.plan().step(step).map(crate::core::plan::Step::instance);
        if let Some(instance) = touched {
            self.facts.touch(instance, now.steady);
        }
        let rivalled = self.ledger.rival().is_some();
        let mut effects = self.drive(report.run, vec![report.event], now);
        effects.extend(self.settle_fenced(now));
        if rivalled && self.ledger.rival().is_none() {
            effects.extend(self.advance_runs(now));
        }
        if self.ledger.run(report.run).is_some_and(|log| log.run.end().is_some()) {
            // What is shown after a run is what is seen after it.
            effects.push(Effect::Refresh(super::NOBODY));
            effects.extend(self.watch_serving(report.run, now));
        }
        effects
    }

    /// Applies `events` to `run`, and everything that follows from them, as one batch of the journal.
    pub(super) fn drive(&mut self, run: RunId, events: Vec<RunEvent>, now: Now) -> Vec<Effect> {
        let mut bodies: Vec<Body> = events.iter().map(|event| Body::Run { run, event: event.clone() }).collect();
        let still = self.is_still(run);
        if let Some(log) = self.ledger.run(run) {
            // The machine is asked on a copy, so that result and next steps are one batch with one wait for the disk.
            let mut ahead = log.run.clone();
            let mut pending = events;
            while !pending.is_empty() {
                for event in &pending {
                    if let Err(error) = ahead.apply(event) {
                        tracing::error!(%error, %run, "an event does not fit its run");
                        return Vec::new();
                    }
                }
                pending = if still { Vec::new() } else { ahead.advance() };
                self.mark(ahead.plan(), &mut pending);
                bodies.extend(pending.iter().map(|event| Body::Run { run, event: event.clone() }));
            }
        }
        self.record(bodies, Vec::new(), now)
    }

    /// Notes with each dispatch what is known of its service just before.
    pub(super) fn mark(&self, plan: &crate::core::plan::Plan, events: &mut [RunEvent]) {
        for event in events {
            if let RunEvent::Dispatched { step, before, .. } = event {
                let instance = plan.step(*step).map(crate::core::plan::Step::instance);
                *before = instance.and_then(|instance| self.facts.mark(&instance));
            }
        }
    }

    /// Asks every open run what follows; after a restart, or when somebody has resumed, that may be something at once.
    pub(super) fn advance_runs(&mut self, now: Now) -> Vec<Effect> {
        let open: Vec<RunId> = self.ledger.open_runs().map(|(id, _)| id).filter(|id| !self.is_still(*id)).collect();
        let mut effects = Vec::new();
        for run in open {
            let mut next = self.ledger.run(run).map(|log| log.run.advance()).unwrap_or_default();
            if let Some(log) = self.ledger.run(run) {
                self.mark(log.run.plan(), &mut next);
            }
            if !next.is_empty() {
                effects.extend(self.drive(run, next, now));
            }
        }
        effects
    }

    /// What the executor gets for an effect of the run machine.
    pub(super) fn order(&self, run: RunId, effect: run::Effect, now: Now) -> Option<Effect> {
        let (run::Effect::Act { step, way, .. } | run::Effect::Settle { step, way, .. }) = effect;
        let log = self.ledger.run(run)?;
        let planned = log.run.plan().step(step)?;
        let at = log.run.steps().get(&step)?;
        let patient = matches!(at.state, run::StepState::Doubtful { unclear: true, .. });
        let marked =
            planned.component.as_ref().and_then(|name| self.setup.cluster.components.get(name)).is_some_and(|c| c.point_of_no_return);
        let timeout_ms = if way == run::Way::Back { planned.undo_timeout_ms() } else { planned.timeout_ms };
        let permit = match self.gate.permit(format!("run {run} step {step}")) {
            Ok(permit) => permit,
            Err(why) => {
                tracing::error!(%run, %step, %why, "a step is held");
                return None;
            }
        };
        Some(Effect::Carry(Box::new(Order {
            run,
            effect,
            instance: planned.instance(),
            action: action_of(planned.action, way),
            timeout: Duration::from_millis(timeout_ms),
            patient,
            strict: patient && marked,
            rivals: planned.rivals.iter().filter_map(|rival| self.rival_now(rival, now)).collect(),
            in_place: planned.in_place,
            pause: pause(way, at.undo_sent),
            before: at.before.clone(),
            permit,
        })))
    }

    /// What is asked instead of a rival whose host has been fenced since the plan was made: its power; nothing where
    /// somebody has given their word, or the host has stopped it by itself.
    fn rival_now(&self, rival: &Instance, now: Now) -> Option<Instance> {
        if rival.service.stops_by_itself() && self.self_stopped(&rival.host).is_some() {
            return None;
        }
        match self.ledger.fenced().get(&rival.host).filter(|_| self.off(&rival.host, now)) {
            None => Some(rival.clone()),
            Some(fencing) if fencing.by_word.is_some() => None,
            Some(_) => Some(Instance { host: rival.host.clone(), service: Service::Power }),
        }
    }

    /// Answers those who waited for runs that are over and durable.
    pub(super) fn answer_closed(&mut self) -> Vec<Effect> {
        if !self.held.is_empty() {
            return Vec::new();
        }
        let over = |run: RunId| self.ledger.run(run).is_none_or(|log| log.run.end().is_some());
        let (done, waiting) = std::mem::take(&mut self.waiters).into_iter().partition(|w: &super::Waiter| over(w.run));
        self.waiters = waiting;
        done.into_iter().map(|w| self.answer_run(w.run, w.reply)).collect()
    }
}

/// How long the way back waits before it tries once more what could not be sent.
fn pause(way: run::Way, sent: u16) -> Duration {
    match way {
        run::Way::Back if sent > 2 => Duration::from_secs(u64::from(sent.min(12)) - 2),
        _ => Duration::ZERO,
    }
}
