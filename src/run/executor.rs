//! One task an order, and a report of every one.

use super::settle;
use crate::core::fact::Fact;
use crate::core::model::Instance;
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::RunId;
use crate::core::run::{Effect, Outcome, RunEvent, Way};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// Beyond a step's own time-out, a driver gets this long to come back with an answer.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 10_000 });

/// What acts on hosts and looks at them. Made by the monitor from its drivers.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Brings `instance` where `action` wants it, within `timeout`; the words are for the journal.
    async fn act(&self, permit: Permit, instance: &Instance, action: Action, timeout: Duration) -> (Outcome, String);

    /// Looks at `instance` in a way that ends whatever was sent to its host earlier.
    ///
    /// # Errors
    /// In words, when the host does not answer within `deadline`.
    async fn look(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, String>;
}

/// Something to be carried out.
#[derive(Debug)]
pub struct Order {
    /// Of which run.
    pub run: RunId,
    /// What.
    pub effect: Effect,
    /// Where.
    pub instance: Instance,
    /// What is to come of it.
    pub action: Action,
    /// How long it may take.
    pub timeout: Duration,
    /// Nobody could say before: report nothing until somebody can.
    pub patient: bool,
    /// The right to it.
    pub permit: Permit,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of which run.
    pub run: RunId,
    /// The effect that was ordered.
    pub effect: Effect,
    /// What is to be journaled of it.
    pub event: RunEvent,
}

/// Starts orders and sees to their reports.
#[derive(Clone)]
pub struct Executor {
    hands: Arc<dyn Hands>,
    reports: Sender<Report>,
}

impl Executor {
    /// An executor that acts by `hands` and reports to `reports`.
    pub fn new(hands: Arc<dyn Hands>, reports: Sender<Report>) -> Self {
        Self { hands, reports }
    }

    /// Starts an order and returns at once. Must be called within the runtime.
    pub fn start(&self, order: Order) {
        let (hands, reports) = (self.hands.clone(), self.reports.clone());
        tokio::spawn(async move {
            let (run, effect, asked) = (order.run, order.effect, Instant::now());
            let task = tokio::spawn(async move {
                match order.effect {
                    Effect::Act { .. } => act(&*hands, order).await,
                    Effect::Settle { step, way } => settle::settle(&*hands, order, step, way).await,
                }
            });
            let event = task.await.unwrap_or_else(|_| died(effect, asked));
            // Nobody to report to means that the monitor is ending; the run is settled by its next life.
            let _ = reports.send(Report { run, effect, event }).await;
        });
    }
}

async fn act(hands: &dyn Hands, order: Order) -> RunEvent {
    let asked = Instant::now();
    let bound = order.timeout.saturating_add(GRACE);
    let answer = tokio::time::timeout(bound, hands.act(order.permit, &order.instance, order.action, order.timeout)).await;
    let (outcome, detail) = answer.unwrap_or_else(|_| {
        (Outcome::Unknown, format!("{}: no answer within {} s; it is asked what became of it", order.instance, bound.as_secs()))
    });
    answered(order.effect, outcome, detail, asked)
}

fn answered(effect: Effect, outcome: Outcome, detail: String, asked: Instant) -> RunEvent {
    let (Effect::Act { step, way, .. } | Effect::Settle { step, way }) = effect;
    RunEvent::Answered { step, way, outcome, detail, took_ms: millis(asked) }
}

/// What is said of an order whose task died: nothing is known of it.
fn died(effect: Effect, asked: Instant) -> RunEvent {
    let detail = "the task that did it ended unexpectedly; what became of it is looked at".to_owned();
    match effect {
        Effect::Act { .. } => answered(effect, Outcome::Unknown, detail, asked),
        Effect::Settle { step, way } => RunEvent::Settled { step, way, found: crate::core::run::Found::Unclear, detail },
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The action that `way` makes of a step's own.
#[must_use]
pub fn action_of(action: Action, way: Way) -> Action {
    match way {
        Way::Forth => action,
        Way::Back => action.reverse(),
    }
}
