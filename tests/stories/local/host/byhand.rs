//! People who act on a host while no monitor is left, by the verbs.

use std::process::{Command, Output};

use serde_json::Value;
use switchtower::core::fact::State;
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::wire::host::*;

use super::talk::{Host, LIFE, LONG, active, claim, standby};
use crate::support::proc;

fn verb(host: &Host, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchtower"));
    let Output { status, stdout, stderr } = proc::run(command.arg("host").args(words).arg("--file").arg(host.file()), LONG);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_person_promotes_a_standby_and_monitors_find_a_newer_term() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(4);
    talk.act(Action::Start, standby());
    let (code, _, said) = verb(&host, &["start", "app", "--reason", "fire", "--confirm", "app"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("a monitor was heard") && said.contains("--despite-monitor"), "{said}");
    assert_eq!(talk.look(standby()).state, State::Active);

    let (code, out, said) = verb(&host, &["start", "app", "--reason", "fire", "--despite-monitor", "--dry-run"]);
    assert_eq!(code, 0, "{said}");
    assert!(out.contains("when no monitor is left") && out.contains("newer term") && out.contains("stopped first"), "{out}");
    let (code, _, said) = verb(&host, &["start", "app", "--reason", "fire", "--despite-monitor"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("--despite-monitor --confirm app"), "{said}");
    assert_eq!(host.person().status().keeper.unwrap().term, Term(4), "nothing was done so far");

    let (code, out, said) = verb(&host, &["start", "app", "--reason", "fire", "--despite-monitor", "--confirm", "app", "--json"]);
    assert_eq!(code, 0, "{said}");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["outcome"], &document["term"]), (&"done".into(), &5.into()));
    assert_eq!((talk.fact().state, talk.look(standby()).state), (State::Active, State::Inactive));
    let keeper = host.person().status().keeper.unwrap();
    let hand = keeper.by_hand.unwrap();
    assert_eq!((hand.reason.as_str(), hand.what.as_str(), keeper.identity.as_str()), ("fire", "start app.process", "0000000000000000"));

    let old = talk.act_ask(Action::Stop, active(), 1000);
    assert!(matches!(talk.ask(HostAsk::Act(old)).unwrap_err().kind, HostRefusalKind::Term { .. }));
    assert!(talk.take(claim(5, LIFE)).is_err(), "an equal term is not enough");
    talk.take(claim(6, LIFE)).unwrap();
}

#[test]
fn what_a_person_starts_after_a_self_stop_goes_on_until_a_monitor_is_heard_again() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    talk.started();
    let lease = HostLease { claim: claim(1, LIFE), until: talk.until_plain(0), length_ms: 100 };
    talk.ask(HostAsk::Look(HostLook { processes: vec![], lease: Some(lease), disarm: None })).unwrap();
    host.monitor().becomes(State::Inactive);
    let hand = HostByHand { process: active(), action: Action::Start, reason: "x".into(), timeout_ms: 5000, despite_monitor: true };
    let answer = host.person().ask(HostAsk::ByHand(hand.clone())).unwrap();
    assert!(matches!(answer, HostAnswer::ByHand { term: Term(2), outcome: HostOutcome::Done { .. } }), "{answer:?}");
    let status = host.person().status();
    assert_eq!((status.lease_ms, status.processes[0].fact.state), (Some(100), State::Active));
    assert_eq!(talk.ask(HostAsk::ByHand(hand)).unwrap_err().kind, HostRefusalKind::BadRequest, "a monitor has its own claim");
}

#[test]
fn the_status_of_a_host_is_shown_and_its_file_is_checked() {
    let mut host = Host::shell("exec sleep 1000");
    host.keeper(3).started();
    let (code, out, _) = verb(&host, &["status"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("term 3: taken by the monitor's life 0123456789abcdef")
            && out.contains("app: active, as the active one  running, pid "),
        "{out}"
    );
    let (_, out, _) = verb(&host, &["status", "--json"]);
    assert_eq!(serde_json::from_str::<HostStatus>(&out).unwrap().keeper.unwrap().term, Term(3));
    assert_eq!(verb(&host, &["check"]).0, 0);
    let (code, _, said) = verb(&host, &["stop", "nobody", "--reason", "x", "--confirm", "nobody"]);
    assert!(code == 3 && said.contains("there are: app"), "{said}");
    host.service().signal(rustix::process::Signal::TERM);
    host.service().ends_within(LONG);
    assert_eq!((verb(&host, &["status"]).0, verb(&host, &["stop", "app", "--reason", "x", "--confirm", "app"]).0), (6, 3));
    std::fs::write(host.file(), "[host").unwrap();
    assert_eq!(verb(&host, &["check"]).0, 3);
}
