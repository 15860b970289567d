//! The palette: the line that is typed, at the bottom, and above it how it can go on.

use super::sheet;
use crate::console::act::completions;
use crate::console::state::{Layer, State};
use crate::console::theme::{Slot, Theme};
use crate::console::ui::fmt;
use crate::words::{Line, Tone};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The most completions that are seen at once.
const SEEN: usize = 8;

/// The most lines about what is chosen, or about what is wrong.
const ABOUT: usize = 3;

/// Paints it.
pub(super) fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(Layer::Palette(palette)) = state.layers.last() else { return };
    if area.width < 8 || area.height < 4 {
        return;
    }
    let all = completions(state, palette.input.value());
    let about = match (&palette.wrong, all.get(palette.chosen)) {
        (Some(wrong), _) => Line::of(Tone::Bad, wrong.clone()),
        (None, Some(completion)) => match &completion.why_not {
            Some(why) => Line::of(Tone::Warn, format!("not now: {why}")),
            None => Line::of(Tone::Faint, completion.doc),
        },
        (None, None) => Line::empty(),
    };
    let mut about = about.wrapped(usize::from(area.width - 4));
    about.truncate(usize::from(area.height).saturating_sub(3).min(ABOUT));
    let low = about.len() + 3;
    let seen = all.len().min(SEEN).min(usize::from(area.height).saturating_sub(low));
    let height = u16::try_from(seen + low).unwrap_or(u16::MAX).min(area.height);
    let rect = Rect { y: area.bottom() - height, height, ..area };
    let inner = sheet::framed(state, theme, frame, rect, "command", "tab completes, enter runs, esc closes");
    let top = (palette.chosen + 1).saturating_sub(seen);
    let wide = all.iter().skip(top).take(seen).map(|completion| fmt::width(&completion.shown)).max().unwrap_or(0);
    let mut y = inner.y;
    for (at, completion) in all.iter().enumerate().skip(top).take(seen) {
        let chosen = at == palette.chosen;
        let over = if chosen && palette.moved { theme.style(Slot::Selected) } else { Style::new() };
        let tone = if completion.why_not.is_some() { Tone::Faint } else { Tone::Plain };
        let said = completion.why_not.as_ref().map_or_else(|| completion.doc.to_owned(), |why| format!("not now: {why}"));
        let mark = if chosen { "> " } else { "  " };
        let line = Line::of(tone, format!("{mark}{}  ", fmt::pad(&completion.shown, wide))).and(Tone::Faint, said);
        sheet::put(state, theme, frame, Rect { y, height: 1, ..inner }, &line, over);
        y += 1;
    }
    for line in &about {
        sheet::put(state, theme, frame, Rect { y, height: 1, ..inner }, line, Style::new());
        y += 1;
    }
    sheet::typed(theme, frame, Rect { y, height: 1, ..inner }, ":", &palette.input, true);
}
