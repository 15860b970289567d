//! Does it serve? Acceptance probes are asked for at the interval, and at once after a run that changed roles: a run is
//! *switched* when its steps are done, and *serving* only when the service answers.

use super::views::millis;
use super::{Effect, Now, State};
use crate::core::command::{Command, End};
use crate::core::fact::State as ServiceState;
use crate::core::health::{Answer, Judged, judge_host, judge_placement};
use crate::core::model::{Component, ComponentName, Instance, Mode, Side};
use crate::core::plan::{Ground, Plan, switch_checks};
use crate::core::readiness::Verdict;
use crate::core::record::{Body, RunId};
use crate::wire::ReadinessView;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// After a run so long is waited for the service to answer.
const SERVES_WITHIN: Duration = Duration::from_secs(60);
/// Between two questions while that is waited for.
const SOON: Duration = Duration::from_millis(250);

/// A run that has switched, and of which it is not known yet whether it serves.
#[derive(Debug, Clone)]
pub(super) struct Switched {
    run: RunId,
    at: Instant,
}

impl State {
    /// After a run that moved the active side, watches for it to serve.
    pub(super) fn watch_serving(&mut self, run: RunId, now: Now) -> Vec<Effect> {
        let Some(log) = self.ledger.run(run) else { return Vec::new() };
        let plan = log.run.plan();
        let moved = plan.before.side() != log.run.wanted().side() && log.run.wanted().side().is_some();
        if !moved || matches!(log.run.end(), Some(End::NothingChanged { .. }) | None) || self.probed().is_empty() {
            return Vec::new();
        }
        self.switched = Some(Switched { run, at: now.steady });
        self.ask_acceptance(now)
    }

    /// How long the first of what `plan` brings back has not been known to serve.
    pub(super) fn unserved_ms(&self, plan: &Plan, now: Now) -> Option<u64> {
        let side = plan.before.side().filter(|_| matches!(plan.command, Command::Rescue { .. } | Command::Failover { .. }))?;
        let instances = plan.objects().into_iter().filter_map(|name| self.setup.cluster.components.get(name)?.instance(side, Mode::Active));
        let first = instances.filter_map(|instance| self.facts.active_until(&instance)).min()?;
        Some(millis(now.steady, first))
    }

    /// Asks every component that is due whether it answers. Called at every tick.
    pub(super) fn ask_acceptance(&mut self, now: Now) -> Vec<Effect> {
        let pause = if self.switched.is_some() { SOON } else { self.setup.interval };
        let mut effects = Vec::new();
        for (component, instance) in self.probed() {
            let runs = self.facts.last(&instance).is_some_and(|fact| fact.state == ServiceState::Active);
            let due = self.asked_acceptance.get(&component.name).is_none_or(|at| now.steady.duration_since(*at) >= pause);
            let Some(acceptance) = component.acceptance.clone().filter(|_| runs && due) else { continue };
            effects.push((component.name.clone(), acceptance, instance));
        }
        for (name, _, _) in &effects {
            self.asked_acceptance.insert(name.clone(), now.steady);
        }
        effects.into_iter().map(|(name, acceptance, instance)| Effect::Accept(name, acceptance, instance)).collect()
    }

    /// Components that can be asked, where they are to be active.
    fn probed(&self) -> Vec<(Component, Instance)> {
        let wanted = self.ledger.wanted();
        let Some(side) = wanted.side() else { return Vec::new() };
        let kept = |c: &&Component| self.ledger.maintenance().unmoved(c).is_some();
        let active = |c: &&Component| c.acceptance.is_some() && c.mode_when(side, wanted) == Some(Mode::Active) && !kept(c);
        let all = self.setup.cluster.components.values().filter(active);
        all.filter_map(|c| Some((c.clone(), c.instance(side, Mode::Active)?))).collect()
    }

    /// Takes in what an acceptance probe has shown.
    pub(super) fn accepted(
        &mut self,
        component: ComponentName,
        instance: Instance,
        asked: Instant,
        result: Result<(), String>,
        now: Now,
    ) -> Vec<Effect> {
        self.answers.insert(component, (instance, asked, result));
        self.serves(now)
    }

    /// Journals that the last run serves, once everything answers; or that it does not, when its time is up.
    pub(super) fn serves(&mut self, now: Now) -> Vec<Effect> {
        let Some(Switched { run, at }) = self.switched.clone() else { return Vec::new() };
        let answered = |(component, instance): &(Component, Instance)| match self.answers.get(&component.name) {
            Some((of, asked, Ok(()))) if of == instance && *asked >= at => None,
            Some((of, asked, Err(why))) if of == instance && *asked >= at => Some(format!("{}: {why}", component.name)),
            _ => Some(format!("{}: it was not asked, since it does not run", component.name)),
        };
        let failing: Vec<String> = self.probed().iter().filter_map(answered).collect();
        if !failing.is_empty() && now.steady.duration_since(at) < SERVES_WITHIN {
            return Vec::new();
        }
        self.switched = None;
        self.record(vec![Body::Serving { run, after_ms: millis(now.steady, at), failing }], Vec::new(), now)
    }

    /// How a placement is that should run.
    pub(super) fn placement_health(&self, component: &Component, side: Side, mode: Option<Mode>, now: Now) -> Option<Judged> {
        let instance = component.instance(side, mode?)?;
        let since = self.fresh_since(now);
        let state = self.facts.fact(&instance, since).filter(|(_, _, counts)| *counts).map(|(fact, _, _)| fact.state);
        let mut signals = self.signals(&instance.host, now);
        if !instance.service.stops_by_itself() {
            // What is standby goes on where its host stops what is active.
            signals.self_stopped = None;
        }
        let host = judge_host(&signals);
        let answer = self.answers.get(&component.name).filter(|(of, asked, _)| *of == instance && *asked >= since);
        let answer = answer.map(|(_, asked, result)| Answer { result: result.clone(), age_ms: millis(now.steady, *asked) });
        Some(judge_placement(&host, state.unwrap_or(ServiceState::Unknown), answer.as_ref()))
    }

    /// Whether a switchover could be done now.
    pub(super) fn readiness(&self, now: Now) -> Option<ReadinessView> {
        let from = self.ledger.wanted().side()?;
        let cluster = &self.setup.cluster;
        let picture = self.picture(self.fresh_since(now), now);
        let (wanted, unguarded) = (self.ledger.wanted(), self.unguarded());
        let (config, maintenance) = (self.setup.config.as_str(), self.ledger.maintenance());
        let ground = Ground { cluster, wanted, picture: &picture, config, unguarded: &unguarded, overrides: &[], maintenance };
        let mut checks = switch_checks(&ground, from.other());
        checks.sort_by(|a, b| b.verdict.cmp(&a.verdict).then_with(|| a.id.cmp(&b.id)));
        let used: BTreeSet<_> = cluster.instances().map(|(_, _, _, i)| i.host).collect();
        let age = |host| self.facts.host(host).and_then(|h| h.answered).map(|at| millis(now.steady, at));
        let ages: Option<Vec<u64>> = used.iter().map(age).collect();
        Some(ReadinessView {
            to: cluster.site(from.other()).clone(),
            verdict: checks.iter().map(|c| c.verdict).max().unwrap_or(Verdict::Ok),
            checks,
            well: 0,
            age_ms: ages.and_then(|ages| ages.into_iter().max()),
        })
    }
}
