//! What the one that follows takes, and what it refuses.

use super::*;

fn refusal(duo: &mut Duo, ask: PeerAsk) -> String {
    let (reply, mut answer) = oneshot::channel();
    duo.apply(SECOND, Event::Pair(PairEvent::Asked(ask, reply)));
    answer.try_recv().expect("an answer at once").unwrap_err().message
}

fn note(duo: &Duo, index: u64, term: Term) -> Record {
    Record { index, term, at: duo.now().wall, body: Body::Note { text: "x".into() } }
}

#[test]
fn entries_that_do_not_follow_are_refused_and_nothing_of_them_is_kept() {
    let mut duo = Duo::running();
    let tail = duo.sites[SECOND].tail();
    let mark = PeerMark { tail, at: None };
    let append = |after: PeerMark, records: Vec<Record>| PeerAsk::Append { after, records };
    let next = note(&duo, tail.index + 1, tail.term);
    let wrong_place = PeerMark { tail: Tail { index: tail.index - 1, ..tail }, at: None };
    let wrong_term = PeerMark { tail: Tail { term: Term(1), ..tail }, at: None };
    for ask in [
        append(wrong_place, vec![next.clone()]),
        append(wrong_term, vec![next.clone()]),
        append(mark, Vec::new()),
        append(mark, vec![next.clone(); crate::wire::PEER_ENTRIES + 1]),
    ] {
        let said = refusal(&mut duo, ask);
        assert!(said.contains("ends with entry"), "{said}");
    }
    let gap = note(&duo, tail.index + 2, tail.term);
    assert!(refusal(&mut duo, append(mark, vec![gap])).contains("gap"));
    let old = note(&duo, tail.index + 1, Term(1));
    assert!(refusal(&mut duo, append(mark, vec![old])).contains("older than"));
    assert_eq!(duo.sites[SECOND].tail(), tail);
    duo.seconds(2);
    duo.in_step();
}

#[test]
fn what_comes_before_an_entry_that_does_not_fit_is_kept_and_the_refusal_waits_for_it() {
    let mut duo = Duo::running();
    let tail = duo.sites[SECOND].tail();
    let records = vec![note(&duo, tail.index + 1, tail.term), note(&duo, tail.index + 3, tail.term)];
    duo.sites[SECOND].slow = true;
    let (reply, mut answer) = oneshot::channel();
    let ask = PeerAsk::Append { after: PeerMark { tail, at: None }, records };
    duo.apply(SECOND, Event::Pair(PairEvent::Asked(ask, reply)));
    assert!(answer.try_recv().is_err());
    duo.sites[SECOND].slow = false;
    duo.flush(SECOND, false);
    assert!(answer.try_recv().unwrap().unwrap_err().message.contains("gap"));
    assert_eq!(duo.sites[SECOND].tail().index, tail.index + 1);
    duo.seconds(8);
    duo.in_step();
    assert_eq!(duo.sites[SECOND].aside.len(), 1, "nobody else has it");
}

#[test]
fn only_one_that_follows_lets_the_other_one_write() {
    let mut duo = Duo::running();
    let (reply, mut answer) = oneshot::channel();
    duo.apply(FIRST, Event::Pair(PairEvent::Asked(PeerAsk::Cut { keep: 0, first: 1 }, reply)));
    assert!(answer.try_recv().unwrap().unwrap_err().message.contains("does not follow"));
    duo.link = [false, false];
    duo.restart(SECOND);
    let tail = duo.sites[SECOND].tail();
    let ask = PeerAsk::Append { after: PeerMark { tail, at: None }, records: vec![note(&duo, tail.index + 1, tail.term)] };
    assert!(refusal(&mut duo, ask).contains("does not follow"), "it has not heard it in this life");
    assert!(refusal(&mut duo, PeerAsk::Cut { keep: 0, first: 1 }).contains("does not follow"));
    assert_eq!(duo.sites[SECOND].tail(), tail);
}

#[test]
fn a_journal_of_a_newer_term_is_not_replaced_by_an_older_one() {
    let mut duo = Duo::running();
    let standing = duo.state(FIRST).standing().unwrap();
    let older = Standing { tail: Tail { term: Term(1), index: 99 }, ..standing };
    let (reply, _answer) = oneshot::channel();
    duo.apply(SECOND, Event::Pair(PairEvent::Asked(PeerAsk::Standing { mine: older }, reply)));
    assert!(refusal(&mut duo, PeerAsk::Cut { keep: 0, first: 1 }).contains("of a newer term"));
}

#[test]
fn a_monitor_without_another_one_beside_it_answers_no_other_one() {
    let mut bench = Bench::new();
    let (reply, mut answer) = oneshot::channel();
    bench.apply(Event::Pair(PairEvent::Asked(PeerAsk::Mark { index: 1 }, reply)));
    assert!(answer.try_recv().unwrap().unwrap_err().message.contains("no other one beside it"));
    let command = Command::MonitorMove { to: HostName::new("b1").unwrap() };
    let mut answer = bench.ask(crate::wire::Request::Plan { command, overrides: Vec::new() }, true);
    assert!(refused(&mut answer).contains("has one monitor"));
}

#[test]
fn a_rotated_journal_is_rotated_at_the_same_entry_by_the_one_that_follows() {
    let mut duo = Duo::running();
    duo.rotates = Some(2);
    for _ in 0..6 {
        drop(duo.ask(FIRST, crate::wire::Request::Acknowledge { reason: None }));
        duo.seconds(1);
    }
    duo.rotates = None;
    duo.seconds(2);
    duo.in_step();
    assert!(duo.sites[SECOND].disk.iter().any(|record| matches!(record.body, Body::Summary { .. })));
}
