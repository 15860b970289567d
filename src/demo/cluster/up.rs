//! Waiting for a demo to come up, and having its cluster started as anybody would: plan, confirmation, submission.

use crate::client::local::Sockets;
use crate::client::{Dial, Link, Submitted, submit};
use crate::core::command::{Command, End, Role};
use crate::core::record::RunId;
use crate::demo::error::DemoError;
use crate::demo::layout::Layout;
use crate::wire::Submit;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long everything may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);
/// For one question to the monitor.
const ANSWER: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// What the journal says.
const REASON: &str = "the demo begins";
/// How much of a log's end is shown.
const SHOWN: usize = 400;

/// Waits for the monitor, then for the hosts, and submits the start of the cluster.
pub(super) async fn up(layout: &Layout, tell: &(dyn Fn(&str) + Sync)) -> Result<RunId, DemoError> {
    let dial = Sockets::new(layout.run_dir(), ANSWER);
    let until = Instant::now() + PATIENCE;
    let late = |what: &str, last: String| DemoError::Late { what: what.to_owned(), after: PATIENCE, log: layout.log("monitor"), last };
    tell("waiting for the monitor");
    let mut link = loop {
        match dial.dial(Role::Operator).await {
            Ok(link) => break link,
            Err(error) if Instant::now() >= until => return Err(late("the monitor", error.to_string())),
            Err(_) => sleep(PAUSE).await,
        }
    };
    tell("waiting until both sites are heard");
    loop {
        match begin(&dial, link.as_mut()).await {
            Ok(run) => return Ok(run),
            Err(last) if Instant::now() >= until => return Err(late("the start of the cluster", last)),
            Err(_) => sleep(PAUSE).await,
        }
        // A link that was lost says so again and again.
        if let Ok(next) = dial.dial(Role::Operator).await {
            link = next;
        }
    }
}

/// Plans the start and submits it; why not, in a sentence, while it is refused.
async fn begin(dial: &dyn Dial, link: &mut dyn Link) -> Result<RunId, String> {
    let status = link.status(false).await.map_err(|error| error.to_string())?;
    let command = Command::Start { site: None };
    let plan = link.plan(command.clone(), Vec::new()).await.map_err(|error| error.to_string())?;
    let (confirm, reason) = (plan.plan.confirm, Some(REASON.to_owned()));
    let request = Submit { command, plan: plan.hash, confirm, reason, overrides: Vec::new() };
    match submit(dial, link, status.sequence, request, ANSWER, std::future::pending()).await {
        Submitted::As(run) => Ok(run),
        Submitted::Refused(error) => Err(error.to_string()),
        Submitted::NotOpened(reason) | Submitted::Unknown(reason) => Err(format!("{reason:?}")),
    }
}

/// How the start ended, in a sentence.
pub(super) async fn ended(layout: &Layout, run: RunId) -> String {
    let dial = Sockets::new(layout.run_dir(), PATIENCE + ANSWER);
    let end = async { dial.dial(Role::Observer).await?.run(Some(run), PATIENCE).await };
    match end.await {
        Ok(view) if view.end == Some(End::Done) => "everything runs at north".to_owned(),
        Ok(view) => {
            let how = view.end.map_or_else(|| "is still under way".to_owned(), |end| format!("ended otherwise ({end:?})"));
            format!("the start of the cluster {how}; switchtower report {run} says more")
        }
        Err(error) => format!("what became of the start of the cluster is not known: {error}"),
    }
}

/// An error with the last words of the log that it names, since the log is gone before anybody can read it.
pub(super) async fn explained(error: DemoError, layout: &Layout) -> DemoError {
    match error {
        DemoError::Late { what, after, log, last } => {
            let text = tokio::fs::read_to_string(layout.log("monitor")).await.unwrap_or_default();
            let skipped = text.chars().count().saturating_sub(SHOWN);
            let tail: String = text.chars().skip(skipped).collect();
            DemoError::Late { what, after, log, last: format!("{last}\nits last words: {}", tail.trim()) }
        }
        other => other,
    }
}
