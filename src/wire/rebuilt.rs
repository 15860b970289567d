//! A run that the monitor has forgotten, put together again from its entries in the journal.

use super::RunView;
use crate::core::record::{Body, Record, RunId, RunLog};
use crate::core::run::{Phase, Run};

/// The run as its entries leave it; `None` where its opening is not among them, or they contradict each other.
#[must_use]
pub fn rebuilt(id: RunId, records: &[Record]) -> Option<RunView> {
    let mut log = records.iter().find_map(|record| opened(id, record))?;
    for record in records {
        if let Body::Run { run, event } = &record.body
            && *run == id
        {
            log.run.apply(event).ok()?;
            if matches!(log.run.phase(), Phase::Closed { .. }) {
                log.closed = Some(record.at);
            }
        }
    }
    Some(RunView::of(id, &log))
}

fn opened(id: RunId, record: &Record) -> Option<RunLog> {
    match &record.body {
        Body::RunOpened { who, reason, hash, plan, decision, .. } if record.index == id.0 => Some(RunLog {
            who: who.clone(),
            reason: reason.clone(),
            hash: hash.clone(),
            decision: *decision,
            opened: record.at,
            closed: None,
            run: Run::open((**plan).clone()),
        }),
        _ => None,
    }
}
