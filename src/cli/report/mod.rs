//! `report`: what a run did, who wanted it and why, and how long nothing served.

mod markdown;
mod outage;
mod rebuilt;

pub(super) use outage::Outage;
#[cfg(test)]
pub(super) use rebuilt::rebuilt;

use super::end;
use super::out::Out;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Exit, Role};
use crate::core::record::{Body, Record, RunId};
use crate::core::run::RunEvent;
use crate::wire::RunView;
use serde::Serialize;
use std::time::Duration;

/// Entries that are asked for at once.
const PAGE: u32 = 500;
/// How many entries after its opening are searched for those of the run.
const MOST_SEARCHED: u64 = 100_000;

/// A report, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Report {
    /// The run.
    run: RunView,
    /// The hash of its plan, where the journal still has it.
    plan: Option<String>,
    /// How long nothing served; nothing where nothing was interrupted, or the journal does not have it any more.
    outage: Option<Outage>,
    /// Every entry of the journal about the run, oldest first.
    records: Vec<Record>,
}

/// Reports on `run`, or on the last one.
pub(super) async fn report(dial: &dyn Dial, run: Option<RunId>, out: &mut Out) -> Exit {
    match gather(dial, run).await {
        Err(error) => end::client_error(&error, out),
        Ok(report) if out.look().json => {
            out.document(&report);
            Exit::Done
        }
        Ok(report) => {
            out.say_all(markdown::lines(&report));
            Exit::Done
        }
    }
}

async fn gather(dial: &dyn Dial, run: Option<RunId>) -> Result<Report, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let (view, records) = match (link.run(run, Duration::ZERO).await, run) {
        (Ok(view), _) => {
            let records = records(link.as_mut(), view.run).await?;
            (view, records)
        }
        // The monitor keeps the last runs at hand; the journal has more of them.
        (Err(error @ ClientError::Failure(_)), Some(run)) => {
            let records = records(link.as_mut(), run).await?;
            (rebuilt::rebuilt(run, &records).ok_or(error)?, records)
        }
        (Err(error), _) => return Err(error),
    };
    let plan = records.iter().find_map(|r| match &r.body {
        Body::RunOpened { hash, .. } => Some(hash.clone()),
        _ => None,
    });
    Ok(Report { run: view, plan, outage: Outage::measured(&records), records })
}

async fn records(link: &mut dyn Link, run: RunId) -> Result<Vec<Record>, ClientError> {
    let mut found = Vec::new();
    let mut next = run.0;
    while next < run.0.saturating_add(MOST_SEARCHED) {
        let log = link.log(next, PAGE).await?;
        let Some(last) = log.records.last().map(|r| r.index) else { break };
        found.extend(log.records.into_iter().filter(|r| about(r, run)));
        let closed = found.last().is_some_and(|r| matches!(r.body, Body::Run { event: RunEvent::Closed { .. }, .. }));
        if closed || last >= log.last {
            break;
        }
        next = last.saturating_add(1);
    }
    Ok(found)
}

fn about(record: &Record, run: RunId) -> bool {
    match &record.body {
        Body::RunOpened { .. } => record.index == run.0,
        Body::Run { run: of, .. } => *of == run,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
