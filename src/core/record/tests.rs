use super::*;
use crate::core::plan::Wanted;

fn record(index: u64, term: u64, body: Body) -> Record {
    Record { index, term: Term(term), at: jiff::Timestamp::UNIX_EPOCH, body }
}

fn home() -> Home {
    use crate::core::model::{ClusterName, SiteName};
    let site = |name: &str| SiteName::new(name).unwrap();
    Home { cluster: ClusterName::new("c").unwrap(), primary: site("north"), secondary: site("south") }
}

#[test]
fn a_journal_is_not_taken_over_by_another_cluster_or_with_the_sides_swapped() {
    assert_eq!(home().differs_from(&home()), None);
    let other = Home { cluster: crate::core::model::ClusterName::new("d").unwrap(), ..home() };
    assert!(home().differs_from(&other).unwrap().contains("cluster c"));
    let swapped = Home { primary: home().secondary, secondary: home().primary, ..home() };
    assert!(home().differs_from(&swapped).unwrap().contains("north is the primary site"));
}

fn note(index: u64, term: u64) -> Record {
    record(index, term, Body::Note { text: "x".into() })
}

fn by_hand(host: &str, under: u64) -> Body {
    let who = Actor { user: "root".into(), uid: 0, pid: None };
    let deed = Deed { who, reason: "the monitor is dead".into(), what: "start app.process".into(), done: jiff::Timestamp::UNIX_EPOCH };
    Body::ByHand { host: HostName::new(host).unwrap(), under: Term(under), kept_by: Keeps::Service, deed }
}

#[test]
fn what_was_done_by_hand_holds_until_somebody_resumes_also_in_a_rotated_journal() {
    let set = |stance| Body::StanceSet { who: None, reason: None, stance };
    let who = Actor { user: "root".into(), uid: 0, pid: None };
    let paused = Stance::Paused { who, reason: "x".into(), until: None, then: Default::default() };
    let mut ledger = Ledger::default();
    for (index, body) in [(1, by_hand("a1", 7)), (2, by_hand("b1", 3)), (3, set(paused.clone()))] {
        ledger.apply(&record(index, 1, body)).unwrap();
    }
    assert!(ledger.by_hand().values().all(|mark| !mark.resumed));
    assert!(ledger.stands_still(RunId(0)) && ledger.stands_still(RunId(1)) && !ledger.stands_still(RunId(2)));
    let summary = ledger.summary().unwrap();
    let line = serde_json::to_string(&record(4, 1, Body::Summary { summary: Box::new(summary) })).unwrap();
    let mut again = Ledger::default();
    again.apply(&serde_json::from_str(&line).unwrap()).unwrap();
    assert_eq!(again.by_hand(), ledger.by_hand());
    again.apply(&record(5, 1, set(Stance::Automatic))).unwrap();
    assert!(again.by_hand().values().all(|mark| mark.resumed) && !again.stands_still(RunId(0)));
    again.apply(&record(6, 1, by_hand("a1", 9))).unwrap();
    assert_eq!(again.by_hand()[&HostName::new("a1").unwrap()].under, Term(9));
    assert!(again.stands_still(RunId(0)), "once more");
}

#[test]
fn a_gap_a_repeat_and_an_older_term_are_refused() {
    let mut ledger = Ledger::default();
    ledger.apply(&note(1, 2)).unwrap();
    assert!(matches!(ledger.apply(&note(3, 2)), Err(Contradiction::Index { expected: 2, found: 3 })));
    assert!(matches!(ledger.apply(&note(1, 2)), Err(Contradiction::Index { .. })));
    assert!(matches!(ledger.apply(&note(2, 1)), Err(Contradiction::Term { .. })));
    assert_eq!(ledger.last(), 1);
    ledger.apply(&note(2, 3)).unwrap();
    assert_eq!(ledger.term(), Term(3));
}

#[test]
fn a_rotated_journal_begins_with_a_summary_at_any_index() {
    let mut ledger = Ledger::default();
    let summary = Summary { term: Term(7), wanted: Wanted::Active(Side::Secondary), home: Some(home()), ..Summary::default() };
    ledger.apply(&record(900, 7, Body::Summary { summary: Box::new(summary.clone()) })).unwrap();
    assert_eq!(ledger.summary(), Some(summary));
    assert!(ledger.apply(&note(901, 7)).is_ok());
}

#[test]
fn records_survive_the_journals_line_format() {
    let event = RunEvent::Dispatched { step: crate::core::plan::StepId(3), way: crate::core::run::Way::Back, attempt: 2, before: None };
    let bodies = [
        Body::TermTaken { holder: "m1".into(), version: "0.1.0".into(), config: "ab".into(), home: home() },
        Body::Adopted { side: Side::Primary, evidence: "all active".into(), without: Vec::new() },
        Body::Run { run: RunId(17), event },
        by_hand("a1", 7),
    ];
    for body in bodies {
        let before = record(5, 1, body);
        let line = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), before, "{line}");
    }
    assert_eq!("r17".parse::<RunId>().unwrap(), RunId(17));
    assert!("x17".parse::<RunId>().is_err());
}

#[test]
fn an_entry_of_before_checks_had_names_is_read() {
    let cluster = crate::core::testing::shop();
    let picture = crate::core::testing::picture(&cluster, &crate::core::testing::wanted(&cluster, Some(Side::Primary)));
    let command = Command::Switchover { to: None };
    let plan = crate::core::testing::plan(&cluster, Wanted::Active(Side::Primary), &picture, &command, "cfg").unwrap();
    let who = Actor { user: "alice".into(), uid: 7, pid: None };
    let body = Body::RunOpened { who, reason: None, hash: "ab".into(), plan: Box::new(plan), decision: None, unserved_ms: None };
    let record = Record { index: 1, term: Term(1), at: jiff::Timestamp::UNIX_EPOCH, body };
    let mut old = serde_json::to_value(&record).unwrap();
    for (number, check) in old["plan"]["checks"].as_array_mut().unwrap().iter_mut().enumerate() {
        let check = check.as_object_mut().unwrap();
        check.remove("id");
        check.insert("verdict".into(), ["ok", "warn", "unknown", "veto"][number % 4].into());
    }
    let read: Record = serde_json::from_value(old).unwrap();
    let Body::RunOpened { plan, .. } = &read.body else { panic!("{read:?}") };
    assert_eq!(plan.checks[1].verdict, crate::core::readiness::Verdict::SoftVeto);
    assert_eq!(plan.checks[3].verdict, crate::core::readiness::Verdict::HardVeto);
    assert!(plan.checks.iter().all(|check| check.id.is_empty()));
}
