//! The menu of acts: what can be done now, and beside everything else why not.

use super::sheet::{self, Low, Sheet};
use crate::console::reduce::menu::{chosen, rows};
use crate::console::state::{Layer, State};
use crate::console::theme::Theme;
use crate::core::command::Class;
use crate::words::{Line, Tone};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The widest that a line of the first column gets.
const LINE: usize = 20;

/// Paints it.
pub(super) fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(Layer::Menu(menu)) = state.layers.last() else { return };
    let (rows, room) = (rows(state), sheet::room(area));
    let at = chosen(menu, &rows);
    let body: Vec<Line> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let mark = if Some(number) == at { "> " } else { "  " };
            let tone = match (&row.why_not, Some(number) == at) {
                (None, true) => Tone::Strong,
                (None, false) => Tone::Plain,
                (Some(_), _) => Tone::Faint,
            };
            let line = Line::of(tone, format!("{mark}{:<LINE$} {:<12}", row.line, sign(row.class)));
            let said = match &row.why_not {
                None => row.doc.to_owned(),
                Some(why) if why.starts_with("only by") => why.clone(),
                Some(why) => format!("not now: {why}"),
            };
            cut(&line.and(tone, said), room)
        })
        .collect();
    let mut low = Vec::new();
    if let Some(why) = state.read_only() {
        // A record answers no questions.
        let plans = if state.replay.is_none() { "; plans can be looked at" } else { "" };
        low.push(Low::Said(Line::of(Tone::Warn, format!("read-only: {why}{plans}"))));
    }
    let about = at.and_then(|at| rows.get(at)).map(|row| row.why_not.clone().unwrap_or_else(|| row.doc.to_owned()));
    if let Some(text) = menu.wrong.clone().or(about) {
        let tone = if menu.wrong.is_some() { Tone::Warn } else { Tone::Plain };
        low.extend(Line::of(tone, text).wrapped(room).into_iter().map(Low::Said));
    }
    low.push(Low::Said(Line::of(Tone::Faint, "enter opens    up/down choose    : types a command    esc closes")));
    let mut sheet = Sheet { title: "actions".to_owned(), aside: String::new(), body, low, scroll: 0 };
    // What is chosen stays in sight.
    let seen = sheet.body.len().saturating_sub(sheet.rest(area));
    sheet.scroll = at.map_or(0, |at| (at + 1).saturating_sub(seen));
    if sheet.body.is_empty() {
        sheet.body.push(Line::from("nothing is known of the cluster yet: there is nothing to do"));
    }
    sheet.draw(state, theme, frame, area);
}

fn cut(line: &Line, room: usize) -> Line {
    let mut left = room;
    let mut cut = Line::empty();
    for (tone, text) in line.spans() {
        let text = crate::console::ui::fmt::fit(text, left);
        left = left.saturating_sub(crate::console::ui::fmt::width(&text));
        cut = cut.and(tone, text);
    }
    cut
}

/// How dangerous something is, in a word.
pub(super) fn sign(class: Class) -> &'static str {
    match class {
        Class::Look => "look",
        Class::Nudge => "nudge",
        Class::RoleChange => "role change",
        Class::Risk => "risk",
    }
}
