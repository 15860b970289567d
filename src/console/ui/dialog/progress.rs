//! What became of what was handed in, as lines: where it stands, its steps, and its end in the words that mean one thing each.

use crate::console::reduce::dialog::last_words;
use crate::console::state::{Link, Progress, State, Task};
use crate::core::command::End;
use crate::core::plan::{NoReturn, StepId};
use crate::core::run::{StepState, Way};
use crate::wire::{RunView, StepView};
use crate::words::{Line, Tone, span};

/// All of it.
pub(super) fn lines(state: &State, task: &Task) -> Vec<Line> {
    let mut lines = vec![standing(state, task)];
    if let Progress::Over(End::Partly { left, .. }) = &task.progress {
        lines.extend(left.iter().map(|line| Line::of(Tone::Bad, format!("  left: {line}"))));
    }
    lines.extend(task.serving.iter().map(|text| Line::from(text.clone())));
    let Some((_, view)) = &task.view else { return lines };
    lines.push(Line::from(format!("run {} by {}: {}", view.run, view.who, view.summary)));
    lines.extend(view.reason.iter().map(|reason| Line::of(Tone::Faint, format!("reason: {reason}"))));
    lines.extend(view.turned_back.iter().map(|why| Line::of(Tone::Warn, format!("on its way back: {why}"))));
    lines.extend(view.doubt.iter().map(|doubt| Line::of(Tone::Warn, format!("in doubt: {doubt}"))));
    lines.push(Line::empty());
    lines.extend(steps(state, task, view));
    lines
}

/// Where it stands, in one line.
fn standing(state: &State, task: &Task) -> Line {
    let silent = silence(state, task);
    let since = span(state.now.since(task.since));
    match (&task.progress, silent) {
        (Progress::Over(end), _) => {
            let (tone, words) = last_words(task, end);
            Line::of(tone, words)
        }
        (Progress::NotTaken(why), _) => Line::of(Tone::Warn, why.clone()),
        (Progress::Unknown(why), _) => Line::of(Tone::Warn, format!("unknown: {why}; {}asking again", last_said(task))),
        (_, Some(ms)) => Line::of(Tone::Warn, format!("unknown: no answer for {}; {}asking again", span(ms), last_said(task))),
        (Progress::Sent, None) => Line::of(Tone::Strong, format!("asked for {since} ago; waiting for the answer")),
        (Progress::Open, None) => Line::of(Tone::Strong, format!("under way for {since}")),
    }
}

/// For how long nothing was heard, where that is longer than it should be.
fn silence(state: &State, task: &Task) -> Option<u64> {
    if !state.stale() {
        return None;
    }
    let heard = task.view.as_ref().map_or(task.since, |(at, _)| *at);
    let since = match &state.link {
        Link::Down { since, .. } => heard.min(*since),
        Link::Connecting { .. } | Link::Up => heard,
    };
    Some(state.now.since(since))
}

fn last_said(task: &Task) -> String {
    let Some((_, view)) = &task.view else { return String::new() };
    match view.steps.iter().find(|step| under_way(&step.state)) {
        Some(step) => format!("step {} was {}; ", step.id, step.state.word()),
        None => String::new(),
    }
}

fn under_way(state: &StepState) -> bool {
    matches!(state, StepState::Running { .. } | StepState::Doubtful { .. })
}

/// The steps, with the point of no return between them.
fn steps(state: &State, task: &Task, view: &RunView) -> Vec<Line> {
    let plan = task.plan.as_ref().map(|plan| &plan.plan);
    let dash = if state.settings.ascii { "---" } else { "\u{2500}\u{2500}\u{2500}" };
    let passing: Vec<StepId> = match plan.map(|plan| &plan.no_return) {
        Some(NoReturn::After { steps }) => steps.iter().copied().collect(),
        _ => Vec::new(),
    };
    let first = view.steps.iter().map(|step| step.id).find(|id| passing.contains(id));
    let passed = if view.crossed { "passed" } else { "not passed yet" };
    let mut lines = Vec::new();
    if matches!(plan.map(|plan| &plan.no_return), Some(NoReturn::FromTheStart)) {
        lines.push(Line::of(Tone::Warn, format!("{dash} no way back from here {dash}")));
    }
    for step in &view.steps {
        lines.push(line(state, task, step));
        if first == Some(step.id) {
            lines.push(Line::of(Tone::Warn, format!("{dash} point of no return: {passed} {dash}")));
        }
    }
    if plan.is_none() && view.crossed {
        lines.push(Line::of(Tone::Warn, format!("{dash} past the point of no return {dash}")));
    }
    lines
}

fn line(state: &State, task: &Task, step: &StepView) -> Line {
    let open = matches!(step.state, StepState::Waiting | StepState::Running { .. } | StepState::Doubtful { .. });
    if open && task.untold() {
        return Line::of(Tone::Faint, format!("{:>2}. {:<10}", step.id.0, "not heard"))
            .and(Tone::Plain, format!("on {}: {}", step.host, step.command));
    }
    let tone = match &step.state {
        StepState::Waiting => Tone::Faint,
        StepState::Running { .. } => Tone::Strong,
        StepState::Doubtful { .. } => Tone::Warn,
        StepState::Done { .. } | StepState::Undone { .. } => Tone::Good,
        StepState::Failed { .. } | StepState::NotUndone { .. } => Tone::Bad,
    };
    let line = Line::of(tone, format!("{:>2}. {:<10}", step.id.0, step.state.word()));
    let line = line.and(Tone::Plain, format!("on {}: {}", step.host, step.command));
    match time(state, task, step) {
        Some(text) => line.and(Tone::Faint, format!("  {text}")),
        None => line,
    }
}

/// How long a step took, or takes and at most may take; why it failed.
fn time(state: &State, task: &Task, step: &StepView) -> Option<String> {
    match &step.state {
        StepState::Running { way } | StepState::Doubtful { way, .. } => {
            let begun = task.begun.iter().find(|(id, _)| *id == step.id).map(|(_, at)| span(state.now.since(*at)));
            let planned = task.plan.as_ref().and_then(|plan| plan.plan.step(step.id));
            let most = planned.and_then(|planned| match way {
                Way::Forth => Some(planned.timeout_ms),
                Way::Back => planned.undo.as_ref().map(|undo| undo.timeout_ms),
            });
            let most = most.map_or(String::new(), |ms| format!(" of at most {}", span(ms)));
            begun.map(|begun| format!("{begun}{most}"))
        }
        StepState::Failed { detail, .. } | StepState::NotUndone { detail } => Some(detail.clone()),
        StepState::Done { .. } | StepState::Undone { .. } => step.took_ms.map(span),
        StepState::Waiting => None,
    }
}
