use super::*;
use crate::core::fact::{Fact, State};
use crate::core::model::{HostName, Instance, Service, UnitName};
use crate::core::permit::Permit;
use crate::core::plan::{Action, StepId};
use crate::core::record::{RunId, Term};
use crate::core::run::{Effect, Found, Mark, Outcome, RunEvent, Way, verdict};
use crate::core::testing::fact;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

/// Hands that answer from a list; an empty list is a panic, as a driver with a defect would have one.
struct Scripted {
    looks: Mutex<Vec<Result<State, String>>>,
    act: Option<Outcome>,
}

#[async_trait::async_trait]
impl Hands for Scripted {
    async fn act(&self, _: Permit, _: &Instance, _: Action, _: Duration) -> (Outcome, String) {
        match self.act {
            Some(outcome) => (outcome, "scripted".into()),
            None => std::future::pending().await,
        }
    }
    async fn look(&self, _: &Permit, _: &Instance, _: Duration) -> Result<Fact, String> {
        self.looks.lock().unwrap().remove(0).map(fact)
    }
}

async fn carry_out(looks: Vec<Result<State, String>>, act: Option<Outcome>, effect: Effect, action: Action) -> RunEvent {
    carry_out_beside(Vec::new(), looks, act, effect, action).await
}

async fn carry_out_beside(
    rivals: Vec<Instance>,
    looks: Vec<Result<State, String>>,
    act: Option<Outcome>,
    effect: Effect,
    action: Action,
) -> RunEvent {
    let (send, mut receive) = tokio::sync::mpsc::channel(4);
    let executor = Executor::new(Arc::new(Scripted { looks: Mutex::new(looks), act }), send);
    executor.start(order(rivals, effect, action));
    receive.recv().await.unwrap().event
}

fn instance(host: &str) -> Instance {
    Instance { host: HostName::new(host).unwrap(), service: Service::Systemd(UnitName::new("db.service").unwrap()) }
}

fn order(rivals: Vec<Instance>, effect: Effect, action: Action) -> Order {
    Order {
        run: RunId(1),
        effect,
        instance: instance("a1"),
        action,
        timeout: Duration::from_millis(300),
        patient: false,
        strict: false,
        rivals,
        in_place: false,
        pause: Duration::ZERO,
        before: None,
        permit: Permit::grant(Term(1), "a test".into()),
    }
}

const ACT: Effect = Effect::Act { step: StepId(1), way: Way::Forth, attempt: 1 };
const SETTLE: Effect = Effect::Settle { step: StepId(1), way: Way::Forth, attempt: 1 };

fn found(event: RunEvent) -> Found {
    let RunEvent::Settled { found, .. } = event else { panic!("{event:?}") };
    found
}

#[tokio::test]
async fn an_act_without_an_answer_is_unknown_not_failed() {
    let RunEvent::Answered { outcome, .. } = carry_out(vec![], None, ACT, Action::Stop).await else { panic!() };
    assert_eq!(outcome, Outcome::Unknown);
    let RunEvent::Answered { outcome, .. } = carry_out(vec![], Some(Outcome::Failed), ACT, Action::Stop).await else { panic!() };
    assert_eq!(outcome, Outcome::Failed);
}

#[tokio::test]
async fn a_look_goes_on_while_the_service_is_between_states_or_the_host_is_silent() {
    let looks = vec![Err("silent".into()), Ok(State::Stopping), Ok(State::Inactive)];
    assert_eq!(found(carry_out(looks, None, SETTLE, Action::Stop).await), Found::Done);
    let looks = vec![Ok(State::Starting), Ok(State::Failed)];
    assert_eq!(found(carry_out(looks, None, SETTLE, Action::Start).await), Found::NotDone);
}

#[tokio::test]
async fn a_host_that_stays_silent_is_reported_as_unclear_after_the_steps_time() {
    let looks = (0..100).map(|_| Err("silent".to_owned())).collect();
    let event = carry_out(looks, None, SETTLE, Action::Stop).await;
    let RunEvent::Settled { found: Found::Unclear, detail, .. } = event else { panic!("{event:?}") };
    assert_eq!(detail, "silent");
}

#[tokio::test]
async fn a_task_that_dies_is_reported_as_unknown() {
    assert_eq!(found(carry_out(vec![], None, SETTLE, Action::Stop).await), Found::Unclear);
}

#[tokio::test]
async fn nothing_is_started_beside_a_rival_that_runs_or_of_which_nobody_knows() {
    let rival = || vec![instance("b1")];
    for (look, expected, words) in [
        (Ok(State::Inactive), Outcome::Done, "scripted"),
        (Ok(State::Active), Outcome::Failed, "db.service on b1 is active"),
        (Ok(State::Stopping), Outcome::Failed, "db.service on b1 is stopping"),
        (Err("silent".to_owned()), Outcome::NotSent, "silent"),
    ] {
        let event = carry_out_beside(rival(), vec![look], Some(Outcome::Done), ACT, Action::Start).await;
        let RunEvent::Answered { outcome, detail, .. } = event else { panic!("{event:?}") };
        assert_eq!(outcome, expected, "{detail}");
        assert!(detail.contains(words), "{detail}");
    }
    let event = carry_out_beside(rival(), vec![], Some(Outcome::Done), ACT, Action::Stop).await;
    assert!(matches!(event, RunEvent::Answered { outcome: Outcome::Done, .. }), "a stop has no rivals: {event:?}");
}

#[test]
fn a_start_that_nobody_answered_is_recognised_by_boot_and_invocation() {
    let seen = |state, boot: &str, invocation: Option<&str>| Fact {
        boot_id: boot.into(),
        invocation: invocation.map(str::to_owned),
        ..fact(state)
    };
    let before = Mark { boot_id: "b".into(), invocation: Some("i".into()) };
    for (now, strict, expected) in [
        (seen(State::Active, "b", Some("j")), false, Some(Found::Done)),
        (seen(State::Failed, "b", Some("i")), false, Some(Found::NotDone)),
        (seen(State::Failed, "b", Some("j")), false, Some(Found::Ended)),
        (seen(State::Inactive, "b", None), false, Some(Found::NotDone)),
        (seen(State::Inactive, "b", None), true, Some(Found::Ended)),
        (seen(State::Inactive, "c", None), false, Some(Found::Ended)),
        (seen(State::Starting, "b", Some("j")), false, None),
    ] {
        assert_eq!(verdict(&now, Action::Start, Some(&before), strict), expected, "{now:?}");
    }
}

/// Hands whose answers wait for each other: each gives way to the other only once both are asked.
struct Together(tokio::sync::Barrier);

struct Sent;

#[async_trait::async_trait]
impl Ready for Sent {
    async fn send(self: Box<Self>, _: Permit) -> (Outcome, String) {
        (Outcome::Done, "sent".into())
    }
}

#[async_trait::async_trait]
impl Hands for Together {
    async fn act(&self, _: Permit, _: &Instance, _: Action, _: Duration) -> (Outcome, String) {
        panic!("it was made ready")
    }
    async fn ready<'a>(&'a self, _: &Permit, _: &'a Instance, _: Action, _: Duration) -> Box<dyn Ready + 'a> {
        self.0.wait().await;
        Box::new(Sent)
    }
    async fn look(&self, _: &Permit, _: &Instance, _: Duration) -> Result<Fact, String> {
        self.0.wait().await;
        Ok(fact(State::Inactive))
    }
}

#[tokio::test]
async fn a_host_is_asked_while_its_rival_is() {
    let (send, mut receive) = tokio::sync::mpsc::channel(4);
    let executor = Executor::new(Arc::new(Together(tokio::sync::Barrier::new(2))), send);
    executor.start(order(vec![instance("b1")], ACT, Action::Start));
    let RunEvent::Answered { outcome, detail, .. } = receive.recv().await.unwrap().event else { panic!() };
    assert_eq!((outcome, detail.as_str()), (Outcome::Done, "sent"));
}
