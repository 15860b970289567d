//! `why`: explains a component, a host, a site, a decision, a run or the cluster from what the monitor knows and has
//! journaled. Plain sentences, the worst first; nothing is guessed here, and nothing is decided again.

mod about;
mod now;
mod rested;
mod run;

use super::args::WhyArgs;
use super::end;
use super::out::Out;
use super::past;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Exit, Reason, Role};
use crate::core::record::{Body, Record};
use crate::wire::StatusView;
use crate::words::{Line, Narrator, Tone, time};
use about::Subject;
use serde::Serialize;
use std::path::PathBuf;

/// How many past decisions, refusals and runs are told.
const TOLD: usize = 3;

/// An explanation; `--json` shows it too.
#[derive(Serialize)]
struct Explained {
    /// What is explained.
    what: String,
    /// What that is: `cluster`, `component`, `host`, `site`, `decision` or `run`.
    kind: &'static str,
    /// The sentences, the worst first.
    sentences: Vec<String>,
    /// The entries of the journal behind them, the newest first.
    records: Vec<Record>,
    #[serde(skip)]
    lines: Vec<Line>,
}

/// Explains.
pub(super) async fn why(dial: &dyn Dial, args: &WhyArgs, config: PathBuf, out: &mut Out) -> Exit {
    match explain(dial, args.what.as_deref(), config).await {
        Err(error) => end::client_error(&error, out),
        Ok(Err(reason)) => end::reasons(Exit::Refused, vec![reason], out),
        Ok(Ok(mut explained)) => {
            if out.look().json {
                explained.sentences = explained.lines.iter().map(|line| line.text().trim().to_owned()).collect();
                out.document(&explained);
            } else {
                out.say_all(explained.lines);
            }
            Exit::Done
        }
    }
}

async fn explain(dial: &dyn Dial, what: Option<&str>, config: PathBuf) -> Result<Result<Explained, Reason>, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let status = link.status(false).await?;
    let Some(subject) = about::subject(what, &status) else { return Ok(Err(nothing_called(what.unwrap_or_default(), &status))) };
    let found = match &subject {
        Subject::Decision(id) => match past::decision(link.as_mut(), *id).await? {
            Ok(found) => rested::lines(link.as_mut(), *id, found, config).await?,
            Err(why) => return Ok(Err(Reason::new(why, "`switchtower log` shows the decisions"))),
        },
        Subject::Run(id) => run::lines(link.as_mut(), *id).await?,
        standing => {
            let mut lines = now::lines(standing, &status);
            let records = history(link.as_mut(), standing, &status, &mut lines).await?;
            (lines, records)
        }
    };
    let (lines, records) = found;
    let (what, kind) = (what.unwrap_or(&status.cluster).to_owned(), subject.kind());
    Ok(Ok(Explained { what, kind, sentences: Vec::new(), records, lines }))
}

fn nothing_called(what: &str, status: &StatusView) -> Reason {
    let components = status.components.iter().map(|c| c.name.to_string());
    let hosts = status.hosts.iter().map(|h| h.name.to_string());
    let names: Vec<String> = components.chain(hosts).chain(status.sites.iter().map(ToString::to_string)).collect();
    Reason::new(
        format!("{what:?} is no component, host or site of {}, and no decision or run", status.cluster),
        format!("name one of {}, a decision such as d17 or a run such as r17", names.join(", ")),
    )
}

/// What the journal has about it: the last decisions, refusals and runs.
async fn history(link: &mut dyn Link, subject: &Subject, status: &StatusView, lines: &mut Vec<Line>) -> Result<Vec<Record>, ClientError> {
    let mut all = Vec::new();
    type Kind = fn(&Body) -> bool;
    let kinds: [(&str, Kind); 3] = [
        ("Decided before", |body| matches!(body, Body::Decided { .. })),
        ("Refused", |body| matches!(body, Body::Refused { .. })),
        ("Runs", |body| matches!(body, Body::RunOpened { .. })),
    ];
    let standing = status.decision.as_ref().map(|decision| decision.id.0);
    let picked = |record: &Record| Some(record.index) != standing && about::about(record, subject);
    let found = past::last(link, TOLD * 12, |record| picked(record)).await?;
    for (title, kind) in kinds {
        let of_kind: Vec<&Record> = found.iter().filter(|record| kind(&record.body)).take(TOLD).collect();
        if of_kind.is_empty() {
            continue;
        }
        lines.push(Line::of(Tone::Strong, format!("{title}, the newest first:")));
        for record in of_kind {
            let (tone, said) = Narrator::default().sentence(record);
            lines.push(Line::of(Tone::Faint, format!("  {}  ", time(record.at))).and(tone, said));
            all.push(record.clone());
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
