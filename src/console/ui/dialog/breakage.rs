//! The menu of what can be broken on purpose, and what will be seen of it.

use super::sheet::{self, Low, Sheet};
use crate::console::reduce::breakage::chosen;
use crate::console::state::{Layer, State};
use crate::console::theme::Theme;
use crate::console::ui::above;
use crate::words::{Line, Tone};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub(super) fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if let Some(sheet) = made(state, area) {
        sheet.draw(state, theme, frame, area);
    }
}

/// What is chosen is on the screen.
#[must_use]
pub fn seen(state: &State) -> bool {
    let area = above(state.size);
    made(state, area).is_some_and(|sheet| sheet.body.len() > sheet.rest(area))
}

fn made(state: &State, area: Rect) -> Option<Sheet<'_>> {
    let Some(Layer::Break(menu)) = state.layers.last() else { return None };
    let (rows, room) = (state.breakages.as_deref().unwrap_or_default(), sheet::room(area));
    let at = chosen(menu, rows);
    let row = |(number, row): (usize, &crate::console::Breakage)| {
        let (mark, tone) = if Some(number) == at { ("> ", Tone::Strong) } else { ("  ", Tone::Plain) };
        Line::of(tone, crate::console::ui::fmt::fit(&format!("{mark}{}", row.title), room))
    };
    let mut body: Vec<Line> = rows.iter().enumerate().map(row).collect();
    if body.is_empty() {
        body.push(Line::from("there is nothing to break at the moment"));
    }
    let about = at.and_then(|at| rows.get(at)).map(|row| row.about.clone());
    let mut low = Vec::new();
    if let Some(text) = menu.wrong.clone().or(about) {
        let tone = if menu.wrong.is_some() { Tone::Warn } else { Tone::Plain };
        low.extend(Line::of(tone, text).wrapped(room).into_iter().map(Low::Said));
    }
    low.push(Low::Said(Line::of(Tone::Faint, "enter does it at once    up/down choose    esc closes")));
    let mut sheet = Sheet { title: "break something".to_owned(), aside: "demo".to_owned(), body, low, scroll: 0 };
    // What is chosen stays in sight.
    let seen = sheet.body.len().saturating_sub(sheet.rest(area));
    sheet.scroll = at.map_or(0, |at| (at + 1).saturating_sub(seen));
    Some(sheet)
}
