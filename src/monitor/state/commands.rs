//! Plan and submit: what is shown is made again at the moment of submission, and only runs if it is still the same.

use super::requests::{cannot_act, kept, value};
use super::{Effect, Now, State};
use crate::core::command::{Class, Command, Reason, Refusal};
use crate::core::plan::{Ground, Plan, plan};
use crate::core::record::{Actor, Body, RunId};
use crate::core::trigger::DecisionId;
use crate::monitor::event::Reply;
use crate::wire::{Failure, FailureKind, PlanView, Submit};
use serde_json::Value;
use std::time::Instant;

impl State {
    /// The plan of `command` on what was heard since `since`.
    fn make(&self, command: &Command, overrides: &[String], since: Instant, now: Now) -> Result<Plan, Refusal> {
        if let Some(why) = self.same_machine() {
            return Err(Refusal::one(why, "correct the address of one of them: a machine is one host"));
        }
        // Fencing a host goes on beside a run, whose doubt it may end.
        if let Some(refusal) = self.pair_refusal(command, now) {
            return Err(refusal);
        }
        let locked = if matches!(command, Command::Fence { .. } | Command::TakeOver { .. }) { Vec::new() } else { self.locks() };
        if !locked.is_empty() {
            return Err(Refusal { reasons: locked });
        }
        let ground = Ground {
            cluster: &self.setup.cluster,
            wanted: self.ledger.wanted(),
            picture: &self.picture(since, now),
            config: &self.setup.config,
            unguarded: &self.unguarded(),
            overrides,
            maintenance: self.ledger.maintenance(),
        };
        plan(&ground, command)
    }

    /// That runs are open, for what waits until none is.
    pub(super) fn open_reasons(&self) -> impl Iterator<Item = Reason> + '_ {
        self.ledger.open_runs().map(|(id, log)| {
            let what = format!("run {id} ({}, by {}) is open", log.run.plan().summary, log.who);
            Reason::new(what, format!("wait until it is over, or turn it back with `switchtower abort {id}`"))
        })
    }

    /// Components that open runs hold.
    fn locks(&self) -> Vec<Reason> {
        let reason = |(id, log): (RunId, &crate::core::record::RunLog)| {
            let what = format!("run {id} ({}, by {}) holds {} components", log.run.plan().summary, log.who, log.run.plan().objects().len());
            Reason::new(what, format!("wait until it is over, or turn it back with `switchtower abort {id}`"))
        };
        self.ledger.open_runs().filter(|(_, log)| log.run.plan().says_what_is_wanted()).map(reason).collect()
    }

    pub(super) fn plan(&self, command: &Command, overrides: &[String], since: Instant, now: Now) -> Result<Value, Failure> {
        match self.make(command, overrides, since, now) {
            Ok(plan) => value(&PlanView { hash: plan.hash().as_str().to_owned(), expected: self.ledger.expected(&plan), plan }),
            Err(refusal) => Err(Failure::new(FailureKind::Refused, refusal.reasons)),
        }
    }

    pub(super) fn submit(&mut self, submit: Submit, who: Actor, since: Instant, reply: Reply, now: Now) -> Vec<Effect> {
        if matches!(submit.command, Command::TakeOver { .. }) {
            return self.take_over(submit, who, since, reply, now);
        }
        if let Some(why) = self.closed() {
            tracing::warn!(%who, command = ?submit.command, %why, "refused");
            return vec![Effect::Reply(reply, Err(cannot_act(&why)))];
        }
        if matches!(submit.command, Command::MonitorMove { .. }) {
            return self.move_lease(submit, who, since, reply, now);
        }
        match self.accept(&submit, since, now) {
            Err(refusal) => self.refuse(submit.command, who, refusal, reply, now),
            Ok(plan) => {
                let mut effects = self.open_for(plan, who, submit.reason, reply, now);
                effects.extend(self.settle_fenced(now));
                effects
            }
        }
    }

    /// Opens a run of `plan` for `who`, who is answered with it once its opening is on stable storage.
    pub(super) fn open_for(&mut self, plan: Plan, who: Actor, reason: Option<String>, reply: Reply, now: Now) -> Vec<Effect> {
        let run = RunId(self.ledger.last().saturating_add(1));
        self.open(plan, who, reason.map(|r| kept(&r)), None, vec![Effect::Reply(reply, value(&run))], now)
    }

    /// Opens a run of `plan`; the decision behind it, if there is one, is journaled just before.
    pub(super) fn open(
        &mut self,
        plan: Plan,
        who: Actor,
        reason: Option<String>,
        decided: Option<Body>,
        then: Vec<Effect>,
        now: Now,
    ) -> Vec<Effect> {
        let next = self.ledger.last().saturating_add(1);
        let (decision, run) = match decided {
            Some(_) => (Some(DecisionId(next)), RunId(next.saturating_add(1))),
            None => (None, RunId(next)),
        };
        self.memory.forget(&plan);
        let hash = plan.hash().as_str().to_owned();
        let mut first = crate::core::run::Run::open(plan.clone()).advance();
        self.mark(&plan, &mut first);
        let unserved_ms = decision.and_then(|_| self.unserved_ms(&plan, now));
        let opened = Body::RunOpened { who, reason, hash, plan: Box::new(plan), decision, unserved_ms };
        let first = first.into_iter().map(|event| Body::Run { run, event });
        self.record(decided.into_iter().chain([opened]).chain(first).collect(), then, now)
    }

    pub(super) fn accept(&self, submit: &Submit, since: Instant, now: Now) -> Result<Plan, Refusal> {
        let plan = self.make(&submit.command, &submit.overrides, since, now)?;
        if !plan.hash().answers_to(&submit.plan) {
            return Err(Refusal::one(
                format!("the plan that was shown is stale: it would now be {}, not {}", plan.hash().short(), cut(&submit.plan)),
                "look at the plan again: the cluster, its configuration or a role has changed since",
            ));
        }
        if submit.command.needs_reason() && submit.reason.as_ref().is_none_or(|reason| kept(reason).trim().is_empty()) {
            let risk = submit.command.class() == Class::Risk;
            return Err(Refusal::one(
                if risk { "this puts service or data at risk, and no reason was given" } else { "a maintenance needs a reason" },
                "say why with --reason; it is kept in the journal",
            ));
        }
        if submit.confirm != plan.confirm.as_str() {
            return Err(Refusal::one(
                format!("{:?} does not confirm this plan", cut(&submit.confirm)),
                format!("type the word that its plan asks for: {}", plan.confirm),
            ));
        }
        Ok(plan)
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(12).collect()
}
