use super::*;
use crate::core::model::Ready;
use crate::host::exit::Exit;
use crate::host::machine::Event;
use std::time::Duration;

const ACTIVE: ProcessMode = ProcessMode::Active;
const STANDBY: ProcessMode = ProcessMode::Standby;

/// A machine after these events; one of which nothing is left is idle.
fn machine(events: &[Event]) -> Machine {
    let (mut machine, _) = Machine::new(Ready::Notify, Duration::from_secs(1), 0);
    gone(&mut machine);
    events.iter().for_each(|event| drop(machine.apply(event.clone(), 1)));
    machine
}

fn gone(machine: &mut Machine) {
    while !machine.idle() {
        machine.apply(Event::Tick, 0);
        machine.apply(Event::Left(vec![]), 0);
    }
}

fn running(mode: ProcessMode) -> Machine {
    machine(&[Event::Start { mode, invocation: "i".into() }, Event::Launched(7), Event::Ready])
}

fn starting() -> Machine {
    machine(&[Event::Start { mode: ACTIVE, invocation: "i".into() }, Event::Launched(7)])
}

fn act(action: Action, mode: ProcessMode) -> Act {
    Act::new(action, mode, 100, 50, false)
}

fn said(next: Next) -> String {
    match next {
        Next::End(HostOutcome::Done { detail }) => format!("done: {detail}"),
        Next::End(HostOutcome::Failed { detail }) => format!("failed: {detail}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn acts_are_done_once_and_what_is_done_already_is_done() {
    for (action, mode, machine, now, next) in [
        (Action::Start, ACTIVE, machine(&[]), 0, "Start"),
        (Action::Start, ACTIVE, machine(&[]), 100, "failed: not started: no time was left"),
        (Action::Start, ACTIVE, running(ACTIVE), 0, "done: was running already, pid 7"),
        (Action::Start, STANDBY, running(ACTIVE), 0, "failed: not started: it runs as the active one; stop that first"),
        (Action::Stop, ACTIVE, machine(&[]), 0, "done: was not running"),
        (Action::Stop, STANDBY, running(ACTIVE), 0, "done: was not running in this mode"),
        (Action::Stop, ACTIVE, running(ACTIVE), 0, "Stop(Asked)"),
        (Action::Stop, ACTIVE, starting(), 0, "Stop(Asked)"),
    ] {
        assert_eq!(said(act(action, mode).next(&machine, now)), next);
    }
}

#[test]
fn a_start_that_is_not_ready_in_time_is_given_up_and_stopped() {
    let mut start = act(Action::Start, ACTIVE);
    assert_eq!(start.next(&machine(&[]), 0), Next::Start);
    let machine = starting();
    assert_eq!(start.next(&machine, 99), Next::Wait);
    let detail = "not ready within 50 ms: it is stopped again".to_owned();
    assert_eq!(start.next(&machine, 100), Next::GiveUp(Why::NotReady(50), HostOutcome::Failed { detail }));
}

#[test]
fn a_start_that_ends_fails_with_how_it_ended() {
    let mut start = act(Action::Start, ACTIVE);
    start.next(&machine(&[]), 0);
    let mut machine = starting();
    machine.apply(Event::Exited(Exit::Code(3)), 2);
    assert_eq!(start.next(&machine, 3), Next::Wait);
    gone(&mut machine);
    assert_eq!(said(start.next(&machine, 3)), "failed: exit code 3");
}

#[test]
fn a_stop_waits_for_what_ends_and_says_when_it_does_not() {
    let mut stop = act(Action::Stop, ACTIVE);
    let mut machine = running(ACTIVE);
    assert_eq!(stop.next(&machine, 0), Next::Stop(Why::Asked));
    machine.apply(Event::Stop(Why::Asked), 1);
    assert_eq!(stop.next(&machine, 1), Next::Wait);
    assert_eq!(said(stop.next(&machine, 100)), "failed: has not ended within 50 ms: stopping, pid 7");
    machine.apply(Event::Exited(Exit::Signal(15)), 2);
    gone(&mut machine);
    assert_eq!(said(stop.next(&machine, 3)), "done: stopped");
}

#[test]
fn a_person_who_starts_one_mode_stops_the_other_first() {
    let mut start = Act::new(Action::Start, ACTIVE, 100, 50, true);
    let mut machine = running(STANDBY);
    assert_eq!(start.next(&machine, 0), Next::Stop(Why::Asked));
    machine.apply(Event::Stop(Why::Asked), 1);
    assert_eq!(start.next(&machine, 1), Next::Wait);
    machine.apply(Event::Exited(Exit::Signal(15)), 2);
    gone(&mut machine);
    assert_eq!(start.next(&machine, 3), Next::Start);
}
