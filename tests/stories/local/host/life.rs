//! Processes: started, stopped, killed, and what is left of them.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use switchtower::core::fact::State;
use switchtower::core::plan::Action;
use switchtower::wire::host::{HostAnswer, HostAsk, HostOutcome, HostOutgoing};

use super::talk::{Host, LONG, active, app, gone, kill, standby};
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

/// The pid that a process has written to the log, after `before` others.
fn written(host: &mut Host, before: usize) -> Option<u32> {
    host.service().stderr().lines().filter_map(|line| line.parse().ok()).nth(before)
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

#[test]
fn what_left_its_session_is_found_and_stopped_with_its_process() {
    let mut host = Host::shell("setsid sh -c 'trap \"\" TERM; echo $$ >&2; while :; do sleep 1; done' & exec sleep 1000");
    let mut talk = host.keeper(1);
    let first = talk.started();
    let daemon = wait::until_some("the daemon's pid", LONG, || written(&mut host, 0));
    kill(first, Signal::KILL);
    let left = wait::until_value("what is left is told", LONG, || talk.fact(), |fact| fact.detail.contains(&daemon.to_string()));
    assert_eq!(left.state, State::Stopping, "{left:?}");
    assert!(left.detail.starts_with("ended, but "), "{left:?}");
    assert_eq!(talk.becomes(State::Failed).detail, "killed by SIGKILL");
    assert!(gone(daemon), "it does not end by SIGTERM, so it was killed");
    // The same by a stop.
    talk.started();
    wait::until_some("the second daemon's pid", LONG, || written(&mut host, 1));
    assert_eq!(done(&talk.stop()), "stopped; killed after 1 s");
    assert_eq!(talk.fact().state, State::Inactive);
}

#[test]
fn a_killed_service_leaves_nothing_behind_and_starts_nothing() {
    let mut host = Host::shell("(setsid sleep 1000 & echo $! >&2); exec sleep 1000");
    let mut talk = host.keeper(1);
    let first = talk.started();
    let daemon = wait::until_some("the daemon's pid", LONG, || written(&mut host, 0));
    let service = host.service().pid();
    kill(service, Signal::KILL);
    wait::until("the end of its process", LONG, || gone(first));
    host.service().ends_within(LONG);
    host.begin();
    // What had left the session is ended by the next life, which never calls it stopped before.
    let fact = host.monitor().becomes(State::Inactive);
    assert!(gone(daemon), "{fact:?}");
    assert_eq!(host.person().status().keeper.unwrap().term.0, 1, "the record has outlived it");
}

#[test]
fn a_service_that_is_told_to_end_ends_its_processes_and_takes_its_socket_away() {
    let mut host = Host::shell("exec sleep 1000");
    let mut talk = host.keeper(1);
    let sleeper = talk.started();
    host.service().signal(Signal::TERM);
    assert!(host.service().ends_within(LONG).success());
    assert!(gone(sleeper) && !host.socket().exists());
}

#[test]
fn arguments_and_variables_reach_the_process_unchanged_and_nothing_of_the_service() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let script = format!(
        "printf '%s\\n' \"$@\" > {0}.new; env | cut -d= -f1 | sort >> {0}.new; pwd >> {0}.new; mv {0}.new {0}; exec sleep 1000",
        out.display()
    );
    let host = Host::new(&format!(
        "[processes.app]\ncommand = [\"/bin/sh\", \"-c\", {script:?}, \"sh\", \"a b\", \"$(touch x)\", \"--\", \"-x\", \"'\\\"\", \"\"]\ndirectory = \"/usr\"\nenvironment = {{ OWN = \"a b\" }}\n"
    ));
    host.keeper(1).started();
    let text = wait::until_some("the process's report", LONG, || std::fs::read_to_string(&out).ok());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..6], ["a b", "$(touch x)", "--", "-x", "'\"", ""]);
    let known = [
        "HOME",
        "LANG",
        "OWN",
        "PATH",
        "PWD",
        "SWITCHTOWER_KEPT_BY",
        "SWITCHTOWER_MODE",
        "SWITCHTOWER_PROCESS",
        "SWITCHTOWER_START",
        "USER",
    ];
    let (variables, folder) = lines[6..].split_at(lines.len() - 7);
    assert!(variables.iter().all(|name| known.contains(name)), "{variables:?}");
    assert!(variables.contains(&"OWN") && variables.contains(&"SWITCHTOWER_MODE"), "{variables:?}");
    assert_eq!(folder, ["/usr"]);
}

#[test]
fn a_start_is_done_when_the_process_says_so_and_given_up_when_it_does_not() {
    let host = Host::new(
        "[processes.app]\ncommand = [\"/usr/bin/perl\", \"-MSocket\", \"-e\", 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0); send($s, $ENV{SWITCHTOWER_MODE} eq \"active\" ? \"READY=1\" : \"READY=0\", 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET})) or die $!; sleep 1000']\nready = \"notify\"\n",
    );
    let mut talk = host.keeper(1);
    talk.started();
    done(&talk.stop());
    let act = talk.act_ask(Action::Start, standby(), 300);
    let Ok(HostAnswer::Acted(outcome)) = talk.ask(HostAsk::Act(act)) else { panic!("no answer") };
    assert_eq!(failed(&outcome), "not ready within 300 ms: it is stopped again");
    let fact = wait::until_value("its end", LONG, || talk.look(standby()), |fact| fact.state == State::Failed);
    assert_eq!(fact.detail, "not ready within 300 ms");
}

#[test]
fn what_cannot_be_executed_fails_with_why() {
    let mut host = Host::new(
        "[processes.app]\ncommand = [\"/no/such program\"]\nready = \"10s\"\n[processes.b]\ncommand = [\"/bin/true\"]\ndirectory = \"/no/folder\"\n",
    );
    let mut talk = host.keeper(1);
    assert!(failed(&talk.start()).starts_with("exit code 127"));
    let why = host.service().stderr();
    assert!(why.contains("/no/such program cannot be executed: No such file"), "{why}");
    let b = switchtower::core::model::Process::active("b").unwrap();
    assert!(failed(&talk.act(Action::Start, b)).contains("/no/folder"));
}

#[test]
fn a_follower_hears_of_every_end_or_is_told_to_look() {
    let host = Host::new(&app("exit 0", "ready = \"0ms\""));
    let mut talk = host.keeper(1);
    let mut follower = host.monitor();
    follower.follow(vec![active(), standby()]);
    for _ in 0..20 {
        talk.start();
        talk.becomes(State::Inactive);
    }
    let mut told = 0;
    while told < 20 {
        match follower.told().1 {
            HostOutgoing::Changed { process, fact } if process == active() && fact.state == State::Inactive => told += 1,
            HostOutgoing::Resync => break,
            HostOutgoing::Changed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}
