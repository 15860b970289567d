//! The end of a run in words: what failed, and what is left as it should not be.

use super::{Phase, Run, StepState};
use crate::core::command::End;
use crate::core::model::Service;
use crate::core::plan::Step;

/// How a run ends of which no step is under way and none can be begun.
pub(super) fn end(run: &Run) -> End {
    match &run.phase {
        Phase::Closed { end } => end.clone(),
        Phase::Forth => {
            let left: Vec<String> = run.plan.steps.iter().filter_map(|step| not_done(run, step)).collect();
            let why = first_failure(run).unwrap_or_default();
            if left.is_empty() { End::Done } else { End::Partly { why, left } }
        }
        Phase::Back { why } => {
            let left: Vec<String> = run.plan.steps.iter().filter_map(|step| not_undone(run, step)).collect();
            let why = run.kept_hooks().map_or_else(|| why.clone(), |kept| format!("{why}; {kept}"));
            if left.is_empty() { End::NothingChanged { why } } else { End::Partly { why, left } }
        }
    }
}

/// What stopped the run, or else what it went on without.
fn first_failure(run: &Run) -> Option<String> {
    let failed = |step: &Step| match run.state(step.id)? {
        StepState::Failed { detail, .. } => Some(format!("step {}, {} on {}: {detail}", step.id, step.command, step.host)),
        _ => None,
    };
    let steps = || run.plan.steps.iter();
    steps().filter(|step| !step.may_fail()).find_map(failed).or_else(|| steps().find_map(failed))
}

fn not_done(run: &Run, step: &Step) -> Option<String> {
    let line = |what: String| Some(format!("step {}, {} on {}: {what}", step.id, step.command, step.host));
    match run.state(step.id)? {
        StepState::Done { .. } => None,
        StepState::Failed { detail, .. } => line(detail.clone()),
        StepState::Waiting => line("not begun, since a step before it is not done".to_owned()),
        other => line(other.word().to_owned()),
    }
}

fn not_undone(run: &Run, step: &Step) -> Option<String> {
    if !run.steps.get(&step.id)?.begun() {
        return None;
    }
    if step.service == Service::Power {
        return match run.state(step.id)? {
            StepState::Done { .. } => Some(format!("{} is switched off", step.host)),
            StepState::Failed { ran: true, detail } => Some(format!("step {}, {} on {}: {detail}", step.id, step.command, step.host)),
            _ => None,
        };
    }
    // What was stopped before the run, and only made sure of, is as it was.
    let command = &step.undo.as_ref()?.command;
    let line = |what: String| Some(format!("step {} is not undone, {command} on {}: {what}", step.id, step.host));
    match run.state(step.id)? {
        StepState::Undone { .. } => None,
        StepState::NotUndone { detail } => line(detail.clone()),
        _ => line("held, since something that must be undone before it is not".to_owned()),
    }
}
