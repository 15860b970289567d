//! `health`: one line and an exit code, by the convention of monitoring plugins.
//!
//! It only reads what the monitor shows; `judge` turns that into a state. Whatever keeps it from knowing is UNKNOWN.

mod judge;

use super::args::HealthArgs;
use super::out::Out;
use crate::client::{ClientError, Dial};
use crate::core::command::Role;
use crate::wire::StatusView;
use crate::words::Line;
use judge::{Issue, judge};
use serde::Serialize;
use std::time::Duration;

/// How many issues stand in the line; the rest is counted.
const SHOWN: usize = 4;

/// The states of monitoring plugins, by the worth of their exit codes: from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum State {
    /// Everything is as wanted.
    Ok,
    /// Worth a look.
    Warning,
    /// Nobody can say.
    Unknown,
    /// Somebody has to come.
    Critical,
}

impl State {
    /// The exit code of the convention.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What is said, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Said {
    state: State,
    exit: u8,
    /// The cluster, where the monitor said which.
    cluster: Option<String>,
    /// In words.
    summary: String,
    /// What is wrong, worst first.
    issues: Vec<Issue>,
    /// What is counted: the performance data of the line.
    counts: Vec<Count>,
}

/// Something that is counted.
#[derive(Debug, Serialize)]
struct Count {
    label: &'static str,
    value: u64,
}

/// Says how the cluster is.
pub(super) async fn health(dial: &dyn Dial, args: &HealthArgs, out: &mut Out) -> State {
    let patience = Duration::from_secs(args.timeout);
    let said = match tokio::time::timeout(patience, ask(dial)).await {
        Ok(Ok(status)) => of(&status, args),
        Ok(Err(error)) => unknown(error.to_string()),
        Err(_) => unknown(format!("the monitor did not answer within {} s", args.timeout)),
    };
    tell(&said, out)
}

/// Says that nobody can be asked, and why.
pub(super) fn cannot_ask(why: impl Into<String>, out: &mut Out) -> State {
    tell(&unknown(why.into()), out)
}

async fn ask(dial: &dyn Dial) -> Result<StatusView, ClientError> {
    dial.dial(Role::Observer).await?.status(false).await
}

fn unknown(why: String) -> Said {
    let issues = vec![Issue { state: State::Unknown, what: why.clone() }];
    Said { state: State::Unknown, exit: State::Unknown.code(), cluster: None, summary: why, issues, counts: Vec::new() }
}

fn of(status: &StatusView, args: &HealthArgs) -> Said {
    let issues = judge(status, args);
    let state = issues.iter().map(|issue| issue.state).max().unwrap_or(State::Ok);
    let mut words: Vec<&str> = issues.iter().take(SHOWN).map(|issue| issue.what.as_str()).collect();
    let more = issues.len().saturating_sub(SHOWN);
    let roles = judge::roles(status);
    words.insert(0, &roles);
    let more = if more > 0 { format!("; {more} more, see switchtower status") } else { String::new() };
    let summary = format!("{}: {}{more}", status.cluster, words.join("; "));
    Said { state, exit: state.code(), cluster: Some(status.cluster.clone()), summary, issues, counts: counts(status) }
}

fn counts(status: &StatusView) -> Vec<Count> {
    judge::counts(status).into_iter().map(|(label, value)| Count { label, value }).collect()
}

fn tell(said: &Said, out: &mut Out) -> State {
    if out.look().json {
        out.document(said);
    } else {
        out.say(line(said));
    }
    said.state
}

/// The line: nothing but the performance data may have a bar in it, and quotes are left to those who read it.
fn line(said: &Said) -> Line {
    let data: Vec<String> = said.counts.iter().map(|c| format!("{}={};;;0", c.label, c.value)).collect();
    let data = if data.is_empty() { String::new() } else { format!(" | {}", data.join(" ")) };
    Line::from(format!("SWITCHTOWER {} - {}{data}", said.state.word(), said.summary.replace('|', "/")))
}

#[cfg(test)]
mod tests;
