//! A person has the standby act in the place of the other one.

use super::*;

/// The one that acts is lost, with its host or without.
fn cut_off() -> Duo {
    let mut duo = Duo::running();
    duo.link = [false, false];
    duo.seconds(5);
    duo
}

fn yields(duo: &Duo) -> Vec<u64> {
    let of = |record: &Record| if let Body::Yielded { aside, .. } = &record.body { Some(*aside) } else { None };
    duo.sites[SECOND].disk.iter().filter_map(of).collect()
}

#[test]
fn a_take_over_is_refused_while_the_other_one_is_heard() {
    let mut duo = Duo::running();
    let why = duo.take_over(SECOND, true).map(|_| ()).unwrap_err();
    assert!(why.contains("is heard, and acts"), "{why}");
    let why = duo.take_over(FIRST, true).map(|_| ()).unwrap_err();
    assert!(why.contains("acts already"), "{why}");
}

#[test]
fn a_take_over_acts_once_the_other_host_is_fenced_and_not_before() {
    let mut duo = cut_off();
    let mut answer = duo.take_over(SECOND, false).unwrap();
    assert!(answer.try_recv().unwrap().is_ok());
    assert!(!duo.acts(SECOND), "the other one may act still");
    assert!(duo.acts(FIRST), "and does");
    assert!(duo.give(SECOND, Command::Switchover { to: None }).map(|_| ()).unwrap_err().contains("taken over from"));
    assert_eq!(duo.sites[SECOND].orders[0].instance.to_string(), "power on b1");
    duo.finish(SECOND);
    assert!(duo.acts(SECOND) && duo.sites[FIRST].state.is_none(), "{}", duo.told());
    duo.link = [true, true];
    duo.start(FIRST);
    duo.seconds(4);
    assert!(duo.acts(SECOND));
    duo.in_step();
}

#[test]
fn a_take_over_whose_fence_fails_does_nothing_until_the_other_one_is_heard_to_follow() {
    let mut duo = cut_off();
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    assert!(!duo.acts(SECOND) && duo.acts(FIRST));
    duo.kill("web");
    duo.seconds(2);
    assert!(duo.sites[SECOND].orders.is_empty(), "nothing else is done");
    assert!(duo.state(SECOND).acts(duo.now()).contains("nobody knows for certain"), "{}", duo.told());
    let only_here = duo.sites[FIRST].disk.len() - duo.sites[SECOND].disk.iter().filter(|r| duo.sites[FIRST].disk.contains(r)).count();
    duo.link = [true, true];
    duo.seconds(5);
    assert!(duo.acts(SECOND), "the old one gives way to the newer term: {}", duo.told());
    duo.in_step();
    assert!(only_here > 0, "it had journaled what it would have done");
    assert_eq!(duo.sites[FIRST].aside.len(), only_here, "what only it had is kept beside");
    assert_eq!(yields(&duo), [0, only_here as u64], "and said in the journal of both");
}

#[test]
fn a_take_over_can_be_tried_again_and_ends_by_word() {
    let mut duo = cut_off();
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    duo.crash(FIRST, 0);
    let mut answer = duo.take_over(SECOND, true).unwrap();
    assert!(answer.try_recv().unwrap().is_ok());
    assert!(duo.acts(SECOND), "{}", duo.told());
    duo.seconds(3);
    duo.start(FIRST);
    duo.link = [true, true];
    duo.seconds(4);
    assert!(duo.acts(SECOND));
    duo.in_step();
}

#[test]
fn open_runs_stand_still_until_the_one_taken_over_from_is_settled() {
    let mut duo = Duo::running();
    drop(duo.give(FIRST, Command::Switchover { to: None }));
    duo.seconds(2);
    duo.step(FIRST);
    duo.seconds(1);
    duo.link = [false, false];
    duo.seconds(5);
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    assert!(duo.sites[SECOND].orders.is_empty());
    let acts = |duo: &Duo| duo.sites[SECOND].orders.iter().filter(|o| matches!(o.effect, run::Effect::Act { .. })).count();
    for _ in 0..10 {
        duo.tick();
        assert_eq!(acts(&duo), 0, "the run goes on at the other one, for all that is known");
    }
    duo.crash(FIRST, 0);
    drop(duo.take_over(SECOND, true));
    for _ in 0..10 {
        duo.tick();
        duo.finish(SECOND);
    }
    let (_, log) = duo.state(SECOND).ledger.runs().find(|(_, log)| log.run.plan().command.verb() == "switchover").unwrap();
    assert_eq!(log.run.end(), Some(&End::Done), "it is gone on with by looking: {}", duo.told());
}

#[test]
fn a_take_over_that_cannot_be_journaled_has_not_happened() {
    // The write fails, wholly or behind the entry that says who holds the lease.
    for kept in [0, 1] {
        let mut duo = cut_off();
        duo.sites[SECOND].broken = Some(kept);
        let mut answer = duo.take_over(SECOND, false).unwrap();
        assert!(answer.try_recv().unwrap().unwrap_err().message.contains("disk full"));
        duo.sites[SECOND].broken = None;
        duo.seconds(3);
        assert!(!duo.acts(SECOND), "kept {kept}: nobody was fenced, and nobody has vouched for anything: {}", duo.told());
        assert!(duo.acts(FIRST));
        duo.link = [true, true];
        duo.seconds(8);
        duo.in_step();
    }
    // It is broken already.
    let mut duo = cut_off();
    let shown = Command::TakeOver { from: HostName::new("b1").unwrap(), by_word: false };
    duo.apply(SECOND, Event::Written { upto: 99, result: Err("disk full".into()), due: false });
    let answer = duo.give(SECOND, shown);
    let said = answer.unwrap().try_recv().unwrap().unwrap_err().message;
    assert!(said.contains("disk full"), "{said}");
    duo.seconds(3);
    assert!(!duo.acts(SECOND), "{}", duo.told());
}

#[test]
fn one_that_was_had_to_take_over_and_restarts_acts_once_the_old_one_is_heard_which_gives_way() {
    let mut duo = cut_off();
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    duo.restart(SECOND);
    duo.seconds(3);
    assert!(duo.part(SECOND) == Part::Waiting && duo.acts(FIRST));
    duo.link = [true, true];
    duo.seconds(8);
    assert!(duo.acts(SECOND) && !duo.acts(FIRST), "a person has had it take over, and its journal is the newer one: {}", duo.told());
    duo.in_step();
    assert!(duo.state(SECOND).ledger.rival().is_none(), "the old one is heard, and follows");
}

#[test]
fn whoever_was_taken_over_from_is_no_rival_of_itself() {
    let mut duo = cut_off();
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    // The entry of the take-over gets to the other one, and then the one that took over loses its disk.
    let entries = duo.sites[SECOND].disk.clone();
    duo.crash(FIRST, 0);
    duo.crash(SECOND, 0);
    duo.sites[FIRST].disk = entries;
    duo.lose_disk(SECOND);
    duo.link = [true, true];
    duo.start(FIRST);
    duo.start(SECOND);
    duo.seconds(5);
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.in_step();
}

#[test]
fn a_word_that_was_under_way_for_long_settles_nothing() {
    let mut duo = Duo::running();
    duo.crash(FIRST, 0);
    duo.restart(SECOND);
    // The second one says that it does not act; that gets lost on the way.
    duo.start(FIRST);
    duo.link = [true, false];
    let stale = PeerAsk::Standing { mine: duo.state(FIRST).standing().unwrap() };
    duo.seconds(2);
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.link = [false, false];
    duo.seconds(5);
    duo.fence = Outcome::Failed;
    drop(duo.take_over(SECOND, false));
    duo.finish(SECOND);
    let life = duo.sites[SECOND].life;
    duo.late.push((SECOND, life, stale));
    duo.deliver_late();
    assert!(!duo.acts(SECOND), "the word is from before it acted: {}", duo.told());
}

#[test]
fn every_time_that_entries_are_set_aside_it_is_told() {
    let mut duo = Duo::running();
    drop(duo.hand_over(FIRST));
    duo.seconds(4);
    for round in 1..=2 {
        // FIRST takes over by a word that is no lie, and SECOND has written something that nobody has.
        duo.link = [false, false];
        duo.seconds(5);
        duo.kill("web");
        duo.seconds(1);
        duo.running.insert(duo.active("web", Side::Primary));
        duo.crash(SECOND, 0);
        drop(duo.take_over(FIRST, true));
        duo.link = [true, true];
        duo.start(SECOND);
        duo.seconds(5);
        duo.in_step();
        let told = duo.sites[FIRST].disk.iter().filter(|r| matches!(r.body, Body::Yielded { aside, .. } if aside > 0)).count();
        assert_eq!(told, round, "{}", duo.told());
        drop(duo.hand_over(FIRST));
        duo.seconds(4);
    }
}
