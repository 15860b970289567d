use super::*;
use crate::core::model::Process;
use crate::core::plan::Action;

const LIFE: &str = "0123456789abcdef";
const OTHER: &str = "fedcba9876543210";

fn rules() -> Rules {
    Rules::new("boot".into(), None)
}

fn claim(term: u64, life: &str) -> Claim {
    Claim { term: Term(term), identity: life.into() }
}

fn until(boot_ms: u64) -> NotAfter {
    NotAfter { boot_id: "boot".into(), boot_ms }
}

fn take(term: u64, life: &str) -> HostTake {
    HostTake { claim: claim(term, life), deed: None, not_after: until(1000) }
}

fn taken(term: u64, life: &str) -> Rules {
    let mut rules = rules();
    let keeper = rules.may_take(&take(term, life), 0).unwrap();
    rules.keep(keeper);
    rules
}

fn act(term: u64, life: &str, number: u64) -> HostAct {
    let process = Process::active("app").unwrap();
    HostAct { claim: claim(term, life), number, process, action: Action::Start, timeout_ms: 10, lease_ms: None, not_after: until(1000) }
}

fn app() -> ProcessName {
    ProcessName::new("app").unwrap()
}

fn hand(rules: &mut Rules, now: u64, despite: bool) -> Answer<Keeper> {
    let by_hand = ByHand { who: "root".into(), reason: "fire".into(), what: "start app".into(), at: jiff::Timestamp::UNIX_EPOCH };
    let keeper = rules.by_hand(by_hand, despite, now)?;
    rules.keep(keeper.clone());
    Ok(keeper)
}

/// The word for what came of it.
fn word<T>(answer: Answer<T>) -> &'static str {
    match answer.map_err(|refusal| refusal.kind) {
        Ok(_) => "ok",
        Err(HostRefusalKind::Term { .. }) => "term",
        Err(HostRefusalKind::NotTaken) => "not taken",
        Err(HostRefusalKind::Late) => "late",
        Err(HostRefusalKind::OtherBoot) => "boot",
        Err(HostRefusalKind::Superseded) => "superseded",
        Err(HostRefusalKind::MonitorHeard) => "heard",
        Err(HostRefusalKind::BadRequest) => "bad",
        Err(HostRefusalKind::NoLease) => "no lease",
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_host_is_taken_under_a_newer_term_or_again_by_the_same_life() {
    for (term, life, answer) in [
        (5, LIFE, "ok"),
        (6, OTHER, "ok"),
        (5, OTHER, "term"),
        (4, LIFE, "term"),
        (6, NOBODY, "bad"),
        (6, "x", "bad"),
        (6, "0123456789ABCDEF", "bad"),
    ] {
        assert_eq!(word(taken(5, LIFE).may_take(&take(term, life), 0)), answer, "{term} {life}");
    }
    assert_eq!(word(rules().may_take(&take(0, LIFE), 1000)), "ok");
    assert_eq!(word(rules().may_take(&take(1, LIFE), 1001)), "late");
    let mut elsewhere = take(1, LIFE);
    elsewhere.not_after.boot_id = "another".into();
    assert_eq!(word(rules().may_take(&elsewhere, 0)), "boot");
}

#[test]
fn only_whoever_took_it_last_acts_in_time_and_once() {
    assert_eq!(word(rules().admit(&act(1, LIFE, 1), 0)), "not taken");
    let mut rules = taken(5, LIFE);
    for (asked, now, answer) in [
        (act(4, LIFE, 9), 0, "term"),
        (act(5, OTHER, 9), 0, "term"),
        (act(6, LIFE, 9), 0, "not taken"),
        (act(5, LIFE, 9), 1001, "late"),
        (act(5, LIFE, 9), 1000, "ok"),
        (act(5, LIFE, 9), 0, "superseded"),
        (act(5, LIFE, 7), 0, "ok"),
    ] {
        assert_eq!(word(rules.admit(&asked, now)), answer, "{asked:?} at {now}");
    }
}

#[test]
fn a_settling_makes_earlier_acts_void_and_a_newer_term_begins_anew() {
    let mut rules = taken(5, LIFE);
    rules.admit(&act(5, LIFE, 1), 0).unwrap();
    assert_eq!(word(rules.settle(&claim(5, OTHER), &app(), 2)), "term");
    rules.settle(&claim(5, LIFE), &app(), 2).unwrap();
    rules.settle(&claim(5, LIFE), &app(), 1).unwrap();
    for (number, answer) in [(1, "superseded"), (2, "superseded"), (3, "ok")] {
        assert_eq!(word(rules.may_begin(&act(5, LIFE, number), 0)), answer, "{number}");
    }
    let same = rules.may_take(&take(5, LIFE), 0).unwrap();
    rules.keep(same);
    assert_eq!(word(rules.may_begin(&act(5, LIFE, 1), 0)), "superseded", "the same life goes on");
    let newer = rules.may_take(&take(6, OTHER), 0).unwrap();
    rules.keep(newer);
    assert_eq!(word(rules.admit(&act(6, OTHER, 1), 0)), "ok");
    assert_eq!(word(rules.may_begin(&act(5, LIFE, 3), 0)), "term");
}

#[test]
fn a_settling_of_one_process_leaves_what_is_on_its_way_for_another_alone() {
    let mut rules = taken(5, LIFE);
    rules.admit(&act(5, LIFE, 1), 0).unwrap();
    rules.settle(&claim(5, LIFE), &ProcessName::new("db").unwrap(), 2).unwrap();
    assert_eq!(word(rules.may_begin(&act(5, LIFE, 1), 0)), "ok");
    assert_eq!(word(rules.admit(&act(5, LIFE, 1), 0)), "superseded", "it is done once all the same");
}

#[test]
fn numbers_are_remembered_within_a_bound_and_forgotten_ones_are_void() {
    let mut rules = taken(5, LIFE);
    for number in 1..=MOST_NUMBERS as u64 + 1 {
        rules.admit(&act(5, LIFE, number), 0).unwrap();
    }
    assert_eq!(rules.taken.len(), MOST_NUMBERS);
    assert_eq!(word(rules.admit(&act(5, LIFE, 1), 0)), "superseded");
    assert_eq!(word(rules.admit(&act(5, LIFE, 2), 0)), "superseded");
}

#[test]
fn a_sign_of_life_holds_no_longer_than_its_sender_and_never_shortens() {
    let sign = |until_ms, length_ms| HostLease { claim: claim(5, LIFE), until: until(until_ms), length_ms };
    let mut rules = taken(5, LIFE);
    assert_eq!(rules.over(u64::MAX), None);
    rules.renew(&sign(500, 300), 100).unwrap();
    assert_eq!(rules.lease(), Some(Lease { until: 400, length: 300 }));
    rules.renew(&sign(350, 300), 120).unwrap();
    assert_eq!(rules.lease().unwrap().until, 400);
    assert_eq!((rules.over(400), rules.over(401).is_some()), (None, true));
    // One that was on its way for too long wakes nothing.
    rules.renew(&sign(399, 300), 600).unwrap();
    assert!(rules.over(600).is_some());
    rules.renew(&sign(9000, 300), 600).unwrap();
    assert_eq!(rules.over(900), None);
    let mut wrong = sign(9000, 300);
    wrong.until.boot_id = "another".into();
    assert_eq!(word(rules.renew(&wrong, 600)), "boot");
    wrong = sign(9000, 300);
    wrong.claim = claim(4, LIFE);
    assert_eq!(word(rules.renew(&wrong, 600)), "term");
    let newer = rules.may_take(&take(6, OTHER), 0).unwrap();
    rules.keep(newer);
    assert!(rules.over(901).is_some(), "taking neither arms nor disarms");
    assert_eq!(word(rules.disarm(&claim(5, LIFE))), "term");
    assert!(rules.over(901).is_some(), "only whoever holds it says that it is not wanted");
    rules.disarm(&claim(6, OTHER)).unwrap();
    assert_eq!(rules.over(u64::MAX), None);
}

#[test]
fn a_sign_of_another_length_is_another_agreement_and_may_hold_shorter() {
    let sign = |until_ms, length_ms| HostLease { claim: claim(5, LIFE), until: until(until_ms), length_ms };
    let mut rules = taken(5, LIFE);
    rules.renew(&sign(60_000, 60_000), 100).unwrap();
    rules.renew(&sign(5_000, 5_000), 200).unwrap();
    assert_eq!(rules.lease(), Some(Lease { until: 5_000, length: 5_000 }), "whoever renews counts on this one alone");
}

#[test]
fn a_person_acts_only_where_no_monitor_is_heard_and_nobody_follows_under_the_old_term() {
    let mut rules = taken(5, LIFE);
    rules.renew(&HostLease { claim: claim(5, LIFE), until: until(500), length_ms: 300 }, 0).unwrap();
    rules.hear(1000);
    assert_eq!(word(hand(&mut rules, 1000 + HEARD - 1, false)), "heard");
    let keeper = hand(&mut rules, 1000 + HEARD, false).unwrap();
    assert_eq!((keeper.term, keeper.identity.as_str()), (Term(6), NOBODY));
    let lease = Some(Lease { until: 300, length: 300 });
    assert_eq!(rules.lease(), lease, "a monitor that is not heard counts on it");
    assert_eq!(word(rules.still_by_hand(Term(6))), "ok");
    for (term, life, answer) in [(5, LIFE, "term"), (6, LIFE, "term"), (7, LIFE, "ok")] {
        let heard = HostTake { deed: Some(Term(6)), ..take(term, life) };
        assert_eq!(word(rules.may_take(&heard, 0)), answer, "{term}");
    }
    assert_eq!(word(rules.current(&claim(6, NOBODY))), "term");
    rules.hear(1000);
    assert_eq!(hand(&mut rules, 1000, true).unwrap().term, Term(7));
    assert_eq!(word(rules.still_by_hand(Term(6))), "term");
}

#[test]
fn a_host_is_taken_only_by_whoever_has_heard_of_what_was_done_by_hand_there_last() {
    let mut rules = taken(5, LIFE);
    hand(&mut rules, 1000, true).unwrap();
    for (deed, answer) in [(None, "term"), (Some(Term(5)), "term"), (Some(Term(6)), "ok")] {
        assert_eq!(word(rules.may_take(&HostTake { deed, ..take(9, OTHER) }, 0)), answer, "{deed:?}");
    }
    hand(&mut rules, 1000, true).unwrap();
    let before = HostTake { deed: Some(Term(6)), ..take(9, OTHER) };
    assert_eq!(word(rules.may_take(&before, 0)), "term", "another deed, in between");
}

#[test]
fn a_start_that_counts_on_the_lease_begins_only_under_one_of_that_length() {
    let mut rules = taken(1, LIFE);
    let counts = HostAct { lease_ms: Some(300), ..act(1, LIFE, 1) };
    assert_eq!(word(rules.admit(&counts, 0)), "no lease", "a service that was started anew knows of none");
    rules.renew(&HostLease { claim: claim(1, LIFE), until: until(500), length_ms: 400 }, 0).unwrap();
    assert_eq!(word(rules.admit(&counts, 0)), "no lease", "another agreement");
    rules.renew(&HostLease { claim: claim(1, LIFE), until: until(500), length_ms: 300 }, 0).unwrap();
    assert_eq!(word(rules.admit(&counts, 0)), "ok");
    rules.disarm(&claim(1, LIFE)).unwrap();
    assert_eq!(word(rules.may_begin(&counts, 0)), "no lease", "looked at once more when it begins");
}
