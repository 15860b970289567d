//! A record that is played: where it stands, what was heard then, and the keys that lead to another time. And what becomes of
//! a record that is written.

use super::{link, rows};
use crate::console::action::Action;
use crate::console::effect::{Effect, Play};
use crate::console::event::{Moment, RecordEvent, ReplayEvent};
use crate::console::state::{Scene, State};
use crate::words::Tone;

/// How far the arrows lead, in milliseconds.
const STEP_MS: i64 = 5_000;

/// What a key of the replay asks for.
pub(super) fn play(state: &mut State, action: Action) -> Vec<Effect> {
    if state.replay.is_none() {
        state.notices.say(state.clock, Tone::Plain, "this is only to be had while a record is played");
        return Vec::new();
    }
    vec![Effect::Play(match action {
        Action::Back => Play::By(-STEP_MS),
        Action::On => Play::By(STEP_MS),
        Action::PrevEvent => Play::Event { forward: false },
        Action::NextEvent => Play::Event { forward: true },
        Action::Begin => Play::Begin,
        Action::End => Play::End,
        Action::Faster => Play::Faster,
        Action::Slower => Play::Slower,
        _ => Play::Pause,
    })]
}

/// Takes in what comes of the record.
pub fn replay(state: &mut State, event: ReplayEvent) -> Vec<Effect> {
    match event {
        ReplayEvent::Reading(percent) => {
            if let Some(replay) = &mut state.replay {
                replay.reading = Some(percent.min(100));
            }
        }
        ReplayEvent::Ready { first, length, notes } => {
            if let Some(replay) = &mut state.replay {
                (replay.reading, replay.first, replay.length, replay.notes) = (None, first, length, notes);
            }
        }
        ReplayEvent::Scene { at, scene } => {
            stands(state, at);
            return another(state, *scene);
        }
        ReplayEvent::Heard { at, event } => {
            stands(state, at);
            return link(state, *event);
        }
        ReplayEvent::Stands { at, playing, pace, said } => {
            stands(state, at);
            if let Some(replay) = &mut state.replay {
                (replay.playing, replay.pace) = (playing, pace);
            }
            if let Some(said) = said {
                state.notices.say(state.clock, Tone::Plain, said);
            }
        }
        ReplayEvent::Failed(why) => {
            if let Some(replay) = &mut state.replay {
                (replay.playing, replay.reading) = (false, None);
            }
            state.notices.keep(state.clock, Tone::Bad, why);
        }
    }
    Vec::new()
}

/// The record stands here now, and so does the time.
fn stands(state: &mut State, at: u64) {
    if let Some(replay) = &mut state.replay {
        replay.at = at;
        (state.now, state.wall) = (Moment(at), replay.wall());
    }
}

/// Another time: what was told of the one before is no longer so.
fn another(state: &mut State, scene: Scene) -> Vec<Effect> {
    let before = state.welcome.as_ref().map(|welcome| welcome.cluster.clone());
    state.notices.dismiss();
    for note in state.replay.iter().flat_map(|replay| &replay.notes) {
        state.notices.keep(state.clock, Tone::Warn, note.clone());
    }
    state.set_scene(scene);
    rows::make(state);
    let mut effects = if state.welcome.is_some() { super::link::cluster(state, before.as_deref()) } else { Vec::new() };
    if state.log.follow && state.log.selected.is_some() {
        super::nav::to_newest(state);
    }
    effects.extend(super::nav::entry_opened(state));
    effects.extend(super::link::title(state));
    effects
}

/// Takes in what becomes of the file that is recorded into.
pub fn recorded(state: &mut State, event: RecordEvent) {
    let RecordEvent::Ended { path, why } = event;
    state.recording = false;
    state.notices.keep(state.clock, Tone::Bad, format!("no longer recorded: {why}; what was is in {path}"));
}

#[cfg(test)]
mod tests;
