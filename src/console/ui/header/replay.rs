//! The end of the first line in a replay: what time it is there, how far that is, and that it does not go on by itself.

use crate::console::state::{Replay, State};
use crate::console::theme::Slot;
use crate::console::ui::paint::Piece;

/// Where the record stands; nothing where none is played.
pub(super) fn stands(state: &State, full: bool) -> Option<Piece> {
    let replay = state.replay.as_ref()?;
    if let Some(percent) = replay.reading {
        return Some((Slot::Frozen, format!("reading {percent}%")));
    }
    let time = replay.wall().to_zoned(state.settings.zone.clone()).strftime("%H:%M:%S");
    let place = format!("{}/{}", clock(replay.at.saturating_sub(replay.first)), clock(replay.length.saturating_sub(replay.first)));
    let pace = pace(replay, full);
    // Where the record itself was left alone, it says so.
    let late = state.data_age().filter(|_| state.stale()).map_or(String::new(), |ms| format!("LOST {} ", crate::words::age(Some(ms))));
    Some((Slot::Frozen, if full { format!("{late}{time} {place}{pace}") } else { format!("{time}{pace}") }))
}

fn pace(replay: &Replay, full: bool) -> String {
    match (replay.playing, full) {
        (true, true) => format!(" {}", replay.pace),
        (true, false) => String::new(),
        (false, true) => " PAUSED".to_owned(),
        (false, false) => " ||".to_owned(),
    }
}

/// Minutes and seconds, and hours where there are any.
fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
