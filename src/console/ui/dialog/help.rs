//! The help: every key as it is set, what can be typed where, and what the words mean. Made from the tables.

use super::super::above;
use super::super::fmt;
use super::super::paint::{Brush, Piece, clean, key, marked, wrapped};
use super::meaning::WORDS;
use crate::console::act;
use crate::console::action::{Action, Scope, TABLE};
use crate::console::state::{HelpState, Layer, State};
use crate::console::theme::{Slot, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

/// How far keys and words reach.
const LABEL: usize = 20;

/// Keys that mean the same wherever something is typed; they are not in the table, since none of them can be changed.
const TYPING: &[(&str, &str)] = &[
    ("enter", "Keep what was typed; in a dialog only once it is complete"),
    ("esc", "Take it back"),
    ("left, right", "Move; with ctrl a word"),
    ("ctrl-a, ctrl-e", "To the beginning, to the end"),
    ("backspace, ctrl-h", "Delete before the cursor"),
    ("ctrl-w", "Delete the word before the cursor"),
    ("ctrl-u, ctrl-k", "Delete the line (in a dialog ctrl-u scrolls), delete to its end"),
    ("up, down", "In the command line: on an empty one what was typed before, else how it can go on"),
    ("ctrl-p, ctrl-n", "In the command line: what was typed before, and after that"),
    ("tab", "In the command line: complete; in a dialog: the next field"),
    ("y, n", "Where it is asked: yes or no; no is what nothing means"),
];

/// Paints it over the panes.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(Layer::Help(help)) = state.layers.last() else { return };
    let brush = Brush::new(state, theme);
    let place = place(area);
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, brush.style(Slot::Text));
    let inner = inner(place);
    let lines = lines(state, help, usize::from(inner.width));
    let top = help.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    brush.frame(frame, place, &title(state, help, lines.len(), top, usize::from(inner.height)), true);
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        brush.line(frame, Rect { y, height: 1, ..inner }, line);
    }
    let found = !help.query.value().trim().is_empty();
    if lines.is_empty() && found {
        brush.line(frame, inner, &[(Slot::Text, format!("nothing of the help matches; {} clears the search", key(state, Action::Close)))]);
    }
    if help.typing {
        let column = 7 + fmt::width(&help.query.value().chars().take(help.query.cursor()).collect::<String>());
        let x = place.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
        if x < place.right() && place.height > 0 {
            frame.set_cursor_position((x, place.y));
        }
    }
}

fn title(state: &State, help: &HelpState, all: usize, top: usize, height: usize) -> Vec<Piece> {
    let mut title = vec![(Slot::Title, "Help".to_owned())];
    match help.typing || !help.query.value().is_empty() {
        true => title.extend([(Slot::Key, " /".to_owned()), (Slot::Input, clean(state, help.query.value())), (Slot::Text, " ".to_owned())]),
        false => {
            title.extend([(Slot::Text, "  ".to_owned()), (Slot::Key, key(state, Action::Filter)), (Slot::Faint, " searches".to_owned())])
        }
    }
    if all > height {
        title.push((Slot::Faint, format!("  lines {}-{} of {all}", top + 1, (top + height).min(all))));
    }
    title.extend([(Slot::Text, "  ".to_owned()), (Slot::Key, key(state, Action::Close)), (Slot::Faint, " closes ".to_owned())]);
    title
}

/// Most of the screen, so that what lies below is still seen where there is room.
fn place(area: Rect) -> Rect {
    let width = area.width.min(100);
    let height = if area.height > 20 { area.height - 4 } else { area.height };
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

fn inner(place: Rect) -> Rect {
    Rect {
        x: place.x + place.width.min(1),
        y: place.y + place.height.min(1),
        width: place.width.saturating_sub(2),
        height: place.height.saturating_sub(2),
    }
}

/// How far it can be scrolled, and how many lines a page has.
#[must_use]
pub fn rest(state: &State, help: &HelpState) -> (usize, usize) {
    let inner = inner(place(above(state.size)));
    let height = usize::from(inner.height);
    (lines(state, help, usize::from(inner.width)).len().saturating_sub(height), height)
}

/// A section: its name, and its lines of two parts.
type Section = (&'static str, Vec<(String, String)>);

fn sections(state: &State) -> Vec<Section> {
    let keys = |scope: Scope| {
        let (workbench, replay) = (state.breakages.is_some(), state.replay.is_some());
        let of = TABLE.iter().filter(move |entry| entry.scope == scope && !entry.action.is_idle(workbench, replay));
        of.map(|entry| {
            // A key that means something else here is not named.
            let keys = state.settings.keys.keys(entry.action).filter(|key| state.action(*key) == Some(entry.action));
            let keys = keys.map(|key| key.to_string()).collect::<Vec<_>>().join(", ");
            (if keys.is_empty() { "no key".to_owned() } else { keys }, format!("{} ({})", entry.doc, entry.name))
        })
        .collect()
    };
    let fixed = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let verbs = act::TABLE.iter().map(|row| (format!(":{} {}", row.name, row.takes.usage()).trim_end().to_owned(), row.doc.to_owned()));
    let mut sections = vec![
        ("Everywhere", keys(Scope::Global)),
        ("In lists", keys(Scope::List)),
        ("In the journal", keys(Scope::Text)),
        ("Where something is typed", fixed(TYPING)),
        ("Commands", verbs.collect()),
        ("What the words mean", fixed(WORDS)),
    ];
    if state.replay.is_some() {
        sections.insert(0, ("In a replay", keys(Scope::Replay)));
    }
    sections
}

fn lines(state: &State, help: &HelpState, width: usize) -> Vec<Vec<Piece>> {
    let needle = help.query.value().trim().to_lowercase();
    let mut lines = Vec::new();
    for (name, rows) in sections(state) {
        let hit = |text: &str| needle.is_empty() || text.to_lowercase().contains(&needle);
        let found: Vec<_> = rows.into_iter().filter(|(key, doc)| hit(key) || hit(doc) || hit(name)).collect();
        if found.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(Slot::Title, name.to_owned())]);
        for (keys, doc) in found {
            let keys = clean(state, &keys);
            let blank = LABEL.saturating_sub(fmt::width(&keys) + 2).max(1);
            let mut line = vec![(Slot::Key, format!("  {keys}")), (Slot::Text, " ".repeat(blank))];
            line.extend(marked(&doc, &needle, Slot::Text));
            lines.extend(wrapped(&line, width, LABEL));
        }
    }
    lines
}
