//! The columns of Health: what each is, how wide it may be, and which go first when there is no room.

use super::super::fmt;
use super::super::glyph::Sign;
use super::super::paint::{Piece, clean, glyphs};
use super::health::cell;
use crate::console::state::{COLUMNS, Picture, Row, SortBy, State};
use crate::words::role;

/// Between two columns.
const GAP: usize = 2;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
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
pub(super) const LADDER: [Column; COLUMNS] = [
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

    pub(super) fn head(self, state: &State) -> String {
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

/// How many cells each column would take for a row. As many as a byte holds are more than any column is wide.
#[must_use]
pub fn natural_widths(state: &State, picture: &Picture, row: &Row) -> [u8; COLUMNS] {
    LADDER.map(|column| match column {
        // These have the same few words in every row.
        Column::Mark | Column::Age | Column::Since => 0,
        column => u8::try_from(fmt::width(&cell(state, picture, row, column).1)).unwrap_or(u8::MAX),
    })
}

/// How wide each column is that is shown.
pub(super) fn widths(state: &State, cells: &[Vec<Piece>], room: usize) -> Vec<usize> {
    let wanted = |at: usize, column: Column| {
        let (least, most) = column.range();
        let widest = cells.iter().filter_map(|row| row.get(at)).map(|(_, text)| fmt::width(text)).max().unwrap_or(0);
        let widest = widest.max(state.health.widths.get(at).map_or(0, |width| usize::from(*width)));
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
        let blank = matches!(column, Column::Kind | Column::Run) && state.health.widths.get(at).is_none_or(|width| *width == 0);
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

/// Blanks behind a column.
pub(super) fn gap(at: usize) -> usize {
    if at == 0 { 1 } else { GAP }
}
