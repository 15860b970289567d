//! How a dialog begins: with its plan being asked for, or with the question itself where there is nothing to plan.

use super::{close, of, of_mut};
use crate::console::act::{self, Asked};
use crate::console::effect::{Effect, Question};
use crate::console::event::Moment;
use crate::console::state::{Dialog, Field, Layer, Order, Progress, Stage, State, Task};
use crate::words::Tone;

/// Opens the dialog of an act.
pub fn open(state: &mut State, order: Order) -> Vec<Effect> {
    asked(state, Asked { order, reason: String::new() })
}

/// The same, with the reason that was typed along with it.
pub fn asked(state: &mut State, asked: Asked) -> Vec<Effect> {
    let Asked { order, reason } = asked;
    if let Some(why) = act::why_not(state, &order) {
        state.notices.say(state.clock, Tone::Warn, why);
        return Vec::new();
    }
    close(state);
    let mut dialog = match &order {
        Order::Command { .. } => {
            let ticket = state.ticket();
            Dialog::new(order, Stage::Planning(ticket))
        }
        Order::Abort(run) => {
            let Some(view) = open_run(state, *run) else { return Vec::new() };
            Dialog::new(order, Stage::Turning(Box::new(view)))
        }
        Order::Watch(run) => watched(state, *run),
        Order::Mode(_) | Order::Resume(_) | Order::Acknowledge => Dialog::new(order, Stage::Asking(None)),
    };
    dialog.basis = state.picture.as_ref().map(|picture| picture.status.clone());
    dialog.reason = tui_input::Input::new(reason);
    dialog.heard = state.now;
    if dialog.order.needs_reason() && dialog.reason().is_none() && dialog.plan().is_none() && !matches!(dialog.stage, Stage::Planning(_)) {
        dialog.field = Field::Reason;
    }
    state.layers.push(Layer::Dialog(Box::new(dialog)));
    match of(state).map(|dialog| (&dialog.stage, &dialog.order)) {
        Some((Stage::Planning(ticket), Order::Command { command, overrides })) => {
            vec![Effect::Ask(*ticket, Question::Plan { command: command.clone(), overrides: overrides.clone() })]
        }
        _ => Vec::new(),
    }
}

/// Asks for the plan again. What was typed is gone with the old one.
pub(super) fn again(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(dialog) = of_mut(state) else { return Vec::new() };
    let Order::Command { command, overrides } = &dialog.order else { return Vec::new() };
    let question = Question::Plan { command: command.clone(), overrides: overrides.clone() };
    dialog.stage = Stage::Planning(ticket);
    forget(dialog);
    vec![Effect::Ask(ticket, question)]
}

/// Forgets what was typed.
pub(super) fn forget(dialog: &mut Dialog) {
    dialog.word.reset();
    dialog.reason.reset();
    dialog.field = Field::Word;
    dialog.said = None;
    dialog.chosen = 0;
}

pub(super) fn open_run(state: &State, run: crate::core::record::RunId) -> Option<crate::wire::RunView> {
    let runs = &state.picture.as_ref()?.status.open_runs;
    runs.iter().find(|view| view.run == run).cloned()
}

/// A dialog over what somebody else has asked for, or over a run of ours that is still followed.
fn watched(state: &mut State, run: crate::core::record::RunId) -> Dialog {
    let known = state.tasks.all().rev().find(|task| task.run == Some(run) && !task.undoes()).map(|task| task.ticket);
    let ticket = known.unwrap_or_else(|| {
        let ticket = state.ticket();
        let mut task = Task::new(ticket, Order::Watch(run), state.now);
        task.run = Some(run);
        task.progress = Progress::Open;
        task.asked = Moment::default();
        if let Some(view) = open_run(state, run) {
            task.what = format!("{} by {}", view.verb, view.who.user);
            task.see(state.now, view);
        }
        state.tasks.begin(task);
        ticket
    });
    Dialog::new(Order::Watch(run), Stage::Sent(ticket))
}
