use super::*;
use crate::core::fact::{Fact, State};
use crate::core::model::{HostName, Instance, Service, UnitName};
use crate::core::permit::Permit;
use crate::core::plan::{Action, StepId};
use crate::core::record::{RunId, Term};
use crate::core::run::{Effect, Found, Outcome, RunEvent, Way};
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
    let (send, mut receive) = tokio::sync::mpsc::channel(4);
    let executor = Executor::new(Arc::new(Scripted { looks: Mutex::new(looks), act }), send);
    let service = Service::Systemd(UnitName::new("db.service").unwrap());
    let instance = Instance { host: HostName::new("a1").unwrap(), service };
    let permit = Permit::grant(Term(1), "a test".into());
    executor.start(Order { run: RunId(1), effect, instance, action, timeout: Duration::from_millis(300), patient: false, permit });
    receive.recv().await.unwrap().event
}

const ACT: Effect = Effect::Act { step: StepId(1), way: Way::Forth, attempt: 1 };
const SETTLE: Effect = Effect::Settle { step: StepId(1), way: Way::Forth };

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
