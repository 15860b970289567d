//! How long nothing served, measured from what the journal says of a run.

use super::narrate::starts;
use super::text::{span, time};
use crate::core::command::End;
use crate::core::model::Side;
use crate::core::plan::{Action, Plan, StepId};
use crate::core::record::{Body, Record};
use crate::core::run::{Found, Outcome, RunEvent, Way};
use serde::Serialize;

/// From the first stop that was sent to the side that served, to the last start of the side that serves afterwards; where
/// it was looked at whether everything answers, to the last first answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// When the first stop was sent.
    since: jiff::Timestamp,
    /// When the last start was known to be done, or everything had answered; none while that is not so.
    until: Option<jiff::Timestamp>,
    /// Between the two, in milliseconds.
    ms: Option<u64>,
}

impl Outage {
    /// Measures it from a run's records, its opening among them; `None` where nothing that served was stopped.
    pub fn measured(records: &[Record]) -> Option<Self> {
        let plan = records.iter().find_map(|r| match &r.body {
            Body::RunOpened { plan, .. } => Some(plan.as_ref()),
            _ => None,
        })?;
        let old = plan.before.side()?;
        let since = records.iter().find(|r| stops(plan, old, r)).map(|r| r.at)?;
        let started = serving_after(plan, records).and_then(|side| records.iter().rev().find(|r| started(plan, side, r)).map(|r| r.at));
        let until = started.and_then(|started| answered(records).unwrap_or(Some(started)));
        let ms = until.and_then(|until| u64::try_from(until.as_millisecond().saturating_sub(since.as_millisecond())).ok());
        Some(Self { since, until, ms })
    }

    /// How long it was, in milliseconds, where it is over.
    pub fn ms(&self) -> Option<u64> {
        self.ms
    }
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.ms {
            Some(ms) => write!(f, "measured outage {}", span(ms)),
            None => write!(f, "out of service since {}, at least in part", time(self.since)),
        }
    }
}

/// The side on which everything serves after the run; none where that is not so, or not yet.
fn serving_after(plan: &Plan, records: &[Record]) -> Option<Side> {
    let end = records.iter().find_map(|r| match &r.body {
        Body::Run { event: RunEvent::Closed { end }, .. } => Some(end),
        _ => None,
    })?;
    match end {
        End::Done => plan.afterwards.side(),
        End::NothingChanged { .. } => plan.before.side(),
        End::Partly { .. } if all_but_hooks(plan, records) => plan.afterwards.side(),
        End::Partly { .. } => None,
    }
}

/// Whether the records of a run say that all of it is done but hooks that it could go on without.
pub fn all_but_hooks(plan: &Plan, records: &[Record]) -> bool {
    let done = |id: StepId| records.iter().any(|record| done(record) == Some((id, Way::Forth)));
    plan.steps.iter().all(|step| step.may_fail() || done(step.id))
}

/// When everything had answered, or nothing where not everything did; `None` where that was not looked at.
fn answered(records: &[Record]) -> Option<Option<jiff::Timestamp>> {
    let closed = records.iter().find(|r| matches!(r.body, Body::Run { event: RunEvent::Closed { .. }, .. }))?.at;
    records.iter().find_map(|r| match &r.body {
        Body::Serving { after_ms, failing, .. } if failing.is_empty() => {
            Some(closed.checked_add(std::time::Duration::from_millis(*after_ms)).ok())
        }
        Body::Serving { .. } => Some(None),
        _ => None,
    })
}

fn stops(plan: &Plan, side: Side, record: &Record) -> bool {
    let Body::Run { event: RunEvent::Dispatched { step, way: Way::Forth, .. }, .. } = &record.body else { return false };
    plan.step(*step).is_some_and(|step| step.action == Action::Stop && step.side == side)
}

fn started(plan: &Plan, side: Side, record: &Record) -> bool {
    done(record).and_then(|(id, way)| Some((plan.step(id)?, way))).is_some_and(|(step, way)| step.side == side && starts(step, way))
}

/// The step that a record says to be done, and which way.
fn done(record: &Record) -> Option<(StepId, Way)> {
    match &record.body {
        Body::Run { event: RunEvent::Answered { step, way, outcome: Outcome::Done, .. }, .. }
        | Body::Run { event: RunEvent::Settled { step, way, found: Found::Done, .. }, .. } => Some((*step, *way)),
        _ => None,
    }
}
