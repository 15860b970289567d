//! How long nothing served, measured from what the journal says of a run.

use super::narrate::starts;
use super::text::{span, time};
use crate::core::command::End;
use crate::core::model::Side;
use crate::core::plan::{Action, Plan, StepId};
use crate::core::record::{Body, Record};
use crate::core::run::{Found, Outcome, RunEvent, Way};
use serde::Serialize;

/// From the first stop that was sent to the side that served, or where something was lost before it, from when that was
/// last known to serve; to the last start of the side that serves afterwards, or where it was looked at whether everything
/// answers, to the last first answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// When the first stop was sent, or something was lost.
    since: jiff::Timestamp,
    /// When the last start was known to be done, or everything had answered; none while that is not so.
    until: Option<jiff::Timestamp>,
    /// Between the two, in milliseconds; none also where the clock was set back meanwhile.
    ms: Option<u64>,
    /// It began with a loss, at the last sign of life.
    by_loss: bool,
}

impl Outage {
    /// Measures it from a run's records, its opening among them; `None` where nothing that served was stopped.
    pub fn measured(records: &[Record]) -> Option<Self> {
        let (plan, opened, lost) = records.iter().find_map(|r| match &r.body {
            Body::RunOpened { plan, unserved_ms, .. } => Some((plan.as_ref(), r.at, *unserved_ms)),
            _ => None,
        })?;
        let old = plan.before.side()?;
        let lost = lost.and_then(|ms| opened.checked_sub(std::time::Duration::from_millis(ms)).ok());
        let since = lost.or_else(|| records.iter().find(|r| stops(plan, old, r)).map(|r| r.at))?;
        let started = serving_after(plan, records).and_then(|side| records.iter().rev().find(|r| started(plan, side, r)).map(|r| r.at));
        let until = started.and_then(|started| answered(records).unwrap_or(Some(started)));
        let ms = until.filter(|_| !set_back(records)).and_then(|until| whole_ms(since, until));
        Some(Self { since, until, ms, by_loss: lost.is_some() })
    }

    /// How long it was, in milliseconds, where it is over.
    pub fn ms(&self) -> Option<u64> {
        self.ms
    }
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.ms, self.until) {
            (Some(ms), _) if self.by_loss => write!(f, "measured outage {}, from the last sign of life on", span(ms)),
            (Some(ms), _) => write!(f, "measured outage {}", span(ms)),
            (None, Some(_)) => write!(f, "it serves again; how long it did not is not known, since the clock was set back meanwhile"),
            (None, None) => write!(f, "out of service since {}, at least in part", time(self.since)),
        }
    }
}

fn whole_ms(since: jiff::Timestamp, until: jiff::Timestamp) -> Option<u64> {
    u64::try_from(until.as_millisecond().saturating_sub(since.as_millisecond())).ok()
}

/// Whether the clock of `records` was set back between two of them: then what lies between is not known.
pub fn set_back(records: &[Record]) -> bool {
    records.windows(2).any(|two| matches!(two, [a, b] if b.at < a.at))
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
