//! What people read before a run is turned back: what would be taken back, or why it cannot be.

use super::text::{Line, Tone};
use crate::core::command::Reason;
use crate::core::run::StepState;
use crate::wire::RunView;

/// What stands in the way of turning a run back, as far as can be seen from here; the monitor looks again.
#[must_use]
pub fn why_not(view: &RunView) -> Option<Reason> {
    let run = view.run;
    if let Some(end) = &view.end {
        return Some(Reason::new(format!("run {run} is over: {end}"), "nothing is to be done"));
    }
    if view.turned_back.is_some() {
        return Some(Reason::new(format!("run {run} is on its way back already"), format!("watch it with `switchtower report {run}`")));
    }
    view.crossed.then(|| Reason::new(format!("run {run} is past its point of no return"), "let it end, then move back with a switchover"))
}

/// What turning a run back takes back: the last that was begun first.
#[must_use]
pub fn abort_lines(view: &RunView) -> Vec<Line> {
    let mut lines = vec![
        Line::of(Tone::Strong, format!("abort of run {} by {}: {}", view.run, view.who, view.summary)),
        Line::from("what was begun is taken back, the last first:"),
    ];
    let begun = view.steps.iter().rev().filter(|s| s.state != StepState::Waiting);
    lines.extend(begun.map(|s| Line::from(format!("  step {}, {} on {}: {}", s.id, s.command, s.host, s.state.word()))));
    if lines.len() == 2 {
        lines.push(Line::from("  nothing was begun yet"));
    }
    lines
}
