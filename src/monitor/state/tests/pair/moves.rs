//! The lease is given to the other one.

use super::duo::{host, other};
use super::*;

#[test]
fn a_handover_moves_the_lease_and_both_keep_the_whole_journal() {
    let mut duo = Duo::running();
    for (from, term) in [(FIRST, Term(3)), (SECOND, Term(4)), (FIRST, Term(5))] {
        let mut answer = duo.hand_over(from).unwrap();
        duo.seconds(4);
        assert!(answer.try_recv().unwrap().is_ok());
        assert!(duo.acts(other(from)) && duo.part(from) == Part::Standby, "{}", duo.told());
        duo.in_step();
        assert_eq!(duo.sites[from].tail().term, term);
        assert!(duo.sites.iter().all(|site| site.aside.is_empty()));
    }
}

#[test]
fn a_handover_that_does_not_arrive_has_not_happened() {
    let mut duo = Duo::running();
    assert!(duo.hand_over(FIRST).is_ok(), "it was in step when that was asked");
    assert!(!duo.acts(FIRST), "it gives the lease up at once");
    duo.link = [false, false];
    duo.seconds(8);
    assert!(!duo.acts(FIRST) && !duo.acts(SECOND));
    duo.link = [true, true];
    duo.seconds(4);
    assert!(duo.acts(FIRST), "the newest journal acts, whatever its last entry wished: {}", duo.told());
    duo.in_step();
    duo.seconds(5);
    assert!(duo.acts(FIRST), "the copy of an old handover hands nothing over");
}

#[test]
fn a_handover_whose_answer_is_lost_has_happened() {
    let mut duo = Duo::running();
    let mut answer = duo.hand_over(FIRST).unwrap();
    duo.fates = [Fate::Answered, Fate::Unanswered].into();
    duo.hand_over_batches(FIRST);
    assert!(duo.acts(SECOND), "{}", duo.told());
    duo.link = [false, false];
    duo.seconds(9);
    assert!(answer.try_recv().unwrap().is_ok());
    assert!(duo.acts(SECOND) && duo.part(FIRST) == Part::Waiting, "{}", duo.told());
    duo.link = [true, true];
    duo.seconds(4);
    assert!(duo.acts(SECOND));
    duo.in_step();
}

#[test]
fn a_whole_journal_with_old_handovers_in_it_gives_the_lease_to_nobody() {
    let mut duo = Duo::running();
    for from in [FIRST, SECOND] {
        drop(duo.hand_over(from));
        duo.seconds(4);
    }
    assert!(duo.acts(FIRST));
    duo.crash(SECOND, 0);
    duo.lose_disk(SECOND);
    duo.start(SECOND);
    for _ in 0..25 {
        duo.tick();
        assert!(duo.part(SECOND) != Part::Acting, "it was given the lease once, and has given it back: {}", duo.told());
    }
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.in_step();
}

#[test]
fn a_handover_that_comes_too_late_gives_nothing() {
    // Its disk takes the last entry only after the giver has begun another life.
    let mut duo = Duo::running();
    drop(duo.hand_over(FIRST));
    duo.sites[SECOND].slow = true;
    duo.seconds(7);
    assert!(!duo.acts(SECOND));
    duo.sites[SECOND].slow = false;
    duo.flush(SECOND, false);
    for _ in 0..30 {
        duo.tick();
    }
    duo.in_step();
    // It is on its way for so long that the giver acts again.
    let mut duo = Duo::running();
    drop(duo.hand_over(FIRST));
    duo.fates = [Fate::Answered, Fate::Late].into();
    duo.hand_over_batches(FIRST);
    assert!(matches!(&duo.late[..], [(SECOND, _, PeerAsk::Append { .. })]), "{:?}", duo.late);
    duo.link = [false, false];
    duo.seconds(7);
    duo.link = [true, true];
    duo.seconds(3);
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.deliver_late();
    duo.seconds(3);
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.in_step();
}

#[test]
fn a_handover_that_cannot_be_journaled_is_none_and_ends_the_life_all_the_same() {
    let mut duo = Duo::running();
    duo.sites[FIRST].broken = Some(0);
    let answer = duo.hand_over(FIRST);
    assert!(answer.unwrap().try_recv().unwrap().unwrap_err().message.contains("disk full"));
    duo.sites[FIRST].broken = None;
    duo.tick();
    assert!(!duo.acts(FIRST), "a life that has given the lease up does not take it again: {}", duo.told());
    duo.seconds(10);
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.in_step();
}

fn why_not(duo: &mut Duo, i: usize) -> String {
    duo.hand_over(i).map(|_| ()).unwrap_err()
}

#[test]
fn no_handover_while_anything_stands_in_its_way() {
    let mut duo = Duo::running();
    assert!(duo.hand_over(SECOND).map(|_| ()).unwrap_err().contains("is the standby"));
    let wrong = duo.give(FIRST, Command::MonitorMove { to: host("b1") }).map(|_| ()).unwrap_err();
    assert!(wrong.contains("is not the other monitor"), "{wrong}");

    drop(duo.give(FIRST, Command::Switchover { to: None }));
    let why = why_not(&mut duo, FIRST);
    assert!(why.contains("is open"), "{why}");
    duo.seconds(1);
    duo.finish(FIRST);
    for _ in 0..20 {
        duo.tick();
        duo.finish(FIRST);
    }

    duo.link = [false, false];
    duo.seconds(2);
    let why = why_not(&mut duo, FIRST);
    assert!(why.contains("not heard"), "{why}");
    duo.link = [true, true];
    duo.seconds(3);

    duo.crash(SECOND, 0);
    duo.sites[SECOND].setup.config = "another".into();
    duo.start(SECOND);
    duo.seconds(3);
    let why = why_not(&mut duo, FIRST);
    assert!(why.contains("another configuration"), "{why}");
    duo.crash(SECOND, 0);
    duo.sites[SECOND].setup.config = "cfg".into();
    duo.start(SECOND);
    duo.seconds(3);
    assert!(duo.hand_over(FIRST).is_ok());
    duo.seconds(4);
    assert!(duo.acts(SECOND));
}

#[test]
fn after_a_failover_the_monitor_of_the_side_that_serves_acts_once_all_is_over() {
    let mut duo = Duo::running();
    for site in &mut duo.sites {
        site.setup.pair.as_mut().unwrap().moves = true;
    }
    duo.restart(SECOND);
    duo.restart(FIRST);
    duo.seconds(3);
    drop(duo.hand_over(FIRST));
    duo.seconds(4);
    assert!(duo.acts(SECOND), "the one beside what serves acts: {}", duo.told());
    for _ in 0..2 {
        duo.kill("db");
        for _ in 0..10 {
            duo.tick();
            duo.finish(SECOND);
            duo.finish(FIRST);
        }
    }
    duo.seconds(6);
    assert_eq!(duo.state(FIRST).ledger.wanted().side(), Some(Side::Secondary), "{}", duo.told());
    assert!(duo.acts(FIRST), "{}", duo.told());
    duo.in_step();
    let why = duo.sites[FIRST].disk.iter().find_map(|record| match &record.body {
        Body::HandedOver { to, why } if to == "b1" => Some(why.clone()),
        _ => None,
    });
    assert!(why.unwrap().contains("a failover has moved everything to south"));
}
