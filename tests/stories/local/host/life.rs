//! Processes: started, stopped, killed, and what is left of them.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use switchtower::core::fact::State;
use switchtower::core::plan::Action;
use switchtower::wire::host::{HostAnswer, HostAsk, HostOutcome, HostOutgoing};

use super::talk::{Host, LONG, active, app, gone, kill, pid, standby};
use crate::support::wait;

fn done(outcome: &HostOutcome) -> &str {
    match outcome {
        HostOutcome::Done { detail } => detail,
        HostOutcome::Failed { .. } => panic!("{outcome:?}"),
    }
}

fn failed(outcome: &HostOutcome) -> &str {
    match outcome {
        HostOutcome::Failed { detail } => detail,
        HostOutcome::Done { .. } => panic!("{outcome:?}"),
    }
}

#[test]
fn a_process_is_started_and_stopped_and_every_act_may_be_repeated() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    assert_eq!(talk.becomes(State::Inactive).invocation, None);
    assert_eq!(done(&talk.stop()), "was not running");
    let sleeper = talk.started();
    let first = talk.fact();
    assert_eq!((first.invocation.as_ref().unwrap().len(), first.self_stop_ms), (32, None));
    assert_eq!(done(&talk.start()), format!("was running already, pid {sleeper}"));
    assert_eq!(talk.fact().invocation, first.invocation, "it was not started anew");
    assert_eq!(talk.look(standby()).state, State::Inactive);
    assert!(failed(&talk.act(Action::Start, standby())).contains("runs as the active one"));
    assert_eq!(done(&talk.act(Action::Stop, standby())), "was not running in this mode");
    assert!(!gone(sleeper));
    assert_eq!(done(&talk.stop()), "stopped");
    assert!(gone(sleeper));
    assert_eq!(talk.fact().state, State::Inactive);
    done(&talk.act(Action::Start, standby()));
    assert_eq!((talk.look(standby()).state, talk.fact().state), (State::Active, State::Inactive));
    assert_ne!(talk.look(standby()).invocation, first.invocation);
}

#[test]
fn a_follower_hears_of_a_killed_process_at_once() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    let mut follower = host.monitor();
    follower.follow(vec![active()]);
    let sleeper = talk.started();
    follower.told_of(&active(), State::Active);
    let killed = Instant::now();
    kill(sleeper, Signal::KILL);
    let (at, fact) = follower.told_of(&active(), State::Failed);
    assert!(at - killed < Duration::from_secs(1), "{:?}", at - killed);
    assert_eq!(fact.detail, "killed by SIGKILL");
    assert_eq!(talk.fact().state, State::Failed);
    talk.started();
}
