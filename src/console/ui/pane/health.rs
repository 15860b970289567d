//! Health: a row for every component and host, wanted beside observed, danger first. Columns go by their priority and
//! never by clipping.

use super::super::fmt;
use super::super::glyph::Sign;
use super::super::layout::{Place, first};
use super::super::paint::{Brush, Piece, clean, glyphs, key, mark, seconds, wide};
use super::cells;
use crate::console::action::Action;
use crate::console::state::{Freshness, Link, Object, Pane, Picture, Row, SortBy, State};
use crate::console::theme::Slot;
use crate::wire::PlacementView;
use crate::words::{self, role};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Between two columns.
const GAP: usize = 2;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Mark,
    Name,
    Want,
    Is,
    Age,
    Since,
    Site(usize),
    Kind,
    Run,
}

/// All columns, the most important first. The first four are never hidden: they are cut in the middle instead.
const LADDER: [Column; 10] = [
    Column::Mark,
    Column::Name,
    Column::Want,
    Column::Is,
    Column::Age,
    Column::Since,
    Column::Site(0),
    Column::Site(1),
    Column::Kind,
    Column::Run,
];
const KEPT: usize = 4;

impl Column {
    /// The fewest and the most cells that it takes.
    fn range(self) -> (usize, usize) {
        match self {
            Self::Mark => (2, 2),
            Self::Name => (9, 32),
            Self::Want => (6, 20),
            Self::Is => (10, 34),
            Self::Age => (8, 9),
            Self::Since => (5, 6),
            Self::Site(_) => (9, 28),
            Self::Kind => (4, 14),
            Self::Run => (3, 7),
        }
    }

    fn sort(self) -> Option<SortBy> {
        match self {
            Self::Mark => Some(SortBy::Danger),
            Self::Name => Some(SortBy::Name),
            Self::Want => Some(SortBy::Want),
            Self::Is => Some(SortBy::Is),
            Self::Age => Some(SortBy::Age),
            Self::Since => Some(SortBy::Since),
            Self::Site(_) | Self::Kind | Self::Run => None,
        }
    }

    fn head(self, state: &State) -> String {
        let status = state.shown().map(|picture| &picture.status);
        let word = match self {
            Self::Mark => String::new(),
            Self::Name => "name".to_owned(),
            Self::Want => "want".to_owned(),
            Self::Is => "is".to_owned(),
            Self::Age => "age".to_owned(),
            Self::Since => "since".to_owned(),
            Self::Site(at) => status
                .and_then(|status| status.sites.get(at).map(|site| format!("{} {}", clean(state, &site.to_string()), role(status, site))))
                .unwrap_or_default(),
            Self::Kind => "kind".to_owned(),
            Self::Run => "run".to_owned(),
        };
        if self.sort() != Some(state.health.sort) {
            return word;
        }
        let sign = glyphs(state).sign(if state.health.reverse { Sign::SortDown } else { Sign::SortUp });
        format!("{word}{sign}")
    }
}

/// Paints the pane.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, place: &Place) {
    let (inner, list) = (place.inner(), place.list());
    let Some(picture) = state.shown().filter(|_| !state.rows().is_empty()) else {
        return empty(state, brush, frame, inner);
    };
    let rows = state.rows();
    let cells: Vec<Vec<Piece>> = rows.iter().map(|row| LADDER.iter().map(|column| cell(state, picture, row, *column)).collect()).collect();
    let widths = widths(state, &cells, usize::from(inner.width));
    brush.line(frame, inner, &heads(state, &widths, usize::from(inner.width)));
    let selected = selected(state);
    let top = first(selected.unwrap_or(0), rows.len(), usize::from(list.height));
    for (y, (at, cells)) in (list.y..list.bottom()).zip(cells.iter().enumerate().skip(top)) {
        let area = Rect { y, height: 1, ..list };
        let chosen = selected == Some(at);
        if chosen && state.focus == Pane::Health {
            frame.buffer_mut().set_style(area, brush.style(Slot::Selected));
        }
        brush.line(frame, area, &line(state, cells, &widths, chosen));
    }
}

/// Which row is selected.
pub fn selected(state: &State) -> Option<usize> {
    let selected = state.health.selected.as_ref()?;
    state.rows().iter().position(|row| row.object == *selected)
}

/// How wide each column is that is shown.
fn widths(state: &State, cells: &[Vec<Piece>], room: usize) -> Vec<usize> {
    let wanted = |at: usize, column: Column| {
        let (least, most) = column.range();
        let widest = cells.iter().filter_map(|row| row.get(at)).map(|(_, text)| fmt::width(text)).max().unwrap_or(0);
        widest.max(fmt::width(&column.head(state))).clamp(least, most)
    };
    let mut widths: Vec<usize> = LADDER.iter().take(KEPT).enumerate().map(|(at, column)| wanted(at, *column)).collect();
    let taken = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(2) + 1;
    // Names first, then what is wanted, then what is: the widest of them gives way until they fit.
    while taken(&widths) > room {
        let Some(widest) = widths.iter_mut().skip(1).max_by_key(|width| **width).filter(|width| **width > 2) else { break };
        *widest -= 1;
    }
    for (at, column) in LADDER.iter().enumerate().skip(KEPT) {
        let width = wanted(at, *column);
        let blank =
            matches!(column, Column::Kind | Column::Run) && cells.iter().all(|row| row.get(at).is_none_or(|(_, text)| text.is_empty()));
        let width = if blank { 0 } else { width };
        let hidden = LADDER.len() - at - 1;
        // The last that is shown leaves room to say how many are not.
        let note = if hidden > 0 { 4 } else { 0 };
        if width > 0 && taken(&widths) + GAP + width + note > room {
            break;
        }
        widths.push(width);
    }
    widths
}

fn heads(state: &State, widths: &[usize], room: usize) -> Vec<Piece> {
    let mut line: Vec<Piece> = Vec::new();
    for (at, (column, width)) in LADDER.iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0) {
        let text = fmt::middle(&column.head(state), *width, state.settings.ascii);
        line.push((Slot::Faint, fmt::pad(&text, width + gap(at))));
    }
    let hidden = LADDER.len() - widths.len();
    if hidden > 0 {
        let note = format!("+{hidden}");
        let used = wide(&line);
        let blank = room.saturating_sub(used + note.len());
        line.push((Slot::Faint, " ".repeat(blank)));
        if used + note.len() <= room {
            line.push((Slot::Warn, note));
        }
    }
    line
}

/// Blanks behind a column.
fn gap(at: usize) -> usize {
    if at == 0 { 1 } else { GAP }
}

fn line(state: &State, cells: &[Piece], widths: &[usize], chosen: bool) -> Vec<Piece> {
    let mut line = Vec::new();
    for (at, ((slot, text), width)) in cells.iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0) {
        let sign = if chosen { glyphs(state).sign(Sign::Selected) } else { " " };
        let text = if at == 0 { format!("{sign}{text}") } else { fmt::middle(text, *width, state.settings.ascii) };
        let blank = (width + gap(at)).saturating_sub(fmt::width(&text));
        line.extend([(*slot, text), (Slot::Text, " ".repeat(blank))]);
    }
    line
}

fn cell(state: &State, picture: &Picture, row: &Row, column: Column) -> Piece {
    let fresh = cells::fresh(state, picture, row);
    let (slot, sign) = mark(row.condition, fresh);
    let lost = |p: &PlacementView| matches!(state.freshness(picture, &p.host, p.age_ms), Freshness::Lost(_));
    let (slot, text) = match column {
        Column::Mark => (slot, glyphs(state).sign(sign).to_owned()),
        Column::Name => (Slot::Strong, name(&row.object)),
        Column::Want => (Slot::Text, cells::want(picture, row)),
        Column::Is => {
            let before = if picture.component(row).is_none() && matches!(fresh, Freshness::Lost(_)) { "~" } else { "" };
            (if slot == Slot::Good { Slot::Text } else { slot }, format!("{before}{}", cells::is(picture, row, lost)))
        }
        Column::Age => age(fresh),
        Column::Since => (Slot::Faint, since(state, picture, row)),
        Column::Site(at) => (Slot::Text, cells::at_site(picture, row, at, lost)),
        Column::Kind => (Slot::Faint, picture.component(row).and_then(|c| c.kind.clone()).unwrap_or_default()),
        Column::Run => (Slot::Moving, picture.component(row).and_then(|c| c.held_by).map_or(String::new(), |run| run.to_string())),
    };
    (slot, clean(state, &text))
}

fn name(object: &Object) -> String {
    match object {
        Object::Host(name) => format!("host {name}"),
        Object::Cluster => "cluster".to_owned(),
        other => other.to_string(),
    }
}

/// How old it is: a word while that is in order, so that a screen on which nothing happens stands still.
fn age(fresh: Freshness) -> Piece {
    match fresh {
        Freshness::Live(_) => (Slot::Faint, "live".to_owned()),
        Freshness::Late(ms) => (Slot::Late, format!("LATE {}", words::age(Some(ms)))),
        Freshness::Lost(ms) => (Slot::Lost, format!("LOST {}", words::age(Some(ms)))),
        Freshness::Never => (Slot::Unknown, "--".to_owned()),
    }
}

fn since(state: &State, picture: &Picture, row: &Row) -> String {
    let Some(ms) = cells::since(picture, row) else { return "--".to_owned() };
    match ms.saturating_add(state.elapsed(picture)) {
        0..60_000 => "<1m".to_owned(),
        ms => words::age(Some(ms)),
    }
}

/// The title: what is shown of how much, and what hides the rest.
pub fn title(state: &State) -> Vec<String> {
    let (shown, list) = (state.rows().len(), &state.health);
    let all = shown == list.total;
    let rows = if all { words::count(shown, "row") } else { format!("{shown} of {}", words::count(list.total, "row")) };
    let mut parts = vec!["Health".to_owned(), rows];
    if !list.filter.is_empty() {
        parts.push(format!("filter: {}", clean(state, &list.filter.text)));
    }
    if list.problems {
        parts.push("problems only".to_owned());
    }
    let by = match list.sort {
        SortBy::Danger => None,
        SortBy::Name => Some("name"),
        SortBy::Want => Some("want"),
        SortBy::Is => Some("is"),
        SortBy::Age => Some("age"),
        SortBy::Since => Some("since"),
    };
    parts.extend(by.map(|by| format!("by {by}")));
    parts
}

/// Why there is nothing.
fn empty(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    let list = &state.health;
    let said = match (state.shown(), &state.link) {
        (None, Link::Down { why, remedy, .. }) => format!("the monitor was not reached: {why}\n{remedy}"),
        (None, Link::Connecting { since }) => {
            format!("waiting for the first picture from the monitor, {}", seconds(state.now.since(*since)))
        }
        (None, Link::Up) => "waiting for the first picture from the monitor".to_owned(),
        (Some(_), _) if list.total == 0 => "no components are configured".to_owned(),
        (Some(_), _) if !list.filter.is_empty() => {
            format!("nothing matches /{}/; {} clears the filter", list.filter.text, key(state, Action::Close))
        }
        (Some(_), _) => "nothing is wrong and nothing is unknown; only problems are shown".to_owned(),
    };
    let lines = said.split('\n').flat_map(|line| fmt::wrap(&clean(state, line), usize::from(area.width)));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        brush.line(frame, Rect { y, height: 1, ..area }, &[(Slot::Text, line)]);
    }
}
