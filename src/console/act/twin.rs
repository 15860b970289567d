//! The line of the program that does the same elsewhere, ready to be pasted into a shell.

use crate::console::state::{Order, State};
use crate::core::plan::Plan;
use crate::core::record::RunId;
use crate::wire::ModeAsk;
use crate::words::{again, duration, quoted};

/// The line; `None` where a plan is needed and there is none. Where a reason is needed and was not given there is an empty one,
/// which is not taken.
#[must_use]
pub fn twin(state: &State, order: &Order, plan: Option<&Plan>, reason: Option<&str>) -> Option<String> {
    let options = &state.settings.again;
    let nudge = |words: String| {
        let reason = match reason {
            Some(reason) => format!(" --reason {}", quoted(reason)),
            None if order.needs_reason() => " --reason ''".to_owned(),
            None => String::new(),
        };
        Some(format!("switchtower{options} {words} --confirm yes{reason}"))
    };
    match order {
        Order::Command { command, overrides } => plan.map(|plan| again(options, command, overrides, reason, &plan.confirm, &plan.hash())),
        Order::Abort(run) => nudge(format!("abort {run}")),
        Order::Mode(mode @ ModeAsk::Pause { .. }) => nudge(format!("pause{}", duration(mode))),
        Order::Mode(ModeAsk::Automatic) => nudge("mode automatic".to_owned()),
        Order::Mode(ModeAsk::ObserveOnly) => nudge("mode observe-only".to_owned()),
        Order::Resume(_) => nudge("resume".to_owned()),
        Order::Acknowledge => nudge("acknowledge".to_owned()),
        Order::Watch(run) => Some(report(options, *run)),
    }
}

/// The line that tells what became of a run.
pub(in crate::console) fn report(options: &str, run: RunId) -> String {
    format!("switchtower{options} report {run}")
}
