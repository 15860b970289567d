//! What dialogs, menu and palette are made of: a frame in the middle, lines that scroll, and below them lines that never do.

use crate::console::state::State;
use crate::console::theme::{Slot, Theme};
use crate::console::ui::fmt;
use crate::console::ui::glyph::Glyphs;
use crate::console::ui::paint::slot;
use crate::words;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};
use tui_input::Input;

/// The widest that text is easy to read.
const WIDEST: u16 = 110;

/// A line below those that scroll.
#[derive(Debug)]
pub(super) enum Low<'a> {
    /// Something that is said.
    Said(words::Line),
    /// A line that is typed into: what it is for, what is in it, and whether it has the keys.
    Typed(String, &'a Input, bool),
}

/// Everything that a sheet shows.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    /// On its upper edge.
    pub(super) title: String,
    /// On its upper edge, to the right.
    pub(super) aside: String,
    /// What scrolls.
    pub(super) body: Vec<words::Line>,
    /// What does not.
    pub(super) low: Vec<Low<'a>>,
    /// Lines of the body that are scrolled away.
    pub(super) scroll: usize,
}

/// Where text can stand in a sheet that is drawn into `area`.
pub(super) fn room(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST).saturating_sub(4))
}

/// The same lines, none wider than `room`.
pub(super) fn wrapped(lines: &[words::Line], room: usize) -> Vec<words::Line> {
    lines.iter().flat_map(|line| line.wrapped(room.max(8))).collect()
}

impl Sheet<'_> {
    /// Lines of the body that can be seen at once in `area`.
    fn seen(&self, area: Rect) -> usize {
        usize::from(area.height).saturating_sub(2 + self.low.len() + usize::from(!self.low.is_empty()))
    }

    /// How far it can be scrolled.
    pub(super) fn rest(&self, area: Rect) -> usize {
        self.body.len().saturating_sub(self.seen(area))
    }

    /// Paints it.
    pub(super) fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
        if area.width < 6 || area.height < 3 {
            return;
        }
        let seen = self.seen(area).min(self.body.len());
        let edge = usize::from(!self.low.is_empty());
        let height = u16::try_from(seen + self.low.len() + edge + 2).unwrap_or(u16::MAX).min(area.height);
        let width = area.width.min(WIDEST);
        let rect = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
        let inner = framed(state, theme, frame, rect, &self.title, &self.aside);
        let scroll = self.scroll.min(self.rest(area));
        let mut y = inner.y;
        for line in self.body.iter().skip(scroll).take(seen) {
            put(state, theme, frame, row(inner, y), line, Style::new());
            y += 1;
        }
        if edge == 1 && y < inner.bottom() {
            let below = self.body.len().saturating_sub(scroll + seen);
            let said = match (scroll, below) {
                (0, 0) => String::new(),
                (above, 0) => format!(" {above} lines above: up "),
                (_, below) => format!(" {below} more lines: down "),
            };
            edge_line(state, theme, frame, row(inner, y), &said);
            y += 1;
        }
        // What is typed into must be seen: where there is little room it is what stands above that goes.
        let fits = usize::from(inner.bottom().saturating_sub(y));
        for low in self.low.iter().skip(self.low.len().saturating_sub(fits)) {
            match low {
                Low::Said(line) => put(state, theme, frame, row(inner, y), line, Style::new()),
                Low::Typed(label, input, active) => typed(theme, frame, row(inner, y), label, input, *active),
            }
            y += 1;
        }
    }
}

fn row(inner: Rect, y: u16) -> Rect {
    Rect { y, height: 1, ..inner }
}

/// An empty frame over whatever lies below; the room within.
pub(super) fn framed(state: &State, theme: &Theme, frame: &mut Frame<'_>, rect: Rect, title: &str, aside: &str) -> Rect {
    let glyphs = Glyphs { ascii: state.settings.ascii, borders: true };
    frame.render_widget(Clear, rect);
    let title = format!(" {} ", fmt::fit(&words::clean(title, state.settings.ascii), usize::from(rect.width.saturating_sub(4))));
    let mut block = Block::bordered()
        .border_set(glyphs.border())
        .border_style(theme.style(Slot::BorderFocus))
        .style(theme.style(Slot::Text))
        .title(Span::styled(title.clone(), theme.style(Slot::Title)));
    if fmt::width(&title) + fmt::width(aside) + 4 < usize::from(rect.width) && !aside.is_empty() {
        block = block.title(Line::styled(format!(" {aside} "), theme.style(Slot::Faint)).right_aligned());
    }
    frame.render_widget(block, rect);
    Rect { x: rect.x + 2, y: rect.y + 1, width: rect.width.saturating_sub(4), height: rect.height.saturating_sub(2) }
}

/// Puts a line on the screen, cut where the area ends; `over` is laid over all of it.
pub(super) fn put(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect, line: &words::Line, over: Style) {
    let spans =
        line.spans().map(|(tone, text)| Span::styled(words::clean(text, state.settings.ascii), theme.style(slot(tone)).patch(over)));
    frame.render_widget(Line::from_iter(spans), area);
}

fn edge_line(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect, said: &str) {
    let glyphs = Glyphs { ascii: state.settings.ascii, borders: true };
    let rule = glyphs.border().horizontal_top.repeat(usize::from(area.width).saturating_sub(fmt::width(said)));
    let spans = [Span::styled(rule, theme.style(Slot::Border)), Span::styled(said.to_owned(), theme.style(Slot::Warn))];
    frame.render_widget(Line::from_iter(spans), area);
}

/// A line that is typed into; what is too long is shown around the cursor.
pub(super) fn typed(theme: &Theme, frame: &mut Frame<'_>, area: Rect, label: &str, input: &Input, active: bool) {
    let label = fmt::fit(label, usize::from(area.width.saturating_sub(12)));
    let before = u16::try_from(fmt::width(&label)).unwrap_or(area.width).min(area.width);
    let room = usize::from(area.width - before);
    if room == 0 {
        return;
    }
    let skip = input.visual_scroll(room.saturating_sub(1));
    let (mut gone, mut shown) = (0, String::new());
    for c in input.value().chars().filter(|c| !words::unsafe_to_show(*c)) {
        if gone < skip {
            gone += fmt::width(&c.to_string());
        } else {
            shown.push(c);
        }
    }
    let shown = fmt::pad(&fmt::fit(&shown, room), room);
    let style = theme.style(if active { Slot::Input } else { Slot::Faint });
    frame.render_widget(Line::from_iter([Span::styled(label, theme.style(Slot::Strong)), Span::styled(shown, style)]), area);
    if active {
        let at = u16::try_from(input.visual_cursor().saturating_sub(skip)).unwrap_or(0);
        let x = area.x.saturating_add(before).saturating_add(at).min(area.right().saturating_sub(1));
        frame.set_cursor_position(Position { x, y: area.y });
    }
}
