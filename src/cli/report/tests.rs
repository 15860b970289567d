use super::report;
use crate::cli::Look;
use crate::cli::testing::{Caught, caught};
use crate::client::Fake;
use crate::core::command::{Command, End, Exit};
use crate::core::model::Side;
use crate::core::plan::{Plan, StepId};
use crate::core::record::{Body, Record, RunId};
use crate::core::run::{Outcome, RunEvent, Way};
use crate::core::trigger::DecisionId;
use crate::wire::testing::{alice, note, record, run_records, shop_plan};
use crate::words::Outage;

fn switchover() -> Plan {
    shop_plan(&Command::Switchover { to: None }, Some(Side::Primary))
}

/// Records of a run, one a second, the last of them as given.
fn records(plan: &Plan, events: Vec<RunEvent>) -> Vec<Record> {
    let opened = Body::RunOpened {
        who: alice(),
        reason: None,
        hash: String::new(),
        plan: Box::new(plan.clone()),
        decision: None,
        unserved_ms: None,
    };
    let bodies = std::iter::once(opened).chain(events.into_iter().map(|event| Body::Run { run: RunId(1), event }));
    (1..).zip(bodies).map(|(index, body)| record(index, body)).collect()
}

fn sent(step: u16, way: Way) -> RunEvent {
    RunEvent::Dispatched { step: StepId(step), way, attempt: 1, before: None }
}

fn done(step: u16, way: Way) -> RunEvent {
    RunEvent::Answered { step: StepId(step), way, outcome: Outcome::Done, detail: String::new(), took_ms: 1 }
}

#[test]
fn the_outage_ends_with_the_last_start_of_the_new_side_not_with_the_standby_of_the_old() {
    let plan = switchover();
    // Entry 2 sends the first stop; step n is answered in entry 2n + 1; the last step is the old side's standby.
    let outage = Outage::measured(&run_records(1, &plan, |_| Outcome::Done, End::Done)).unwrap();
    let last_start = plan.steps.iter().rev().find(|s| s.side == Side::Secondary).unwrap().id.0;
    assert!(usize::from(last_start) < plan.steps.len());
    assert_eq!(outage.ms(), Some(u64::from(2 * last_start + 1 - 2) * 1000));
}

#[test]
fn of_a_run_that_was_undone_the_outage_ends_when_the_old_side_serves_again() {
    let end = RunEvent::Closed { end: End::NothingChanged { why: String::new() } };
    let back = RunEvent::TurnedBack { why: String::new() };
    let events = vec![sent(1, Way::Forth), done(1, Way::Forth), back, sent(1, Way::Back), done(1, Way::Back), end];
    assert_eq!(Outage::measured(&records(&switchover(), events)).unwrap().ms(), Some(4_000));
}

#[test]
fn an_outage_that_nobody_has_seen_end_is_not_measured() {
    let partly = || RunEvent::Closed { end: End::Partly { why: String::new(), left: Vec::new() } };
    for events in [vec![sent(1, Way::Forth), done(1, Way::Forth)], vec![sent(1, Way::Forth), done(1, Way::Forth), partly()]] {
        let outage = Outage::measured(&records(&switchover(), events)).unwrap();
        assert_eq!(outage.ms(), None);
        assert_eq!(outage.to_string(), "out of service since 2027-01-15T08:00:02.000Z, at least in part");
    }
}

/// The records of a failover of which something was lost so long before.
fn failover_after(lost_ms: u64) -> Vec<Record> {
    let mut records = run_records(1, &switchover(), |_| Outcome::Done, End::Done);
    let Body::RunOpened { unserved_ms, .. } = &mut records[0].body else { panic!("no opening") };
    *unserved_ms = Some(lost_ms);
    records
}

#[test]
fn what_was_lost_before_a_run_has_not_served_since_its_last_sign_of_life() {
    let whole = Outage::measured(&run_records(1, &switchover(), |_| Outcome::Done, End::Done)).unwrap().ms().unwrap();
    let outage = Outage::measured(&failover_after(2_500)).unwrap();
    // The first stop is sent a second after the opening.
    assert_eq!(outage.ms(), Some(whole + 1_000 + 2_500));
    assert!(outage.to_string().ends_with(", from the last sign of life on"), "{outage}");
}

#[test]
fn a_clock_that_was_set_back_in_a_run_measures_nothing_and_says_so() {
    let mut records = run_records(1, &switchover(), |_| Outcome::Done, End::Done);
    let middle = records.len() / 2;
    for record in &mut records[middle..] {
        record.at = record.at.checked_sub(std::time::Duration::from_secs(3_600)).unwrap();
    }
    let outage = Outage::measured(&records).unwrap();
    assert_eq!(outage.ms(), None);
    assert!(outage.to_string().contains("the clock was set back"), "it is over all the same: {outage}");
}

#[test]
fn a_start_of_a_stopped_cluster_interrupts_nothing() {
    let plan = shop_plan(&Command::Start { site: None }, None);
    assert_eq!(Outage::measured(&run_records(1, &plan, |_| Outcome::Done, End::Done)), None);
}

#[tokio::test]
async fn a_report_has_who_why_what_and_how_long() {
    let plan = switchover();
    let fake = Fake::with_records(run_records(5, &plan, |_| Outcome::Done, End::Done));
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    assert_eq!(report(&fake, Some(RunId(5)), &mut out).await, Exit::Done);
    let text = stdout.text();
    for line in [
        "# Run r5: make south active; north gives up its role",
        "- Outcome: done",
        "- Outage: measured outage 17 s",
        "- Asked for by: alice (uid 1000)",
        "- Reason: drill",
        "- Opened: 2027-01-15T08:00:05.000Z",
        "- Took: 21 s",
        &format!("- Plan: {}", plan.hash().as_str()),
        "| 1 | web | a1 | `systemctl stop web.service` | done | 1.5 s | 1 |",
        "- 2027-01-15T08:00:07.000Z run r5: step 1 of 10 (stop web on a1) done after 1.5 s",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
}

#[tokio::test]
async fn switched_and_serving_are_two_words_and_the_outage_ends_with_the_second() {
    let plan = switchover();
    let said = async |failing: Option<Vec<String>>| {
        let mut records = run_records(5, &plan, |_| Outcome::Done, End::Done);
        if let Body::RunOpened { decision, .. } = &mut records[0].body {
            *decision = Some(DecisionId(4));
        }
        let next = records.last().unwrap().index + 1;
        let serving = failing.map(|failing| record(next + 1, Body::Serving { run: RunId(5), after_ms: 2_500, failing }));
        let fake = Fake::with_records(records.into_iter().chain([note(next)]).chain(serving));
        let Caught { mut out, stdout, .. } = caught(Look::PIPE);
        assert_eq!(report(&fake, Some(RunId(5)), &mut out).await, Exit::Done);
        stdout.text()
    };
    // The run is over 21 s after its opening; its first stop was sent in the second after it.
    for (failing, service, outage) in [
        (Some(Vec::new()), "switched, and serving 2.5 s after the end of the run", "measured outage 22 s"),
        (
            Some(vec!["db: refused".to_owned()]),
            "switched, and not serving 2.5 s after the end of the run: db: refused",
            "out of service since 2027-01-15T08:00:06.000Z, at least in part",
        ),
        (None, "switched; the journal does not say whether anything answered", "measured outage 17 s"),
    ] {
        let text = said(failing).await;
        for line in
            [format!("- Service: {service}"), format!("- Outage: {outage}"), "- Decision: d4, explained by switchtower why d4".into()]
        {
            assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
        }
    }
}

#[tokio::test]
async fn a_run_that_the_monitor_has_forgotten_is_reported_from_the_journal() {
    let fake = Fake::with_records(run_records(5, &switchover(), |_| Outcome::Done, End::Done));
    let said = async |run| {
        let Caught { mut out, stdout, .. } = caught(Look::PIPE);
        (report(&fake, run, &mut out).await, stdout.text())
    };
    let known = said(Some(RunId(5))).await;
    fake.with(|books| books.forgetful = true);
    assert_eq!(said(Some(RunId(5))).await, known);
    assert_eq!(said(Some(RunId(6))).await, (Exit::Refused, String::new()));
}

#[tokio::test]
async fn what_a_host_says_cannot_break_the_table() {
    let plan = switchover();
    let mut records = run_records(5, &plan, |_| Outcome::Done, End::Done);
    if let Body::Run { event: RunEvent::Answered { detail, .. }, .. } = &mut records[2].body {
        *detail = "a | b `c` <script>\n".into();
    }
    let fake = Fake::with_records(records);
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    report(&fake, None, &mut out).await;
    assert!(stdout.text().contains(r"| done: a \| b \`c\` \<script\>  | 1.5 s | 1 |"), "{}", stdout.text());
}

#[tokio::test]
async fn the_json_of_a_report_has_the_same_content() {
    let fake = Fake::with_records(run_records(5, &switchover(), |_| Outcome::Done, End::Done));
    let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
    report(&fake, None, &mut out).await;
    let said: serde_json::Value = serde_json::from_str(&stdout.text()).unwrap();
    assert_eq!((&said["run"]["run"], &said["outage"]["ms"]), (&"r5".into(), &17_000.into()));
    assert_eq!(said["records"].as_array().unwrap().len(), 22);
}
