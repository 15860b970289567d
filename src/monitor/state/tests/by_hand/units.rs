//! The same on units, of which the guard of the host keeps what was done.

use super::*;

/// The same of several deeds on units, under these terms, the last one over a slow stop.
fn refuses_units(bench: &mut Bench, on: &str, under: &[u64], kept_by: Keeps) {
    let deed = |under: &u64| {
        let (who, reason) = ("root (user 0)".into(), "the monitor is dead".into());
        let deed = ByHand { who, reason, what: format!("deed {under}"), at: jiff::Timestamp::UNIX_EPOCH };
        Operated { kept_by, under: Term(*under), deed }
    };
    let refused = TakeRefused { why: format!("{on}: taken by hand"), by_hand: under.iter().map(deed).collect() };
    bench.apply(Event::Taken { host: host(on), result: Err(refused) });
}

fn units() -> Bench {
    let running = wanted(&shop(), Some(Side::Primary));
    let mut bench = Bench::of(setup_of(shop()), running);
    bench.look();
    bench.takes.clear();
    bench
}

fn told(bench: &Bench) -> Vec<String> {
    let what = |record: &Record| match &record.body {
        Body::ByHand { deed, .. } => Some(deed.what.clone()),
        _ => None,
    };
    bench.journal.iter().filter_map(what).collect()
}

#[test]
fn each_of_several_deeds_on_units_is_told_once_and_each_record_of_a_host_counts_by_itself() {
    let mut bench = units();
    refuses_units(&mut bench, "a1", &[5, 6], Keeps::Guard);
    assert_eq!(told(&bench), ["deed 5", "deed 6"]);
    assert!(bench.status().acts.contains("operated by hand on a1: deed 6"), "{}", bench.status().acts);
    // Another deed before the newer term has come there: the record tells all three.
    refuses_units(&mut bench, "a1", &[5, 6, 7], Keeps::Guard);
    assert_eq!(told(&bench), ["deed 5", "deed 6", "deed 7"]);
    refuses_units(&mut bench, "a1", &[6], Keeps::Service);
    assert_eq!(told(&bench), ["deed 5", "deed 6", "deed 7", "deed 6"]);
    refuses_units(&mut bench, "a1", &[7], Keeps::Guard);
    assert_eq!(told(&bench).len(), 4, "the host service's does not hide what the guard's record has told before");
    // Another life of the monitor knows the same.
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    let mark = &ledger.by_hand()[&host("a1")];
    assert!(mark.knows(Keeps::Guard, Term(7)) && !mark.knows(Keeps::Guard, Term(8)));
    assert!(mark.knows(Keeps::Service, Term(6)) && !mark.knows(Keeps::Service, Term(7)));
}

#[test]
fn a_host_whose_guard_was_ended_is_asked_why_before_anything_is_decided_about_it() {
    let mut bench = units();
    bench.apply(Event::Untaken(host("a1")));
    assert_eq!(bench.takes, [(host("a1"), Term(1))]);
    bench.apply(Event::Untaken(host("a1")));
    assert_eq!(bench.takes.len(), 1, "it is being asked");
    bench.running.remove(&active(&bench, "web", Side::Primary));
    bench.later += Duration::from_secs(1);
    bench.look();
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "what somebody may have stopped is not rescued");
    refuses_units(&mut bench, "a1", &[2], Keeps::Guard);
    assert_eq!(told(&bench), ["deed 2"]);
    bench.apply(Event::Taken { host: host("a1"), result: Ok(()) });
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty());
    resume(&mut bench);
    assert_eq!(bench.orders.len(), 1, "now it is");
}

#[test]
fn a_host_with_units_that_was_silent_is_asked_whether_somebody_has_operated_it() {
    let mut bench = units();
    let miss = Miss { kind: MissKind::Silent, why: "no answer".into() };
    bench.apply(Event::Seen(Seen { host: host("a1"), at: bench.now().steady, facts: Err(miss) }));
    bench.later += Duration::from_secs(1);
    bench.look();
    assert_eq!(bench.takes, [(host("a1"), Term(1))]);
}

#[test]
fn what_cannot_be_journaled_when_it_is_heard_is_journaled_once_that_goes_on() {
    let mut bench = units();
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Err("no space left".into()), due: false });
    refuses_units(&mut bench, "a1", &[5], Keeps::Guard);
    assert!(told(&bench).is_empty());
    let ledger = bench.state.ledger.clone();
    bench.apply(Event::Reopened(Box::new(ledger)));
    bench.apply(Event::Taken { host: host("a1"), result: Ok(()) });
    assert_eq!(told(&bench), ["deed 5"]);
    assert!(bench.status().acts.starts_with("PAUSED"), "{}", bench.status().acts);
}

#[test]
fn no_host_is_taken_under_a_term_that_is_not_in_the_journal_yet() {
    let mut bench = units();
    bench.durable = false;
    refuses_units(&mut bench, "a1", &[5], Keeps::Guard);
    assert!(bench.takes.is_empty());
    bench.apply(Event::Untaken(host("b1")));
    bench.look();
    assert!(bench.takes.is_empty(), "{:?}", bench.takes);
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Ok(()), due: false });
    assert_eq!(bench.takes, [(host("a1"), Term(6)), (host("b1"), Term(6))]);
}

/// Which deed by hand on a1 its guard would be told to be journaled.
fn heard(bench: &Bench) -> Option<Term> {
    match bench.state.take_host(host("a1"), Term(9)) {
        Effect::Take(_, _, deed) => deed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_guard_is_told_of_a_deed_only_what_is_in_the_journal_and_not_what_was_lost_with_it() {
    let mut bench = units();
    assert_eq!(heard(&bench), None);
    bench.durable = false;
    refuses_units(&mut bench, "a1", &[5], Keeps::Guard);
    assert!(bench.takes.is_empty(), "nobody is told before it is durable");
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Err("no space left".into()), due: false });
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    bench.durable = true;
    bench.apply(Event::Reopened(Box::new(ledger)));
    assert!(!bench.takes.is_empty() && heard(&bench).is_none(), "the entry is lost, so its guard refuses once more");
    refuses_units(&mut bench, "a1", &[5], Keeps::Guard);
    assert_eq!((told(&bench), heard(&bench)), (vec!["deed 5".to_owned()], Some(Term(5))));
}
