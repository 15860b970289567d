//! Where everything stands on a screen of some size. Pure: drawing, paging and the mouse ask the same function.

use crate::console::state::{Pane, Size, State};
use ratatui::layout::Rect;

/// Below this there is one list and no panes.
const PANES: Size = Size { cols: 60, rows: 15 };
/// Below this there is one line.
pub const LIST: Size = Size { cols: 40, rows: 6 };
/// From here two panes have room above each other.
const STACKED: u16 = 80;
/// From here the detail stands beside the panes.
const BESIDE: u16 = 120;

/// What there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing at all.
    Nothing,
    /// The verdict, and that more room is needed.
    Line,
    /// One list.
    List,
    /// Panes.
    Panes,
}

/// A pane on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub pane: Pane,
    /// All of it, with its border.
    pub area: Rect,
    /// Its lines are shown; else its title alone.
    pub open: bool,
    /// It has a border.
    pub boxed: bool,
}

/// Where everything stands. What has no place has no height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// What there is room for.
    pub shape: Shape,
    /// The first line.
    pub header: Rect,
    /// "Will it act?"
    pub acts: Rect,
    /// A notice that stays.
    pub notice: Rect,
    /// The last line.
    pub footer: Rect,
    /// The panes.
    pub panes: Vec<Place>,
}

impl Place {
    /// Where its lines are.
    #[must_use]
    pub fn inner(&self) -> Rect {
        let Rect { x, y, width, height } = self.area;
        match (self.open, self.boxed) {
            (false, _) => Rect { height: 0, ..self.area },
            (true, true) => {
                Rect { x: x + width.min(1), y: y + height.min(1), width: width.saturating_sub(2), height: height.saturating_sub(2) }
            }
            // Health is the list that is expected there; the others say what they are.
            (true, false) if self.pane == Pane::Health => self.area,
            (true, false) => Rect { y: y + height.min(1), height: height.saturating_sub(1), ..self.area },
        }
    }

    /// Where its rows are: without the names of columns.
    #[must_use]
    pub fn list(&self) -> Rect {
        let inner = self.inner();
        if self.pane != Pane::Health {
            return inner;
        }
        Rect { y: inner.y + inner.height.min(1), height: inner.height.saturating_sub(1), ..inner }
    }
}

impl Places {
    /// The place of a pane, where it is open.
    #[must_use]
    pub fn of(&self, pane: Pane) -> Option<&Place> {
        self.panes.iter().find(|place| place.pane == pane && place.open)
    }

    /// The pane at a cell, and the line of its list that is there.
    #[must_use]
    pub fn at(&self, column: u16, row: u16) -> Option<(Pane, Option<u16>)> {
        let inside = |area: Rect| area.contains((column, row).into());
        let place = self.panes.iter().find(|place| inside(place.area))?;
        let list = place.list();
        Some((place.pane, inside(list).then(|| row.saturating_sub(list.y))))
    }
}

/// Nothing that could be answered has room here: there is one line at most.
#[must_use]
pub fn too_small(size: Size) -> bool {
    size.cols < LIST.cols || size.rows < LIST.rows
}

/// Where everything stands on a screen of this size.
#[must_use]
pub fn places(state: &State, size: Size) -> Places {
    let all = Rect { x: 0, y: 0, width: size.cols, height: size.rows };
    let none = Rect { height: 0, ..all };
    let mut places = Places { shape: Shape::Nothing, header: none, acts: none, notice: none, footer: none, panes: Vec::new() };
    if size.cols == 0 || size.rows == 0 {
        return places;
    }
    if too_small(size) {
        return Places { shape: Shape::Line, header: all, ..places };
    }
    let stays = u16::from(state.notices.at(state.clock).any(|notice| notice.stays));
    let line = |y: u16, height: u16| Rect { y, height, ..all };
    places.header = line(0, 1);
    places.acts = line(1, 1);
    places.notice = line(size.rows - 1 - stays, stays);
    places.footer = line(size.rows - 1, 1);
    let body = line(2, size.rows.saturating_sub(3 + stays));
    if size.cols < PANES.cols || size.rows < PANES.rows {
        places.shape = Shape::List;
        places.panes = vec![Place { pane: state.focus, area: body, open: true, boxed: false }];
        return places;
    }
    places.shape = Shape::Panes;
    places.panes = match () {
        () if state.zoom => vec![open(state.focus, body)],
        () if size.cols >= BESIDE => beside(state, body),
        () if size.cols >= STACKED => stacked(state, body),
        () => accordion(state, body),
    };
    places
}

fn open(pane: Pane, area: Rect) -> Place {
    Place { pane, area, open: true, boxed: true }
}

/// Health over the journal; with the detail on the right.
fn beside(state: &State, body: Rect) -> Vec<Place> {
    if !state.detail {
        return lists(state, body).into();
    }
    let right = (body.width * 2 / 5).max(48);
    let left = Rect { width: body.width - right, ..body };
    let [health, journal] = lists(state, left);
    vec![health, journal, open(Pane::Detail, Rect { x: left.width, width: right, ..body })]
}

/// Health over the journal; the detail takes the place of the list that it does not belong to.
fn stacked(state: &State, body: Rect) -> Vec<Place> {
    if !state.detail {
        return lists(state, body).into();
    }
    let of_entry = state.focus == Pane::Journal || (state.focus == Pane::Detail && state.log.opened);
    let list = if of_entry { Pane::Journal } else { Pane::Health };
    let least = (body.height / 2).max(4);
    let wanted = if of_entry { least } else { rows_wanted(state) };
    let (above, below) = split(body, wanted.clamp(5, body.height.saturating_sub(least).max(5)));
    vec![open(list, above), open(Pane::Detail, below)]
}

/// The pane with the keys open, the others a line each.
fn accordion(state: &State, body: Rect) -> Vec<Place> {
    let panes: &[Pane] = if state.detail { &[Pane::Health, Pane::Journal, Pane::Detail] } else { &[Pane::Health, Pane::Journal] };
    let closed = u16::try_from(panes.len()).unwrap_or(u16::MAX).saturating_sub(1);
    let mut y = body.y;
    let place = |pane: &Pane| {
        let is_open = *pane == state.focus;
        let height = if is_open { body.height.saturating_sub(closed) } else { 1 };
        let area = Rect { y, height, ..body };
        y += height;
        Place { pane: *pane, area, open: is_open, boxed: is_open }
    };
    panes.iter().map(place).collect()
}

/// Health as high as it needs; the journal has the rest, and shrinks first.
fn lists(state: &State, area: Rect) -> [Place; 2] {
    let least = (area.height / 4).max(4);
    let most = area.height.saturating_sub(least).max(5);
    let (above, below) = split(area, rows_wanted(state).clamp(5, most));
    [open(Pane::Health, above), open(Pane::Journal, below)]
}

/// Lines of Health with border and names of columns. By all rows, so that nothing moves while a filter is typed.
fn rows_wanted(state: &State) -> u16 {
    u16::try_from(state.health.total.max(3) + 3).unwrap_or(u16::MAX)
}

fn split(area: Rect, above: u16) -> (Rect, Rect) {
    let above = above.min(area.height);
    (Rect { height: above, ..area }, Rect { y: area.y + above, height: area.height - above, ..area })
}

/// The first of `len` lines that is shown in `height`, so that line `at` is in sight, in the middle where it can be.
#[must_use]
pub fn first(at: usize, len: usize, height: usize) -> usize {
    at.saturating_sub(height / 2).min(len.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_is_always_in_sight() {
        for (len, height) in [(1, 1), (7, 3), (3, 7), (100, 10)] {
            for at in 0..len {
                let first = first(at, len, height);
                assert!(first <= at && at < first + height, "{at} of {len} in {height}");
            }
        }
    }
}
