//! The second line: will it act? And which protection is off. Where the monitor is not reached, that comes first.

use super::fmt;
use super::glyph::Sign;
use super::paint::{Brush, Piece, clean, seconds, wide};
use crate::console::action::Action;
use crate::console::state::{Link, Picture, State};
use crate::console::theme::Slot;
use crate::core::record::Stance;
use crate::wire::StatusView;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Clocks that differ by more are told about, in milliseconds.
const SKEW_MS: u64 = 2_000;
/// From so many cells on there is room for whole sentences.
const ROOMY: usize = 100;
/// The line itself keeps so many cells beside what is put after it.
const LEAST: usize = 24;

/// Paints it.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    let before = replayed(state, width);
    let width = width.saturating_sub(before.as_ref().map_or(0, |(_, text)| fmt::width(text)));
    let pieces = match (no_answer(state, width), state.shown()) {
        (Some(said), shown) => lost(state, brush, said, shown, width),
        (None, Some(picture)) => acts(state, brush, picture, width),
        (None, None) if state.replay.is_some() => vec![(Slot::Faint, "there is no picture of the cluster yet".to_owned())],
        (None, None) => vec![(Slot::Faint, "waiting for the first picture from the monitor".to_owned())],
    };
    let line: Vec<Piece> = before.into_iter().chain(pieces).collect();
    brush.line(frame, area, &line);
}

/// That all of this is not now, in a replay.
fn replayed(state: &State, width: usize) -> Option<Piece> {
    let replay = state.replay.as_ref()?;
    let day = replay.wall().to_zoned(state.settings.zone.clone()).strftime("%Y-%m-%d");
    let text = if width < 60 { "not live: ".to_owned() } else { format!("not live, recorded {day}: ") };
    Some((Slot::Frozen, text))
}

/// That the monitor does not answer, why, and when it is tried again; nothing while it does.
fn no_answer(state: &State, width: usize) -> Option<String> {
    let Link::Down { since, why, retry, .. } = &state.link else { return silent(state) };
    // As old as what is shown is: the picture came before anybody noticed that nothing follows.
    let heard = state.picture.as_ref().map_or(*since, |picture| picture.received.min(*since));
    let ago = seconds(state.now.since(heard));
    // An attempt takes time of its own.
    let next = if *retry <= state.now { "now".to_owned() } else { format!("in {}", seconds(retry.since(state.now))) };
    let key = state.settings.keys.key(Action::Refresh).filter(|_| state.replay.is_none());
    let key = key.map_or(String::new(), |key| format!(" ({key}: now)"));
    let why = clean(state, why);
    let end = format!("; next try {next}{key}");
    // What it would do by itself, as far as is known, stays beside; then why it is not heard, then the longer words.
    if state.shown().is_some() && width < ROOMY {
        let (begin, end) = (format!("no answer for {ago}: "), format!("; next try {next}"));
        let room = width.saturating_sub(fmt::width(&begin) + fmt::width(&end) + LEAST + 6);
        if room >= 8 {
            return Some(format!("{begin}{}{end}", fmt::fit(&why, room)));
        }
    }
    let begins = [(format!("no answer from the monitor for {ago}: "), fmt::width(&why).min(40)), (format!("no answer for {ago}: "), 12)];
    for (begin, least) in begins {
        let room = width.saturating_sub(fmt::width(&begin) + fmt::width(&end) + 2);
        if room >= least {
            return Some(format!("{begin}{}{end}", fmt::fit(&why, room)));
        }
    }
    Some(format!("no answer for {ago}{end}"))
}

/// That nothing was heard for longer than it should be, though nobody has said yet that the monitor does not answer.
fn silent(state: &State) -> Option<String> {
    let picture = state.picture.as_ref().filter(|_| state.link == Link::Up && state.stale())?;
    Some(format!("nothing was heard of the monitor for {}", seconds(state.now.since(picture.received))))
}

/// What was known of it last stays beside, where there is room.
fn lost(state: &State, brush: &Brush<'_>, said: String, shown: Option<&Picture>, width: usize) -> Vec<Piece> {
    let mut line = vec![(Slot::Lost, format!("{} {said}", brush.glyphs.sign(Sign::Warn)))];
    let room = width.saturating_sub(wide(&line) + 3);
    if let Some(picture) = shown.filter(|_| room > LEAST) {
        line.push((Slot::Faint, format!("  ~{}", fmt::fit(&clean(state, &picture.status.acts), room))));
    }
    line
}

fn acts(state: &State, brush: &Brush<'_>, picture: &Picture, width: usize) -> Vec<Piece> {
    let status = &picture.status;
    let warnings = warnings(state, picture, width);
    // Which protection is off says more than that one is.
    let off = status.protection_off.as_ref().filter(|_| acts_by_itself(status));
    let text = clean(state, off.unwrap_or(&status.acts));
    let own = fmt::width(&text).min(width).min(LEAST.max(width / 2));
    let mut line = Vec::new();
    let mut left = warnings.len();
    for (sign, slot, words) in &warnings {
        let piece = format!("  {} {words}", brush.glyphs.sign(*sign));
        let more = if left > 1 { 4 } else { 0 };
        let room = width.saturating_sub(own + wide(&line) + more);
        // What matters most is cut rather than left out.
        if fmt::width(&piece) > room && !(line.is_empty() && room > 12) {
            break;
        }
        line.push((*slot, fmt::fit(&piece, room)));
        left -= 1;
    }
    if left > 0 {
        line.push((Slot::Warn, format!("  +{left}")));
    }
    let (sign, slot) =
        if off.is_some() { (format!("{} ", brush.glyphs.sign(Sign::Warn)), Slot::Warn) } else { (String::new(), tone(status)) };
    let room = width.saturating_sub(wide(&line));
    line.insert(0, (slot, fmt::fit(&format!("{sign}{text}"), room)));
    line
}

/// Nothing keeps it from acting, so that the line need not say that.
fn acts_by_itself(status: &StatusView) -> bool {
    status.lease.journal.is_ok() && status.stance == Stance::Automatic
}

fn tone(status: &StatusView) -> Slot {
    match (&status.lease.journal, &status.stance) {
        (Err(_), _) => Slot::Bad,
        (Ok(()), Stance::Automatic) => Slot::Text,
        (Ok(()), Stance::ObserveOnly | Stance::Paused { .. }) => Slot::Warn,
    }
}

/// What else matters about it, the most important first.
fn warnings(state: &State, picture: &Picture, width: usize) -> Vec<(Sign, Slot, String)> {
    let status = &picture.status;
    let mut found = Vec::new();
    if let Err(why) = &status.lease.journal {
        found.push((Sign::Bad, Slot::Bad, format!("journal: {}", clean(state, why))));
    }
    if let Some(off) = status.protection_off.as_ref().filter(|_| !acts_by_itself(status)) {
        found.push((Sign::Warn, Slot::Warn, clean(state, off)));
    }
    let skew = picture.skew_ms.unsigned_abs();
    if skew > SKEW_MS {
        let way = if picture.skew_ms > 0 { "ahead" } else { "behind" };
        found.push((Sign::Warn, Slot::Warn, format!("its clock is {} {way}", seconds(skew))));
    }
    if status.allow_loopback {
        // Where there is little room, what it will do comes first.
        let words = if width < ROOMY { "loopback" } else { "loopback allowed" };
        found.push((Sign::Warn, Slot::Warn, words.to_owned()));
    }
    found
}
