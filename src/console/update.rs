//! The one function that changes the state: an event comes in, effects go out. It waits for nothing and touches nothing.

use super::effect::Effect;
use super::event::{Event, Moment};
use super::reduce;
use super::state::{Size, State};
use super::term::Raw;
use crate::words::Tone;

/// Takes an event in, at `now` by the steady clock and `wall` by the other.
pub fn update(state: &mut State, now: Moment, wall: jiff::Timestamp, event: Event) -> Vec<Effect> {
    state.now = now;
    state.wall = wall;
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
            state.notices.say(now, Tone::Plain, text);
            Vec::new()
        }
        Event::Offers(offers) => {
            state.breakages = Some(offers);
            Vec::new()
        }
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
            state.size = Size { cols, rows };
            Vec::new()
        }
        Raw::Mouse(event) => reduce::mouse(state, &event),
        Raw::Focus(_) => Vec::new(),
    }
}
