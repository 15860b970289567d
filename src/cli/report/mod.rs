//! `report`: what a run did, who wanted it and why, and how long nothing served.

mod markdown;
mod service;

use super::end;
use super::out::Out;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Exit, Role};
use crate::core::record::{Body, Record, RunId};
use crate::core::run::RunEvent;
use crate::core::trigger::DecisionId;
use crate::wire::{RunView, rebuilt};
use crate::words::Outage;
use serde::Serialize;
use service::Service;
use std::time::Duration;

/// Entries that are asked for at once.
const PAGE: u32 = 500;
/// How many entries after its opening are searched for those of the run.
const MOST_SEARCHED: u64 = 100_000;
/// In how many entries after its end it is looked for whether everything answered.
const AFTERWARDS: u64 = 1_000;

/// A report, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The run.
    pub(super) run: RunView,
    /// The hash of its plan, where the journal still has it.
    plan: Option<String>,
    /// The decision of the monitor that it carries out, if it does.
    decision: Option<DecisionId>,
    /// How long nothing served; nothing where nothing was interrupted, or the journal does not have it any more.
    outage: Option<Outage>,
    /// Whether those who use the cluster got answers afterwards; nothing where the run did not move it.
    service: Option<Service>,
    /// Every entry of the journal about the run, oldest first.
    pub(super) records: Vec<Record>,
}

/// Reports on `run`, or on the last one.
pub(super) async fn report(dial: &dyn Dial, run: Option<RunId>, out: &mut Out) -> Exit {
    match ask(dial, run).await {
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

async fn ask(dial: &dyn Dial, run: Option<RunId>) -> Result<Report, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    gather(link.as_mut(), run).await
}

/// Everything about `run`, or about the last one.
///
/// # Errors
/// As [`Link::call`].
pub(super) async fn gather(link: &mut dyn Link, run: Option<RunId>) -> Result<Report, ClientError> {
    let (view, records) = match (link.run(run, Duration::ZERO).await, run) {
        (Ok(view), _) => {
            let records = records(link, view.run).await?;
            (view, records)
        }
        // The monitor keeps the last runs at hand; the journal has more of them.
        (Err(error @ ClientError::Failure(_)), Some(run)) => {
            let records = records(link, run).await?;
            (rebuilt(run, &records).ok_or(error)?, records)
        }
        (Err(error), _) => return Err(error),
    };
    let opened = records.iter().find_map(|r| match &r.body {
        Body::RunOpened { hash, decision, .. } => Some((hash.clone(), *decision)),
        _ => None,
    });
    let (outage, service) = (Outage::measured(&records), Service::of(&records));
    let decision = opened.as_ref().and_then(|(_, decision)| *decision);
    Ok(Report { run: view, plan: opened.map(|(hash, _)| hash), decision, outage, service, records })
}

async fn records(link: &mut dyn Link, run: RunId) -> Result<Vec<Record>, ClientError> {
    let mut found: Vec<Record> = Vec::new();
    let mut next = run.0;
    let mut until = run.0.saturating_add(MOST_SEARCHED);
    while next < until {
        let log = link.log(next, PAGE).await?;
        let Some(last) = log.records.last().map(|r| r.index) else { break };
        found.extend(log.records.into_iter().filter(|r| about(r, run)));
        match found.last() {
            Some(Record { body: Body::Serving { .. }, .. }) => break,
            Some(Record { body: Body::Run { event: RunEvent::Closed { .. }, .. }, index, .. }) => {
                until = until.min(index.saturating_add(AFTERWARDS));
            }
            _ => {}
        }
        if last >= log.last {
            break;
        }
        next = last.saturating_add(1);
    }
    Ok(found)
}

fn about(record: &Record, run: RunId) -> bool {
    match &record.body {
        Body::RunOpened { .. } => record.index == run.0,
        Body::Run { run: of, .. } | Body::Serving { run: of, .. } => *of == run,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
