//! Worlds made at random from a seed. One simulated cluster, with a truth of its own, is driven by the real monitor: its state,
//! the core's health, triggers, planners and runs, and its journal. Things go wrong at random, and after every event it is
//! audited against the truth that no rule is broken; in the end everything is mended, and the cluster serves or the monitor
//! says why not.
//!
//! A seed that breaks a rule prints its world and the command that repeats it:
//! `SWITCHTOWER_SEED=N cargo nextest run --lib -E 'test(=monitor::state::tests::sim::NAME)'`. `SWITCHTOWER_SEEDS=N` lives through so
//! many worlds in each test.

mod acts;
mod audit;
mod cluster;
mod defects;
mod faults;
mod hosts;
mod lives;
mod people;
mod world;

use super::dice::Dice;
use super::*;
use faults::Kind;
use std::panic::AssertUnwindSafe;
use world::{SECOND, Trace, World};

/// Worlds of each kind, unless somebody wants more.
const WORLDS: u64 = 850;
/// Seeds of one kind lie together.
const KIND: u64 = 1_000_000;
/// All is settled within this time after everything was mended.
const SETTLES: u64 = 400 * SECOND;

/// Lives through the world of `seed`; what breaks a rule is told.
fn live(seed: u64, trace: &Trace) -> Result<(), String> {
    let kind = Kind::ALL[(seed / KIND) as usize % Kind::ALL.len()];
    defects::heard(AssertUnwindSafe(|| {
        let mut world = World::new(seed, kind, trace.clone());
        let end = world.faults_end;
        world.run(end, |world| world.audit.broken.is_some());
        world.heals();
        let from = world.at + 10 * SECOND;
        world.run(end + SETTLES, |w| w.audit.broken.is_some() || (w.at >= from && w.is_settled().is_ok()));
        let settled = world.is_settled().map_err(|why| format!("all is settled in the end: {why}"));
        world.audit.broken.take().map_or(settled, Err)
    }))
}

/// Lives through worlds of one kind, or through the one that somebody has asked for.
fn worlds(kind: Kind, name: &str) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = kind as u64 * KIND;
    let seeds = match (number("SWITCHTOWER_SEED"), number("SWITCHTOWER_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(count)) => first..first + count,
        (None, None) => first..first + WORLDS,
    };
    for seed in seeds {
        let trace = Trace::default();
        let ended = live(seed, &trace);
        let lines = || trace.borrow().join("\n");
        if number("SWITCHTOWER_SEED").is_some() {
            println!("{}", lines());
        }
        if let Err(broken) = ended {
            panic!(
                "{}\nseed {seed}: {broken}\nagain: SWITCHTOWER_SEED={seed} cargo nextest run --lib -E 'test(=monitor::state::tests::sim::{name})'",
                lines()
            );
        }
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in (0..Kind::ALL.len() as u64).map(|kind| kind * KIND + 17) {
        let [one, other] = [Trace::default(), Trace::default()];
        let ends = [live(seed, &one), live(seed, &other)];
        assert_eq!(ends[0], ends[1]);
        assert_eq!(*one.borrow(), *other.borrow(), "seed {seed}");
        assert!(one.borrow().len() > 20, "nothing happens in the world of seed {seed}");
    }
}

/// What must be found in the worlds of a few seeds, in the words of their traces: an audit of what never happens shows nothing.
const HAPPENS: [&str; 45] = [
    "run opened by alice: Switchover",
    "run opened by alice: Switchback",
    "run opened by alice: Stop",
    "run opened by alice: Start",
    "run opened by alice: Adopt",
    "by_word: false",
    "by_word: true",
    ": Rescue",
    ": Failover",
    ": Guard",
    "by alice: Fence",
    "cold: true",
    "cold: false",
    "Closed { end: Done }",
    "Closed { end: NothingChanged",
    "Closed { end: Partly",
    "TurnedBack",
    "aborted by alice",
    "Resumed",
    "way: Back",
    "found: Done",
    "found: NotDone",
    "found: Ended",
    "found: Unclear",
    "outcome: Failed",
    "outcome: NotSent",
    "outcome: Unknown",
    "comes too late",
    ": rival ",
    "BY HAND",
    "stale",
    "THE MONITOR IS GONE",
    "the disk takes",
    "journal is opened again",
    "summary",
    "Returned",
    "Paused",
    "Acknowledged",
    "decided Nothing Hold",
    "decided Would Act",
    "less than 30 s ago, and nobody has acknowledged it",
    "its device Works",
    "its device Late",
    "Adopted",
    "holds",
];

#[test]
fn in_these_worlds_everything_happens_that_is_audited() {
    let mut missing: Vec<&str> = HAPPENS.to_vec();
    for seed in (0..40).flat_map(|seed| (0..Kind::ALL.len() as u64).map(move |kind| kind * KIND + seed)) {
        let trace = Trace::default();
        live(seed, &trace).unwrap();
        missing.retain(|what| !trace.borrow().iter().any(|line| line.contains(what)));
        if missing.is_empty() {
            return;
        }
    }
    panic!("never seen: {missing:?}");
}

#[test]
fn every_rule_holds_while_services_die_and_hang() {
    worlds(Kind::Services, "every_rule_holds_while_services_die_and_hang");
}

#[test]
fn every_rule_holds_while_hosts_lose_power_and_return() {
    worlds(Kind::Power, "every_rule_holds_while_hosts_lose_power_and_return");
}

#[test]
fn every_rule_holds_while_links_are_cut_and_healed() {
    worlds(Kind::Links, "every_rule_holds_while_links_are_cut_and_healed");
}

#[test]
fn every_rule_holds_while_words_are_late_and_get_lost() {
    worlds(Kind::Words, "every_rule_holds_while_words_are_late_and_get_lost");
}

#[test]
fn every_rule_holds_while_the_monitor_dies_and_returns() {
    worlds(Kind::Lives, "every_rule_holds_while_the_monitor_dies_and_returns");
}

#[test]
fn every_rule_holds_while_fence_devices_fail_and_keep_silent() {
    worlds(Kind::Fences, "every_rule_holds_while_fence_devices_fail_and_keep_silent");
}

#[test]
fn every_rule_holds_while_people_give_commands() {
    worlds(Kind::Commands, "every_rule_holds_while_people_give_commands");
}

#[test]
fn every_rule_holds_while_people_pause_resume_and_turn_back() {
    worlds(Kind::Moods, "every_rule_holds_while_people_pause_resume_and_turn_back");
}

#[test]
fn every_rule_holds_while_people_act_on_hosts_by_hand() {
    worlds(Kind::Hands, "every_rule_holds_while_people_act_on_hosts_by_hand");
}

#[test]
fn every_rule_holds_while_the_disk_fails() {
    worlds(Kind::Disks, "every_rule_holds_while_the_disk_fails");
}

#[test]
fn every_rule_holds_while_everything_goes_wrong() {
    worlds(Kind::All, "every_rule_holds_while_everything_goes_wrong");
}

#[test]
fn every_rule_holds_in_big_clusters() {
    worlds(Kind::Big, "every_rule_holds_in_big_clusters");
}
