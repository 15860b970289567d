//! Handing a plan in, and finding out what became of it when the answer did not come.

use super::{ClientError, Dial, Link};
use crate::core::command::{Reason, Role};
use crate::core::record::{Body, Record, RunId};
use crate::wire::{FailureKind, Submit};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a submission without an answer is looked for.
const SEARCH: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Entries that are asked for at once.
const PAGE: u32 = 500;

/// What became of a submission.
#[derive(Debug)]
pub enum Submitted {
    /// Its run was opened.
    As(RunId),
    /// The monitor's own word that it was not taken.
    Refused(ClientError),
    /// It is certain that no run was opened.
    NotOpened(Reason),
    /// Nobody can say.
    Unknown(Reason),
}

/// Hands `request` in once; never a second time, whatever happens. Where no answer comes it is looked for in the journal
/// behind entry `sequence`, the last one when the plan was made, for `patience` at most. Once `interrupted` ends that is
/// given up.
pub async fn submit(
    dial: &dyn Dial,
    link: &mut dyn Link,
    sequence: u64,
    request: Submit,
    patience: Duration,
    interrupted: impl Future<Output = ()>,
) -> Submitted {
    let hash = request.plan.clone();
    let error = match link.submit(request).await {
        Ok(run) => return Submitted::As(run),
        Err(error) if refused(&error) => return Submitted::Refused(error),
        Err(error) => error,
    };
    let remedy = "look at `switchtower status` and `switchtower log` before giving the command again";
    let unknown = Reason::new(format!("{error}; it is not known whether the run was opened"), remedy);
    look_for(dial, sequence, &hash, patience, interrupted, unknown).await
}

/// The monitor's own word that nothing was done. That it cannot say, or that something inside it went wrong, is not that word:
/// the run may have been opened before.
fn refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Failure(failure) if matches!(failure.data.kind, FailureKind::Refused | FailureKind::BadRequest))
}

/// Looks in the journal behind entry `sequence` for what became of a submission of the plan `hash`, for `patience` at most,
/// or until `interrupted` ends; where nothing is found it is [`Submitted::Unknown`] for the reason `unknown`.
pub async fn look_for(
    dial: &dyn Dial,
    sequence: u64,
    hash: &str,
    patience: Duration,
    interrupted: impl Future<Output = ()>,
    unknown: Reason,
) -> Submitted {
    let mut interrupted = pin!(interrupted);
    let until = Instant::now() + patience.min(SEARCH);
    loop {
        match look(dial, sequence, hash).await {
            Ok(Some(Seen::Run(run))) => return Submitted::As(run),
            Ok(Some(Seen::NewMonitor)) => {
                let what = "the answer was lost; another life of the monitor has begun since, and its journal has no such run";
                return Submitted::NotOpened(Reason::new(what, "look at `switchtower status`, and give the command again"));
            }
            Ok(None) | Err(_) if Instant::now() < until => tokio::select! {
                () = sleep(PAUSE) => {}
                () = &mut interrupted => return Submitted::Unknown(unknown),
            },
            Ok(None) | Err(_) => return Submitted::Unknown(unknown),
        }
    }
}

/// What the journal says of a submission.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Run(RunId),
    /// The monitor that had the submission is gone, and did not write it down.
    NewMonitor,
}

async fn look(dial: &dyn Dial, sequence: u64, hash: &str) -> Result<Option<Seen>, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let mut next = sequence.saturating_add(1);
    let mut new_monitor = false;
    loop {
        let log = link.log(next, PAGE).await?;
        let Some(last) = log.records.last().map(|r| r.index) else { break };
        match seen(&log.records, hash) {
            Some(Seen::NewMonitor) => new_monitor = true,
            Some(run) => return Ok(Some(run)),
            None => {}
        }
        if last >= log.last {
            break;
        }
        next = last.saturating_add(1);
    }
    Ok(new_monitor.then_some(Seen::NewMonitor))
}

fn seen(records: &[Record], hash: &str) -> Option<Seen> {
    let run = records.iter().find(|r| matches!(&r.body, Body::RunOpened { hash: h, .. } if h == hash));
    let new = || records.iter().any(|r| matches!(r.body, Body::TermTaken { .. }));
    run.map(|r| Seen::Run(RunId(r.index))).or_else(|| new().then_some(Seen::NewMonitor))
}
