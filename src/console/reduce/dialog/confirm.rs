//! What a dialog misses before it acts, and what `enter` and `y` do about it.

use super::{of, of_mut, send};
use crate::console::act;
use crate::console::effect::{Effect, Question};
use crate::console::state::{Dialog, Order, Stage, State};
use crate::core::command::Class;

/// Between everything being typed and the second look, in milliseconds.
pub(super) const SECOND_LOOK_MS: u64 = 3_000;

/// Why nothing can be typed for now.
pub(in crate::console) fn closed(state: &State) -> Option<String> {
    act::closed(state)
}

/// That what is answered cannot be read: the screen has no room for it.
pub(super) fn too_small(state: &State) -> Option<String> {
    crate::console::ui::act_needs(state).map(|needed| format!("needs {}x{} to be answered", needed.cols, needed.rows))
}

/// What is still missing of what a dialog wants typed; `None` where it is complete.
pub(super) fn missing(dialog: &Dialog) -> Option<String> {
    if let Some(reason) = dialog.reason().filter(|reason| reason.len() > act::MAX_REASON) {
        return Some(act::too_long(reason));
    }
    if let Some(plan) = dialog.plan() {
        let (word, typed) = (&plan.plan.confirm, dialog.word.value().trim());
        if word.is_empty() {
            return Some("this plan names no word that confirms it: nothing can be sent from here".to_owned());
        }
        if typed.is_empty() {
            return Some(format!("type {word} first"));
        }
        if typed != word {
            return Some(format!("{} is not {word}", crate::words::clean(typed, false)));
        }
    }
    (dialog.order.needs_reason() && dialog.reason().is_none()).then(|| "a reason is needed: it is kept in the journal".to_owned())
}

/// `enter`: acts only once everything is typed, and otherwise says what is missing.
pub(super) fn enter(state: &mut State) -> Vec<Effect> {
    if let Some(why) = closed(state) {
        return say(state, why);
    }
    // The dialog says so itself, in the place of what is typed.
    if too_small(state).is_some() {
        return Vec::new();
    }
    let now = state.now;
    let Some(dialog) = of(state) else { return Vec::new() };
    let next = match &dialog.stage {
        Stage::Asking(Some(_)) => match missing(dialog) {
            Some(why) => Err(why),
            None if dialog.order.class() == Class::Risk => return second_look(state),
            None => Ok(()),
        },
        Stage::Asking(None) | Stage::Turning(_) => {
            Err(missing(dialog).unwrap_or_else(|| "press y to go on, n to leave everything as it is".to_owned()))
        }
        Stage::SecondLook { until, .. } if now < *until => Err(format!("{} s more", until.since(now).div_ceil(1000))),
        Stage::SecondLook { asked: Some(_), .. } => Err("the plan is still being looked at once more".to_owned()),
        Stage::SecondLook { .. } => missing(dialog).map_or(Ok(()), Err),
        _ => return Vec::new(),
    };
    match next.and_then(|()| send::submit(state)) {
        Ok(effects) => effects,
        Err(why) => say(state, why),
    }
}

/// `y` to a nudge.
pub(super) fn yes(state: &mut State) -> Vec<Effect> {
    if let Some(why) = closed(state) {
        return say(state, why);
    }
    if too_small(state).is_some() {
        return Vec::new();
    }
    let Some(dialog) = of(state).filter(|dialog| matches!(dialog.stage, Stage::Asking(None) | Stage::Turning(_))) else {
        return Vec::new();
    };
    match missing(dialog).map_or_else(|| send::nudge(state), Err) {
        Ok(effects) => effects,
        Err(why) => say(state, why),
    }
}

/// Everything is typed: the plan is asked for once more, and for a while nothing can be confirmed.
fn second_look(state: &mut State) -> Vec<Effect> {
    if let Some(why) = state.read_only() {
        return say(state, why.to_owned());
    }
    let (ticket, until) = (state.ticket(), state.now.plus(SECOND_LOOK_MS));
    let Some(dialog) = of_mut(state) else { return Vec::new() };
    let Order::Command { command, overrides } = &dialog.order else { return Vec::new() };
    let question = Question::Plan { command: command.clone(), overrides: overrides.clone() };
    let Stage::Asking(Some(plan)) = std::mem::replace(&mut dialog.stage, Stage::Planning(ticket)) else { return Vec::new() };
    dialog.stage = Stage::SecondLook { plan, until, asked: Some(ticket) };
    dialog.said = None;
    vec![Effect::Ask(ticket, question)]
}

fn say(state: &mut State, why: String) -> Vec<Effect> {
    if let Some(dialog) = of_mut(state) {
        dialog.said = Some(why);
    }
    Vec::new()
}
