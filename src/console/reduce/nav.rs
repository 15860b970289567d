//! Moving: which pane has the keys, and what is selected in it. By object, so that a list that moves takes the selection along.

use super::look;
use crate::console::action::Action;
use crate::console::effect::Effect;
use crate::console::state::{JournalLine, Object, Pane, State};
use crate::console::ui;

/// The next or the previous pane of those that are on the screen.
pub(super) fn pane(state: &mut State, forward: bool) {
    let panes: &[Pane] = if state.detail { &[Pane::Health, Pane::Journal, Pane::Detail] } else { &[Pane::Health, Pane::Journal] };
    let at = panes.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    let step = if forward { 1 } else { panes.len().saturating_sub(1) };
    if let Some(next) = panes.get((at + step) % panes.len()) {
        focus(state, *next);
    }
}

/// Gives a pane the keys.
pub(super) fn focus(state: &mut State, pane: Pane) {
    state.focus = pane;
    if pane == Pane::Journal && state.log.selected.is_none() {
        to_newest(state);
    }
    // The detail follows the list that has the keys.
    if pane != Pane::Detail {
        state.log.opened = pane == Pane::Journal && state.log.selected.is_some();
        state.detail_scroll = 0;
    }
}

/// The entries that the filter lets through and that are on the screen while it is held still, oldest first.
pub(in crate::console) fn entries(state: &State) -> Vec<&JournalLine> {
    let last = state.frozen.as_ref().map_or(u64::MAX, |frozen| frozen.last_entry);
    let serious = |line: &JournalLine| matches!(line.tone, crate::words::Tone::Warn | crate::words::Tone::Bad);
    let lines = state.journal.lines().filter(|line| line.index <= last);
    lines.filter(|line| (!state.log.problems || serious(line)) && state.log.filter.lets(&line.text)).collect()
}

/// Moves the selection of a pane.
pub(super) fn by(state: &mut State, pane: Pane, action: Action) {
    let page = usize::from(ui::page(state)).max(1);
    match pane {
        Pane::Detail => {
            let rest = ui::detail_rest(state);
            state.detail_scroll = moved(Some(state.detail_scroll.min(rest)), rest + 1, page, action).unwrap_or(0);
        }
        Pane::Health => {
            let rows = state.rows();
            let at = state.health.selected.as_ref().and_then(|object| rows.iter().position(|row| row.object == *object));
            let to = moved(at, rows.len(), page, action).and_then(|to| rows.get(to)).map(|row| row.object.clone());
            select(state, to);
        }
        Pane::Journal => {
            let entries: Vec<u64> = entries(state).iter().map(|line| line.index).collect();
            let at = state.log.selected.and_then(|index| entries.iter().position(|i| *i == index));
            let Some(to) = moved(at.or(entries.len().checked_sub(1)), entries.len(), page, action) else { return };
            select_entry(state, entries.get(to).copied(), to + 1 == entries.len());
        }
    }
}

/// Selects a row of Health.
pub(in crate::console) fn select(state: &mut State, object: Option<Object>) {
    if state.health.selected != object {
        state.detail_scroll = 0;
    }
    state.health.selected = object;
}

/// Selects an entry. Whoever goes back reads; whoever goes to the end wants to see what comes.
pub(super) fn select_entry(state: &mut State, index: Option<u64>, newest: bool) {
    if state.log.selected != index && state.log.opened {
        state.detail_scroll = 0;
    }
    state.log.selected = index;
    state.log.follow = newest;
}

pub(super) fn moved(at: Option<usize>, len: usize, page: usize, action: Action) -> Option<usize> {
    let last = len.checked_sub(1)?;
    let Some(at) = at else { return Some(if action == Action::Bottom { last } else { 0 }) };
    Some(match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at.saturating_add(1).min(last),
        Action::Top => 0,
        Action::Bottom => last,
        Action::HalfUp => at.saturating_sub(page.div_ceil(2)),
        Action::HalfDown => at.saturating_add(page.div_ceil(2)).min(last),
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at.saturating_add(page).min(last),
        _ => at,
    })
}

/// The newest entry is selected.
pub(super) fn to_newest(state: &mut State) {
    state.log.selected = entries(state).last().map(|line| line.index);
}

/// The next or previous entry that contains the text of the filter; without a filter the next one that is a warning or worse.
pub(super) fn to_match(state: &mut State, forward: bool) {
    let (needle, inverted) = state.log.filter.needle();
    let last = state.frozen.as_ref().map_or(u64::MAX, |frozen| frozen.last_entry);
    let hit = |line: &&JournalLine| {
        let serious = matches!(line.tone, crate::words::Tone::Warn | crate::words::Tone::Bad);
        line.index <= last && if needle.is_empty() { serious } else { line.text.to_lowercase().contains(&needle) != inverted }
    };
    let at = state.log.selected.unwrap_or(0);
    let found = if forward {
        state.journal.lines().filter(hit).find(|line| line.index > at).map(|line| line.index)
    } else {
        state.journal.lines().rev().filter(hit).find(|line| line.index < at).map(|line| line.index)
    };
    if let Some(index) = found {
        select_entry(state, Some(index), false);
    }
}

/// The detail shows an entry: it is asked for as it is kept.
pub(super) fn entry_opened(state: &mut State) -> Vec<Effect> {
    match state.log.selected.filter(|_| state.detail && state.log.opened) {
        Some(index) if state.raw_entry.as_ref().is_none_or(|(of, _)| *of != index) => look::ask_entry(state, index),
        _ => Vec::new(),
    }
}
