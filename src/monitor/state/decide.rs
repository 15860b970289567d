//! What the monitor does by itself: the situation is put together, the core decides, and what it decides is journaled and
//! run like any other command.

use super::views::millis;
use super::{Effect, Now, State};
use crate::core::health::{Answer, HostSignals, Judged, judge_host, judge_placement};
use crate::core::model::{Component, ComponentName, HostName, Instance, Mode, Side};
use crate::core::plan::{Ground, switch_checks};
use crate::core::readiness::Verdict;
use crate::wire::ReadinessView;
use std::collections::BTreeSet;
use std::time::Instant;

impl State {
    /// All evidence of a host.
    pub(super) fn signals(&self, host: &HostName, now: Now) -> HostSignals {
        self.facts.signals(host, self.ledger.fenced().get(host).cloned(), now.steady)
    }

    /// How a placement is that should run.
    pub(super) fn placement_health(&self, component: &Component, side: Side, mode: Option<Mode>, now: Now) -> Option<Judged> {
        let instance = component.instance(side, mode?)?;
        let since = self.fresh_since(now);
        let state = self.facts.fact(&instance, since).filter(|(_, _, counts)| *counts).map(|(fact, _, _)| fact.state);
        let host = judge_host(&self.signals(&instance.host, now));
        let answer = self.answers.get(&component.name).filter(|(of, asked, _)| *of == instance && *asked >= since);
        let answer = answer.map(|(_, asked, result)| Answer { result: result.clone(), age_ms: millis(now.steady, *asked) });
        Some(judge_placement(&host, state.unwrap_or(crate::core::fact::State::Unknown), answer.as_ref()))
    }

    /// Takes in what an acceptance probe has shown.
    pub(super) fn accepted(
        &mut self,
        component: ComponentName,
        instance: Instance,
        asked: Instant,
        result: Result<(), String>,
        _now: Now,
    ) -> Vec<Effect> {
        self.answers.insert(component, (instance, asked, result));
        Vec::new()
    }

    /// Whether a switchover could be done now.
    pub(super) fn readiness(&self, now: Now) -> Option<ReadinessView> {
        let from = self.ledger.wanted().side()?;
        let cluster = &self.setup.cluster;
        let picture = self.picture(self.fresh_since(now));
        let (wanted, unguarded) = (self.ledger.wanted(), self.unguarded());
        let ground = Ground { cluster, wanted, picture: &picture, config: &self.setup.config, unguarded: &unguarded, overrides: &[] };
        let mut checks = switch_checks(&ground, from.other());
        checks.sort_by(|a, b| b.verdict.cmp(&a.verdict).then_with(|| a.id.cmp(&b.id)));
        let used: BTreeSet<HostName> = cluster.instances().map(|(_, _, _, i)| i.host).collect();
        let age = |host: &HostName| self.facts.host(host).and_then(|h| h.answered).map(|at| millis(now.steady, at));
        let ages: Option<Vec<u64>> = used.iter().map(age).collect();
        Some(ReadinessView {
            to: cluster.site(from.other()).clone(),
            verdict: checks.iter().map(|c| c.verdict).max().unwrap_or(Verdict::Ok),
            checks,
            age_ms: ages.and_then(|ages| ages.into_iter().max()),
        })
    }

    pub(super) fn decide(&mut self, _now: Now) -> Vec<Effect> {
        Vec::new()
    }
}
