//! Health: a row for every component and host, wanted beside observed, danger first. Columns go by their priority and
//! never by clipping.

use super::super::fmt;
use super::super::glyph::Sign;
use super::super::layout::{Place, first};
use super::super::paint::{Brush, Piece, clean, glyphs, key, mark, seconds, wide};
use super::cells;
use super::columns::{Column, LADDER, gap, widths};
use crate::console::action::Action;
use crate::console::state::{Freshness, Link, Object, Pane, Picture, Row, SortBy, State};
use crate::console::theme::Slot;
use crate::wire::PlacementView;
use crate::words;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints the pane.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, place: &Place) {
    let (inner, list) = (place.inner(), place.list());
    let Some(picture) = state.shown().filter(|_| !state.rows().is_empty()) else {
        return empty(state, brush, frame, inner);
    };
    let rows = state.rows();
    let selected = selected(state);
    let top = first(selected.unwrap_or(0), rows.len(), usize::from(list.height));
    let seen = rows.iter().skip(top).take(usize::from(list.height));
    let cells: Vec<Vec<Piece>> = seen.map(|row| LADDER.iter().map(|column| cell(state, picture, row, *column)).collect()).collect();
    let widths = widths(state, &cells, usize::from(inner.width));
    brush.line(frame, inner, &heads(state, &widths, usize::from(inner.width)));
    for (y, (at, cells)) in (list.y..list.bottom()).zip((top..).zip(&cells)) {
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

pub(super) fn cell(state: &State, picture: &Picture, row: &Row, column: Column) -> Piece {
    let fresh = cells::fresh(state, picture, row);
    let (slot, sign) = mark(row.condition, fresh);
    let lost = |p: &PlacementView| matches!(state.freshness(picture, &p.host, p.age_ms), Freshness::Lost(_));
    let (slot, text) = match column {
        Column::Mark => (slot, glyphs(state).sign(sign).to_owned()),
        Column::Name => (Slot::Strong, format!("{}{}", name(&row.object), cells::maintained(picture, row))),
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
    let Some(ms) = picture.since(row) else { return "--".to_owned() };
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
