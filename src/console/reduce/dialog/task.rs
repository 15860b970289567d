//! What was handed in and is not over: followed until its end is known, with or without a dialog. Nothing here ever takes a
//! silence for an end.

use super::answer::{opened, shows};
use super::{live, of_mut, send};
use crate::console::effect::Effect;
use crate::console::event::Ticket;
use crate::console::reduce::link::told;
use crate::console::state::{Order, Progress, Stage, State, Task};
use crate::core::command::End;
use crate::core::record::{Body, Record, RunId, Stance};
use crate::core::run::RunEvent;
use crate::wire::{ModeAsk, RunView};
use crate::words::{Tone, end_tone};

/// Between two questions about the same run, in milliseconds.
const PAUSE_MS: u64 = 1_000;
/// A question whose answer never came is forgotten after so many milliseconds.
const FORGET_MS: u64 = 30_000;

/// A second has passed: runs are asked for whose view does not come with the picture, and what is typed into is closed where
/// the monitor is not heard.
pub(in crate::console::reduce) fn tick(state: &mut State) -> Vec<Effect> {
    live::link(state);
    prune(state);
    let now = state.now;
    let mut runs: Vec<RunId> = Vec::new();
    let open: Vec<RunId> = match (&state.picture, state.stale()) {
        (Some(picture), false) => picture.status.open_runs.iter().map(|run| run.run).collect(),
        _ => Vec::new(),
    };
    for task in state.tasks.all_mut().filter(|task| unseen(task)) {
        let since = now.since(task.asked);
        let waits = task.waits && since < FORGET_MS;
        let Some(run) = task.run.filter(|run| since >= PAUSE_MS && !waits && !open.contains(run)) else { continue };
        task.asked = now;
        task.waits = true;
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    runs.into_iter().map(|run| send::look(state, run)).collect()
}

/// It is not over, or how its run stands at the end was not seen yet: the journal may tell the end first.
fn unseen(task: &Task) -> bool {
    match task.progress {
        Progress::Over(_) => task.view.as_ref().is_none_or(|(_, view)| view.end.is_none()),
        Progress::NotTaken(_) => false,
        Progress::Sent | Progress::Unknown(_) | Progress::Open => true,
    }
}

/// Takes the views of open runs from the picture.
pub(super) fn see(state: &mut State) -> Vec<Effect> {
    let Some(picture) = &state.picture else { return Vec::new() };
    let followed = |run: &&RunView| state.tasks.all().any(|task| task.run == Some(run.run) && !task.is_over());
    let views: Vec<RunView> = picture.status.open_runs.iter().filter(followed).cloned().collect();
    views.into_iter().flat_map(|run| view(state, run.run, run)).collect()
}

/// Where a run stands.
pub(super) fn view(state: &mut State, run: RunId, view: RunView) -> Vec<Effect> {
    let (now, end) = (state.now, view.end.clone());
    let mut over = Vec::new();
    for task in state.tasks.all_mut().filter(|task| task.run == Some(run)) {
        // The end is the last that is told of a run.
        if task.view.as_ref().is_some_and(|(_, known)| known.end.is_some()) {
            continue;
        }
        task.see(now, view.clone());
        if task.is_over() {
            continue;
        }
        match (&end, task.undoes()) {
            (Some(_), _) => over.push(task.ticket),
            // That a run goes on does not say whether it was turned back.
            (None, true) if view.turned_back.is_none() => {}
            (None, _) => task.progress = Progress::Open,
        }
    }
    let Some(end) = end else { return Vec::new() };
    over.into_iter().flat_map(|ticket| ended(state, ticket, end.clone())).collect()
}

/// An entry of the journal, after it was taken in: what it says of what was handed in.
pub(in crate::console::reduce) fn heard(state: &mut State, record: &Record) -> Vec<Effect> {
    let mut effects = Vec::new();
    let line = state.journal.line(record.index).map(|line| line.text.clone());
    let tickets: Vec<Ticket> = state.tasks.all().filter(|task| concerns(task, record)).map(|task| task.ticket).collect();
    for ticket in tickets {
        let Some(task) = state.tasks.of_mut(ticket) else { continue };
        task.keep(record);
        match &record.body {
            Body::Run { event: RunEvent::Closed { end }, .. } => effects.extend(ended(state, ticket, end.clone())),
            Body::Serving { .. } => {
                task.serving.clone_from(&line);
                if let Some(text) = line.clone().filter(|_| !task.watches() && !task.undoes()) {
                    state.notices.say(state.clock, Tone::Plain, text);
                }
            }
            _ => effects.extend(found(state, ticket)),
        }
    }
    effects
}

fn concerns(task: &Task, record: &Record) -> bool {
    match &record.body {
        Body::Run { run, .. } | Body::Serving { run, .. } => task.run == Some(*run) || (task.run.is_none() && task.opened() == Some(*run)),
        Body::RunOpened { hash, .. } => !task.is_over() && task.plan.as_ref().is_some_and(|plan| plan.hash == *hash),
        Body::StanceSet { who: Some(_), .. } | Body::Acknowledged { .. } => !task.is_over() && task.plan.is_none(),
        _ => false,
    }
}

/// What the journal knows of something of which no answer came.
pub(super) fn found(state: &mut State, ticket: Ticket) -> Vec<Effect> {
    let Some(task) = state.tasks.of(ticket).filter(|task| matches!(task.progress, Progress::Unknown(_))) else { return Vec::new() };
    let taken = match &task.order {
        Order::Command { .. } => return task.opened().map_or_else(Vec::new, |run| opened(state, ticket, run)),
        Order::Mode(mode) | Order::Resume(mode) => task.has(|r| matches!(&r.body, Body::StanceSet { stance, .. } if is(mode, stance))),
        Order::Acknowledge => task.has(|r| matches!(r.body, Body::Acknowledged { .. })),
        Order::Abort(_) | Order::Watch(_) => false,
    };
    if taken { ended(state, ticket, End::Done) } else { Vec::new() }
}

fn is(mode: &ModeAsk, stance: &Stance) -> bool {
    matches!(
        (mode, stance),
        (ModeAsk::Automatic, Stance::Automatic)
            | (ModeAsk::ObserveOnly, Stance::ObserveOnly)
            | (ModeAsk::Pause { .. }, Stance::Paused { .. })
    )
}

/// The end of a run was journaled before its id was known here.
pub(super) fn closed_meanwhile(state: &mut State, ticket: Ticket) -> Vec<Effect> {
    let end = std::cell::RefCell::new(None);
    let Some(task) = state.tasks.of(ticket) else { return Vec::new() };
    task.has(|record| match &record.body {
        Body::Run { run, event: RunEvent::Closed { end: how }, .. } if task.run == Some(*run) => {
            *end.borrow_mut() = Some(how.clone());
            true
        }
        _ => false,
    });
    match end.into_inner() {
        Some(end) => ended(state, ticket, end),
        None => Vec::new(),
    }
}

/// It is over: told once, and a failure stays until somebody has seen it.
pub(super) fn ended(state: &mut State, ticket: Ticket, end: End) -> Vec<Effect> {
    let now = state.now;
    let Some(task) = state.tasks.of_mut(ticket).filter(|task| !task.is_over()) else { return Vec::new() };
    task.progress = Progress::Over(end.clone());
    task.retell(now);
    let (mine, run) = (!task.watches(), task.run);
    let (tone, words) = last_words(task, &end);
    let text = format!("{}: {words}", task.what);
    // Who has turned a run back knows why it did not end as it was begun.
    let turned = state.tasks.all().any(|other| other.undoes() && other.run.is_some() && other.run == run && other.ticket != ticket);
    let failure = mine && !turned && !matches!(tone, Tone::Good);
    if failure {
        state.notices.keep(state.clock, tone, text.clone());
    } else {
        state.notices.say(state.clock, tone, text.clone());
    }
    // A nudge that was taken leaves nothing to be looked at.
    if run.is_none() && tone == Tone::Good && shows(state, ticket) {
        super::close(state);
    }
    told(state, &text)
}

/// How something ended, in words and their tone.
pub(in crate::console) fn last_words(task: &Task, end: &End) -> (Tone, String) {
    let took = task.view.as_ref().and_then(|(_, view)| {
        let closed = view.closed?;
        u64::try_from(closed.as_millisecond().saturating_sub(view.opened.as_millisecond())).ok()
    });
    let mut about: Vec<String> = task.run.iter().map(|run| format!("run {run}")).collect();
    if let (Some(first), Some(ms)) = (about.first_mut(), took) {
        first.push_str(&format!(" in {}", crate::words::span(ms)));
    }
    about.extend(task.outage().map(|outage| outage.to_string()));
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
    match (end, task.undoes()) {
        (End::NothingChanged { .. }, true) => (Tone::Good, format!("done: everything is undone{about}")),
        (End::Done, true) => (Tone::Warn, format!("it ended before it could be turned back: done{about}")),
        (end, _) => (end_tone(end), format!("{end}{about}")),
    }
}

/// Forgets what was only watched, once nobody looks any more.
pub(super) fn prune(state: &mut State) {
    let shown = of_mut(state).and_then(|dialog| match dialog.stage {
        Stage::Sent(ticket) => Some(ticket),
        _ => None,
    });
    state.tasks.retain(|task| !task.watches() || shown == Some(task.ticket));
}
