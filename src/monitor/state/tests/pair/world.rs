//! Random worlds: links that are cut, answers that are lost or late, disks that hang, break or are gone, monitors that die,
//! people who type at the wrong moment. The audits are in `duo`; at the end everything is whole again, and so are the two.

use super::super::dice::Dice;
use super::duo::other;
use super::*;
use crate::wire::Request;

/// What may happen in a world besides lost links, lost words and deaths.
#[derive(Clone, Copy)]
struct Rules {
    takes: bool,
    disks: bool,
    lies: bool,
}

fn happens(duo: &mut Duo, dice: &mut Dice, rules: Rules) {
    let i = dice.roll(2) as usize;
    let alive = duo.sites[i].state.is_some();
    match dice.roll(24) {
        0..=3 => duo.tick(),
        4..=6 => duo.seconds(1 + dice.roll(6)),
        7 => duo.link = [dice.roll(2) == 0, dice.roll(2) == 0],
        8..=9 => duo.link = [true, true],
        10 => {
            let fate = [Fate::Lost, Fate::Late, Fate::Unanswered][dice.roll(3) as usize];
            let whole = dice.roll(4) as usize;
            duo.fates.extend(std::iter::repeat_n(Fate::Answered, whole).chain([fate]));
        }
        11 => duo.deliver_late(),
        12 if alive => duo.crash(i, dice.roll(3) as usize),
        13 if alive => duo.restart(i),
        12..=14 if !alive => duo.start(i),
        14 => duo.sites[i].slow = !duo.sites[i].slow,
        15 => duo.sites[i].broken = [None, Some(dice.roll(3) as usize)][dice.roll(2) as usize],
        16 | 17 => duo.kill(["web", "db", "app"][dice.roll(3) as usize]),
        18 => drop(duo.step(i)),
        19 => duo.finish(i),
        20 if alive => drop(duo.hand_over(i)),
        21 if alive && dice.roll(2) == 0 => drop(duo.give(i, Command::Switchover { to: None })),
        21 if alive => drop(duo.ask(i, Request::Acknowledge { reason: None })),
        22 if alive && rules.takes => {
            let dead = duo.sites[other(i)].state.is_none();
            duo.fence = if dice.roll(2) == 0 { Outcome::Done } else { Outcome::Failed };
            drop(duo.take_over(i, dead || (rules.lies && dice.roll(3) == 0)));
            if dice.roll(2) == 0 {
                duo.finish(i);
            }
        }
        23 if rules.disks && !alive && duo.sites[other(i)].state.is_some() && dice.roll(4) == 0 => duo.lose_disk(i),
        _ => {}
    }
    for site in &mut duo.sites {
        if !site.slow && site.broken.is_some() && dice.roll(6) == 0 {
            site.broken = None;
        }
    }
    for i in [FIRST, SECOND] {
        duo.flush(i, false);
    }
}

/// Everything is mended, and time goes by.
fn heals(duo: &mut Duo) {
    (duo.link, duo.fence) = ([true, true], Outcome::Done);
    duo.fates.clear();
    for i in [FIRST, SECOND] {
        (duo.sites[i].slow, duo.sites[i].broken) = (false, None);
        duo.flush(i, false);
    }
    for _ in 0..40 {
        duo.seconds(1);
        for i in [FIRST, SECOND] {
            // A host that is fenced only now comes back too.
            if duo.sites[i].state.is_none() {
                duo.start(i);
            }
            duo.finish(i);
        }
    }
    duo.deliver_late();
    duo.seconds(5);
    duo.lied = false;
}

fn world(seed: u64, rules: Rules, steps: usize) {
    let mut dice = Dice(seed);
    let mut duo = if dice.roll(4) == 0 { Duo::new() } else { Duo::running() };
    duo.rotates = [None, None, Some(7)][dice.roll(3) as usize];
    for _ in 0..steps {
        happens(&mut duo, &mut dice, rules);
    }
    heals(&mut duo);
    duo.in_step();
}

/// Worlds of these rules, one after the other; what failed is told with its seed.
fn worlds(name: u64, count: u64, rules: Rules) {
    for seed in 0..count {
        let seed = name * 1_000_000 + seed;
        let ended = std::panic::catch_unwind(|| world(seed, rules, 60));
        assert!(ended.is_ok(), "the world of seed {seed}");
    }
}

#[test]
fn without_a_take_over_never_do_both_act_and_nothing_that_both_had_is_lost() {
    worlds(1, 60, Rules { takes: false, disks: false, lies: false });
}

#[test]
fn with_take_overs_that_fence_or_are_no_lie_never_do_both_act() {
    worlds(2, 60, Rules { takes: true, disks: false, lies: false });
}

#[test]
fn with_disks_that_are_lost_and_words_that_are_lies_the_two_find_together_again() {
    worlds(3, 40, Rules { takes: true, disks: true, lies: false });
    worlds(4, 40, Rules { takes: true, disks: true, lies: true });
}
