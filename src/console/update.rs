//! The one function that changes the state: an event comes in, effects go out. It waits for nothing and touches nothing.

use super::effect::Effect;
use super::event::{Event, Moment};
use super::reduce;
use super::state::{Size, State};
use super::term::Raw;
use crate::words::Tone;

/// Takes an event in, at `now` by the steady clock and `wall` by the other.
pub fn update(state: &mut State, now: Moment, wall: jiff::Timestamp, event: Event) -> Vec<Effect> {
    state.clock = now;
    // In a replay it is as late as in the record.
    (state.now, state.wall) = state.replay.as_ref().map_or((now, wall), |replay| (Moment(replay.at), replay.wall()));
    let mut effects = taken(state, event);
    if state.replay.is_some() {
        // What rang then rings for nobody now.
        effects.retain(|effect| !matches!(effect, Effect::Bell | Effect::Notify(_)));
    }
    effects
}

fn taken(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Raw(raw) => terminal(state, raw),
        Event::Tick => reduce::tick(state),
        Event::Link(event) => {
            let effects = reduce::link(state, event);
            // However short a silence is: what was typed before it is void.
            reduce::dialog::cut(state);
            effects
        }
        Event::Answer(ticket, answer) => reduce::answer(state, ticket, answer),
        Event::Resumed => vec![Effect::Redraw],
        Event::Said(text) => {
            state.notices.say(state.clock, Tone::Plain, text);
            Vec::new()
        }
        Event::Offers(offers) => {
            state.breakages = Some(offers);
            Vec::new()
        }
        Event::Record(event) => {
            reduce::recorded(state, event);
            Vec::new()
        }
        Event::Replay(event) => reduce::replay(state, event),
    }
}

fn terminal(state: &mut State, raw: Raw) -> Vec<Effect> {
    match raw {
        Raw::Key(event) => super::keymap::Key::of(&event).map_or_else(Vec::new, |key| reduce::key(state, key)),
        Raw::Paste(text) => {
            reduce::paste(state, &text);
            Vec::new()
        }
        Raw::Resize(cols, rows) => {
            reduce::resized(state, Size { cols, rows });
            Vec::new()
        }
        Raw::Mouse(event) => reduce::mouse(state, &event),
        Raw::Focus(_) => Vec::new(),
    }
}
