//! A run that the monitor has forgotten, put together again from its entries in the journal.

use crate::core::record::{Body, Record, RunId, RunLog};
use crate::core::run::{Phase, Run};
use crate::wire::{RunView, StepView};

/// The run as its entries leave it; `None` where its opening is not among them, or they contradict each other.
pub(in crate::cli) fn rebuilt(id: RunId, records: &[Record]) -> Option<RunView> {
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
    Some(view(id, &log))
}

fn opened(id: RunId, record: &Record) -> Option<RunLog> {
    match &record.body {
        Body::RunOpened { who, reason, hash, plan } if record.index == id.0 => Some(RunLog {
            who: who.clone(),
            reason: reason.clone(),
            hash: hash.clone(),
            opened: record.at,
            closed: None,
            run: Run::open((**plan).clone()),
        }),
        _ => None,
    }
}

fn view(id: RunId, log: &RunLog) -> RunView {
    let run = &log.run;
    let plan = run.plan();
    let step = |step: &crate::core::plan::Step| {
        let at = run.steps().get(&step.id)?;
        Some(StepView {
            id: step.id,
            component: step.component.clone(),
            host: step.host.clone(),
            action: step.action,
            command: step.command.clone(),
            state: at.state.clone(),
            sent: at.sent,
            took_ms: at.took_ms,
        })
    };
    RunView {
        run: id,
        summary: plan.summary.clone(),
        verb: plan.command.verb().to_owned(),
        who: log.who.clone(),
        reason: log.reason.clone(),
        opened: log.opened,
        closed: log.closed,
        end: run.end().cloned(),
        turned_back: match run.phase() {
            Phase::Back { why } => Some(why.clone()),
            Phase::Forth | Phase::Closed { .. } => None,
        },
        crossed: run.crossed(),
        doubt: run.doubt().map(|(step, why)| format!("step {}, {} on {}: {why}", step.id, step.command, step.host)),
        steps: plan.steps.iter().filter_map(step).collect(),
    }
}
