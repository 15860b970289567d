//! Who may act: terms, lives of monitors, numbers and times.

use rustix::process::Signal;
use switchtower::core::fact::State;
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::wire::host::*;

use super::talk::{Answer, Host, LIFE, LONG, OTHER_LIFE, Talk, active, claim, standby};

fn refused(answer: Answer) -> HostRefusal {
    *answer.expect_err("it was not refused")
}

#[test]
fn an_older_term_and_another_life_under_the_same_are_refused_also_by_a_later_service() {
    let mut host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(5);
    for again in [false, true] {
        if again {
            host.service().signal(Signal::TERM);
            host.service().ends_within(LONG);
            host.begin();
            talk = host.monitor();
        }
        for (term, life) in [(4, LIFE), (5, OTHER_LIFE), (4, OTHER_LIFE)] {
            let refusal = refused(talk.take(claim(term, life)));
            let keeper = Keeper { term: Term(5), identity: LIFE.into(), by_hand: None };
            assert_eq!(refusal.kind, HostRefusalKind::Term { keeper }, "{refusal}");
        }
        talk.take(claim(5, LIFE)).unwrap();
    }
    let mut newer = host.keeper(6);
    newer.started();
    talk.term = 5;
    let old = talk.act_ask(Action::Stop, active(), 1000);
    assert!(matches!(refused(talk.ask(HostAsk::Act(old))).kind, HostRefusalKind::Term { .. }));
    assert_eq!(newer.fact().state, State::Active);
}

#[test]
fn what_comes_late_twice_or_after_its_settling_does_nothing() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    let act = |talk: &mut Talk, number: u64| HostAct { number, ..talk.act_ask(Action::Start, active(), 5000) };
    let mut late = act(&mut talk, 1);
    late.not_after.boot_ms = 1;
    assert_eq!(refused(talk.ask(HostAsk::Act(late.clone()))).kind, HostRefusalKind::Late);
    let mut elsewhere = late.clone();
    elsewhere.not_after.boot_id = "another".into();
    assert_eq!(refused(talk.ask(HostAsk::Act(elsewhere))).kind, HostRefusalKind::OtherBoot);
    let mut unknown = act(&mut talk, 2);
    unknown.process = switchtower::core::model::Process::active("nobody").unwrap();
    assert_eq!(refused(talk.ask(HostAsk::Act(unknown))).kind, HostRefusalKind::NoProcess);
    let settle = HostSettle { claim: claim(1, LIFE), number: 7, process: active(), wait_ms: 5000 };
    let HostAnswer::Settled { fact } = talk.ask(HostAsk::Settle(settle)).unwrap() else { panic!("not settled") };
    assert_eq!(fact.state, State::Inactive);
    for number in [3, 7] {
        let void = act(&mut talk, number);
        assert_eq!(refused(talk.ask(HostAsk::Act(void))).kind, HostRefusalKind::Superseded, "{number}");
    }
    let mut not_yet = act(&mut talk, 9);
    not_yet.claim.term = Term(2);
    assert_eq!(refused(talk.ask(HostAsk::Act(not_yet))).kind, HostRefusalKind::NotTaken);
    assert_eq!(talk.fact().invocation, None, "nothing was ever started");
    let good = act(&mut talk, 8);
    talk.ask(HostAsk::Act(good.clone())).unwrap();
    assert_eq!(refused(talk.ask(HostAsk::Act(good))).kind, HostRefusalKind::Superseded);
}

#[test]
fn a_settling_waits_for_the_act_under_way_and_ends_those_that_wait() {
    let host = Host::new(&super::talk::app("exec sleep 1000", "ready = \"400ms\"\nstop_timeout = \"1s\""));
    let mut talk = host.keeper(1);
    let start = talk.act_ask(Action::Start, active(), 5000);
    let stop = talk.act_ask(Action::Stop, active(), 5000);
    let (first, second) = (talk.begin(HostAsk::Act(start)), talk.begin(HostAsk::Act(stop)));
    host.monitor().becomes(State::Starting);
    let mut settle = HostSettle { claim: claim(1, LIFE), number: 3, process: active(), wait_ms: 0 };
    let HostAnswer::Settled { fact } = talk.ask(HostAsk::Settle(settle.clone())).unwrap() else { panic!("not settled") };
    assert_eq!(fact.state, State::Starting, "it did not want to wait");
    (settle.number, settle.wait_ms) = (4, 10_000);
    let third = talk.begin(HostAsk::Settle(settle));
    assert!(matches!(talk.answer(first), Ok(HostAnswer::Acted(HostOutcome::Done { .. }))));
    assert_eq!(refused(talk.answer(second)).kind, HostRefusalKind::Superseded);
    let Ok(HostAnswer::Settled { fact }) = talk.answer(third) else { panic!("not settled") };
    assert_eq!(fact.state, State::Active);
}

#[test]
fn a_settling_says_nothing_of_a_process_whose_start_waits_for_what_runs_in_the_other_mode() {
    let host = Host::new(&super::talk::app("trap '' TERM; while :; do sleep 0.05; done", "stop_timeout = \"3s\""));
    let mut talk = host.keeper(1);
    talk.act(Action::Start, standby());
    let stop = talk.act_ask(Action::Stop, standby(), 100);
    let _ = talk.ask(HostAsk::Act(stop)).unwrap();
    let start = talk.act_ask(Action::Start, active(), 20_000);
    let first = talk.begin(HostAsk::Act(start));
    let behind = talk.act_ask(Action::Start, active(), 50);
    let HostAnswer::Acted(HostOutcome::Failed { detail }) = talk.ask(HostAsk::Act(behind)).unwrap() else { panic!("it began") };
    assert!(detail.contains("another act was under way"), "the first one has begun: {detail}");
    let settle = HostSettle { claim: claim(1, LIFE), number: 100, process: active(), wait_ms: 100 };
    let HostAnswer::Settled { fact } = talk.ask(HostAsk::Settle(settle)).unwrap() else { panic!("not settled") };
    assert_eq!(fact.state, State::Unknown, "it is about to start: {}", fact.detail);
    let ended = talk.answer(first);
    assert!(matches!(ended, Ok(HostAnswer::Acted(HostOutcome::Done { .. }))), "{ended:?}");
}

#[test]
fn nothing_is_done_under_a_term_that_cannot_be_recorded() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    // Root may write anywhere, but not through a folder that is in the way.
    std::fs::create_dir(host.state().join("term.new")).unwrap();
    let refusal = refused(talk.take(claim(2, LIFE)));
    assert_eq!(refusal.kind, HostRefusalKind::Record, "{refusal}");
    talk.term = 2;
    let act = talk.act_ask(Action::Start, active(), 1000);
    assert_eq!(refused(talk.ask(HostAsk::Act(act))).kind, HostRefusalKind::NotTaken);
    let hand = HostByHand { process: active(), action: Action::Start, reason: "x".into(), timeout_ms: 1000, despite_monitor: true };
    assert_eq!(refused(host.person().ask(HostAsk::ByHand(hand))).kind, HostRefusalKind::Record);
    assert_eq!(talk.fact().invocation, None);
    talk.term = 1;
    talk.started();
    std::fs::remove_dir(host.state().join("term.new")).unwrap();
    talk.take(claim(2, LIFE)).unwrap();
}

#[test]
fn a_folder_has_one_service_and_another_cluster_is_refused() {
    let host = Host::shell("exec sleep 1000");
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_switchtower"));
    let output = crate::support::proc::run(second.args(["host", "run", "--file"]).arg(host.file()), LONG);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("another host service runs on this host"), "{said}");
    let refusal = Talk::hello(&host.socket(), Some("bakery")).err().unwrap();
    assert_eq!(refusal.kind, HostRefusalKind::OtherCluster);
    host.monitor();
}
