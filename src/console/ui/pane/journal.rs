//! The journal: a sentence an entry, the newest last.

use super::super::fmt;
use super::super::glyph::Sign;
use super::super::layout::{Place, first};
use super::super::paint::{Brush, Piece, clean, cut, key, marked, slot, wrapped};
use crate::console::action::Action;
use crate::console::reduce::entries;
use crate::console::state::{JournalLine, Pane, State};
use crate::console::theme::Slot;
use crate::words::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Before the sentence: selected or not, time, severity.
const BEFORE: usize = 12;

/// Paints the pane.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, place: &Place) {
    let list = place.list();
    let entries = entries(state);
    if entries.is_empty() {
        let said = fmt::wrap(&nothing(state), usize::from(list.width));
        for (y, line) in (list.y..list.bottom()).zip(said) {
            brush.line(frame, Rect { y, height: 1, ..list }, &[(Slot::Text, line)]);
        }
        return;
    }
    let (needle, inverted) = state.log.filter.needle();
    let needle = if inverted { String::new() } else { needle };
    let selected = |entry: &JournalLine| state.log.selected == Some(entry.index);
    let mut y = list.y;
    for (at, skip) in window(state, &entries, list) {
        let Some(entry) = entries.get(at) else { continue };
        for line in lines(state, brush, entry, &needle, usize::from(list.width)).into_iter().skip(skip) {
            if y >= list.bottom() {
                return;
            }
            let area = Rect { y, height: 1, ..list };
            if selected(entry) && state.focus == Pane::Journal {
                frame.buffer_mut().set_style(area, brush.style(Slot::Selected));
            }
            brush.line(frame, area, &line);
            y += 1;
        }
    }
}

/// The entries that are in sight: which, and how many lines of it are above the first line.
fn window(state: &State, entries: &[&JournalLine], list: Rect) -> Vec<(usize, usize)> {
    let (width, height) = (usize::from(list.width), usize::from(list.height));
    let last = entries.len().saturating_sub(1);
    let at = state.log.selected.and_then(|index| entries.iter().position(|entry| entry.index == index)).unwrap_or(last);
    let at = if state.log.follow { last } else { at };
    if !state.log.wrap {
        let top = first(at, entries.len(), height);
        return (top..entries.len()).take(height).map(|at| (at, 0)).collect();
    }
    let tall = |at: usize| entries.get(at).map_or(1, |entry| height_of(state, entry, width));
    // Down from the selected one until half of the room is used, then up until all of it is.
    let (mut end, mut used) = (at, tall(at));
    while end < last && used + tall(end + 1) <= height / 2 {
        end += 1;
        used += tall(end);
    }
    let mut begin = at;
    while begin > 0 && used < height {
        begin -= 1;
        used += tall(begin);
    }
    while end < last && used < height {
        end += 1;
        used += tall(end);
    }
    let over = used.saturating_sub(height).min(tall(begin).saturating_sub(1));
    let over = if begin == at { 0 } else { over };
    (begin..=end).map(|at| (at, if at == begin { over } else { 0 })).collect()
}

/// The index of the entry whose line is the `row`th of the list.
#[must_use]
pub fn at(state: &State, list: Rect, row: u16) -> Option<u64> {
    let entries = entries(state);
    let mut above = usize::from(row);
    for (at, skip) in window(state, &entries, list) {
        let entry = entries.get(at)?;
        let tall = if state.log.wrap { height_of(state, entry, usize::from(list.width)) - skip } else { 1 };
        if above < tall {
            return Some(entry.index);
        }
        above -= tall;
    }
    None
}

fn height_of(state: &State, entry: &JournalLine, width: usize) -> usize {
    let text = clean(state, &entry.text);
    wrapped(&[(Slot::Text, text)], width.saturating_sub(BEFORE).max(1), 0).len().max(1)
}

fn lines(state: &State, brush: &Brush<'_>, entry: &JournalLine, needle: &str, width: usize) -> Vec<Vec<Piece>> {
    let sign = if state.log.selected == Some(entry.index) { brush.glyphs.sign(Sign::Selected) } else { " " };
    let time = entry.at.to_zoned(state.settings.zone.clone()).strftime("%H:%M:%S").to_string();
    let text = clean(state, &entry.text);
    let room = width.saturating_sub(BEFORE).max(1);
    let said = marked(&text, needle, plain(entry.tone));
    let mut said = if state.log.wrap { wrapped(&said, room, 0) } else { vec![cut(&said, room)] };
    for (at, line) in said.iter_mut().enumerate() {
        let begin = if at == 0 {
            vec![
                (Slot::Text, sign.to_owned()),
                (Slot::Faint, format!("{time} ")),
                (slot(entry.tone), severity(entry.tone).to_owned()),
                (Slot::Text, " ".to_owned()),
            ]
        } else {
            vec![(Slot::Text, " ".repeat(BEFORE))]
        };
        line.splice(0..0, begin);
    }
    said
}

/// Sentences are read: only what is wrong is painted throughout.
fn plain(tone: Tone) -> Slot {
    match tone {
        Tone::Bad => Slot::Bad,
        Tone::Faint => Slot::Faint,
        Tone::Strong => Slot::Strong,
        Tone::Plain | Tone::Good | Tone::Warn => Slot::Text,
    }
}

/// How serious an entry is, in a letter.
#[must_use]
pub fn severity(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "E",
        Tone::Warn => "W",
        Tone::Plain | Tone::Strong | Tone::Good | Tone::Faint => "I",
    }
}

/// The title: how many, how serious, and what hides the rest.
pub fn title(state: &State) -> Vec<String> {
    let entries = entries(state);
    let total = state.journal.lines().count();
    let warnings = entries.iter().filter(|entry| matches!(entry.tone, Tone::Warn | Tone::Bad)).count();
    let of = if entries.len() == total { String::new() } else { format!(" of {total}") };
    let mut parts = vec![
        "Journal".to_owned(),
        format!("{}{of} {}", entries.len(), if total == 1 { "entry" } else { "entries" }),
        crate::words::count(warnings, "warning"),
    ];
    if !state.log.filter.is_empty() {
        parts.push(format!("filter: {}", clean(state, &state.log.filter.text)));
    }
    if state.log.problems {
        parts.push("problems only".to_owned());
    }
    parts.push(if state.log.follow { "newest last" } else { "newest last, not following" }.to_owned());
    if let Some(gap) = state.journal.gap {
        parts.push(format!("up to {gap} no longer kept"));
    }
    parts
}

/// Why there is nothing.
fn nothing(state: &State) -> String {
    match () {
        () if state.journal.last() == 0 => "nothing was read of the journal yet".to_owned(),
        () if !state.log.filter.is_empty() => {
            format!("nothing matches /{}/; {} clears the filter", clean(state, &state.log.filter.text), key(state, Action::Close))
        }
        () => "there is no warning; only problems are shown".to_owned(),
    }
}
