//! What the monitor answers: a plan, what became of a submission, where a run stands.

use super::task::{self, ended};
use super::{live, of, of_mut, open};
use crate::client::{ClientError, Submitted};
use crate::console::effect::Effect;
use crate::console::event::{Answer, Ticket};
use crate::console::reduce::link::told;
use crate::console::state::{Dialog, Progress, Stage, State};
use crate::core::command::{End, Reason};
use crate::core::record::RunId;
use crate::wire::{FailureKind, PlanView, RunView};
use crate::words::Tone;

/// An answer to what was asked under `ticket`; one that nobody waits for any more changes nothing.
pub(in crate::console::reduce) fn answer(state: &mut State, ticket: Ticket, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Planned(plan) => {
            planned(state, ticket, plan);
            Vec::new()
        }
        Answer::Submitted(came) => submitted(state, ticket, came),
        Answer::StillUnknown(why) => unknown(state, ticket, why),
        Answer::Turned(Ok(view)) => {
            let run = view.run;
            if let Some(task) = state.tasks.of_mut(ticket).filter(|task| !task.is_over()) {
                task.progress = Progress::Open;
                task.waits = false;
            }
            task::view(state, run, *view)
        }
        Answer::Turned(Err(error)) => failed(state, ticket, &error),
        Answer::Taken(Ok(())) => ended(state, ticket, End::Done),
        Answer::Taken(Err(error)) => failed(state, ticket, &error),
        Answer::Run(run, view) => looked(state, run, view),
        Answer::Entry(..) => Vec::new(),
    }
}

fn planned(state: &mut State, ticket: Ticket, plan: Result<Box<PlanView>, ClientError>) {
    let basis = state.picture.as_ref().map(|picture| picture.status.clone());
    let now = state.now;
    let Some(dialog) = of_mut(state) else { return };
    let second = match &dialog.stage {
        Stage::Planning(asked) if *asked == ticket => false,
        Stage::SecondLook { asked: Some(asked), .. } if *asked == ticket => true,
        _ => return,
    };
    dialog.heard = now;
    if !dialog.changed.is_empty() {
        dialog.shaken = Some(now);
    }
    match plan {
        Ok(view) if view.plan.hash().as_str() != view.hash => {
            open::forget(dialog);
            dialog.stage = Stage::Blocked(vec![Reason::new(
                "this program does not understand everything that the monitor's plan says: its hash is another one",
                "use the program of the monitor's own version",
            )]);
        }
        Ok(view) if second => looked_again(dialog, view),
        Ok(view) => {
            dialog.basis = basis;
            dialog.stage = Stage::Asking(Some(view));
        }
        Err(ClientError::Failure(failure)) if failure.data.kind == FailureKind::Refused => {
            open::forget(dialog);
            dialog.stage = Stage::Blocked(failure.data.reasons);
        }
        Err(error) => {
            open::forget(dialog);
            dialog.stage = Stage::Unplanned(error);
        }
    }
}

/// The second look: the same plan may be confirmed, another one is begun with anew.
fn looked_again(dialog: &mut Dialog, view: Box<PlanView>) {
    if let Stage::SecondLook { plan, asked, .. } = &mut dialog.stage
        && plan.hash == view.hash
    {
        *asked = None;
        return;
    }
    open::forget(dialog);
    live::tell(dialog, vec!["the plan is another one now".to_owned()]);
    dialog.stage = Stage::Asking(Some(view));
}

fn submitted(state: &mut State, ticket: Ticket, came: Submitted) -> Vec<Effect> {
    match came {
        Submitted::As(run) => opened(state, ticket, run),
        Submitted::Refused(error) => not_taken(state, ticket, word(&error), &error.reasons()),
        Submitted::NotOpened(reason) => not_taken(state, ticket, "failed (nothing changed)", &[reason]),
        Submitted::Unknown(reason) => unknown(state, ticket, reason.what),
    }
}

/// The run of what was handed in is known.
pub(super) fn opened(state: &mut State, ticket: Ticket, run: RunId) -> Vec<Effect> {
    if let Some(task) = state.tasks.of_mut(ticket).filter(|task| !task.is_over()) {
        task.run = Some(run);
        task.progress = Progress::Open;
        // It is asked for at the next occasion.
        task.asked = crate::console::event::Moment::default();
        task.waits = false;
    }
    match open::open_run(state, run) {
        Some(view) => task::view(state, run, view),
        None => task::closed_meanwhile(state, ticket),
    }
}

/// What is said of what was not taken: the monitor's own word is a refusal, anything else never reached it.
fn word(error: &ClientError) -> &'static str {
    if matches!(error, ClientError::Failure(_) | ClientError::Denied { .. }) { "refused" } else { "not sent" }
}

/// It is certain that it was not taken.
fn not_taken(state: &mut State, ticket: Ticket, word: &str, reasons: &[Reason]) -> Vec<Effect> {
    let line = |reason: &Reason| {
        if reason.remedy.is_empty() { reason.what.clone() } else { format!("{}; do: {}", reason.what, reason.remedy) }
    };
    let why = format!("{word}: {}", reasons.iter().map(line).collect::<Vec<_>>().join("; "));
    let Some(task) = state.tasks.of_mut(ticket).filter(|task| !task.is_over()) else { return Vec::new() };
    task.progress = Progress::NotTaken(why.clone());
    let text = format!("{} {why}", task.what);
    state.notices.keep(state.clock, Tone::Warn, text.clone());
    told(state, &text)
}

/// Nobody knows what became of it, which is no failure: it is asked about until it is known.
fn unknown(state: &mut State, ticket: Ticket, why: String) -> Vec<Effect> {
    let Some(task) = state.tasks.of_mut(ticket).filter(|task| !task.is_over()) else { return Vec::new() };
    let first = !matches!(task.progress, Progress::Unknown(_));
    task.progress = Progress::Unknown(why);
    let text = format!("{}: it is not known whether it was taken; asking again", task.what);
    let known = task::found(state, ticket);
    if !known.is_empty() || !first {
        return known;
    }
    state.notices.keep(state.clock, Tone::Warn, text.clone());
    told(state, &text)
}

/// A nudge without the answer that was hoped for. Only the monitor's own word, or never having reached it, is a refusal.
fn failed(state: &mut State, ticket: Ticket, error: &ClientError) -> Vec<Effect> {
    match error {
        ClientError::Failure(failure) if failure.data.kind != FailureKind::Unknown => {
            not_taken(state, ticket, word(error), &error.reasons())
        }
        ClientError::NotRunning { .. } | ClientError::Denied { .. } | ClientError::Protocol { .. } => {
            not_taken(state, ticket, word(error), &error.reasons())
        }
        other => unknown(state, ticket, other.to_string()),
    }
}

fn looked(state: &mut State, run: RunId, view: Result<Box<RunView>, ClientError>) -> Vec<Effect> {
    for task in state.tasks.all_mut().filter(|task| task.run == Some(run)) {
        task.waits = false;
    }
    match view {
        Ok(view) => task::view(state, run, *view),
        // Asked again in a second; the dialog says since when nothing was heard.
        Err(_) => Vec::new(),
    }
}

/// Whether the dialog shows what was handed in under this ticket.
pub(super) fn shows(state: &State, ticket: Ticket) -> bool {
    of(state).is_some_and(|dialog| matches!(dialog.stage, Stage::Sent(of) if of == ticket))
}
