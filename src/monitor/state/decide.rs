//! What the monitor does by itself: the situation is put together, the core decides, and what it decides is journaled and
//! run like any other command.

use super::requests::kept;
use super::views::millis;
use super::{Effect, Now, State};
use crate::core::command::Command;
use crate::core::fact::{Source, State as ServiceState};
use crate::core::health::HostSignals;
use crate::core::model::{ComponentName, HostName, Mode, Service, Side};
use crate::core::plan::{Ground, Plan, plan};
use crate::core::record::{Actor, Body, RunId};
use crate::core::run::StepState;
use crate::core::trigger::{Acts, Choice, Decision, DecisionId, Situation, decide};
use crate::wire::DecisionView;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// So many entries that say that it holds, for the same command, are journaled within this time.
const MOST_HOLDS: usize = 5;
const HOLDS: Duration = Duration::from_secs(10);
/// A cluster of more services than this is looked at once a second while nothing new is heard, and so often while there is.
const LARGE: usize = 500;
const GATHER: Duration = Duration::from_millis(150);

/// What was done by itself, and what is remembered because of it. Lives as long as the monitor's process.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// When each component was rescued.
    rescues: Vec<(ComponentName, Instant)>,
    /// The boot in which a component was last seen active where it is wanted, since the last run that touched it: only
    /// then is its end a crash in place.
    ran_in: BTreeMap<ComponentName, String>,
    /// Components that were seen active since the monitor began.
    seen: BTreeSet<ComponentName>,
    /// When a host was last fenced by decision.
    fenced: BTreeMap<HostName, Instant>,
    /// When a component was last stopped on the wrong side.
    guarded: BTreeMap<ComponentName, Instant>,
    /// When it was journaled of late that it holds, and when a decision was last looked for.
    held: Vec<Instant>,
    looked: Option<Instant>,
    /// How often that was.
    times: u64,
    /// Something new was heard since then.
    news: bool,
    /// When what is wanted last changed, and to what.
    wanted: Option<(crate::core::model::Wanted, Instant)>,
}

impl Memory {
    /// A run of `plan` begins: what ran before says nothing of how its components are afterwards.
    pub(super) fn forget(&mut self, plan: &Plan) {
        for name in plan.objects() {
            self.ran_in.remove(name);
        }
        if let Command::Adopt { without, .. } = &plan.command {
            self.seen.retain(|name| !without.contains(name));
        }
    }
}

impl Memory {
    /// Nothing of `command` was sent, and nothing will be: it was no attempt.
    pub(super) fn take_back(&mut self, command: &Command) {
        match command {
            Command::Rescue { components, .. } => {
                for name in components {
                    if let Some(at) = self.rescues.iter().rposition(|(rescued, _)| rescued == name) {
                        self.rescues.remove(at);
                    }
                }
            }
            Command::Guard { component, .. } => drop(self.guarded.remove(component)),
            Command::Fence { host, .. } => drop(self.fenced.remove(host)),
            _ => {}
        }
    }
}

impl State {
    /// All evidence of a host.
    pub(super) fn signals(&self, host: &HostName, now: Now) -> HostSignals {
        let signals = self.facts.signals(host, self.ledger.fenced().get(host).cloned(), now.steady);
        HostSignals { self_stopped: self.self_stopped(host), ..signals }
    }

    /// Takes up what an earlier life of the monitor has done by itself, as the journal has it.
    pub(super) fn remember(&mut self, now: Now) {
        self.memory.rescues.clear();
        for (_, log) in self.ledger.runs() {
            let Command::Rescue { components, .. } = &log.run.plan().command else { continue };
            for name in components {
                let hold_down = self.setup.cluster.components.get(name).map_or(0, |c| c.rescue.hold_down_ms);
                // By the wall clock, the only one that both lives have; one that was set back makes it count.
                let age = now.wall.as_millisecond().saturating_sub(log.opened.as_millisecond());
                if u64::try_from(age).is_ok_and(|age| age >= hold_down) {
                    continue;
                }
                self.memory.rescues.push((name.clone(), now.steady));
            }
        }
        if let Some(mark) = self.ledger.failover() {
            let age = u64::try_from(now.wall.as_millisecond().saturating_sub(mark.at.as_millisecond())).unwrap_or(0);
            let at = now.steady.checked_sub(Duration::from_millis(age)).unwrap_or(now.steady);
            self.failover_seen = Some((mark.run, at));
        }
    }

    /// Notes what runs where it is wanted: from then on it can be lost, and it is known in which boot it ran.
    fn note_running(&mut self, now: Now) {
        let since = self.fresh_since(now);
        let wanted = self.ledger.wanted();
        let Some(side) = wanted.side() else { return };
        for component in self.setup.cluster.components.values() {
            let Some(instance) = component.instance(side, Mode::Active) else { continue };
            if self.facts.last(&instance).is_some_and(|fact| fact.state == ServiceState::Active) {
                self.memory.seen.insert(component.name.clone());
            }
            if self.ledger.maintenance().unmoved(component).is_some() {
                // Whoever works on it may move it: what is known of now is no promise for afterwards.
                self.memory.ran_in.remove(&component.name);
                continue;
            }
            // What was seen before something was done to it says nothing of what is there now.
            let fresh = self.facts.fact(&instance, since).filter(|(fact, _, counts)| *counts && fact.state == ServiceState::Active);
            let elsewhere = component.instance(side.other(), Mode::Active);
            if !elsewhere.and_then(|i| self.facts.last(&i).cloned()).is_some_and(|fact| fact.state.proven_stopped()) {
                // The last that was heard of the other side is not that it is stopped there: it may have been moved by hand.
                self.memory.ran_in.remove(&component.name);
                continue;
            }
            if let Some((fact, _, _)) = fresh.filter(|_| self.ledger.holder(&component.name).is_none()) {
                self.memory.ran_in.insert(component.name.clone(), fact.boot_id.clone());
            }
        }
    }

    /// In which boot `component` ran when it was last seen to is known, so that it can be started again in place.
    #[cfg(test)]
    pub(super) fn knows_its_boot(&self, component: &ComponentName) -> bool {
        self.memory.ran_in.contains_key(component)
    }

    /// More services are known than are looked at one by one.
    pub(super) fn is_large(&self) -> bool {
        self.facts.count() > LARGE
    }

    /// Something new was heard: decides, at once or together with what else is heard within a moment. What a large cluster
    /// says at its start, or when a site is lost, is not gone through once for each of its hosts.
    pub(super) fn news(&mut self, now: Now) -> Vec<Effect> {
        if self.is_large() && self.looked_within(GATHER, now) {
            self.memory.news = true;
            return Vec::new();
        }
        self.memory.news = false;
        let mut effects = self.adopt(now);
        effects.extend(self.decide(now));
        effects
    }

    /// How often a decision was looked for so far, each time of everything that is known.
    #[cfg(test)]
    pub(super) fn decided_for(&self) -> u64 {
        self.memory.times
    }

    fn looked_within(&self, time: Duration, now: Now) -> bool {
        self.memory.looked.is_some_and(|at| now.steady.duration_since(at) < time)
    }

    /// Time went by: decides, for what follows from time alone.
    pub(super) fn decide_in_time(&mut self, now: Now) -> Vec<Effect> {
        if self.memory.news {
            return self.news(now);
        }
        if self.is_large() && self.looked_within(Duration::from_secs(1), now) { Vec::new() } else { self.decide(now) }
    }

    /// Decides, if there is anything new to decide.
    pub(super) fn decide(&mut self, now: Now) -> Vec<Effect> {
        let wanted = self.ledger.wanted();
        if self.memory.wanted.is_none_or(|(known, _)| known != wanted) {
            self.memory.wanted = Some((wanted, now.steady));
        }
        self.note_running(now);
        self.memory.looked = Some(now.steady);
        self.memory.times = self.memory.times.wrapping_add(1);
        if self.closed().is_some() {
            return Vec::new();
        }
        let situation = self.situation(now);
        let decision = decide(&self.setup.cluster, situation);
        let again = matches!(decision.choice, Choice::Act { command: Command::Failover { .. }, .. }) && decision.acts == Acts::Does;
        if self.known_already(&decision, now) || (again && self.failed_lately(now).is_some()) {
            return Vec::new();
        }
        let id = DecisionId(self.ledger.last().saturating_add(1));
        let Decision { choice, acts, why, .. } = decision.clone();
        self.decided = Some(DecisionView { id, at: now.wall, choice: choice.clone(), acts, why: why.clone() });
        if matches!(choice, Choice::Hold { .. }) {
            self.memory.held.retain(|at| now.steady.duration_since(*at) < HOLDS);
            self.memory.held.push(now.steady);
        }
        let body = Body::Decided { decision: Box::new(decision) };
        match (choice, acts) {
            (Choice::Act { command, .. }, Acts::Does) => self.give(command, &why, body, now),
            _ => self.record(vec![body], Vec::new(), now),
        }
    }

    /// What was decided last says the same, or there is nothing to say.
    fn known_already(&self, decision: &Decision, now: Now) -> bool {
        let Some(last) = &self.decided else { return decision.choice == Choice::Quiet };
        match (&decision.choice, &last.choice) {
            (Choice::Quiet, Choice::Quiet) => true,
            // A run is seeing to it, or has.
            (Choice::Quiet, Choice::Act { .. }) => last.acts == Acts::Does,
            (Choice::Act { command, .. }, Choice::Act { command: before, .. }) => {
                decision.acts == Acts::Would && last.acts == Acts::Would && command == before
            }
            (Choice::Hold { wants, reasons }, Choice::Hold { wants: before, reasons: known }) => {
                let same = |(a, b): (&crate::core::command::Reason, &crate::core::command::Reason)| alike(&a.what, &b.what);
                // Reasons that come and go while a whole site is lost are not journaled one by one.
                let just = self.memory.held.iter().filter(|at| now.steady.duration_since(**at) < HOLDS).count() >= MOST_HOLDS;
                wants == before && (just || (reasons.len() == known.len() && reasons.iter().zip(known).all(same)))
            }
            _ => false,
        }
    }

    /// Gives a command of the monitor's own: journaled with its decision, and run.
    fn give(&mut self, command: Command, why: &[String], decided: Body, now: Now) -> Vec<Effect> {
        let unguarded = self.unguarded();
        let picture = self.picture(self.fresh_since(now), now);
        let ground = Ground {
            cluster: &self.setup.cluster,
            wanted: self.ledger.wanted(),
            picture: &picture,
            config: &self.setup.config,
            unguarded: &unguarded,
            overrides: &[],
            maintenance: self.ledger.maintenance(),
        };
        let plan = match plan(&ground, &command) {
            Ok(plan) => plan,
            Err(error) => {
                // The decision was made on this very picture, so this is a defect; nothing is done.
                tracing::error!(%error, ?command, "what was decided cannot be planned");
                return self.record(vec![decided], Vec::new(), now);
            }
        };
        match &command {
            Command::Rescue { components, .. } => self.memory.rescues.extend(components.iter().map(|name| (name.clone(), now.steady))),
            Command::Guard { component, .. } => drop(self.memory.guarded.insert(component.clone(), now.steady)),
            _ => {}
        }
        tracing::warn!(verb = command.verb(), why = why.join("; "), "the monitor acts by itself");
        let who = Actor::monitor(rustix::process::geteuid().as_raw());
        for step in plan.steps.iter().filter(|step| step.service == Service::Power) {
            self.memory.fenced.insert(step.host.clone(), now.steady);
        }
        let effects = self.open(plan, who, Some(kept(&why.join("; "))), Some(decided), Vec::new(), now);
        if matches!(command, Command::Failover { .. }) {
            self.failover_seen = self.ledger.failover().map(|mark| (mark.run, now.steady));
            self.note_failover();
        }
        effects
    }

    /// Everything that a decision rests on.
    fn situation(&mut self, now: Now) -> Situation {
        let cluster = self.setup.cluster.clone();
        let hold_down = |name: &ComponentName| cluster.components.get(name).map_or(0, |c| c.rescue.hold_down_ms);
        self.memory.rescues.retain(|(name, at)| millis(now.steady, *at) < hold_down(name));
        let mut tries: BTreeMap<ComponentName, u16> = BTreeMap::new();
        for (name, _) in &self.memory.rescues {
            let count = tries.entry(name.clone()).or_default();
            *count = count.saturating_add(1);
        }
        let side = self.ledger.wanted().side();
        Situation {
            config: self.setup.config.clone(),
            wanted: self.ledger.wanted(),
            stance: self.stance(),
            closed: self.closed().or_else(|| self.rivalled()).or_else(|| self.same_machine()),
            uncopied: self.uncopied(now),
            picture: self.picture(self.fresh_since(now), now),
            hosts: cluster.hosts.keys().map(|host| (host.clone(), self.signals(host, now))).collect(),
            unguarded: self.unguarded(),
            excused: self.ledger.excused().difference(&self.memory.seen).cloned().collect(),
            tries,
            rebooted: side.map(|side| self.rebooted(side)).unwrap_or_default(),
            held: self.held_components(),
            doubts: self.doubts(),
            confirmed: self.confirmed(),
            fenced_in_vain: self.fenced_in_vain(now),
            guarded: self.memory.guarded.iter().map(|(name, at)| (name.clone(), millis(now.steady, *at))).collect(),
            last_failover: self.last_failover(now),
            maintenance: self.ledger.maintenance().clone(),
        }
    }

    /// Components whose host has booted since they ran on `side`, or of which nobody knows.
    fn rebooted(&self, side: Side) -> BTreeSet<ComponentName> {
        let changed = |c: &&crate::core::model::Component| {
            let boot = self.facts.host(c.host(side)).and_then(|heard| heard.boot_id.as_ref());
            boot.is_none() || self.memory.ran_in.get(&c.name) != boot
        };
        self.setup.cluster.components.values().filter(changed).map(|c| c.name.clone()).collect()
    }

    fn held_components(&self) -> BTreeMap<ComponentName, RunId> {
        let of = |(id, log): (RunId, &crate::core::record::RunLog)| {
            log.run.plan().objects().into_iter().map(|name| (name.clone(), id)).collect::<Vec<_>>()
        };
        self.ledger.open_runs().flat_map(of).collect()
    }

    /// How long ago each host was fenced by decision. One whose fencing is not over yet was fenced just now.
    fn fenced_in_vain(&self, now: Now) -> BTreeMap<HostName, u64> {
        let mut ages: BTreeMap<HostName, u64> =
            self.memory.fenced.iter().map(|(host, at)| (host.clone(), millis(now.steady, *at))).collect();
        for (_, log) in self.ledger.open_runs() {
            if let Command::Fence { host, .. } = &log.run.plan().command {
                ages.insert(host.clone(), 0);
            }
        }
        ages
    }

    /// Hosts on which a step is in doubt for longer than it may take.
    fn doubts(&self) -> BTreeMap<HostName, RunId> {
        let mut doubts = BTreeMap::new();
        for (id, log) in self.ledger.open_runs().filter(|(_, log)| log.run.plan().says_what_is_wanted()) {
            for step in &log.run.plan().steps {
                let state = log.run.steps().get(&step.id).map(|at| &at.state);
                if matches!(state, Some(StepState::Doubtful { unclear: true, .. })) {
                    doubts.insert(step.host.clone(), id);
                }
                // A start on the way back that is not sent, again and again, since a rival's host is silent.
                let waits = log.run.steps().get(&step.id).is_some_and(|at| at.undo_sent >= 2 && !at.state.is_over());
                if waits {
                    let silent = |host: &HostName| self.facts.host(host).is_none_or(|heard| heard.missed.is_some());
                    doubts.extend(step.rivals.iter().filter(|r| silent(&r.host)).map(|r| (r.host.clone(), id)));
                }
            }
        }
        doubts
    }

    /// Components of which both sides were asked since what is wanted last changed.
    fn confirmed(&self) -> BTreeSet<ComponentName> {
        let Some((_, changed)) = self.memory.wanted else { return BTreeSet::new() };
        let asked = |instance| {
            let heard = self.facts.fact(&instance, changed);
            heard.is_some_and(|(fact, at, counts)| counts && at > changed && fact.source != Source::Pushed)
        };
        let both = |c: &&crate::core::model::Component| Side::BOTH.iter().filter_map(|side| c.instance(*side, Mode::Active)).all(asked);
        self.setup.cluster.components.values().filter(both).map(|c| c.name.clone()).collect()
    }
}

/// The same words, but for numbers: times and counts change while nothing else does. A digit in a name is no number.
fn alike(a: &str, b: &str) -> bool {
    let number = |word: &&str| word.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(|c: char| c.is_ascii_digit());
    let words =
        |text: &'_ str| text.replace(" ms", " s").split_whitespace().filter(|word| !number(word)).map(str::to_owned).collect::<Vec<_>>();
    words(a) == words(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_numbers_only_is_no_news() {
        assert!(alike("a: no answer within 1.5 s", "a: no answer within 980 ms"));
        assert!(alike("1 of all 3 of agents are lost (last seen 12s ago)", "2 of all 3 of agents are lost (last seen 1m30s ago)"));
        assert!(!alike("a: no answer within 1 s", "a: refuses"));
        assert!(!alike("agent1 is lost", "agent2 is lost"), "a digit in a name is no number");
        assert!(!alike("a1 is down", "a2 is down"));
    }
}
