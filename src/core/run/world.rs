//! Random runs in a made-up world: services that fail, hosts that do not answer, acts that work late, a monitor that dies
//! after any entry of its journal. After every act the world is audited.

use super::*;
use crate::core::command::{Command, End};
use crate::core::model::{Cluster, Component, Instance, Mode, Side};
use crate::core::plan::{Action, NoReturn, StepId, Wanted};
use crate::core::testing::{cluster, component, picture, plan, wanted};
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
    running: BTreeSet<Instance>,
    /// Sent, not carried out yet, and nobody waits for it: it works later, unless somebody takes the host over.
    late: Vec<(Instance, Action)>,
}

impl World {
    fn carry_out(&mut self, instance: &Instance, action: Action) {
        match action {
            Action::Start => self.running.insert(instance.clone()),
            Action::Stop => self.running.remove(instance),
        };
        self.audit(instance);
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

    fn act(&mut self, run: &Run, step: StepId, way: Way, dice: &mut Dice) -> Option<Outcome> {
        let (instance, action) = target(run, step, way);
        // As the executor does: nothing is started while a rival runs.
        let rivals = &run.plan().step(step).unwrap().rivals;
        if action == Action::Start && rivals.iter().any(|rival| self.running.contains(rival)) {
            return Some(Outcome::Failed);
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
        if dice.roll(4) == 3 {
            return Found::Unclear;
        }
        let (instance, action) = target(run, step, way);
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

/// Runs a switchover to its end in a world that misbehaves as `rolls` say, and audits it.
fn live_through(cluster: Cluster, rolls: Vec<u8>) {
    let mut dice = Dice { rolls: rolls.into_iter() };
    let before = wanted(&cluster, Some(Side::Primary));
    let command = Command::Switchover { to: None };
    let plan = plan(&cluster, Wanted::Active(Side::Primary), &picture(&cluster, &before), &command, "").unwrap();
    let mut world = World { cluster, running: before.clone(), late: Vec::new() };
    let mut run = Run::open(plan.clone());
    let mut journal = Vec::new();
    let mut open = pump(&mut run, &mut journal);
    for _ in 0..2000 {
        if open.is_empty() {
            break;
        }
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
    let after = wanted(&world.cluster, Some(Side::Secondary));
    match run.end().expect("the run came to no end") {
        End::Done => assert_eq!(world.running, after),
        End::NothingChanged { .. } => assert_eq!(&world.running, before),
        End::Partly { left, .. } => assert!(!left.is_empty()),
    }
    let NoReturn::After { steps } = &run.plan().no_return else { unreachable!() };
    if run.crossed() && matches!(run.end(), Some(End::NothingChanged { .. })) {
        panic!("a run that passed {steps:?} went back");
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
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_run_ever_has_two_active_sides_and_every_run_ends_as_it_says(
        cluster in clusters(),
        rolls in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        live_through(cluster, rolls);
    }
}
