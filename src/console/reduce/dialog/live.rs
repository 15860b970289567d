//! A dialog while the world goes on: what was typed is void as soon as anything changes that it rests on.

use super::task::{self, see};
use super::{closed, of, of_mut, open};
use crate::console::act;
use crate::console::effect::Effect;
use crate::console::state::{Dialog, Order, Stage, State, named};
use crate::core::command::{Command, Reason};
use crate::core::model::{HostName, Initiative};
use crate::core::record::Stance;
use crate::wire::{HostView, ModeAsk, StatusView};
use crate::words::{condition, role, stance_words};
use std::sync::Arc;

/// The most changes that are listed.
const LISTED: usize = 6;

/// A new picture came.
pub(in crate::console::reduce) fn picture(state: &mut State) -> Vec<Effect> {
    let mut effects = see(state);
    late(state);
    effects.extend(held(state));
    if let Some(dialog) = of_mut(state) {
        dialog.cut = false;
    }
    let now = state.now;
    if let Some(dialog) = of_mut(state) {
        dialog.heard = now;
    }
    task::prune(state);
    effects
}

/// Closes what is typed into while the monitor is not heard: it is void then.
pub(in crate::console) fn link(state: &mut State) {
    let Some(why) = closed(state) else { return };
    let now = state.now;
    if let Some(dialog) = of_mut(state)
        && !dialog.cut
        && !matches!(dialog.stage, Stage::Sent(_))
    {
        dialog.cut = true;
        dialog.shaken = Some(now);
        cut(dialog);
        tell(dialog, vec![why]);
    }
}

/// What has changed stands above the plan: it is brought into sight.
pub(super) fn tell(dialog: &mut Dialog, changed: Vec<String>) {
    dialog.scroll = 0;
    dialog.changed = changed;
}

/// A silence that is over before anybody has looked.
fn late(state: &mut State) {
    let (now, longest) = (state.now, state.picture.as_ref().map_or(u64::MAX, |picture| picture.missed_after()));
    if let Some(dialog) = of_mut(state)
        && !dialog.cut
        && now.since(dialog.heard) > longest
        && !matches!(dialog.stage, Stage::Sent(_))
    {
        dialog.cut = true;
        dialog.shaken = Some(now);
        cut(dialog);
        tell(dialog, vec!["the monitor was silent for a while".to_owned()]);
    }
}

/// It has no room on the screen any more: what was typed before is void.
pub(in crate::console::reduce) fn unseen(state: &mut State) {
    let Some(dialog) = of_mut(state) else { return };
    let typed = !dialog.word.value().is_empty() || !dialog.reason.value().is_empty() || matches!(dialog.stage, Stage::SecondLook { .. });
    cut(dialog);
    if typed {
        dialog.said = Some("the screen was too small: what was typed is void".to_owned());
    }
}

fn cut(dialog: &mut Dialog) {
    open::forget(dialog);
    if let Stage::SecondLook { .. } = &dialog.stage
        && let Stage::SecondLook { plan, .. } = std::mem::replace(&mut dialog.stage, Stage::Asking(None))
    {
        dialog.stage = Stage::Asking(Some(plan));
    }
}

/// Holds the dialog against the new picture.
fn held(state: &mut State) -> Vec<Effect> {
    let (Some(picture), Some(dialog)) = (&state.picture, of(state)) else { return Vec::new() };
    let (status, order) = (picture.status.clone(), dialog.order.clone());
    if matches!(dialog.stage, Stage::Sent(_)) {
        return Vec::new();
    }
    let mut changed = dialog.basis.as_ref().map_or_else(Vec::new, |basis| differences(&order, basis, &status));
    let basis = dialog.basis.as_ref().map_or(0, |basis| basis.sequence);
    let fence = matches!(order, Order::Command { command: Command::Fence { .. }, .. });
    if changed.is_empty() && matches!(order, Order::Command { .. }) && !fence && moved(state, basis, status.sequence) {
        changed.push("a run went on meanwhile".to_owned());
    }
    let (cut, again_anyway) = (dialog.cut, unplanned(dialog) || shut_here(dialog));
    let why = act::why_not(state, &order);
    let view = match order {
        Order::Abort(run) => open::open_run(state, run),
        _ => None,
    };
    let now = state.now;
    let then = after_the_pause(&status);
    let Some(dialog) = of_mut(state) else { return Vec::new() };
    if why.is_some() || !changed.is_empty() {
        dialog.shaken = Some(now);
    }
    if let Some(why) = why {
        return block(dialog, why, changed, status);
    }
    if let (Stage::Turning(shown), Some(view)) = (&mut dialog.stage, view) {
        **shown = view;
        return Vec::new();
    }
    if changed.is_empty() && !cut && !again_anyway {
        return Vec::new();
    }
    if !changed.is_empty() {
        changed.truncate(LISTED);
        tell(dialog, changed);
    }
    dialog.basis = Some(status);
    match (&dialog.stage, &dialog.order) {
        // The answer that is on its way is looked at when it comes.
        (Stage::Planning(_), _) => Vec::new(),
        (_, Order::Command { .. }) => open::again(state),
        (Stage::Blocked(_), Order::Abort(_)) => Vec::new(),
        _ => {
            open::forget(dialog);
            if let (Order::Resume(mode), Some(then)) = (&mut dialog.order, then) {
                *mode = then;
            }
            dialog.stage = Stage::Asking(None);
            Vec::new()
        }
    }
}

/// What holds after a pause.
fn after_the_pause(status: &StatusView) -> Option<ModeAsk> {
    match &status.stance {
        Stance::Paused { then: Initiative::Automatic, .. } => Some(ModeAsk::Automatic),
        Stance::Paused { then: Initiative::ObserveOnly, .. } => Some(ModeAsk::ObserveOnly),
        Stance::Automatic | Stance::ObserveOnly => None,
    }
}

/// It was blocked by what is seen from here, not by the monitor: the monitor has more to say once that is gone.
fn shut_here(dialog: &Dialog) -> bool {
    matches!(&dialog.stage, Stage::Blocked(reasons) if matches!(reasons.as_slice(), [only] if only.remedy.is_empty()))
}

fn unplanned(dialog: &Dialog) -> bool {
    match &dialog.stage {
        Stage::Unplanned(error) => error.passing(),
        _ => false,
    }
}

fn block(dialog: &mut Dialog, why: String, changed: Vec<String>, status: Arc<StatusView>) -> Vec<Effect> {
    if let Stage::Blocked(reasons) = &dialog.stage
        && reasons.first().is_some_and(|reason| reason.what == why)
    {
        return Vec::new();
    }
    open::forget(dialog);
    tell(dialog, changed);
    dialog.basis = Some(status);
    dialog.stage = Stage::Blocked(vec![Reason::new(why, "")]);
    Vec::new()
}

/// A run was opened or went on between two entries of the journal.
fn moved(state: &State, from: u64, to: u64) -> bool {
    state.journal.lines().rev().take_while(|line| line.index > from).any(|line| line.index <= to && line.run.is_some())
}

/// What is different of what an order rests on, in words.
pub(super) fn differences(order: &Order, was: &StatusView, is: &StatusView) -> Vec<String> {
    match order {
        Order::Command { command: Command::Fence { host, .. }, .. } => {
            let mut all = standing(was, is);
            all.extend(places(was, is, Some(host)));
            all.extend(hosts(was, is, Some(host)));
            all
        }
        Order::Command { .. } => {
            let mut all = standing(was, is);
            all.extend(runs(was, is));
            all.extend(places(was, is, None));
            all.extend(hosts(was, is, None));
            all
        }
        Order::Mode(_) | Order::Resume(_) | Order::Acknowledge => {
            let (old, new) = (stance_words(&was.stance), stance_words(&is.stance));
            let mut all = Vec::new();
            all.extend((old != new).then(|| format!("the mode is {new}, it was {old}")));
            let seen = |status: &StatusView| status.last_failover.as_ref().map(|failover| (failover.run, failover.acknowledged));
            all.extend((seen(was) != seen(is)).then(|| "there is news of the last automatic failover".to_owned()));
            all
        }
        Order::Abort(_) | Order::Watch(_) => Vec::new(),
    }
}

fn standing(was: &StatusView, is: &StatusView) -> Vec<String> {
    let mut all = Vec::new();
    for site in &is.sites {
        let (old, new) = (role(was, site), role(is, site));
        all.extend((old != new).then(|| format!("{site} is {new}, it was {old}")));
    }
    let wanted = all.is_empty() && (was.wanted != is.wanted || was.active != is.active);
    all.extend(wanted.then(|| "another side is to serve than before".to_owned()));
    all.extend((was.lease.term != is.lease.term).then(|| format!("another life of the monitor has begun: term {}", is.lease.term)));
    all.extend((was.lease.journal != is.lease.journal).then(|| match &is.lease.journal {
        Ok(()) => "acts can be journaled again".to_owned(),
        Err(why) => format!("nothing can be journaled: {why}"),
    }));
    all.extend((was.config != is.config).then(|| "the configuration is another one".to_owned()));
    all
}

fn runs(was: &StatusView, is: &StatusView) -> Vec<String> {
    let new = is.open_runs.iter().filter(|run| !was.open_runs.iter().any(|old| old.run == run.run));
    let gone = was.open_runs.iter().filter(|run| !is.open_runs.iter().any(|new| new.run == run.run));
    let new = new.map(|run| format!("run {} by {} was opened: {}", run.run, run.who.user, run.summary));
    new.chain(gone.map(|run| format!("run {} is over", run.run))).collect()
}

fn places(was: &StatusView, is: &StatusView, only: Option<&HostName>) -> Vec<String> {
    let mut all = Vec::new();
    for (n, component) in is.components.iter().enumerate() {
        let Some(old) = named(&was.components, n, &component.name, |old| &old.name) else {
            all.push(format!("{} is new", component.name));
            continue;
        };
        for placement in component.placements.iter().filter(|placement| only.is_none_or(|host| placement.host == *host)) {
            let Some(before) = old.placements.iter().find(|before| before.host == placement.host && before.site == placement.site) else {
                continue;
            };
            let (new, then) = (condition(placement), condition(before));
            all.extend((new != then).then(|| format!("{} on {} is {new}, it was {then}", component.name, placement.host)));
        }
    }
    all
}

fn hosts(was: &StatusView, is: &StatusView, only: Option<&HostName>) -> Vec<String> {
    let answers = |host: &HostView| match host.answers {
        Some(true) => "answers",
        Some(false) => "does not answer",
        None => "was not asked yet",
    };
    let mut all = Vec::new();
    for host in is.hosts.iter().filter(|host| only.is_none_or(|only| host.name == *only)) {
        let Some(old) = was.hosts.iter().find(|old| old.name == host.name) else {
            all.push(format!("{} is new", host.name));
            continue;
        };
        if old.health.health != host.health.health {
            all.push(format!("{} is {}, it was {}", host.name, host.health.health.word(), old.health.health.word()));
        } else if answers(old) != answers(host) {
            all.push(format!("{} {}", host.name, answers(host)));
        }
    }
    all
}
