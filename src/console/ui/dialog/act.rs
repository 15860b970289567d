//! The dialog of an act: what it would do in the order in which somebody decides, and below it what has to be typed.

use super::sheet::{self, Low, Sheet};
use super::{plan, progress};
use crate::console::reduce::dialog::{closed, line, of, soft};
use crate::console::state::{Dialog, Field, Size, Stage, State, Task};
use crate::console::theme::Theme;
use crate::console::ui::layout::LIST;
use crate::core::command::Class;
use crate::words::{Line, Tone, age};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub(super) fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if let Some(sheet) = of(state).map(|dialog| made(state, dialog, area)) {
        sheet.draw(state, theme, frame, area);
    }
}

/// How far the dialog can be scrolled.
#[must_use]
pub fn rest(state: &State) -> usize {
    // Header and "will it act?" stay in sight above it.
    let area = Rect { x: 0, y: 2, width: state.size.cols, height: state.size.rows.saturating_sub(2) };
    of(state).map_or(0, |dialog| made(state, dialog, area).rest(area))
}

/// The screen that the dialog needs before anything is typed into it; `None` where it has that, or nothing is to be typed.
#[must_use]
pub fn needs(state: &State) -> Option<Size> {
    of(state).and_then(|dialog| lacks(state, dialog, state.size))
}

/// What is answered must be read: the lines that are always seen, what has changed, and the first line of the plan.
fn lacks(state: &State, dialog: &Dialog, size: Size) -> Option<Size> {
    let acts = matches!(dialog.stage, Stage::Asking(_) | Stage::Turning(_) | Stage::SecondLook { .. });
    if !acts || state.read_only().is_some() {
        return None;
    }
    let cols = size.cols.max(LIST.cols);
    let room = sheet::room(Rect { x: 0, y: 0, width: cols, height: size.rows });
    let mut lines = plan::changes(state, dialog);
    lines.extend(plan::lines(state, dialog).into_iter().take(1));
    // Header and "will it act?", two edges, and the line between what scrolls and what does not.
    let rows = 5 + low(state, dialog, room).len() + sheet::wrapped(&lines, room).len();
    let needed = Size { cols, rows: u16::try_from(rows).unwrap_or(u16::MAX).max(LIST.rows) };
    (size.cols < needed.cols || size.rows < needed.rows).then_some(needed)
}

fn made<'a>(state: &'a State, dialog: &'a Dialog, area: Rect) -> Sheet<'a> {
    let room = sheet::room(area);
    let mut lines = plan::changes(state, dialog);
    lines.extend(match &dialog.stage {
        Stage::Sent(ticket) => state.tasks.of(*ticket).map_or_else(Vec::new, |task| progress::lines(state, task)),
        _ => plan::lines(state, dialog),
    });
    let aside =
        state.picture.as_ref().map_or(String::new(), |picture| format!("data {} ago", age(Some(state.now.since(picture.received)))));
    let low = match lacks(state, dialog, Size { cols: area.width, rows: area.height.saturating_add(2) }) {
        Some(Size { cols, rows }) => vec![Low::Said(Line::of(Tone::Warn, format!("needs {cols}x{rows} to be answered")))],
        None => low(state, dialog, room),
    };
    Sheet { title: title(state, dialog), aside, body: sheet::wrapped(&lines, room), low, scroll: dialog.scroll }
}

fn title(state: &State, dialog: &Dialog) -> String {
    let words = match &dialog.stage {
        Stage::Sent(ticket) => state.tasks.of(*ticket).map_or_else(|| dialog.order.words(), |task| task.what.clone()),
        _ => dialog.order.words(),
    };
    let cluster = state.picture.as_ref().map_or("", |picture| picture.status.cluster.as_str());
    let read_only = if state.read_only().is_some() { ", READ-ONLY" } else { "" };
    if cluster.is_empty() { format!("{words}{read_only}") } else { format!("{cluster}: {words}{read_only}") }
}

/// What stands below and is always seen.
fn low<'a>(state: &'a State, dialog: &'a Dialog, room: usize) -> Vec<Low<'a>> {
    let said = |tone, text: String| Low::Said(Line::of(tone, text));
    let faint = |text: &str| said(Tone::Faint, text.to_owned());
    match &dialog.stage {
        Stage::Planning(_) | Stage::Unplanned(_) => vec![faint("esc closes")],
        Stage::Blocked(_) => blocked(dialog),
        Stage::Sent(ticket) if state.tasks.of(*ticket).is_none_or(Task::is_over) => vec![faint("y copies    esc closes")],
        Stage::Sent(_) => vec![faint("closing cancels nothing    :abort turns it back    y copies    esc closes")],
        Stage::Asking(_) | Stage::Turning(_) | Stage::SecondLook { .. } if state.read_only().is_some() => elsewhere(state, room),
        Stage::Asking(None) | Stage::Turning(_) => nudge(state, dialog),
        Stage::Asking(Some(_)) => typed(state, dialog),
        Stage::SecondLook { until, asked, .. } => {
            let left = until.since(state.now).div_ceil(1000);
            let text = match (left, asked) {
                (0, None) => "the plan is still the same: press enter once more and it is done".to_owned(),
                (0, Some(_)) => "the plan is being looked at once more".to_owned(),
                (left, _) => format!("everything is typed; read it once more: {left} s"),
            };
            let mut low = vec![said(Tone::Warn, text)];
            low.extend(dialog.said.iter().map(|text| said(Tone::Warn, text.clone())));
            low.push(faint("enter does it    esc leaves everything as it is"));
            low
        }
    }
}

fn blocked(dialog: &Dialog) -> Vec<Low<'_>> {
    let mut low: Vec<Low<'_>> = dialog.said.iter().map(|text| Low::Said(Line::of(Tone::Warn, text.clone()))).collect();
    let some_soft = matches!(&dialog.stage, Stage::Blocked(reasons) if reasons.iter().any(|reason| soft(reason).is_some()));
    let keys = if some_soft {
        "o overrides what is chosen, if it is soft    up/down choose    esc closes"
    } else {
        "up/down choose    esc closes"
    };
    low.push(Low::Said(Line::of(Tone::Faint, keys)));
    low
}

/// Nothing is done from here: the line to use elsewhere.
fn elsewhere(state: &State, room: usize) -> Vec<Low<'_>> {
    let why = state.read_only().unwrap_or_default();
    let mut low = vec![Low::Said(Line::of(Tone::Warn, format!("read-only: {why}; the same elsewhere:")))];
    low.extend(line(state).into_iter().flat_map(|line| Line::of(Tone::Strong, line).wrapped(room)).map(Low::Said));
    low.push(Low::Said(Line::of(Tone::Faint, "y copies it    up/down scroll    esc closes")));
    low
}

/// Why nothing can be typed now, or what is still missing.
fn words_above<'a>(state: &State, dialog: &Dialog) -> Option<Low<'a>> {
    let text = closed(state).map(|why| format!("closed: {why}")).or_else(|| dialog.said.clone())?;
    Some(Low::Said(Line::of(Tone::Warn, text)))
}

fn reason<'a>(dialog: &'a Dialog, open: bool) -> Low<'a> {
    let label = if dialog.order.needs_reason() { "reason, kept in the journal: " } else { "reason, may be left out: " };
    Low::Typed(label.to_owned(), &dialog.reason, open && dialog.field == Field::Reason)
}

fn nudge<'a>(state: &State, dialog: &'a Dialog) -> Vec<Low<'a>> {
    let open = closed(state).is_none();
    let mut low: Vec<Low<'_>> = words_above(state, dialog).into_iter().collect();
    low.push(reason(dialog, open));
    let (tone, text) = match (open, dialog.field) {
        (false, _) => (Tone::Faint, "esc closes"),
        (true, Field::Word) => (Tone::Strong, "go on? y/N    tab reason    esc leaves everything as it is"),
        (true, Field::Reason) => (Tone::Faint, "enter goes on to the question    esc leaves everything as it is"),
    };
    low.push(Low::Said(Line::of(tone, text)));
    low
}

fn typed<'a>(state: &State, dialog: &'a Dialog) -> Vec<Low<'a>> {
    let open = closed(state).is_none();
    let mut low: Vec<Low<'_>> = words_above(state, dialog).into_iter().collect();
    let word = dialog.plan().map_or("", |plan| plan.plan.confirm.as_str());
    low.push(Low::Typed(format!("type {word} to go on: "), &dialog.word, open && dialog.field == Field::Word));
    low.push(reason(dialog, open));
    let act = if dialog.order.class() == Class::Risk { "enter has a second look" } else { "enter does it once everything is typed" };
    low.push(Low::Said(Line::of(Tone::Faint, format!("{act}    tab other line    esc closes"))));
    low
}
