//! How the lists of Health and the journal stand: what is selected, filtered and sorted.

use super::{COLUMNS, Object, Row};

/// A text that lines must contain, or must not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// As it was typed, with its `!`.
    pub text: String,
}

impl Filter {
    /// Nothing is filtered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.needle().0.is_empty()
    }

    /// What is looked for, in small letters, and whether it must be missing.
    #[must_use]
    pub fn needle(&self) -> (String, bool) {
        match self.text.strip_prefix('!') {
            Some(rest) => (rest.trim().to_lowercase(), true),
            None => (self.text.trim().to_lowercase(), false),
        }
    }

    /// Whether a line of this text stays.
    #[must_use]
    pub fn lets(&self, text: &str) -> bool {
        let (needle, inverted) = self.needle();
        needle.is_empty() || text.to_lowercase().contains(&needle) != inverted
    }
}

/// What Health is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortBy {
    /// What must be seen first, first.
    #[default]
    Danger,
    /// By name.
    Name,
    /// By host that is to be active.
    Want,
    /// By what it is.
    Is,
    /// The oldest fact first.
    Age,
    /// The last change first.
    Since,
}

impl SortBy {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 6] = [Self::Danger, Self::Name, Self::Want, Self::Is, Self::Age, Self::Since];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or_default()
    }
}

/// The list of components and hosts.
#[derive(Debug, Default)]
pub struct HealthList {
    /// What is selected.
    pub selected: Option<Object>,
    /// What it is sorted by.
    pub sort: SortBy,
    /// The other way round.
    pub reverse: bool,
    /// What is shown.
    pub filter: Filter,
    /// Only what is wrong or unknown.
    pub problems: bool,
    /// The rows, filtered and sorted: made again when anything of that changes.
    pub rows: Vec<Row>,
    /// How many there are without filter.
    pub total: usize,
    /// How many cells each column would take for all rows, so that none jumps when the list is scrolled: made with them, not
    /// when something is drawn.
    pub widths: [u8; COLUMNS],
    /// How many rows were made so far: what a picture costs.
    pub made: usize,
}

/// The list of entries.
#[derive(Debug)]
pub struct JournalList {
    /// Which entry is selected, by its index.
    pub selected: Option<u64>,
    /// The newest is kept in sight.
    pub follow: bool,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// What is shown.
    pub filter: Filter,
    /// Only warnings and worse.
    pub problems: bool,
    /// The detail shows an entry, not what is selected in Health.
    pub opened: bool,
}

impl Default for JournalList {
    fn default() -> Self {
        Self { selected: None, follow: true, wrap: false, filter: Filter::default(), problems: false, opened: false }
    }
}
