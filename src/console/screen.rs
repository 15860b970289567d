//! What stands on the screen, as text and as a picture.
//!
//! Used by the key that saves the screen, and for the pictures in the documentation. Pure: it reads a drawn buffer and
//! writes nothing anywhere. The picture keeps the exact grid of cells, whatever font shows it.

use super::theme::downgrade::{self, Rgb};
use super::ui::fmt;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// The size of a cell in the picture, and the size of its letters and how far below the cell's top they stand.
const CELL: (usize, usize) = (9, 18);
const FONT: usize = 15;
const BASELINE: usize = 14;
/// The empty frame around the cells.
const MARGIN: usize = 9;

/// The colours of a picture: what the terminal would have given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// Where a cell names no background.
    pub background: Rgb,
    /// Where a cell names no foreground.
    pub foreground: Rgb,
    /// The sixteen colours with names, black first.
    pub colours: [Rgb; 16],
}

impl Default for Palette {
    /// Light letters on a dark ground, with sixteen colours that can all be read on it.
    fn default() -> Self {
        Self {
            background: (22, 24, 29),
            foreground: (220, 223, 228),
            colours: [
                (40, 44, 52),
                (232, 104, 104),
                (130, 200, 110),
                (229, 192, 90),
                (104, 158, 240),
                (205, 130, 220),
                (90, 195, 205),
                (200, 204, 212),
                (120, 128, 142),
                (255, 135, 135),
                (160, 225, 140),
                (245, 215, 120),
                (140, 185, 255),
                (225, 160, 240),
                (130, 220, 230),
                (255, 255, 255),
            ],
        }
    }
}

/// The screen as lines of text without blanks at their ends; each line ends in a line feed.
pub fn text(buffer: &Buffer) -> String {
    let mut lines = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(|piece| piece.symbol.as_str()).collect();
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

/// The screen as an SVG picture, with `title` as its name for people who hear it read.
pub fn svg(buffer: &Buffer, palette: &Palette, title: &str) -> String {
    let wide = usize::from(buffer.area.width) * CELL.0 + 2 * MARGIN;
    let high = usize::from(buffer.area.height) * CELL.1 + 2 * MARGIN;
    let title = escaped(title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" \
         font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{FONT}\">\n<title>{title}</title>\n\
         <rect width=\"{wide}\" height=\"{high}\" rx=\"6\" fill=\"{}\"/>\n",
        hex(palette.background)
    );
    for (y, row) in rows(buffer).into_iter().enumerate() {
        let runs = runs(row, palette);
        // All grounds of a row before its letters: a letter that leans out of its cell is not cut by the next ground.
        runs.iter().filter(|run| run.look.ground != palette.background).for_each(|run| run.ground(y, &mut out));
        runs.iter().filter(|run| run.is_seen()).for_each(|run| run.letters(y, &mut out));
    }
    out.push_str("</svg>\n");
    out
}

/// What one drawn cell (or the several of a wide character) holds.
struct Piece<'a> {
    symbol: String,
    cells: usize,
    cell: &'a Cell,
}

/// The rows of the screen, each from left to right; the cells behind a wide character belong to it.
fn rows(buffer: &Buffer) -> Vec<Vec<Piece<'_>>> {
    let wide = usize::from(buffer.area.width);
    buffer.content.chunks(wide.max(1)).map(|row| pieces(row, wide)).collect()
}

fn pieces(row: &[Cell], wide: usize) -> Vec<Piece<'_>> {
    let (mut found, mut next) = (Vec::new(), 0);
    for (x, cell) in row.iter().enumerate() {
        if x < next {
            continue;
        }
        let mut symbol: String = cell.symbol().chars().filter(|c| is_drawn(*c)).collect();
        if fmt::width(&symbol) == 0 {
            symbol = " ".to_owned();
        }
        let cells = fmt::width(&symbol).min(wide - x);
        next = x + cells;
        found.push(Piece { symbol, cells, cell });
    }
    found
}

/// Whether XML may hold the character and a screen shows it.
fn is_drawn(c: char) -> bool {
    !c.is_control() && !('\u{fffe}'..='\u{ffff}').contains(&c)
}

/// How a run of cells looks, in colours that are final.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    letters: Rgb,
    ground: Rgb,
    modifier: Modifier,
}

fn look(cell: &Cell, palette: &Palette) -> Look {
    let exact = |colour: Color, own: Rgb| downgrade::rgb(colour, &palette.colours).unwrap_or(own);
    let (mut letters, mut ground) = (exact(cell.fg, palette.foreground), exact(cell.bg, palette.background));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut letters, &mut ground);
    }
    if cell.modifier.contains(Modifier::DIM) {
        let mixed = |letter: u8, ground: u8| u8::try_from((u16::from(letter) * 13 + u16::from(ground) * 7) / 20).unwrap_or(letter);
        letters = (mixed(letters.0, ground.0), mixed(letters.1, ground.1), mixed(letters.2, ground.2));
    }
    let shown = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT | Modifier::HIDDEN;
    Look { letters, ground, modifier: cell.modifier & shown }
}

/// Neighbouring cells that look the same.
struct Run {
    x: usize,
    cells: usize,
    symbols: String,
    /// One cell a character: such runs may be joined and still keep the grid.
    even: bool,
    look: Look,
}

fn runs(row: Vec<Piece<'_>>, palette: &Palette) -> Vec<Run> {
    let (mut runs, mut x) = (Vec::<Run>::new(), 0);
    for piece in row {
        let look = look(piece.cell, palette);
        let even = piece.cells == 1 && piece.symbol.chars().count() == 1;
        match runs.last_mut() {
            Some(last) if last.even && even && last.look == look => {
                last.symbols.push_str(&piece.symbol);
                last.cells += 1;
            }
            _ => runs.push(Run { x, cells: piece.cells, symbols: piece.symbol, even, look }),
        }
        x += piece.cells;
    }
    runs
}

impl Run {
    /// Whether there is anything beside the ground.
    fn is_seen(&self) -> bool {
        let lined = self.look.modifier.intersects(Modifier::UNDERLINED | Modifier::CROSSED_OUT);
        !self.look.modifier.contains(Modifier::HIDDEN) && (lined || !self.symbols.trim().is_empty())
    }

    fn ground(&self, row: usize, out: &mut String) {
        let (x, y) = (MARGIN + self.x * CELL.0, MARGIN + row * CELL.1);
        let (wide, high, fill) = (self.cells * CELL.0, CELL.1, hex(self.look.ground));
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\"/>");
    }

    fn letters(&self, row: usize, out: &mut String) {
        let (x, y) = (MARGIN + self.x * CELL.0, MARGIN + row * CELL.1 + BASELINE);
        let (wide, fill) = (self.cells * CELL.0, hex(self.look.letters));
        let mut style = String::new();
        for (modifier, said) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        ] {
            style.push_str(if self.look.modifier.contains(modifier) { said } else { "" });
        }
        if self.look.modifier.contains(Modifier::CROSSED_OUT) && !self.look.modifier.contains(Modifier::UNDERLINED) {
            style.push_str(" text-decoration=\"line-through\"");
        }
        let symbols = escaped(&self.symbols);
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{fill}\"{style} \
             xml:space=\"preserve\">{symbols}</text>"
        );
    }
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The text as XML holds it, without what XML cannot hold.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_drawn(*c)) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
