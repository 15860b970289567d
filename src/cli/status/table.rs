//! Columns that line up.

use crate::words::{Line, Tone};

/// What stands in one place of a table.
pub(super) type Cell = (Tone, String);

const GAP: usize = 2;

/// Rows of cells as lines, each column as wide as its widest cell.
pub(super) fn columns(rows: &[Vec<Cell>]) -> Vec<Line> {
    let widths = widths(rows);
    let line = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&widths);
        cells.fold(Line::empty(), |line, ((tone, text), width)| {
            let pad = (width + GAP).saturating_sub(text.chars().count());
            line.and(*tone, text.clone()).and(Tone::Plain, " ".repeat(pad))
        })
    };
    rows.iter().map(line).collect()
}

/// How many columns of the terminal the rows take.
pub(super) fn width(rows: &[Vec<Cell>]) -> usize {
    let widths = widths(rows);
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|(_, text)| text.chars().count()).max().unwrap_or(0);
    (0..most).map(widest).collect()
}
