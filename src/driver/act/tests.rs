//! How often a host is asked in one step of a move.

use super::super::bus::Change;
use super::super::bus::played::{Stage, UNIT, played};
use super::*;
use crate::core::fact::State;
use crate::core::model::{HostName, UnitName};
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::driver::push;
use crate::driver::session::Watch;
use std::sync::atomic::Ordering;

const SOON: Duration = Duration::from_secs(10);

/// A session with a systemd whose unit runs or is forgotten.
async fn session(runs: bool) -> (Guarded, Stage) {
    let (bus, stage) = played(runs).await;
    (Guarded { term: Term(1), boot_id: "b".to_owned(), number: 1, bus }, stage)
}

async fn act(action: Action, runs: bool) -> (Outcome, Vec<Vec<String>>) {
    let (session, stage) = session(runs).await;
    let instance = Instance { host: HostName::new("a1").unwrap(), service: Service::Systemd(UnitName::new(UNIT).unwrap()) };
    let (began, deadline) = (Instant::now(), Instant::now() + SOON);
    let before = session.before(UNIT, deadline).await.unwrap();
    let (last_word, ask_every) = (deadline, SOON);
    let work = Work { instance: &instance, unit: UNIT, action, session: &session, began, deadline, last_word, ask_every };
    assert_eq!(work.needless(&before).await.unwrap(), None);
    let outcome = work.send_and_wait().await;
    let turns = stage.turns.lock().unwrap().clone();
    (outcome, turns)
}

#[tokio::test(start_paused = true)]
async fn a_step_asks_its_host_three_times_before_its_job_to_begin_it_and_to_prove_it() {
    let (outcome, turns) = act(Action::Stop, true).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(turns, [vec!["ListUnitsByNames"], vec!["StopUnit"], vec!["ListUnitsByNames", "GetUnitProcesses"]]);
    let (outcome, turns) = act(Action::Start, false).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(turns, [vec!["ListUnitsByNames"], vec!["ResetFailedUnit", "StartUnit"], vec!["ListUnitsByNames"]]);
}

#[tokio::test(start_paused = true)]
async fn a_rival_that_is_stopped_is_asked_about_once_and_never_read_from_disk_for_what_nobody_wants_to_know() {
    let (session, stage) = session(false).await;
    let fact = session.settled(UNIT, Instant::now() + SOON, SOON).await.unwrap();
    assert_eq!(fact.state, State::Inactive);
    assert_eq!(*stage.turns.lock().unwrap(), [["ListUnitsByNames", "GetUnitProcesses"]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_and_forgotten_is_not_read_from_disk_while_that_is_so() {
    let (session, stage) = session(false).await;
    let sight = async || session.bus.sight(UNIT, Instant::now() + SOON).await.unwrap();
    sight().await;
    assert_eq!(session.settled(UNIT, Instant::now() + SOON, SOON).await.unwrap().state, State::Inactive);
    assert_eq!(session.before(UNIT, Instant::now() + SOON).await.unwrap().state(), State::Inactive);
    session.bus.start(UNIT, Instant::now() + SOON).await.unwrap();
    assert_eq!(sight().await.0.state(), State::Active);
    let whole = vec!["ListUnitsByNames", "GetUnitProcesses"];
    assert_eq!(*stage.turns.lock().unwrap(), [whole.clone(), vec!["GetUnitProcesses"], vec!["GetUnitProcesses"], vec!["StartUnit"], whole]);
}

#[tokio::test(start_paused = true)]
async fn what_was_forgotten_and_runs_again_by_somebody_elses_hand_is_seen_to_run() {
    let (session, stage) = session(false).await;
    session.bus.sight(UNIT, Instant::now() + SOON).await.unwrap();
    stage.runs.store(true, Ordering::Relaxed);
    let fact = session.settled(UNIT, Instant::now() + SOON, SOON).await.unwrap();
    assert_eq!(fact.state, State::Active, "{:?}", stage.turns.lock().unwrap());
}

#[tokio::test(start_paused = true)]
async fn of_a_unit_that_runs_the_start_that_it_is_in_is_asked_for_too() {
    let (session, stage) = session(true).await;
    let fact = session.settled(UNIT, Instant::now() + SOON, SOON).await.unwrap();
    assert_eq!((fact.state, fact.invocation), (State::Active, Some("01".repeat(16))));
    assert_eq!(*stage.turns.lock().unwrap(), [vec!["ListUnitsByNames", "GetUnitProcesses"], vec!["Get"]]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_a_host_tells_is_proven_by_one_question() {
    let (bus, stage) = played(false).await;
    let watch = Arc::new(Watch::new("b".to_owned(), bus));
    let change = Change { active: "inactive".to_owned(), sub: "dead".to_owned(), invocation: None, job: false };
    let fact = push::fact(watch, Service::Systemd(UnitName::new(UNIT).unwrap()), change).await;
    assert_eq!(fact.state, State::Inactive);
    assert_eq!(*stage.turns.lock().unwrap(), [["GetUnitProcesses"]]);
}
