//! One task an order, and a report of every one.

use super::settle;
use crate::core::fact::Fact;
use crate::core::model::Instance;
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::RunId;
use crate::core::record::Term;
use crate::core::run::{Effect, Found, Mark, Outcome, RunEvent, Way};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// Beyond a step's own time-out, a driver gets this long to come back with an answer.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 10_000 });

/// One look at a rival may take this long.
const LOOK: Duration = Duration::from_secs(5);

/// What acts on hosts and looks at them. Made by the monitor from its drivers.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Brings `instance` where `action` wants it, within `timeout`; the words are for the journal.
    async fn act(&self, permit: Permit, instance: &Instance, action: Action, timeout: Duration) -> (Outcome, String);

    /// Asks what is to be known just before an act, beside whatever else has to be known first; nothing of the act is sent.
    async fn ready<'a>(&'a self, _permit: &Permit, instance: &'a Instance, action: Action, timeout: Duration) -> Box<dyn Ready + 'a> {
        Box::new(Unasked { hands: self, instance, action, timeout })
    }

    /// Looks at `instance` in a way that ends whatever was sent to its host earlier.
    ///
    /// # Errors
    /// In words, when the host does not answer within `deadline`.
    async fn look(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, String>;
}

/// An act that nothing was sent of yet.
#[async_trait]
pub trait Ready: Send {
    /// Does it, as [`Hands::act`] does.
    async fn send(self: Box<Self>, permit: Permit) -> (Outcome, String);
}

/// One that nothing was asked for beforehand.
struct Unasked<'a, H: ?Sized> {
    hands: &'a H,
    instance: &'a Instance,
    action: Action,
    timeout: Duration,
}

#[async_trait]
impl<H: Hands + ?Sized> Ready for Unasked<'_, H> {
    async fn send(self: Box<Self>, permit: Permit) -> (Outcome, String) {
        self.hands.act(permit, self.instance, self.action, self.timeout).await
    }
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
    /// A start that stayed in doubt, of a service that is stopped now, counts as one that ran.
    pub strict: bool,
    /// For a start: what must be stopped, by its host's word, at this very moment.
    pub rivals: Vec<Instance>,
    /// For a start: a rival that nobody can ask does not hinder it.
    pub in_place: bool,
    /// It is begun only after this time: it could not be sent before.
    pub pause: Duration,
    /// For a look at a start: what was known of the service before it.
    pub before: Option<Mark>,
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
    /// The newest term: orders of an older one are given up.
    life: Arc<AtomicU64>,
}

impl Executor {
    /// An executor that acts by `hands` and reports to `reports`.
    pub fn new(hands: Arc<dyn Hands>, reports: Sender<Report>) -> Self {
        Self { hands, reports, life: Arc::new(AtomicU64::new(0)) }
    }

    /// A new life of the monitor begins: looks that an older one ordered end without a report.
    pub fn begin(&self, term: Term) {
        self.life.fetch_max(term.0, Ordering::AcqRel);
    }

    /// Starts an order and returns at once. Must be called within the runtime.
    pub fn start(&self, order: Order) {
        let (hands, reports, life) = (self.hands.clone(), self.reports.clone(), self.life.clone());
        tokio::spawn(async move {
            let (run, effect, asked) = (order.run, order.effect, Instant::now());
            let task = tokio::spawn(async move {
                match order.effect {
                    Effect::Act { .. } => Some(act(&*hands, order).await),
                    Effect::Settle { step, way, .. } => settle::settle(&*hands, order, step, way, &life).await,
                }
            });
            let Some(event) = task.await.unwrap_or_else(|_| Some(died(effect, asked))) else { return };
            // Nobody to report to means that the monitor is ending; the run is settled by its next life.
            let _ = reports.send(Report { run, effect, event }).await;
        });
    }
}

async fn act(hands: &dyn Hands, order: Order) -> RunEvent {
    tokio::time::sleep(order.pause).await;
    let asked = Instant::now();
    let bound = order.timeout.saturating_add(GRACE);
    let late = || format!("{}: no answer within {} s", order.instance, bound.as_secs());
    // Both are asked at the same time and to their ends: a question that is dropped ends the session for everybody on that host.
    let ready = hands.ready(&order.permit, &order.instance, order.action, order.timeout);
    let (hindered, ready) = tokio::join!(rival(hands, &order), tokio::time::timeout(bound, ready));
    if let Some((outcome, detail)) = hindered {
        return answered(order.effect, outcome, detail, asked);
    }
    let Ok(ready) = ready else { return answered(order.effect, Outcome::NotSent, late(), asked) };
    let answer = tokio::time::timeout(bound, ready.send(order.permit)).await;
    let (outcome, detail) = answer.unwrap_or_else(|_| (Outcome::Unknown, format!("{}; it is asked what became of it", late())));
    answered(order.effect, outcome, detail, asked)
}

/// Why a start must not be sent: something that must be stopped meanwhile is not, or nobody can say that it is.
async fn rival(hands: &dyn Hands, order: &Order) -> Option<(Outcome, String)> {
    if order.action != Action::Start {
        return None;
    }
    for rival in &order.rivals {
        let look = tokio::time::timeout(LOOK.saturating_add(Duration::from_secs(1)), hands.look(&order.permit, rival, LOOK)).await;
        let why = match look {
            Ok(Ok(fact)) if fact.state.proven_stopped() => continue,
            Ok(Ok(fact)) => return Some((Outcome::Failed, format!("{} was not started: {rival} is {}", order.instance, fact.state))),
            Ok(Err(why)) => why,
            Err(_) => format!("no answer within {} s", LOOK.as_secs()),
        };
        if order.in_place && rival.host != order.instance.host {
            continue;
        }
        return Some((Outcome::NotSent, format!("{} was not started: nobody can say whether {rival} is stopped: {why}", order.instance)));
    }
    None
}

fn answered(effect: Effect, outcome: Outcome, detail: String, asked: Instant) -> RunEvent {
    let (Effect::Act { step, way, .. } | Effect::Settle { step, way, .. }) = effect;
    RunEvent::Answered { step, way, outcome, detail, took_ms: millis(asked) }
}

/// What is said of an order whose task died: nothing is known of it.
fn died(effect: Effect, asked: Instant) -> RunEvent {
    let detail = "the task that did it ended unexpectedly; what became of it is looked at".to_owned();
    match effect {
        Effect::Act { .. } => answered(effect, Outcome::Unknown, detail, asked),
        Effect::Settle { step, way, .. } => RunEvent::Settled { step, way, found: Found::Unclear, detail },
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
