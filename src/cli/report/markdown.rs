//! A report as Markdown, to be put into a ticket as it is.

use super::Report;
use crate::core::command::End;
use crate::core::record::Record;
use crate::core::run::StepState;
use crate::wire::StepView;
use crate::words::{Line, Narrator, set_back, span, time};

/// The whole report.
pub(super) fn lines(report: &Report) -> Vec<Line> {
    let run = &report.run;
    let mut text = vec![format!("# Run {}: {}", run.run, escaped(&run.summary)), String::new()];
    text.extend(circumstances(report));
    text.extend(
        ["", "## Steps", "", "| # | component | host | command | outcome | took | sent |", "|--:|---|---|---|---|--:|--:|"]
            .map(String::from),
    );
    text.extend(run.steps.iter().map(row));
    if let Some(End::Partly { left, .. }) = &run.end {
        text.extend(["", "## What is left", ""].map(String::from));
        text.extend(left.iter().map(|line| format!("- {}", escaped(line))));
    }
    if !report.records.is_empty() {
        text.extend(["", "## Journal", ""].map(String::from));
        let mut narrator = Narrator::default();
        text.extend(report.records.iter().map(|record| entry(&mut narrator, record)));
    }
    text.into_iter().map(Line::from).collect()
}

fn circumstances(report: &Report) -> Vec<String> {
    let run = &report.run;
    let outcome = run.end.as_ref().map_or_else(|| "not over yet".to_owned(), ToString::to_string);
    let outage = match &report.outage {
        Some(outage) => outage.to_string(),
        None if report.plan.is_none() => "not known: the journal does not have the run any more".to_owned(),
        None => "nothing that served was stopped".to_owned(),
    };
    let facts = [
        ("Outcome", Some(outcome)),
        ("Service", report.service.as_ref().map(ToString::to_string)),
        ("Outage", Some(outage)),
        ("Verb", Some(run.verb.clone())),
        ("Asked for by", Some(run.who.to_string())),
        ("Decision", report.decision.map(|id| format!("{id}, explained by switchtower why {id}"))),
        ("Reason", Some(run.reason.clone().unwrap_or_else(|| "none was given".to_owned()))),
        ("Opened", Some(time(run.opened))),
        ("Over", run.closed.map(time)),
        ("Took", took(report)),
        ("Turned back", run.turned_back.clone()),
        ("Point of no return", Some(if run.crossed { "passed" } else { "not passed" }.to_owned())),
        ("In doubt", run.doubt.clone()),
        ("Plan", report.plan.clone()),
    ];
    facts.into_iter().filter_map(|(name, fact)| Some(format!("- {name}: {}", escaped(&fact?)))).collect()
}

fn took(report: &Report) -> Option<String> {
    let ms = report.run.closed?.as_millisecond().saturating_sub(report.run.opened.as_millisecond());
    let known = u64::try_from(ms).ok().filter(|_| !set_back(&report.records));
    Some(known.map_or_else(|| "not known, since the clock was set back meanwhile".to_owned(), span))
}

fn row(step: &StepView) -> String {
    let took = step.took_ms.map_or_else(|| "--".to_owned(), span);
    let outcome = match &step.state {
        StepState::Waiting | StepState::Running { .. } => step.state.word().to_owned(),
        StepState::Doubtful { why: detail, .. }
        | StepState::Done { detail }
        | StepState::Failed { detail, .. }
        | StepState::Undone { detail }
        | StepState::NotUndone { detail } => match detail.as_str() {
            "" => step.state.word().to_owned(),
            detail => format!("{}: {}", step.state.word(), escaped(detail)),
        },
    };
    let StepView { id, component, host, command, sent, .. } = step;
    let component = component.as_ref().map_or("--", |name| name.as_str());
    format!("| {id} | {component} | {host} | {} | {outcome} | {took} | {sent} |", code(command))
}

fn entry(narrator: &mut Narrator, record: &Record) -> String {
    format!("- {} {}", time(record.at), escaped(&narrator.sentence(record).1))
}

/// Text in which Markdown finds nothing.
fn escaped(text: &str) -> String {
    let special = |c: char| "\\`*_[]<>|#".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A command as code, in a table too.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}
