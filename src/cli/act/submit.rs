//! Handing a plan in, and finding out what became of it when the answer did not come.

use super::{Order, Prepared};
use crate::cli::person::Person;
use crate::client::{ClientError, Dial};
use crate::core::command::{Reason, Role};
use crate::core::plan::PlanHash;
use crate::core::record::{Body, Record, RunId};
use crate::wire::Submit;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a submission without an answer is looked for.
const SEARCH: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Entries that are asked for at once.
const PAGE: u32 = 500;

/// What became of a submission.
pub(super) enum Submitted {
    /// Its run was opened.
    As(RunId),
    /// The monitor's own word that it was not taken.
    Refused(ClientError),
    /// It is certain that no run was opened.
    NotOpened(Reason),
    /// Nobody can say.
    Unknown(Reason),
}

/// The request for an order whose plan was confirmed.
pub(super) fn request(order: &Order, hash: &PlanHash, confirm: String) -> Submit {
    Submit {
        command: order.command.clone(),
        plan: hash.as_str().to_owned(),
        confirm,
        reason: order.args.reason.clone(),
        overrides: order.args.overrides.clone(),
    }
}

/// Hands `request` in once; never a second time, whatever happens. Who presses ctrl-c while it is looked for is let go.
pub(super) async fn submit(
    dial: &dyn Dial,
    prepared: &mut Prepared,
    request: Submit,
    patience: Duration,
    person: &mut dyn Person,
) -> Submitted {
    let hash = request.plan.clone();
    let error = match prepared.link.submit(request).await {
        Ok(run) => return Submitted::As(run),
        Err(error @ ClientError::Failure(_)) => return Submitted::Refused(error),
        Err(error) => error,
    };
    let until = Instant::now() + patience.min(SEARCH);
    let unknown = || {
        let remedy = "look at `switchtower status` and `switchtower log` before giving the command again";
        Submitted::Unknown(Reason::new(format!("{error}; it is not known whether the run was opened"), remedy))
    };
    loop {
        match look(dial, prepared.status.sequence, &hash).await {
            Ok(Some(Seen::Run(run))) => return Submitted::As(run),
            Ok(Some(Seen::NewMonitor)) => {
                let what = format!("{error}; another life of the monitor has begun since, and its journal has no such run");
                return Submitted::NotOpened(Reason::new(what, "look at `switchtower status`, and give the command again"));
            }
            Ok(None) | Err(_) if Instant::now() < until => tokio::select! {
                () = sleep(PAUSE) => {}
                () = person.interrupt() => return unknown(),
            },
            Ok(None) | Err(_) => return unknown(),
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
