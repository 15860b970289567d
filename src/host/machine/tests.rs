use super::*;

const ACTIVE: ProcessMode = ProcessMode::Active;

/// One that never ran and of which nothing is left, with a stop time of a second.
fn fresh(ready: Ready) -> Machine {
    let (mut machine, effects) = Machine::new(ready, Duration::from_secs(1), 0);
    assert_eq!(effects, [Effect::Terminate]);
    assert_eq!(machine.state(), State::Stopping, "nobody has looked yet");
    gone(&mut machine, 0);
    machine
}

/// Two looks that find nothing.
fn gone(machine: &mut Machine, now: u64) {
    assert_eq!(machine.apply(Event::Left(vec![]), now), []);
    let due = machine.due().unwrap();
    assert!(matches!(machine.apply(Event::Tick, due)[..], [Effect::Look | Effect::Kill]));
    assert_eq!(machine.apply(Event::Left(vec![]), due), [Effect::Release]);
    assert!(machine.idle());
}

fn start(machine: &mut Machine, now: u64) {
    assert_eq!(machine.apply(Event::Start { mode: ACTIVE, invocation: "i".into() }, now), [Effect::Launch]);
    assert_eq!(machine.apply(Event::Launched(7), now), []);
    assert!(machine.starting());
}

fn running() -> Machine {
    let mut machine = fresh(Ready::Notify);
    start(&mut machine, 10);
    machine.apply(Event::Ready, 11);
    assert_eq!((machine.state(), machine.detail().as_str()), (State::Active, "running, pid 7"));
    machine
}

#[test]
fn a_start_is_done_when_it_has_lived_or_has_said_so() {
    let mut lives = fresh(Ready::Lives(Duration::from_millis(50)));
    start(&mut lives, 100);
    assert_eq!(lives.due(), Some(150));
    lives.apply(Event::Tick, 149);
    assert_eq!((lives.state(), lives.detail().as_str()), (State::Starting, "starting, pid 7"));
    lives.apply(Event::Tick, 150);
    assert!(lives.running());
    let mut says = fresh(Ready::Notify);
    start(&mut says, 100);
    assert_eq!(says.due(), None);
}

#[test]
fn every_end_is_told_by_its_cause_once_nothing_is_left() {
    for (exit, state, detail) in [
        (Exit::Code(0), State::Inactive, "ended by itself, with exit code 0"),
        (Exit::Code(1), State::Failed, "exit code 1"),
        (Exit::Signal(9), State::Failed, "killed by SIGKILL"),
        (Exit::Signal(40), State::Failed, "killed by signal 40"),
    ] {
        let mut machine = running();
        assert_eq!(machine.apply(Event::Exited(exit), 20), [Effect::Terminate]);
        assert_eq!(machine.state(), State::Stopping);
        gone(&mut machine, 20);
        assert_eq!((machine.state(), machine.detail().as_str()), (state, detail));
    }
    for (why, state, detail) in [
        (Why::Asked, State::Inactive, "stopped"),
        (Why::NotReady(5000), State::Failed, "not ready within 5 s"),
        (Why::Unheard(15_000), State::Inactive, "stopped by its host: no monitor heard for 15 s"),
        (Why::Service, State::Inactive, "stopped, since the host service ends"),
    ] {
        let mut machine = running();
        assert_eq!(machine.apply(Event::Stop(why), 20), [Effect::Terminate]);
        assert_eq!(machine.apply(Event::Exited(Exit::Signal(15)), 21), []);
        gone(&mut machine, 22);
        assert_eq!((machine.state(), machine.detail().as_str()), (state, detail));
    }
}

#[test]
fn what_outlives_the_first_process_is_never_called_stopped_and_is_killed_in_time() {
    let mut machine = running();
    machine.apply(Event::Exited(Exit::Code(0)), 1000);
    assert_eq!(machine.apply(Event::Left(vec![8, 9]), 1001), []);
    assert_eq!((machine.state(), machine.detail().as_str()), (State::Stopping, "ended, but 2 of its processes still run (pid 8, 9)"));
    let mut now = 1001;
    let effect = loop {
        now = machine.due().unwrap().max(now);
        let effects = machine.apply(Event::Tick, now);
        assert_eq!(machine.due(), None, "one look at a time");
        if effects != [Effect::Look] {
            break effects;
        }
        machine.apply(Event::Left(vec![9]), now);
        assert_eq!(machine.state(), State::Stopping);
    };
    assert_eq!((effect, now), (vec![Effect::Kill], 2000));
    machine.apply(Event::Left(vec![9]), now);
    assert!(machine.detail().ends_with("1 of its processes still runs (pid 9), killed"), "{}", machine.detail());
    gone(&mut machine, now + 1);
    assert_eq!(machine.state(), State::Inactive);
}

#[test]
fn one_look_that_finds_nothing_or_fails_proves_nothing() {
    let mut machine = running();
    machine.apply(Event::Stop(Why::Asked), 20);
    machine.apply(Event::Left(vec![]), 21);
    assert_eq!(machine.state(), State::Stopping, "its first process has not ended");
    machine.apply(Event::Exited(Exit::Signal(15)), 22);
    machine.apply(Event::Tick, machine.due().unwrap());
    machine.apply(Event::Unseen("no".into()), 23);
    assert!(machine.detail().contains("cannot be seen: no"), "{}", machine.detail());
    machine.apply(Event::Tick, machine.due().unwrap());
    machine.apply(Event::Left(vec![]), 100);
    machine.apply(Event::Tick, machine.due().unwrap());
    machine.apply(Event::Left(vec![3]), 100);
    assert_eq!(machine.state(), State::Stopping, "it forked while it was looked for");
    machine.apply(Event::Tick, machine.due().unwrap());
    gone(&mut machine, 200);
    assert_eq!(machine.detail(), "stopped");
}

#[test]
fn a_stop_before_it_runs_is_kept_and_what_does_not_fit_changes_nothing() {
    let mut machine = fresh(Ready::Notify);
    machine.apply(Event::Start { mode: ACTIVE, invocation: "i".into() }, 1);
    assert_eq!(machine.apply(Event::Stop(Why::Asked), 2), []);
    assert_eq!((machine.state(), machine.starting()), (State::Stopping, false));
    assert_eq!(machine.apply(Event::Launched(7), 3), [Effect::Terminate]);
    let mut failed = fresh(Ready::Notify);
    failed.apply(Event::Start { mode: ACTIVE, invocation: "i".into() }, 1);
    failed.apply(Event::NotLaunched("no such folder".into()), 2);
    assert_eq!((failed.state(), failed.detail().as_str()), (State::Failed, "no such folder"));
    for event in
        [Event::Ready, Event::Exited(Exit::Code(1)), Event::Left(vec![1]), Event::Launched(3), Event::Stop(Why::Asked), Event::Tick]
    {
        assert_eq!(failed.apply(event, 9), []);
        assert_eq!(failed.detail(), "no such folder");
    }
}

#[test]
fn what_an_earlier_life_left_is_ended_first() {
    let (mut machine, _) = Machine::new(Ready::Notify, Duration::from_secs(1), 0);
    machine.apply(Event::Left(vec![5]), 1);
    assert_eq!(machine.detail(), "left by an earlier life of the host service: 1 of its processes still runs (pid 5)");
    assert_eq!(machine.apply(Event::Start { mode: ACTIVE, invocation: "i".into() }, 2), []);
    machine.apply(Event::Tick, machine.due().unwrap());
    gone(&mut machine, 50);
    assert_eq!(machine.detail(), "stopped: an earlier life of the host service had left it");
}
