use super::Narrator;
use crate::core::command::{Command, End, Reason};
use crate::core::model::{HostName, Initiative, Side, SiteName};
use crate::core::record::{Body, Deed, Keeps, Record, RunId, Stance, Term};
use crate::core::run::Outcome;
use crate::core::trigger::{Acts, Choice, DecisionId};
use crate::wire::testing::{alice, at, decided, record, run_records, shop_plan, situation};

fn said(record: &Record) -> String {
    Narrator::default().sentence(record).1
}

fn failover() -> Command {
    Command::Failover { to: SiteName::new("south").unwrap() }
}

#[test]
fn a_decision_says_whether_it_is_carried_out_would_be_or_is_held_back_and_why() {
    let act = || Choice::Act { command: failover(), plan: "ab".repeat(32) };
    let reasons = || vec![Reason::new("a1 is silent and has no fence device", "fence it"), Reason::new("b1 is silent too", "mend it")];
    for (choice, acts, sentence) in [
        (Choice::Quiet, Acts::Nothing, "decision d17: nothing is to be done"),
        (act(), Acts::Does, "decision d17: failover to south: db is down on a1"),
        (act(), Acts::Would, "decision d17: would do failover to south: db is down on a1"),
        (
            Choice::Hold { wants: Some(failover()), reasons: reasons() },
            Acts::Nothing,
            "decision d17: holds failover to south back: a1 is silent and has no fence device; b1 is silent too",
        ),
        (Choice::Hold { wants: None, reasons: reasons()[1..].to_vec() }, Acts::Nothing, "decision d17: holds: b1 is silent too"),
    ] {
        assert_eq!(said(&decided(17, choice, acts, "db is down on a1", situation("cafe"))), sentence);
    }
}

#[test]
fn a_mode_says_who_wanted_it_why_and_until_when() {
    let paused = |until| Stance::Paused { who: alice(), reason: "drill".into(), until, then: Initiative::Automatic };
    let because = Some("drill".to_owned());
    for (who, reason, stance, sentence) in [
        (Some(alice()), None, Stance::Automatic, "mode: automatic (set by alice (uid 1000))"),
        (Some(alice()), because.clone(), Stance::ObserveOnly, "mode: observe-only (set by alice (uid 1000), because: drill)"),
        (
            Some(alice()),
            because.clone(),
            paused(Some(at(60))),
            "mode: paused until 2027-01-15T08:01:00Z (set by alice (uid 1000), because: drill)",
        ),
        (Some(alice()), because, paused(None), "mode: paused until somebody resumes it (set by alice (uid 1000), because: drill)"),
        (None, None, Stance::Automatic, "mode: automatic (its end has come)"),
    ] {
        assert_eq!(said(&record(3, Body::StanceSet { who, reason, stance })), sentence);
    }
}

#[test]
fn acknowledgement_return_what_was_done_by_hand_and_service_have_their_sentences() {
    let host = HostName::new("a1").unwrap();
    let deed = Deed { who: alice(), reason: "the monitor is dead".into(), what: "start app.process".into(), done: at(5) };
    let failing = vec!["db: connection refused".to_owned(), "web: no answer within 2 s".to_owned()];
    for (body, sentence) in [
        (
            Body::Acknowledged { who: alice(), reason: Some("seen".into()), run: RunId(7) },
            "failover r7 acknowledged by alice (uid 1000), because: seen",
        ),
        (
            Body::ByHand { host: host.clone(), under: Term(7), kept_by: Keeps::Guard, deed },
            "a1 was operated by hand under term 7: start app.process by alice (uid 1000) at 2027-01-15T08:00:05.000Z, because: the monitor is dead",
        ),
        (Body::Returned { host, boot_id: "b00".into() }, "a1 answers again after it was fenced (boot b00)"),
        (Body::Serving { run: RunId(7), after_ms: 1_200, failing: Vec::new() }, "run r7: serving, 1.2 s after its end"),
        (
            Body::Serving { run: RunId(7), after_ms: 30_000, failing },
            "run r7: switched, and not serving 30 s after its end: db: connection refused; web: no answer within 2 s",
        ),
    ] {
        assert_eq!(said(&record(9, body)), sentence);
    }
}

#[test]
fn a_run_of_the_monitor_names_the_decision_behind_it() {
    let plan = shop_plan(&Command::Stop, Some(Side::Primary));
    let mut opened = run_records(5, &plan, |_| Outcome::Done, End::Done).remove(0);
    if let Body::RunOpened { decision, reason, .. } = &mut opened.body {
        (*decision, *reason) = (Some(DecisionId(4)), None);
    }
    assert!(said(&opened).starts_with("run r5 opened by alice (uid 1000) by decision d4: "), "{}", said(&opened));
}
