//! The hosts of the model: what they run, what their guard refuses, and how an act or a look gets there. Called by the model's
//! transitions; what comes of an act goes back through `lines`.

use super::lines::{action_of, tidy};
use super::world::{Deed, Host, Message, Setup, To, World, seen};
use crate::core::fact::{Fact, Picture, Reach, State};
use crate::core::health::{Health, HostSignals, Own, SecondLook, Sight, is_off, judge_host};
use crate::core::model::{Instance, Mode, Side};
use crate::core::plan::{Action, Plan, Step};
use crate::core::record::{RunId, Term};
use crate::core::run::{Effect, Found, Mark, Outcome, RunEvent, StepState, Way, verdict};
use crate::core::testing::fact;
use std::collections::BTreeMap;

/// How an act that is delivered ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// It is carried out, and the answer is lost.
    Mute,
    /// The host says that it could not do it.
    Fails,
}

impl Host {
    pub(super) fn new(runs: u8) -> Self {
        Self { on: true, boot: 1, kept: Term(0), runs, starts: [1; 4] }
    }

    /// The host's own word of what stands at `slot`.
    fn fact(&self, slot: usize) -> Fact {
        let state = if self.runs & (1 << slot) == 0 { State::Inactive } else { State::Active };
        Fact { boot_id: self.boot.to_string(), invocation: Some(self.starts[slot].to_string()), ..fact(state) }
    }
}

impl Setup {
    fn place(&self, instance: &Instance) -> Option<(usize, usize)> {
        (0..2).find_map(|h| Some((h, self.slots[h].iter().position(|i| i == instance)?)))
    }

    /// All evidence that `i` has of the host `h`: its own look, and one through the other host.
    fn signals(&self, w: &World, i: usize, h: usize) -> HostSignals {
        let last = crate::core::fact::Miss { kind: crate::core::fact::MissKind::Silent, why: "no answer".into() };
        let own = if w.reaches(i, h) { Own::Answers { age_ms: 0 } } else { Own::Missed { misses: 3, since_ms: 3_000, last } };
        let sight = if w.hosts[h].on && !w.cut { Sight::Banner } else { Sight::Nothing { why: "timed out".into() } };
        let look = SecondLook { through: self.host(1 - h).clone(), age_ms: 0, sight, knows_the_way: true };
        let fenced = w.monitors[i].ledger().fenced().get(self.host(h)).cloned();
        HostSignals { own, second: w.reaches(i, 1 - h).then_some(look).into_iter().collect(), fenced, self_stopped: None }
    }

    /// `h` is fenced, and silent to everybody.
    pub(super) fn off(&self, w: &World, i: usize, h: usize) -> bool {
        is_off(&self.signals(w, i, h))
    }

    /// What `i` knows once it has asked everybody anew.
    pub(super) fn picture(&self, w: &World, i: usize) -> (Picture, BTreeMap<crate::core::model::HostName, HostSignals>) {
        let (mut picture, mut all) = (Picture::default(), BTreeMap::new());
        for h in 0..2 {
            let signals = self.signals(w, i, h);
            let how = String::new();
            let reach = match judge_host(&signals).health {
                Health::Up => Reach::Answers,
                Health::Down if is_off(&signals) => {
                    Reach::Fenced { how, device: signals.fenced.as_ref().is_some_and(|fencing| fencing.by_word.is_none()) }
                }
                Health::Down => Reach::Dead(how),
                Health::ProbeBroken => Reach::Broken(how),
                Health::Degraded | Health::Unknown => Reach::Silent(how),
            };
            picture.set_reach(self.host(h).clone(), reach);
            for (slot, instance) in self.slots[h].iter().enumerate().filter(|_| w.reaches(i, h)) {
                picture.put(instance, w.hosts[h].fact(slot));
            }
            all.insert(self.host(h).clone(), signals);
        }
        (picture, all)
    }

    /// Notes with each dispatch what is known of its service just before.
    pub(super) fn mark(&self, w: &World, plan: &Plan, events: &mut [RunEvent]) {
        for event in events {
            if let RunEvent::Dispatched { step, before, .. } = event {
                let place = plan.step(*step).and_then(|step| self.place(&step.instance()));
                let known = place.map(|(h, slot)| w.hosts[h].fact(slot));
                *before = known.map(|fact| Mark { boot_id: fact.boot_id, invocation: fact.invocation });
            }
        }
    }

    /// The executor of `i` begins the `n`th of what waits.
    ///
    /// What could not be sent on the way back is tried again for ever; a try that ends like the one before it is none here.
    pub(super) fn carry(&self, w: &mut World, i: usize, n: usize) -> Option<()> {
        let (_, run, effect) = w.monitors[i].held.remove(n);
        let (Effect::Act { step, way, attempt } | Effect::Settle { step, way, attempt }) = effect;
        let m = &w.monitors[i];
        let log = m.ledger().run(run).unwrap();
        let (planned, at) = log.run.plan().step(step).cloned().zip(log.run.steps().get(&step).cloned())?;
        let opened = m.journal[usize::try_from(run.0).unwrap() - 1].record.term;
        let deed = Deed { opened, run, step, way };
        let event = match effect {
            Effect::Act { .. } => {
                let outcome = self.sends(w, i, &planned, deed, attempt);
                if outcome == Some(Outcome::NotSent) && way == Way::Back && attempt > 1 {
                    return None;
                }
                outcome.map(|outcome| RunEvent::Answered { step, way, outcome, detail: "sent".into(), took_ms: 1 })
            }
            Effect::Settle { .. } => {
                let patient = matches!(at.state, StepState::Doubtful { unclear: true, .. });
                let found = self.settles(w, i, &planned, deed, at.before.as_ref(), patient);
                Some(RunEvent::Settled { step, way, found, detail: "seen".into() })
            }
        };
        if let Some(event) = event {
            self.reported(w, i, run, effect, event);
        }
        Some(())
    }

    /// Sends an act, after a last look at what must not run beside it; or says at once why it was not sent.
    fn sends(&self, w: &mut World, i: usize, step: &Step, deed: Deed, attempt: u16) -> Option<Outcome> {
        let start = action_of(step.action, deed.way) == Action::Start;
        let to = match self.place(&step.instance()) {
            Some((host, slot)) => To::Service { host, slot, boot: w.hosts[host].boot },
            None => (0..2).find(|h| *self.host(*h) == step.host).map_or_else(|| To::Machine(1 - i), To::Power),
        };
        if start && let Some(outcome) = self.rivals(w, i, step) {
            return Some(outcome);
        }
        if let To::Service { host, slot, .. } = to {
            if !w.reaches(i, host) {
                return Some(if self.silence_stops && !start { Outcome::Done } else { Outcome::NotSent });
            }
            if start && self.other_runs(w, host, slot) {
                w.seen |= seen::UNPROVEN;
            }
        }
        let term = w.monitors[i].term;
        let stale = w.newest > term;
        w.net.push(Message { from: i, term, deed, attempt, to, start, waited: true, stale });
        tidy(w);
        None
    }

    /// Why a start must not be sent: something that must be stopped meanwhile is not, or nobody can say that it is.
    fn rivals(&self, w: &mut World, i: usize, step: &Step) -> Option<Outcome> {
        for rival in &step.rivals {
            let h = (0..2).find(|h| *self.host(*h) == rival.host)?;
            let fencing = w.monitors[i].ledger().fenced().get(&rival.host).filter(|_| self.off(w, i, h)).cloned();
            let state = match (fencing, self.place(rival)) {
                (Some(fencing), Some(_)) if fencing.by_word.is_some() => continue,
                (None, Some((h, slot))) => self.look(w, i, h).then(|| w.hosts[h].fact(slot).state),
                _ => Some(if w.hosts[h].on { State::Active } else { State::Inactive }),
            };
            match state {
                Some(state) if state.proven_stopped() => {}
                Some(_) => return Some(Outcome::Failed),
                None if self.silence_stops || (step.in_place && rival.host != step.host) => {}
                None => return Some(Outcome::NotSent),
            }
        }
        None
    }

    /// `i` looks at `h` under its term, which ends whatever it has sent there earlier; whether it gets an answer.
    fn look(&self, w: &mut World, i: usize, h: usize) -> bool {
        let term = w.monitors[i].term;
        if !w.reaches(i, h) || (self.guard && w.hosts[h].kept > term) {
            return false;
        }
        w.hosts[h].kept = w.hosts[h].kept.max(term);
        w.net.retain(|message| message.term != term || !matches!(message.to, To::Service { host, .. } if host == h) || message.waited);
        true
    }

    /// What became of a step in doubt.
    fn settles(&self, w: &mut World, i: usize, step: &Step, deed: Deed, before: Option<&Mark>, patient: bool) -> Found {
        let action = action_of(step.action, deed.way);
        let marked = step.component.as_ref().and_then(|name| self.cluster.components.get(name)).is_some_and(|c| c.point_of_no_return);
        let seen = match self.place(&step.instance()) {
            Some((h, slot)) => self.look(w, i, h).then(|| w.hosts[h].fact(slot)),
            None => {
                let h = (0..2).find(|h| *self.host(*h) == step.host);
                let on = h.map_or(w.monitors[1 - i].up, |h| w.hosts[h].on);
                Some(fact(if on { State::Active } else { State::Inactive }))
            }
        };
        let Some(seen) = seen else { return Found::Unclear };
        w.executed.remove(&deed);
        verdict(&seen, action, before, patient && marked).unwrap_or(Found::Unclear)
    }

    /// Whether a look that has stayed without an answer could have one now.
    pub(super) fn waits(&self, w: &World, i: usize, run: RunId, effect: Effect) -> bool {
        let Effect::Settle { step, .. } = effect else { return false };
        let Some(log) = w.monitors[i].ledger().run(run) else { return false };
        let unclear = matches!(log.run.steps().get(&step).map(|at| &at.state), Some(StepState::Doubtful { unclear: true, .. }));
        let place = log.run.plan().step(step).and_then(|step| self.place(&step.instance()));
        unclear && place.is_some_and(|(h, _)| !w.reaches(i, h) || (self.guard && w.hosts[h].kept > w.monitors[i].term))
    }

    /// Whether the component whose active service stands at `slot` of `h` is active on the other side.
    fn other_runs(&self, w: &World, h: usize, slot: usize) -> bool {
        let Some((component, side, mode, _)) = self.cluster.instances().find(|(_, _, _, i)| *i == self.slots[h][slot]) else {
            return false;
        };
        let other = component.instance(side.other(), Mode::Active).filter(|_| mode == Mode::Active);
        other.and_then(|other| self.place(&other)).is_some_and(|(h, slot)| w.runs(h, slot))
    }

    /// Whether a component is active on both sides.
    pub(super) fn two_active(&self, w: &World) -> bool {
        let runs = |side, c: &crate::core::model::Component| {
            c.instance(side, Mode::Active).and_then(|i| self.place(&i)).is_some_and(|(h, slot)| w.runs(h, slot))
        };
        self.cluster.components.values().any(|c| Side::BOTH.into_iter().all(|side| runs(side, c)))
    }

    /// The `n`th act arrives.
    pub(super) fn deliver(&self, w: &mut World, n: usize, fate: Fate) {
        let message = w.net.remove(n);
        let outcome = match message.to {
            To::Service { host, slot, boot } => self.arrives(w, &message, host, slot, boot, fate),
            To::Power(_) | To::Machine(_) if fate == Fate::Fails => Outcome::Failed,
            To::Power(h) => {
                self.power_off(w, h);
                self.was_executed(w, &message);
                Outcome::Done
            }
            To::Machine(j) => {
                self.dies(w, j);
                self.was_executed(w, &message);
                Outcome::Done
            }
        };
        self.answer(w, &message, if fate == Fate::Mute { Outcome::Unknown } else { outcome });
    }

    fn arrives(&self, w: &mut World, message: &Message, host: usize, slot: usize, boot: u8, fate: Fate) -> Outcome {
        let here = &mut w.hosts[host];
        if here.boot != boot {
            return Outcome::Unknown;
        }
        if here.kept > message.term {
            if self.guard {
                w.seen |= seen::REFUSED;
                return Outcome::Unknown;
            }
            w.seen |= seen::OLDER_EXECUTED;
        }
        here.kept = here.kept.max(message.term);
        if fate == Fate::Fails {
            return Outcome::Failed;
        }
        let bit = 1 << slot;
        if message.start {
            here.starts[slot] += u8::from(here.runs & bit == 0);
            here.runs |= bit;
            if self.other_runs(w, host, slot) {
                w.seen |= seen::UNPROVEN;
            }
        } else {
            here.runs &= !bit;
        }
        self.was_executed(w, message);
        Outcome::Done
    }

    fn was_executed(&self, w: &mut World, message: &Message) {
        if !w.executed.insert(message.deed) {
            w.seen |= seen::REPEATED;
        }
        if message.stale {
            w.seen |= seen::OVERLAP;
        }
        w.newest = w.newest.max(message.term);
    }

    /// The sender has an answer, or gives up to wait for one.
    pub(super) fn answer(&self, w: &mut World, message: &Message, outcome: Outcome) {
        let Deed { run, step, way, .. } = message.deed;
        if message.waited && w.monitors[message.from].up {
            let event = RunEvent::Answered { step, way, outcome, detail: "said".into(), took_ms: 1 };
            self.reported(w, message.from, run, Effect::Act { step, way, attempt: message.attempt }, event);
        }
    }

    pub(super) fn power_off(&self, w: &mut World, h: usize) {
        w.hosts[h].on = false;
        w.hosts[h].runs = 0;
        if !self.apart && w.monitors[h].up {
            self.dies(w, h);
        }
    }
}
