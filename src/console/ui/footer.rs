//! The last line: the keys that matter here, or what was told last; and above it what stays until it was seen.

use super::fmt;
use super::glyph::Sign;
use super::header::steps;
use super::paint::{Brush, Piece, clean, slot, tone_sign, wide};
use crate::console::action::{Action, entry_of};
use crate::console::state::{Layer, Pane, Progress, State, Task};
use crate::console::theme::Slot;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The keys that are shown everywhere, first.
const FIRST: [Action; 5] = [Action::Help, Action::Palette, Action::Menu, Action::Break, Action::Filter];
/// In a replay those that lead through it come early, and those that are no use there are not shown.
const REPLAY: [Action; 5] = [Action::Freeze, Action::Back, Action::On, Action::NextEvent, Action::Faster];
const HELD_BACK: [Action; 1] = [Action::Menu];
/// Then those of the pane.
const HEALTH: [Action; 7] = [Action::Open, Action::NextPane, Action::Problems, Action::Sort, Action::Zoom, Action::Freeze, Action::Quit];
const JOURNAL: [Action; 8] =
    [Action::Open, Action::NextPane, Action::Problems, Action::Follow, Action::Wrap, Action::NextMatch, Action::Zoom, Action::Quit];
const DETAIL: [Action; 6] = [Action::Close, Action::NextPane, Action::Down, Action::Copy, Action::Zoom, Action::Quit];

/// The keys that are shown for a pane, the most important first.
#[must_use]
pub fn hints(focus: Pane, workbench: bool, replay: bool) -> Vec<Action> {
    let own: &[Action] = match focus {
        Pane::Health => &HEALTH,
        Pane::Journal => &JOURNAL,
        Pane::Detail => &DETAIL,
    };
    let of_replay: &[Action] = if replay { &REPLAY } else { &[] };
    let all = FIRST.iter().take(2).chain(of_replay).chain(FIRST.iter().skip(2)).chain(own).copied();
    all.filter(|action| !action.is_idle(workbench, replay) && (!replay || !HELD_BACK.contains(action))).collect()
}

/// Paints the last line.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    if let Some(Layer::Filter { input, .. }) = state.layers.last() {
        return filter(state, brush, frame, area, input);
    }
    let width = usize::from(area.width);
    let mut line: Vec<Piece> = state.tasks.all().filter(|task| !task.is_over()).flat_map(|task| chip(state, brush, task)).collect();
    if wide(&line) > width / 2 {
        line = super::paint::cut(&line, width / 2);
        line.push((Slot::Text, "  ".to_owned()));
    }
    let room = width.saturating_sub(wide(&line));
    match state.notices.at(state.clock).rev().find(|notice| !notice.stays) {
        Some(notice) => {
            let text = format!("{} {}", brush.glyphs.sign(tone_sign(notice.tone)), clean(state, &notice.text));
            let kept = kept(state);
            // The way to the help stays, unless what is told would be cut to nothing for it.
            let keep = if room > 2 * wide(&kept) + 2 { wide(&kept) + 2 } else { 0 };
            let text = fmt::fit(&text, room - keep);
            let blank = room.saturating_sub(fmt::width(&text) + wide(&kept));
            line.push((slot(notice.tone), text));
            if keep > 0 {
                line.push((Slot::Text, " ".repeat(blank)));
                line.extend(kept);
            }
        }
        None => line.extend(keys(state, room)),
    }
    brush.line(frame, area, &line);
}

/// The keys, as many as there is room for; from the right they are left out.
fn keys(state: &State, room: usize) -> Vec<Piece> {
    let (mut line, mut left) = (Vec::new(), room);
    let mouse = state.mouse.then(|| ("shift-drag".to_owned(), "selects text"));
    let known = hints(state.focus, state.breakages.is_some(), state.replay.is_some()).into_iter().filter_map(|action| {
        let key = state.settings.keys.key(action)?;
        // In a replay what is held still is the record itself.
        let paused = action == Action::Freeze && state.replay.is_some();
        Some((key.to_string(), if paused { "pause" } else { entry_of(action)?.title }))
    });
    let mut all: Vec<_> = known.collect();
    // Said early: whoever took the mouse looks for the way to select.
    all.splice(1.min(all.len())..1.min(all.len()), mouse);
    for (key, title) in all {
        let gap = if line.is_empty() { "" } else { "  " };
        let cells = gap.len() + fmt::width(&key) + 1 + title.len();
        if cells > left {
            break;
        }
        left -= cells;
        line.extend([(Slot::Text, gap.to_owned()), (Slot::Key, key), (Slot::Faint, format!(" {title}"))]);
    }
    line
}

/// The keys that stay beside what is told.
fn kept(state: &State) -> Vec<Piece> {
    let mut line = Vec::new();
    for action in [Action::Help, Action::Palette] {
        let Some((key, entry)) = state.settings.keys.key(action).zip(entry_of(action)) else { continue };
        let gap = if line.is_empty() { "" } else { "  " };
        line.extend([(Slot::Text, gap.to_owned()), (Slot::Key, key.to_string()), (Slot::Faint, format!(" {}", entry.title))]);
    }
    line
}

/// What was asked for here and is not over.
fn chip(state: &State, brush: &Brush<'_>, task: &Task) -> Vec<Piece> {
    let (slot, sign, word) = match &task.progress {
        // What was handed in goes on while nothing is heard of it, or has ended: nobody can say.
        Progress::Sent | Progress::Open if state.stale() => (Slot::Unknown, Sign::Unknown, "UNKNOWN, asking again".to_owned()),
        Progress::Sent => (Slot::Moving, Sign::Moving, "sent".to_owned()),
        Progress::Unknown(_) => (Slot::Unknown, Sign::Unknown, "UNKNOWN, asking again".to_owned()),
        Progress::Open => (Slot::Moving, Sign::Moving, task.view.as_ref().map_or_else(|| "open".to_owned(), |(_, run)| steps(run))),
        Progress::Over(_) | Progress::NotTaken(_) => return Vec::new(),
    };
    vec![(slot, format!("{} {}: {word}", brush.glyphs.sign(sign), clean(state, &task.what))), (Slot::Text, "  ".to_owned())]
}

/// The filter while it is typed, its end in sight.
fn filter(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect, input: &tui_input::Input) {
    let hint = "  enter keeps it, esc takes it back";
    let text = clean(state, input.value());
    let room = usize::from(area.width).saturating_sub(2);
    let before: String = input.value().chars().take(input.cursor()).collect();
    let at = fmt::width(&clean(state, &before));
    let away = at.saturating_sub(room);
    let shown: String = if away == 0 { text } else { tail(&text, away) };
    let mut line = vec![(Slot::Key, "/".to_owned()), (Slot::Input, shown)];
    if wide(&line) + 1 + hint.len() <= usize::from(area.width) {
        line.extend([(Slot::Input, " ".to_owned()), (Slot::Faint, hint.to_owned())]);
    }
    brush.line(frame, area, &line);
    let column = u16::try_from(at - away + 1).unwrap_or(u16::MAX);
    if area.height > 0 && column < area.width {
        frame.set_cursor_position((area.x + column, area.y));
    }
}

/// The text without its first `away` cells.
fn tail(text: &str, away: usize) -> String {
    let mut gone = String::new();
    let mut chars = text.chars();
    while fmt::width(&gone) < away {
        match chars.next() {
            Some(c) => gone.push(c),
            None => break,
        }
    }
    chars.collect()
}

/// Paints the newest notice that stays, and how many more there are.
pub fn notice(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    let staying: Vec<_> = state.notices.at(state.clock).filter(|notice| notice.stays).collect();
    let Some(newest) = staying.last() else { return };
    let key = state.settings.keys.key(Action::Dismiss).map_or(String::new(), |key| format!("{key}: seen"));
    let more = if staying.len() > 1 { format!("  (+{})", staying.len() - 1) } else { String::new() };
    let end = format!("{more}  {key}");
    let room = usize::from(area.width).saturating_sub(fmt::width(&end));
    let text = format!("{} {}", brush.glyphs.sign(tone_sign(newest.tone)), clean(state, &newest.text));
    brush.line(frame, area, &[(slot(newest.tone), fmt::fit(&text, room)), (Slot::Key, end)]);
}
