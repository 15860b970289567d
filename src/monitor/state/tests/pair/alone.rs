//! The one that follows refuses to act, and the one that acts does without it what people ask for.

use super::*;
use crate::core::trigger::{Acts, Choice};
use crate::wire::{ModeAsk, Request};

#[test]
fn the_standby_refuses_in_words_and_writes_nothing() {
    let mut duo = Duo::running();
    let before = duo.sites[SECOND].disk.len();
    let said = duo.give(SECOND, Command::Switchover { to: None }).map(|_| ()).unwrap_err();
    assert!(said.contains("is the standby") && said.contains("b1 acts"), "{said}");
    for request in [
        Request::Mode { mode: ModeAsk::ObserveOnly, reason: None },
        Request::Acknowledge { reason: None },
        Request::Abort { run: RunId(1), reason: None },
    ] {
        assert!(duo.ask(SECOND, request).try_recv().unwrap().is_err());
    }
    duo.kill("web");
    assert!(duo.sites[SECOND].orders.is_empty(), "and decides nothing");
    assert_eq!(duo.sites[SECOND].disk.len(), before);
    let line = duo.state(SECOND).acts(duo.now());
    assert!(line.starts_with("STANDBY MONITOR: b1 acts (heard"), "{line}");
}

#[test]
fn what_is_lost_while_the_other_one_is_away_is_decided_when_it_is_back() {
    let mut duo = Duo::running();
    duo.crash(SECOND, 0);
    duo.seconds(2);
    duo.kill("web");
    duo.seconds(3);
    assert!(duo.sites[FIRST].orders.is_empty(), "nothing is done by itself without the copy");
    let decision = duo.state(FIRST).decided.clone().unwrap();
    assert!(matches!(&decision.choice, Choice::Hold { wants: Some(_), .. }) && decision.acts == Acts::Nothing, "{decision:?}");
    assert!(duo.state(FIRST).acts(duo.now()).starts_with("NOTHING BY ITSELF"), "{}", duo.told());
    duo.start(SECOND);
    duo.seconds(3);
    assert_eq!(duo.sites[FIRST].orders.len(), 1, "{}", duo.told());
    duo.finish(FIRST);
    duo.seconds(2);
    duo.in_step();
}

#[test]
fn a_decision_whose_copy_is_lost_is_not_sent_and_counts_for_nothing() {
    let mut duo = Duo::running();
    duo.fates = [Fate::Lost; 2].into();
    duo.link = [false, false];
    duo.kill("db");
    assert!(duo.sites[FIRST].orders.is_empty(), "the decision waits for the copy");
    duo.seconds(4);
    assert!(duo.sites[FIRST].orders.is_empty());
    let runs: Vec<_> = duo.state(FIRST).ledger.runs().map(|(_, log)| (log.run.plan().command.verb(), log.run.end().cloned())).collect();
    // A start in place has nothing to go back to, so that its end lists what was not done.
    let [("rescue", Some(End::Partly { left, .. }))] = &runs[..] else { panic!("{runs:?}") };
    assert!(left[0].contains("nothing was sent: the standby monitor was lost"), "{left:?}");
    duo.fates.clear();
    duo.link = [true, true];
    for _ in 0..20 {
        duo.tick();
        duo.finish(FIRST);
    }
    let verbs: Vec<_> = duo.state(FIRST).ledger.runs().map(|(_, log)| log.run.plan().command.verb()).collect();
    assert_eq!(verbs, ["rescue", "rescue"], "what was not sent is no attempt that has failed");
    assert!(duo.running.contains(&duo.active("db", Side::Primary)));
}

#[test]
fn what_a_person_asks_for_waits_three_seconds_for_the_copy_and_goes_on_alone() {
    let mut duo = Duo::running();
    duo.fates = [Fate::Lost].into();
    duo.sites[SECOND].slow = true;
    let mut answer = duo.give(FIRST, Command::Switchover { to: None }).unwrap();
    assert!(answer.try_recv().is_err() && duo.sites[FIRST].orders.is_empty());
    duo.seconds(4);
    assert!(answer.try_recv().unwrap().is_ok());
    duo.finish(FIRST);
    let end = |duo: &Duo| duo.state(FIRST).ledger.runs().next_back().unwrap().1.run.end().cloned();
    assert_eq!(end(&duo), Some(End::Done), "{}", duo.told());
    duo.sites[SECOND].slow = false;
    duo.flush(SECOND, false);
    duo.seconds(8);
    duo.in_step();
}

#[test]
fn a_copy_that_keeps_up_is_not_given_up_for_being_one_entry_behind() {
    let mut duo = Duo::running();
    let mut sent = duo.state(FIRST).ledger.last();
    for _ in 0..40 {
        // Something is journaled all the time, and its copy is acknowledged one entry late.
        let before = sent;
        let refused = duo.ask(FIRST, Request::Acknowledge { reason: None });
        drop(refused);
        sent = duo.state(FIRST).ledger.last();
        assert!(sent > before);
        duo.sites[FIRST].batches.clear();
        duo.later += Duration::from_millis(200);
        duo.apply(FIRST, duo.answer(FIRST, duo.state(SECOND).standing().unwrap()));
        duo.apply(FIRST, Event::Pair(PairEvent::Copied(before)));
        duo.apply(FIRST, Event::Tick);
        assert_eq!(duo.state(FIRST).uncopied(duo.now()), None);
    }
}

#[test]
fn a_decision_that_was_never_copied_waits_in_the_next_life_until_it_is() {
    let mut duo = Duo::running();
    duo.link = [false, false];
    duo.kill("db");
    duo.crash(FIRST, 0);
    assert!(matches!(&duo.sites[FIRST].disk.last().unwrap().body, Body::Run { .. }), "the decision is on its disk");
    assert!(duo.sites[FIRST].disk.len() > duo.sites[SECOND].disk.len());
    // The other one dies; somebody has the first one act by a word that is true.
    duo.crash(SECOND, 0);
    duo.start(FIRST);
    drop(duo.take_over(FIRST, true));
    for _ in 0..20 {
        duo.tick();
        duo.finish(FIRST);
    }
    let open = |duo: &Duo| duo.state(FIRST).ledger.open_runs().count();
    assert_eq!(open(&duo), 1, "it is looked what became of it, and no more: {}", duo.told());
    assert!(!duo.running.contains(&duo.active("db", Side::Primary)));
    duo.link = [true, true];
    duo.start(SECOND);
    for _ in 0..20 {
        duo.tick();
        duo.finish(FIRST);
    }
    assert_eq!(open(&duo), 0, "{}", duo.told());
    assert!(duo.running.contains(&duo.active("db", Side::Primary)));
    duo.in_step();
}
