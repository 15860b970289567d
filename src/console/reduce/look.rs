//! What the actions of the table do: looking, moving, holding still. None of them changes anything of the cluster.

use super::{nav, rows};
use crate::console::action::Action;
use crate::console::effect::{Effect, Question};
use crate::console::event::Moment;
use crate::console::state::{Filter, Frozen, HelpState, Layer, Link, MenuState, Object, PaletteState, Pane, State};
use crate::console::ui::layout;
use crate::words::Tone;
use tui_input::Input;

/// Within this time a second ctrl-c quits, in milliseconds.
const TWICE_MS: u64 = 3_000;

/// What is kept of what was done until somebody records it.
const MOST_DEEDS: usize = 32;

/// Does what the table says.
pub(in crate::console) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let before = (state.log.selected, state.log.opened);
    if state.deeds.len() < MOST_DEEDS {
        state.deeds.push(action);
    }
    match action {
        Action::Help => state.layers.push(Layer::Help(HelpState::default())),
        Action::Palette => state.layers.push(Layer::Palette(PaletteState::default())),
        Action::Menu => state.layers.push(Layer::Menu(MenuState::default())),
        Action::Break if state.breakages.is_some() && state.settings.read_only => {
            state.notices.say(state.clock, Tone::Warn, "read-only: nothing is broken from here");
        }
        Action::Break if state.breakages.is_some() => state.layers.push(Layer::Break(MenuState::default())),
        Action::Break => {}
        Action::Filter => filter(state),
        Action::Close => close(state),
        Action::Quit => return vec![Effect::Quit],
        Action::Interrupt => return interrupt(state),
        Action::NextPane => nav::pane(state, true),
        Action::PrevPane => nav::pane(state, false),
        Action::Health => nav::focus(state, Pane::Health),
        Action::Journal => nav::focus(state, Pane::Journal),
        Action::Down | Action::Up | Action::Top | Action::Bottom => nav::by(state, state.focus, action),
        Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp => nav::by(state, state.focus, action),
        Action::NextMatch => nav::to_match(state, true),
        Action::PrevMatch => nav::to_match(state, false),
        Action::Open => return open(state),
        Action::Sort => sort(state, |health| health.sort = health.sort.next()),
        Action::Reverse => sort(state, |health| health.reverse = !health.reverse),
        Action::Problems => problems(state),
        Action::Zoom => state.zoom = !state.zoom,
        Action::Freeze if state.replay.is_some() => return super::replay::play(state, action),
        Action::Freeze => freeze(state),
        Action::Wrap => state.log.wrap = !state.log.wrap,
        Action::Follow => follow(state),
        Action::Copy => return copy(state),
        Action::Dismiss => dismiss(state),
        Action::Mouse => {
            state.mouse = !state.mouse;
            return vec![Effect::Mouse(state.mouse)];
        }
        Action::Refresh => return refresh(state),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Save => return vec![Effect::Save],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Back | Action::On | Action::PrevEvent | Action::NextEvent => return super::replay::play(state, action),
        Action::Begin | Action::End | Action::Faster | Action::Slower => return super::replay::play(state, action),
    }
    // Whatever moved: the detail shows the entry that is selected now.
    if before == (state.log.selected, state.log.opened) { Vec::new() } else { nav::entry_opened(state) }
}

fn dismiss(state: &mut State) {
    state.notices.dismiss();
    if let Some(replay) = &mut state.replay {
        replay.notes.clear();
    }
}

fn filter(state: &mut State) {
    let before = match state.focus {
        Pane::Journal => state.log.filter.text.clone(),
        Pane::Health | Pane::Detail => state.health.filter.text.clone(),
    };
    state.layers.push(Layer::Filter { input: Input::new(before.clone()), before });
}

/// Closes the topmost layer, then the detail, then the filter; then nothing is done.
fn close(state: &mut State) {
    if state.layers.pop().is_some() {
        return;
    }
    if state.detail {
        state.detail = false;
        if state.focus == Pane::Detail {
            state.focus = if state.log.opened { Pane::Journal } else { Pane::Health };
        }
        return;
    }
    match state.focus {
        Pane::Journal => state.log.filter = Filter::default(),
        Pane::Health | Pane::Detail => {
            state.health.filter = Filter::default();
            rows::make(state);
        }
    }
}

/// Closes what is on top. At the base the first time says how to quit, the second time does it.
fn interrupt(state: &mut State) -> Vec<Effect> {
    if !state.layers.is_empty() {
        if let Some(Layer::Filter { before, .. }) = state.layers.last() {
            let before = before.clone();
            super::filter::set(state, before);
        }
        state.layers.pop();
        return Vec::new();
    }
    if state.interrupted.is_some_and(|at: Moment| state.clock.since(at) < TWICE_MS) {
        return vec![Effect::Quit];
    }
    state.interrupted = Some(state.clock);
    state.notices.say(state.clock, Tone::Plain, "press ctrl-c again or q to quit");
    Vec::new()
}

/// Opens the detail of what is selected; where it is open, it gets the keys.
fn open(state: &mut State) -> Vec<Effect> {
    let Some(object) = state.selected() else { return Vec::new() };
    if state.detail && state.focus != Pane::Detail && state.log.opened == (state.focus == Pane::Journal) {
        state.focus = Pane::Detail;
        return Vec::new();
    }
    state.detail = true;
    state.detail_scroll = 0;
    state.log.opened = matches!(object, Object::Entry(_));
    // Where it has no room beside the list, it takes the place of the list.
    if layout::places(state, state.size).of(Pane::Detail).is_none() {
        state.focus = Pane::Detail;
    }
    nav::entry_opened(state)
}

fn sort(state: &mut State, change: impl FnOnce(&mut crate::console::state::HealthList)) {
    if state.focus == Pane::Journal {
        state.notices.say(state.clock, Tone::Plain, "the journal is in the order in which things happened");
        return;
    }
    change(&mut state.health);
    rows::make(state);
}

fn problems(state: &mut State) {
    if state.focus == Pane::Journal {
        state.log.problems = !state.log.problems;
    } else {
        state.health.problems = !state.health.problems;
        rows::make(state);
    }
}

fn freeze(state: &mut State) {
    state.frozen = match state.frozen.take() {
        Some(_) => None,
        None => Some(Frozen {
            since: state.now,
            picture: state.picture.clone(),
            rows: state.health.rows.clone(),
            last_entry: state.journal.last(),
        }),
    };
    rows::make(state);
}

fn follow(state: &mut State) {
    state.log.follow = !state.log.follow;
    if state.log.follow {
        nav::to_newest(state);
    }
}

fn copy(state: &mut State) -> Vec<Effect> {
    let text = match state.selected() {
        None => return Vec::new(),
        Some(Object::Entry(index)) => match state.journal.line(index) {
            Some(line) => format!("{} {} {}", line.index, line.at, line.text),
            None => return Vec::new(),
        },
        Some(object) => object.to_string(),
    };
    vec![Effect::Copy(text)]
}

fn refresh(state: &mut State) -> Vec<Effect> {
    if state.replay.is_some() {
        state.notices.say(state.clock, Tone::Plain, "this is a record: nobody is asked");
        return Vec::new();
    }
    let text = match state.link {
        Link::Up => "looking at every host",
        Link::Connecting { .. } | Link::Down { .. } => "trying to reach the monitor",
    };
    state.notices.say(state.clock, Tone::Plain, text);
    vec![Effect::Refresh]
}

/// Asks for an entry as it is kept.
pub(super) fn ask_entry(state: &mut State, index: u64) -> Vec<Effect> {
    let ticket = state.ticket();
    vec![Effect::Ask(ticket, Question::Entry(index))]
}
