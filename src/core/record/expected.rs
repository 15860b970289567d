//! How long the steps of a plan may be expected to take, from what the same steps took in the runs that are kept.
//!
//! It stands beside a plan where one is shown; no plan, hash or decision rests on it.

use super::{Ledger, RunLog};
use crate::core::model::Instance;
use crate::core::plan::{Action, Plan, Step, StepId};
use crate::core::run::StepState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is expected of a plan's steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The median of what each step took before, in milliseconds; one that no kept run did is not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<StepId, u64>,
    /// How long the longest way through the steps then takes, in milliseconds; `None` where a step is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage_ms: Option<u64>,
}

impl Ledger {
    /// What is expected of `plan`.
    #[must_use]
    pub fn expected(&self, plan: &Plan) -> Expected {
        let mut took: BTreeMap<(Instance, &str), Vec<u64>> = BTreeMap::new();
        for (instance, action, ms) in self.runs().flat_map(|(_, log)| done(log)) {
            took.entry((instance, action.word())).or_default().push(ms);
        }
        let usual = |step: &Step| took.get(&(step.instance(), step.action.word())).and_then(|all| median(all));
        let steps: BTreeMap<StepId, u64> = plan.steps.iter().filter_map(|step| Some((step.id, usual(step)?))).collect();
        let mut parts = plan.steps.iter().filter(|step| step.service.hook().is_none());
        let known = !steps.is_empty() && parts.all(|step| steps.contains_key(&step.id));
        let outage_ms = known.then(|| plan.longest_way(|step| steps.get(&step.id).copied().unwrap_or(0)));
        Expected { steps, outage_ms }
    }
}

/// The steps of a run that were done at the first try, with what they took in milliseconds.
fn done(log: &RunLog) -> impl Iterator<Item = (Instance, Action, u64)> {
    log.run.steps().iter().filter_map(|(id, at)| {
        let step = log.run.plan().step(*id)?;
        let once = matches!(at.state, StepState::Done { .. }) && at.sent == 1 && at.undo_sent == 0;
        Some((step.instance(), step.action, at.took_ms.filter(|_| once)?))
    })
}

/// The middle one; of two the greater.
fn median(all: &[u64]) -> Option<u64> {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::Command;
    use crate::core::model::Side;
    use crate::core::plan::Wanted;
    use crate::core::record::{Actor, Body, Record, RunId, Term};
    use crate::core::run::{Effect, Outcome, Run, RunEvent, Way};
    use crate::core::testing::{cluster, component, picture, wanted};

    /// db <- app, from `side` to the other one.
    fn plan(side: Side) -> Plan {
        let c = cluster(vec![component("db", &[]), component("app", &["db"])]);
        let p = picture(&c, &wanted(&c, Some(side)));
        crate::core::testing::plan(&c, Wanted::Active(side), &p, &Command::Switchover { to: None }, "").unwrap()
    }

    fn write(ledger: &mut Ledger, body: Body) -> RunId {
        let index = ledger.last() + 1;
        ledger.apply(&Record { index, term: Term(1), at: jiff::Timestamp::UNIX_EPOCH, body }).unwrap();
        RunId(index)
    }

    /// A run of `plan` in which step n takes n times `pace` milliseconds, or fails where `fails` says.
    fn run(ledger: &mut Ledger, plan: &Plan, pace: u64, fails: Option<u16>) {
        let (who, hash) = (Actor { user: "ops".into(), uid: 0, pid: None }, String::new());
        let mut run = Run::open(plan.clone());
        let id =
            write(ledger, Body::RunOpened { who, reason: None, hash, plan: Box::new(plan.clone()), decision: None, unserved_ms: None });
        let mut events = run.advance();
        while let Some(event) = events.pop() {
            let effects = run.apply(&event).unwrap();
            write(ledger, Body::Run { run: id, event });
            for effect in effects {
                let Effect::Act { step, way, .. } = effect else { continue };
                let outcome = if fails == Some(step.0) && way == Way::Forth { Outcome::Failed } else { Outcome::Done };
                events.push(RunEvent::Answered { step, way, outcome, detail: String::new(), took_ms: u64::from(step.0) * pace });
            }
            if events.is_empty() {
                events = run.advance();
            }
        }
        assert!(run.end().is_some());
    }

    #[test]
    fn what_a_step_took_before_is_expected_again_and_what_was_never_done_is_not_known() {
        let (south, north) = (plan(Side::Primary), plan(Side::Secondary));
        let mut ledger = Ledger::default();
        assert_eq!(ledger.expected(&south), Expected::default());
        run(&mut ledger, &south, 10, None);
        let expected = ledger.expected(&south);
        assert_eq!(expected.steps.values().copied().collect::<Vec<_>>(), [10, 20, 30, 40]);
        assert_eq!(expected.outage_ms, Some(100), "they go one after the other");
        assert_eq!(ledger.expected(&north), Expected::default(), "the other way other services are stopped and started");
        run(&mut ledger, &north, 1, None);
        run(&mut ledger, &south, 900, None);
        run(&mut ledger, &north, 1, None);
        run(&mut ledger, &south, 12, None);
        assert_eq!(ledger.expected(&south).outage_ms, Some(120), "one slow day is no rule");
    }

    #[test]
    fn a_step_that_failed_or_was_taken_back_says_nothing_about_the_next_time() {
        let south = plan(Side::Primary);
        let mut ledger = Ledger::default();
        run(&mut ledger, &south, 10, Some(3));
        assert_eq!(ledger.expected(&south), Expected::default());
    }
}
