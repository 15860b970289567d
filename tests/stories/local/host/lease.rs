//! A host that stops what is active by itself, once no holder of the lease is heard.

use std::time::{Duration, Instant};

use switchtower::core::fact::State;
use switchtower::core::plan::Action;
use switchtower::wire::host::*;

use super::talk::{Answer, Host, LIFE, Talk, active, claim, gone, standby};

/// How long a sign of life holds here, in milliseconds.
const LENGTH: u64 = 600;

fn look(talk: &mut Talk, until_ms: u64) -> Answer {
    let until = talk.until_plain(until_ms);
    let lease = HostLease { claim: claim(talk.term, LIFE), until, length_ms: LENGTH };
    talk.ask(HostAsk::Look(HostLook { processes: vec![active()], lease: Some(lease), disarm: None }))
}

#[test]
fn without_a_sign_of_life_active_processes_are_stopped_in_time_and_only_those() {
    let host = Host::new(
        "[processes.app]\ncommand = [\"/bin/sh\", \"-c\", \"trap '' TERM; while :; do sleep 1; done\"]\nready = \"0ms\"\nstop_timeout = \"300ms\"\n[processes.b]\ncommand = [\"/bin/sleep\", \"1000\"]\nready = \"0ms\"\n",
    );
    let mut talk = host.keeper(1);
    let stubborn = talk.started();
    let other = switchtower::core::model::Process { name: switchtower::core::model::ProcessName::new("b").unwrap(), ..standby() };
    talk.act(Action::Start, other.clone());
    let mut follower = host.monitor();
    follower.follow(vec![active()]);
    let armed = Instant::now();
    let Ok(HostAnswer::Looked { facts, .. }) = look(&mut talk, 60_000) else { panic!("no look") };
    assert_eq!(facts[0].self_stop_ms, Some(LENGTH + 300 + 2000));
    let (at, fact) = follower.told_of(&active(), State::Inactive);
    let took = at - armed;
    assert!(took >= Duration::from_millis(LENGTH) && took < Duration::from_millis(LENGTH + 300 + 2000), "{took:?}");
    assert!(fact.detail.starts_with("stopped by its host: no monitor heard for 600 ms"), "{fact:?}");
    assert!(gone(stubborn));
    // A connection that never used the claim neither renews nor disarms.
    assert_eq!(host.monitor().look(other).state, State::Active);
    let refused = talk.start();
    assert!(matches!(&refused, HostOutcome::Failed { detail } if detail.contains("no monitor that holds the lease")), "{refused:?}");
    look(&mut talk, 60_000).unwrap();
    assert!(matches!(talk.start(), HostOutcome::Done { .. }));
}

#[test]
fn a_late_sign_of_life_does_not_hold_longer_and_a_look_without_one_changes_nothing() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    talk.started();
    // It was sent long ago: the clock of then.
    let mut lease = HostLease { claim: claim(1, LIFE), until: talk.until_plain(0), length_ms: LENGTH };
    lease.claim.term = switchtower::core::record::Term(9);
    let ask = HostAsk::Look(HostLook { processes: vec![], lease: Some(lease.clone()), disarm: None });
    assert_eq!(talk.ask(ask).unwrap_err().kind, HostRefusalKind::NotTaken);
    lease.claim.term = switchtower::core::record::Term(1);
    lease.until.boot_id = "another".into();
    let ask = HostAsk::Look(HostLook { processes: vec![], lease: Some(lease), disarm: None });
    assert_eq!(talk.ask(ask).unwrap_err().kind, HostRefusalKind::OtherBoot);
    assert_eq!(host.monitor().fact().self_stop_ms, None);
    look(&mut talk, 60_000).unwrap();
    assert!(host.monitor().fact().self_stop_ms.is_some());
    assert!(talk.fact().self_stop_ms.is_some(), "the holder looks without one, and changes nothing");
    talk.ask(HostAsk::Look(HostLook { processes: vec![], lease: None, disarm: Some(claim(1, LIFE)) })).unwrap();
    assert_eq!(talk.fact().self_stop_ms, None, "the holder says that it is not wanted any more");
    look(&mut talk, 0).unwrap();
    let fact =
        crate::support::wait::until_value("its stop", super::talk::LONG, || host.monitor().fact(), |fact| fact.state == State::Inactive);
    assert!(fact.detail.starts_with("stopped by its host"), "{fact:?}");
}

#[test]
fn a_start_that_had_to_wait_does_not_begin_once_the_lease_is_over() {
    let host = Host::new(&super::talk::app("trap '' TERM; while :; do sleep 0.05; done", "stop_timeout = \"2s\""));
    let mut talk = host.keeper(1);
    talk.act(Action::Start, standby());
    let stop = talk.act_ask(Action::Stop, standby(), 100);
    talk.ask(HostAsk::Act(stop)).unwrap();
    look(&mut talk, 60_000).unwrap();
    let HostOutcome::Failed { detail } = talk.act(Action::Start, active()) else { panic!("it was started") };
    assert!(detail.starts_with("not started: no monitor that holds the lease"), "{detail}");
    assert_eq!(talk.fact().invocation, None, "nothing active was ever started");
}
