use super::*;
use crate::core::command::{Command, End};
use crate::core::model::Side;
use crate::core::plan::{Plan, StepId, Wanted};
use crate::core::testing::{cluster, component, picture, plan, wanted};

/// db <- app: 1 stop app, 2 stop db, 3 start db, 4 start app (the point of no return).
fn two() -> Plan {
    let c = cluster(vec![component("db", &[]), component("app", &["db"])]);
    let p = picture(&c, &wanted(&c, Some(Side::Primary)));
    plan(&c, Wanted::Active(Side::Primary), &p, &Command::Switchover { to: None }, "").unwrap()
}

fn answer(step: u16, way: Way, outcome: Outcome) -> RunEvent {
    RunEvent::Answered { step: StepId(step), way, outcome, detail: format!("answer {step}"), took_ms: 1 }
}

/// Advances until the run waits, and returns what it wants carried out.
fn pump(run: &mut Run) -> Vec<Effect> {
    super::world::pump(run, &mut Vec::new())
}

fn act(step: u16, way: Way) -> Effect {
    Effect::Act { step: StepId(step), way, attempt: 1 }
}

/// A run with the first `done` steps done and the next one dispatched.
fn at(done: u16) -> Run {
    let mut run = Run::open(two());
    pump(&mut run);
    for step in 1..=done {
        run.apply(&answer(step, Way::Forth, Outcome::Done)).unwrap();
        pump(&mut run);
    }
    run
}

#[test]
fn steps_go_one_after_the_other_to_the_end() {
    let mut run = Run::open(two());
    for step in 1..=4 {
        assert_eq!(pump(&mut run), [act(step, Way::Forth)]);
        assert_eq!(pump(&mut run), [], "nothing more while step {step} is under way");
        run.apply(&answer(step, Way::Forth, Outcome::Done)).unwrap();
    }
    pump(&mut run);
    assert_eq!(run.end(), Some(&End::Done));
    assert_eq!(run.wanted(), Wanted::Active(Side::Secondary));
}

#[test]
fn a_failure_before_the_point_of_no_return_undoes_everything_in_order() {
    let mut run = at(3);
    run.apply(&answer(4, Way::Forth, Outcome::Failed)).unwrap();
    for step in [4, 3, 2, 1] {
        assert_eq!(pump(&mut run), [act(step, Way::Back)]);
        run.apply(&answer(step, Way::Back, Outcome::Done)).unwrap();
    }
    pump(&mut run);
    assert!(matches!(run.end(), Some(End::NothingChanged { why }) if why.contains("step 4")), "{:?}", run.end());
    assert_eq!(run.wanted(), Wanted::Active(Side::Primary));
}

#[test]
fn nothing_returns_to_the_old_side_while_the_new_one_is_not_proven_stopped() {
    let mut run = at(2);
    run.apply(&answer(3, Way::Forth, Outcome::Failed)).unwrap();
    assert_eq!(pump(&mut run), [act(3, Way::Back)]);
    run.apply(&answer(3, Way::Back, Outcome::Failed)).unwrap();
    assert_eq!(pump(&mut run), [], "db may run on the new side: it must not start on the old one");
    let Some(End::Partly { left, .. }) = run.end() else { panic!("{:?}", run.end()) };
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.iter().any(|line| line.contains("step 2 is not undone") && line.contains("held")), "{left:?}");
}

#[test]
fn an_unknown_stop_never_lets_a_start_go_on() {
    let mut run = at(1);
    assert_eq!(
        run.apply(&answer(2, Way::Forth, Outcome::Unknown)).unwrap(),
        [Effect::Settle { step: StepId(2), way: Way::Forth, attempt: 1 }]
    );
    assert_eq!(pump(&mut run), []);
    assert!(run.doubt().is_some());
    let found = RunEvent::Settled { step: StepId(2), way: Way::Forth, found: Found::Done, detail: String::new() };
    run.apply(&found).unwrap();
    assert_eq!(pump(&mut run), [act(3, Way::Forth)]);
}

#[test]
fn a_step_that_stays_unknown_turns_the_run_back_and_is_asked_about_until_it_is_known() {
    let mut run = at(1);
    run.apply(&answer(2, Way::Forth, Outcome::Unknown)).unwrap();
    let unclear = RunEvent::Settled { step: StepId(2), way: Way::Forth, found: Found::Unclear, detail: "silent".into() };
    assert_eq!(run.apply(&unclear).unwrap(), [Effect::Settle { step: StepId(2), way: Way::Forth, attempt: 1 }]);
    assert_eq!(pump(&mut run), [], "app waits for db, and nobody knows of db");
    assert!(matches!(run.phase(), Phase::Back { .. }));
    assert_eq!(run.end(), None, "it is not over while something is unknown");
    let found = RunEvent::Settled { step: StepId(2), way: Way::Forth, found: Found::NotDone, detail: String::new() };
    run.apply(&found).unwrap();
    assert_eq!(pump(&mut run), [act(2, Way::Back)]);
}

#[test]
fn the_step_that_passes_the_point_of_no_return_decides_before_anything_is_undone() {
    let mut run = at(3);
    run.apply(&answer(4, Way::Forth, Outcome::Unknown)).unwrap();
    let unclear = RunEvent::Settled { step: StepId(4), way: Way::Forth, found: Found::Unclear, detail: "silent".into() };
    run.apply(&unclear).unwrap();
    assert_eq!(pump(&mut run), []);
    assert_eq!(run.phase(), &Phase::Forth);
    assert!(run.abort("by hand").is_err());
}

#[test]
fn a_resumed_run_looks_before_it_does_anything_again() {
    let mut run = at(1);
    assert_eq!(run.apply(&RunEvent::Resumed).unwrap(), [Effect::Settle { step: StepId(2), way: Way::Forth, attempt: 1 }]);
    assert_eq!(pump(&mut run), []);
    let found = RunEvent::Settled { step: StepId(2), way: Way::Forth, found: Found::NotDone, detail: String::new() };
    run.apply(&found).unwrap();
    assert_eq!(pump(&mut run), [Effect::Act { step: StepId(2), way: Way::Forth, attempt: 2 }]);
    assert!(!run.expects(StepId(2), Way::Forth, 1), "an answer to the first attempt is not waited for any more");
}

#[test]
fn an_abort_turns_back_before_the_point_of_no_return_and_is_refused_after_it() {
    let mut run = at(2);
    let event = run.abort("asked by alice").unwrap();
    run.apply(&event).unwrap();
    assert_eq!(pump(&mut run), [], "step 3 is under way and answers first");
    run.apply(&answer(3, Way::Forth, Outcome::Done)).unwrap();
    assert_eq!(pump(&mut run), [act(3, Way::Back)]);
    assert!(run.abort("again").is_err());
    assert!(at(4).abort("late").is_err());
}

#[test]
fn a_plan_that_only_goes_forward_ends_partly_and_lists_what_is_left() {
    let c = cluster(vec![component("db", &[]), component("app", &["db"]), component("log", &[])]);
    let p = picture(&c, &std::collections::BTreeSet::new());
    let up = plan(&c, Wanted::Stopped, &p, &Command::Start { site: None }, "").unwrap();
    let mut run = Run::open(up);
    assert_eq!(pump(&mut run), [act(1, Way::Forth), act(2, Way::Forth)], "what is independent goes at the same time");
    run.apply(&answer(1, Way::Forth, Outcome::Failed)).unwrap();
    run.apply(&answer(2, Way::Forth, Outcome::Done)).unwrap();
    pump(&mut run);
    let Some(End::Partly { left, .. }) = run.end() else { panic!("{:?}", run.end()) };
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(run.wanted(), Wanted::Active(Side::Primary));
}

#[test]
fn events_that_do_not_follow_are_refused_and_change_nothing() {
    let mut run = at(1);
    let before = run.clone();
    for event in [
        answer(1, Way::Forth, Outcome::Done),
        answer(9, Way::Forth, Outcome::Done),
        RunEvent::Dispatched { step: StepId(2), way: Way::Forth, attempt: 2, before: None },
        RunEvent::Dispatched { step: StepId(3), way: Way::Forth, attempt: 2, before: None },
        RunEvent::Settled { step: StepId(2), way: Way::Forth, found: Found::Done, detail: String::new() },
        RunEvent::Closed { end: End::Done },
    ] {
        assert!(run.apply(&event).is_err(), "{event:?}");
        assert_eq!(run, before);
    }
}

#[test]
fn what_was_never_sent_changed_nothing_and_needs_no_undo() {
    let mut run = at(0);
    run.apply(&answer(1, Way::Forth, Outcome::NotSent)).unwrap();
    assert_eq!(pump(&mut run), []);
    assert!(matches!(run.end(), Some(End::NothingChanged { .. })), "{:?}", run.end());
}

#[test]
fn an_undo_that_cannot_be_sent_is_tried_again_until_it_can() {
    let mut run = at(1);
    run.apply(&answer(2, Way::Forth, Outcome::Failed)).unwrap();
    for attempt in 1..=6 {
        assert_eq!(pump(&mut run), [Effect::Act { step: StepId(2), way: Way::Back, attempt }]);
        let settle = Effect::Settle { step: StepId(2), way: Way::Back, attempt };
        assert_eq!(run.apply(&answer(2, Way::Back, Outcome::NotSent)).unwrap(), [settle]);
        assert_eq!(run.end(), None);
        let found = RunEvent::Settled { step: StepId(2), way: Way::Back, found: Found::NotDone, detail: String::new() };
        run.apply(&found).unwrap();
    }
}

#[test]
fn a_start_that_ran_and_ended_has_passed_the_point_of_no_return_and_is_not_sent_again() {
    let mut run = at(3);
    run.apply(&answer(4, Way::Forth, Outcome::Unknown)).unwrap();
    let ended = RunEvent::Settled { step: StepId(4), way: Way::Forth, found: Found::Ended, detail: "ran".into() };
    run.apply(&ended).unwrap();
    assert_eq!(pump(&mut run), []);
    assert!(matches!(run.end(), Some(End::Partly { .. })), "{:?}", run.end());
    assert_eq!(run.wanted(), Wanted::Active(Side::Secondary), "the old side does not have what the new one took in");
}

#[test]
fn a_look_at_an_earlier_attempt_is_not_waited_for() {
    let mut run = at(1);
    run.apply(&answer(2, Way::Forth, Outcome::Unknown)).unwrap();
    assert!(run.doubts(StepId(2), Way::Forth, 1));
    assert!(!run.doubts(StepId(2), Way::Forth, 2) && !run.doubts(StepId(2), Way::Back, 1));
}
