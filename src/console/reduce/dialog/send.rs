//! The one way out for everything that changes anything of the cluster: rights and freshness are looked at here, whatever was
//! looked at before.

use super::of_mut;
use crate::console::act;
use crate::console::effect::{Effect, Question};
use crate::console::event::Ticket;
use crate::console::state::{Order, Stage, State, Task};
use crate::core::record::RunId;
use crate::wire::{PlanView, Submit};

/// Hands a question in that acts, and keeps a task of it.
///
/// # Errors
/// Why it does not leave.
fn act(state: &mut State, order: Order, plan: Option<Box<PlanView>>, question: Question) -> Result<Vec<Effect>, String> {
    let shut = state.read_only().map(str::to_owned).or_else(|| act::closed(state));
    if let Some(why) = shut.filter(|_| act::acts(&question)) {
        return Err(format!("nothing was sent: {why}"));
    }
    if state.tasks.full() {
        return Err("nothing was sent: too much that was handed in is not known yet; wait until the monitor tells of it".to_owned());
    }
    let ticket = state.ticket();
    let mut task = Task::new(ticket, order, state.now);
    task.plan = plan;
    if let Question::Abort { run, .. } = &question {
        task.run = Some(*run);
        task.view = super::open::open_run(state, *run).map(|view| (state.now, view));
    }
    state.tasks.begin(task);
    sent(state, ticket);
    Ok(vec![Effect::Ask(ticket, question)])
}

fn sent(state: &mut State, ticket: Ticket) {
    if let Some(dialog) = of_mut(state) {
        dialog.stage = Stage::Sent(ticket);
        dialog.changed.clear();
        dialog.said = None;
        dialog.scroll = 0;
    }
}

/// Hands in the plan that is on the screen, with what was typed.
///
/// # Errors
/// Why it does not leave.
pub(super) fn submit(state: &mut State) -> Result<Vec<Effect>, String> {
    let Some(dialog) = of_mut(state) else { return Err("there is no dialog".to_owned()) };
    let (Order::Command { command, overrides }, Some(plan), Some(basis)) = (&dialog.order, dialog.plan(), &dialog.basis) else {
        return Err("there is no plan on the screen".to_owned());
    };
    let submit = Submit {
        command: command.clone(),
        plan: plan.hash.clone(),
        confirm: dialog.word.value().trim().to_owned(),
        reason: dialog.reason().map(str::to_owned),
        overrides: overrides.clone(),
    };
    let (plan, order, sequence) = (Box::new(plan.clone()), dialog.order.clone(), basis.sequence);
    act(state, order, Some(plan), Question::Submit { submit, sequence })
}

/// Sends a nudge that was answered with yes.
///
/// # Errors
/// Why it does not leave.
pub(super) fn nudge(state: &mut State) -> Result<Vec<Effect>, String> {
    let Some(dialog) = of_mut(state) else { return Err("there is no dialog".to_owned()) };
    let (order, reason) = (dialog.order.clone(), dialog.reason().map(str::to_owned));
    let question = match order.clone() {
        Order::Abort(run) => Question::Abort { run, reason },
        Order::Mode(mode) | Order::Resume(mode) => Question::Mode { mode, reason },
        Order::Acknowledge => Question::Acknowledge { reason },
        Order::Command { .. } | Order::Watch(_) => return Err("this takes more than a yes".to_owned()),
    };
    act(state, order, None, question)
}

/// Asks where a run stands, which changes nothing.
pub(super) fn look(state: &mut State, run: RunId) -> Effect {
    Effect::Ask(state.ticket(), Question::Run(run))
}
