//! Plan and submit: what is shown is made again at the moment of submission, and only runs if it is still the same.

use super::requests::{cannot_act, kept, value};
use super::{Effect, Now, State};
use crate::core::command::{Command, Reason, Refusal};
use crate::core::plan::{Ground, Plan, plan};
use crate::core::record::{Actor, Body, RunId};
use crate::monitor::event::Reply;
use crate::wire::{Failure, FailureKind, PlanView, Submit};
use serde_json::Value;
use std::time::Instant;

impl State {
    /// The plan of `command` on what was heard since `since`.
    fn make(&self, command: &Command, overrides: &[String], since: Instant) -> Result<Plan, Refusal> {
        let locked = self.locks();
        if !locked.is_empty() {
            return Err(Refusal { reasons: locked });
        }
        let ground = Ground {
            cluster: &self.setup.cluster,
            wanted: self.ledger.wanted(),
            picture: &self.picture(since),
            config: &self.setup.config,
            unguarded: &self.unguarded(),
            overrides,
        };
        plan(&ground, command)
    }

    /// Components that open runs hold.
    fn locks(&self) -> Vec<Reason> {
        let reason = |(id, log): (RunId, &crate::core::record::RunLog)| {
            let what = format!("run {id} ({}, by {}) holds {} components", log.run.plan().summary, log.who, log.run.plan().objects().len());
            Reason::new(what, format!("wait until it is over, or turn it back with `switchtower abort {id}`"))
        };
        self.ledger.open_runs().map(reason).collect()
    }

    pub(super) fn plan(&self, command: &Command, overrides: &[String], since: Instant) -> Result<Value, Failure> {
        match self.make(command, overrides, since) {
            Ok(plan) => value(&PlanView { hash: plan.hash().as_str().to_owned(), plan }),
            Err(refusal) => Err(Failure::new(FailureKind::Refused, refusal.reasons)),
        }
    }

    pub(super) fn submit(&mut self, submit: Submit, who: Actor, since: Instant, reply: Reply, now: Now) -> Vec<Effect> {
        if let Some(why) = self.gate.closed() {
            tracing::warn!(%who, command = ?submit.command, %why, "refused");
            return vec![Effect::Reply(reply, Err(cannot_act(&why)))];
        }
        match self.accept(&submit, since) {
            Err(refusal) => self.refuse(submit.command, who, refusal, reply, now),
            Ok(plan) => {
                let run = RunId(self.ledger.last().saturating_add(1));
                let hash = plan.hash().as_str().to_owned();
                let reason = submit.reason.map(|r| kept(&r));
                let opened = Body::RunOpened { who, reason, hash, plan: Box::new(plan.clone()), decision: None };
                let mut first = crate::core::run::Run::open(plan.clone()).advance();
                self.mark(&plan, &mut first);
                let bodies = std::iter::once(opened).chain(first.into_iter().map(|event| Body::Run { run, event })).collect();
                self.record(bodies, vec![Effect::Reply(reply, value(&run))], now)
            }
        }
    }

    fn accept(&self, submit: &Submit, since: Instant) -> Result<Plan, Refusal> {
        let plan = self.make(&submit.command, &submit.overrides, since)?;
        if !plan.hash().answers_to(&submit.plan) {
            return Err(Refusal::one(
                format!("the plan that was shown is stale: it would now be {}, not {}", plan.hash().short(), cut(&submit.plan)),
                "look at the plan again: the cluster, its configuration or a role has changed since",
            ));
        }
        if submit.confirm != plan.confirm.as_str() {
            return Err(Refusal::one(
                format!("{:?} does not confirm this plan", cut(&submit.confirm)),
                format!("type the name of the site that it is about: {}", plan.confirm),
            ));
        }
        Ok(plan)
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(12).collect()
}
