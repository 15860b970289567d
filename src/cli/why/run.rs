//! A run: who wanted it or which decision, how it stands, and what failed.

use crate::cli::past;
use crate::cli::report::gather;
use crate::client::{ClientError, Link};
use crate::core::record::{Body, Record, RunId};
use crate::core::run::StepState;
use crate::core::trigger::DecisionId;
use crate::wire::RunView;
use crate::words::{Line, Narrator, Tone, time};

/// The run in sentences; its opening, its decision and what was found of its service.
pub(super) async fn lines(link: &mut dyn Link, id: RunId) -> Result<(Vec<Line>, Vec<Record>), ClientError> {
    let report = gather(link, Some(id)).await?;
    let mut lines = told(&report.run);
    let opened = report.records.iter().find(|record| matches!(record.body, Body::RunOpened { .. })).cloned();
    let decision: Option<DecisionId> = match opened.as_ref().map(|record| &record.body) {
        Some(Body::RunOpened { decision, .. }) => *decision,
        _ => None,
    };
    let mut records: Vec<Record> = opened.into_iter().collect();
    if let Some(decision) = decision {
        if let Some(record) = past::entry(link, decision.0).await? {
            lines.insert(1, Line::from(format!("  {}", Narrator::default().sentence(&record).1)));
            records.push(record);
        }
        lines.insert(1, Line::from(format!("the monitor decided on it itself: switchtower why {decision}")));
    }
    for record in report.records.iter().filter(|record| matches!(record.body, Body::Serving { .. })) {
        let (tone, said) = Narrator::default().sentence(record);
        lines.push(Line::of(tone, said));
        records.push(record.clone());
    }
    lines.push(Line::of(Tone::Faint, format!("every step: switchtower report {id}")));
    Ok((lines, records))
}

fn told(run: &RunView) -> Vec<Line> {
    let why = run.reason.as_ref().map_or_else(|| "no reason was given".to_owned(), |reason| format!("because: {reason}"));
    let mut lines = vec![
        Line::of(Tone::Strong, format!("run {}: {}", run.run, run.summary)),
        Line::from(format!("{} asked for {} at {}; {why}", run.who, run.verb, time(run.opened))),
    ];
    lines.push(match &run.end {
        Some(end) => Line::of(crate::words::end_tone(end), format!("it ended: {end}")),
        None => Line::of(Tone::Warn, "it is not over yet"),
    });
    lines.extend(run.turned_back.iter().map(|why| Line::of(Tone::Warn, format!("it is on its way back: {why}"))));
    lines.extend(run.doubt.iter().map(|doubt| Line::of(Tone::Warn, format!("in doubt: {doubt}; it is asked about until it is known"))));
    for step in &run.steps {
        if let StepState::Failed { detail, .. } | StepState::NotUndone { detail } = &step.state {
            let what = format!("step {}, {} on {}: {}: {detail}", step.id, step.command, step.host, step.state.word());
            lines.push(Line::of(Tone::Bad, what));
        }
    }
    lines
}
