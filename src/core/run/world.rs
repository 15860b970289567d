//! Random runs in a made-up world: services that fail, hosts that do not answer, acts that work late, a monitor that dies
//! after any entry of its journal. After every act the world is audited.

use super::*;
use crate::core::command::{Command, End};
use crate::core::fact::Reach;
use crate::core::model::{AfterFailover, Cluster, Component, Device, Fence, HostName, Instance, Mode, Service, Side};
use crate::core::plan::{Action, Plan, StepId, Wanted};
use crate::core::testing::{cluster, component, picture, plan, processes, wanted};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A source of choices that proptest can shrink; zeros when it is used up, and a zero means that all is well.
struct Dice {
    rolls: std::vec::IntoIter<u8>,
}

impl Dice {
    fn roll(&mut self, sides: u8) -> u8 {
        self.rolls.next().unwrap_or(0) % sides
    }
}

struct World {
    cluster: Cluster,
    /// What runs, the power of each host included.
    running: BTreeSet<Instance>,
    /// It answers nobody, and what runs there goes on running until its power goes.
    silent: Option<HostName>,
    /// Sent, not carried out yet, and nobody waits for it: it works later, unless somebody takes the host over.
    late: Vec<(Instance, Action)>,
    /// Where there are host services: how the primary's host falls silent and stops by itself.
    falls: Falls,
}

/// A host that falls silent for a while, and stops what is active on it when its lease is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Falls {
    /// It does not.
    Never,
    /// It may.
    Yet,
    /// It has fallen silent, and its lease lasts for so many turns.
    Silent(u8),
    /// It has stopped by itself, and is silent.
    Stopped,
    /// It is heard again.
    Back,
}

impl World {
    fn carry_out(&mut self, instance: &Instance, action: Action) {
        match action {
            Action::Stop if instance.service == Service::Power => {
                self.running.retain(|i| i.host != instance.host);
                self.late.retain(|(i, _)| i.host != instance.host);
            }
            Action::Start => drop(self.running.insert(instance.clone())),
            Action::Stop => drop(self.running.remove(instance)),
        }
        self.audit(instance);
    }

    /// A turn goes by on the primary's host.
    fn time_passes(&mut self, dice: &mut Dice) {
        let a1 = self.cluster.hosts.keys().next().unwrap().clone();
        self.falls = match self.falls {
            Falls::Yet if dice.roll(6) == 5 => {
                self.silent = Some(a1);
                Falls::Silent(dice.roll(12))
            }
            Falls::Silent(0) => {
                // What was sent earlier is refused from now on: it comes after the time in which it was to begin.
                self.running.retain(|i| i.host != a1 || !i.service.stops_by_itself());
                self.late.retain(|(i, _)| i.host != a1);
                Falls::Stopped
            }
            Falls::Silent(turns) => Falls::Silent(turns - 1),
            Falls::Stopped if dice.roll(12) == 11 => {
                self.silent = None;
                Falls::Back
            }
            same => same,
        };
    }

    /// The monitor knows that `instance` has stopped by itself.
    fn self_stopped(&self, instance: &Instance) -> bool {
        self.falls == Falls::Stopped && self.silent.as_ref() == Some(&instance.host) && instance.service.stops_by_itself()
    }

    /// Whether anybody can say what `instance` does: a fence device can always be asked.
    fn answers(&self, instance: &Instance) -> bool {
        instance.service == Service::Power
            || (self.silent.as_ref() != Some(&instance.host) && self.running.contains(&power(&instance.host)))
    }

    /// Never are two placements of one component active, and the two services of a placement never run together.
    fn audit(&self, changed: &Instance) {
        for c in self.cluster.components.values() {
            let active = |side| c.instance(side, Mode::Active).is_some_and(|i| self.running.contains(&i));
            assert!(!(active(Side::Primary) && active(Side::Secondary)), "{} is active on both sides after {changed}", c.name);
            for side in Side::BOTH {
                let standby = c.instance(side, Mode::Standby).is_some_and(|i| self.running.contains(&i));
                assert!(!(active(side) && standby), "{} runs in both modes on one host after {changed}", c.name);
            }
        }
    }

    /// Nothing is sent that makes a placement active while nobody knows that the other one is stopped: by its host's word,
    /// since it is off, or since it has stopped by itself.
    fn audit_start(&self, started: &Instance) {
        let of = self.cluster.instances().find(|(_, _, _, i)| i == started);
        let Some((component, side, Mode::Active, _)) = of else { return };
        let other = component.instance(side.other(), Mode::Active).unwrap();
        let off = !self.running.contains(&power(&other.host));
        let proven = off || self.self_stopped(&other) || (self.answers(&other) && !self.running.contains(&other));
        assert!(proven, "{started} is started, and nobody knows that {other} is stopped");
    }

    fn act(&mut self, run: &Run, step: StepId, way: Way, dice: &mut Dice) -> Option<Outcome> {
        let (instance, action) = target(run, step, way);
        // As the executor does: nothing is started while a rival runs.
        let planned = run.plan().step(step).unwrap();
        let rivals: Vec<&Instance> = planned.rivals.iter().filter(|rival| !self.self_stopped(rival)).collect();
        if action == Action::Start && rivals.iter().any(|rival| self.answers(rival) && self.running.contains(rival)) {
            return Some(Outcome::Failed);
        }
        let unheard = rivals.iter().any(|rival| !self.answers(rival));
        if !self.answers(&instance) || (action == Action::Start && unheard && !planned.in_place) {
            return Some(Outcome::NotSent);
        }
        if action == Action::Start {
            self.audit_start(&instance);
        }
        match dice.roll(13) {
            12 => Some(Outcome::NotSent),
            8 => Some(Outcome::Failed),
            9 => {
                self.carry_out(&instance, action);
                Some(Outcome::Unknown)
            }
            10 => Some(Outcome::Unknown),
            11 => {
                self.late.push((instance, action));
                Some(Outcome::Unknown)
            }
            _ => {
                self.carry_out(&instance, action);
                Some(Outcome::Done)
            }
        }
    }

    /// A look under a fresh guard: what was sent earlier is dead, or has worked just before.
    fn settle(&mut self, run: &Run, step: StepId, way: Way, dice: &mut Dice) -> Found {
        let (instance, action) = target(run, step, way);
        if self.self_stopped(&instance) {
            return if action == Action::Stop { Found::Done } else { Found::Ended };
        }
        if matches!(self.falls, Falls::Silent(_)) && !self.answers(&instance) {
            return Found::Unclear;
        }
        if !self.answers(&instance) {
            // Somebody gives their word, or a device its own, that the host is off: then it is.
            self.carry_out(&power(&instance.host), Action::Stop);
            return if action == Action::Stop { Found::Done } else { Found::Ended };
        }
        if dice.roll(4) == 3 {
            return Found::Unclear;
        }
        self.take_over(&instance, dice);
        if self.running.contains(&instance) == (action == Action::Start) { Found::Done } else { Found::NotDone }
    }

    fn take_over(&mut self, instance: &Instance, dice: &mut Dice) {
        let (here, others) = std::mem::take(&mut self.late).into_iter().partition::<Vec<_>, _>(|(i, _)| i.host == instance.host);
        self.late = others;
        for (i, action) in here {
            if dice.roll(2) == 1 {
                self.carry_out(&i, action);
            }
        }
    }
}

fn target(run: &Run, step: StepId, way: Way) -> (Instance, Action) {
    let step = run.plan().step(step).unwrap();
    let action = match way {
        Way::Forth => step.action,
        Way::Back => step.undo.as_ref().unwrap().action,
    };
    (step.instance(), action)
}

/// Journals what follows from where the run stands, and returns what is to be carried out.
pub(super) fn pump(run: &mut Run, journal: &mut Vec<RunEvent>) -> Vec<Effect> {
    let mut effects = Vec::new();
    loop {
        let next = run.advance();
        if next.is_empty() {
            return effects;
        }
        for event in next {
            effects.extend(run.apply(&event).unwrap());
            journal.push(event);
        }
    }
}

fn power(host: &HostName) -> Instance {
    Instance { host: host.clone(), service: Service::Power }
}

/// What a run begins with: what is lost, and what command follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Story {
    Switchover,
    /// Some components of the primary side have died.
    Lost,
    /// The primary's host is silent; what ran there goes on, as far as it has not died.
    Silent,
    /// Some components have died, and start again in place.
    Rescue,
    /// The primary's host is silent, and has stopped by itself what was active there.
    SelfStopped,
    /// The primary's host falls silent during a switchover, and then stops by itself.
    Falls,
}

/// The world as `story` begins, and the plan for it.
fn begin(mut cluster: Cluster, story: Story, dice: &mut Dice) -> (World, Plan) {
    let a1 = cluster.hosts.keys().next().unwrap().clone();
    let falls = match story {
        Story::Falls => Falls::Yet,
        Story::SelfStopped => Falls::Stopped,
        _ => Falls::Never,
    };
    if falls != Falls::Never {
        cluster = processes(cluster);
    }
    let mut running = wanted(&cluster, Some(Side::Primary));
    let first = cluster.components.values().next().unwrap().instance(Side::Primary, Mode::Active).unwrap();
    let names: Vec<_> = cluster.components.keys().cloned().collect();
    let mut lost = vec![names[0].clone()];
    if !matches!(story, Story::Switchover | Story::Falls) {
        running.remove(&first);
        for name in names.iter().skip(1) {
            if dice.roll(3) == 2 {
                running.remove(&cluster.components[name].instance(Side::Primary, Mode::Active).unwrap());
                lost.push(name.clone());
            }
        }
        cluster.policy.after_failover = if dice.roll(2) == 1 { AfterFailover::Reversed } else { AfterFailover::Limited };
        let device = Device::Command { argv: vec!["/bin/power".into()] };
        cluster.hosts.get_mut(&a1).unwrap().fence = Some(Fence { device, timeout_ms: 100 });
    }
    let mut known = picture(&cluster, &running);
    let silent = matches!(story, Story::Silent | Story::SelfStopped).then(|| a1.clone());
    if story == Story::SelfStopped {
        running.retain(|i| i.host != a1);
    }
    if silent.is_some() {
        let all = std::mem::take(&mut known);
        for (_, _, _, i) in cluster.instances().filter(|(_, side, _, _)| *side == Side::Secondary) {
            known.put(&i, all.fact(&i).unwrap().clone());
            known.set_reach(i.host, Reach::Answers);
        }
        let how = "silent".to_owned();
        known.set_reach(a1, if story == Story::SelfStopped { Reach::SelfStopped(how) } else { Reach::Dead(how) });
    }
    let command = match story {
        Story::Switchover | Story::Falls => Command::Switchover { to: None },
        Story::Lost | Story::Silent | Story::SelfStopped => Command::Failover { to: cluster.sites.secondary.clone() },
        Story::Rescue => Command::Rescue { components: lost, cold: dice.roll(2) == 1 },
    };
    let plan = plan(&cluster, Wanted::Active(Side::Primary), &known, &command, "").unwrap();
    running.extend(cluster.hosts.keys().map(power));
    (World { cluster, running, silent, late: Vec::new(), falls }, plan)
}

/// Runs the plan of a story to its end in a world that misbehaves as `rolls` say, and audits it.
fn live_through(cluster: Cluster, story: Story, rolls: Vec<u8>) {
    let mut dice = Dice { rolls: rolls.into_iter() };
    let (mut world, plan) = begin(cluster, story, &mut dice);
    let before = world.running.clone();
    let mut run = Run::open(plan.clone());
    let mut journal = Vec::new();
    let mut open = pump(&mut run, &mut journal);
    for _ in 0..2000 {
        if open.is_empty() {
            break;
        }
        world.time_passes(&mut dice);
        let effect = open.swap_remove(usize::from(dice.roll(8)) % open.len());
        let dies = dice.roll(10) == 9;
        let event = match effect {
            Effect::Act { step, way, .. } => {
                let sent = !dies || dice.roll(2) == 1;
                let outcome = if sent { world.act(&run, step, way, &mut dice) } else { None };
                outcome.map(|outcome| RunEvent::Answered { step, way, outcome, detail: "made up".into(), took_ms: 1 })
            }
            Effect::Settle { step, way, .. } => {
                let found = world.settle(&run, step, way, &mut dice);
                Some(RunEvent::Settled { step, way, found, detail: "made up".into() })
            }
        };
        let event = if dies {
            // All that is left is the journal; other acts under way are sent or not, nobody knows.
            for effect in open.drain(..) {
                if let Effect::Act { step, way, .. } = effect
                    && dice.roll(2) == 1
                {
                    world.act(&run, step, way, &mut dice);
                }
            }
            let mut again = Run::open(plan.clone());
            for old in &journal {
                again.apply(old).unwrap();
            }
            assert_eq!(again, run, "the journal does not tell the whole story");
            Some(RunEvent::Resumed)
        } else {
            event
        };
        if let Some(event) = event {
            open.extend(run.apply(&event).unwrap());
            journal.push(event);
        }
        open.extend(pump(&mut run, &mut journal));
    }
    judge(&world, &run, &before);
}

fn judge(world: &World, run: &Run, before: &BTreeSet<Instance>) {
    // What has stopped by itself is as it is.
    let by_itself = |host: &HostName| !matches!(world.falls, Falls::Never | Falls::Yet) && world.cluster.hosts.keys().next() == Some(host);
    let on = |host: &HostName| world.running.contains(&power(host)) && !by_itself(host);
    let seen = |all: &BTreeSet<Instance>| all.iter().filter(|i| !by_itself(&i.host)).cloned().collect::<BTreeSet<_>>();
    let plan = run.plan();
    // What is wanted afterwards, where there is power, of the components that the plan is about.
    let about = plan.objects();
    let wanted = world.cluster.instances().filter(|(c, side, mode, i)| c.mode_when(*side, plan.afterwards) == Some(*mode) && on(&i.host));
    let after: BTreeSet<Instance> = wanted.map(|(_, _, _, i)| i).chain(world.cluster.hosts.keys().filter(|h| on(h)).map(power)).collect();
    match run.end().expect("the run came to no end") {
        End::Done if matches!(plan.command, Command::Rescue { .. }) => {
            let rescued = about.iter().map(|name| world.cluster.components[*name].instance(Side::Primary, Mode::Active).unwrap());
            rescued.for_each(|i| assert!(world.running.contains(&i) || !on(&i.host), "{i} was not rescued"));
        }
        End::Done => assert_eq!(seen(&world.running), after),
        End::NothingChanged { .. } => assert_eq!(seen(&world.running), seen(before)),
        End::Partly { left, .. } => assert!(!left.is_empty()),
    }
    if run.crossed() && matches!(run.end(), Some(End::NothingChanged { .. })) {
        panic!("a run that passed its point of no return went back: {:?}", plan.no_return);
    }
}

fn clusters() -> impl Strategy<Value = Cluster> {
    prop::collection::vec((0u8..4, prop::collection::vec(any::<prop::sample::Index>(), 0..3)), 1..6).prop_map(|specs| {
        let names: Vec<String> = (0..specs.len()).map(|i| format!("c{i}")).collect();
        let build = |(i, (kind, needs)): (usize, &(u8, Vec<prop::sample::Index>))| -> Component {
            let mark = ["", "", "*", "!"][usize::from(*kind)];
            let after: Vec<&str> = if i == 0 { Vec::new() } else { needs.iter().map(|n| names[n.index(i)].as_str()).collect() };
            component(&format!("{}{mark}", names[i]), &after)
        };
        cluster(specs.iter().enumerate().map(build).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, ..ProptestConfig::default() })]

    #[test]
    fn no_run_ever_has_two_active_sides_and_every_run_ends_as_it_says(
        cluster in clusters(),
        story in prop::sample::select(vec![Story::Switchover, Story::Lost, Story::Silent, Story::Rescue, Story::SelfStopped, Story::Falls]),
        rolls in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        live_through(cluster, story, rolls);
    }
}
