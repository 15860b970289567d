//! Entries of the journal as they are shown: a bounded number of the newest, told as sentences when they came.

use crate::core::record::{Body, Record, RunId};
use crate::words::{Narrator, Tone};
use std::collections::VecDeque;

/// How many are kept.
const KEPT: usize = 2_000;
/// The most bytes of their sentences: one about many components can be long.
const MOST: usize = 2 * 1024 * 1024;

/// One entry as it is shown. The entry itself is asked for when somebody opens it: a decision can be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its index in the journal.
    pub index: u64,
    /// When, by the monitor's clock.
    pub at: jiff::Timestamp,
    /// What it means.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// The run that it is of.
    pub run: Option<RunId>,
}

/// The newest entries.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    lines: VecDeque<Line>,
    bytes: usize,
    narrator: Narrator,
    /// Entries that were never seen here, because they are no longer kept.
    pub gap: Option<u64>,
    /// The newest entry when the console first heard the monitor: what comes later is news.
    pub began: Option<u64>,
}

impl Journal {
    /// Takes an entry in; one that is known already changes nothing. Whether it is new.
    pub fn add(&mut self, record: &Record) -> bool {
        if self.last() >= record.index {
            return false;
        }
        let (tone, text) = self.narrator.sentence(record);
        let run = match &record.body {
            Body::RunOpened { .. } => Some(RunId(record.index)),
            Body::Run { run, .. } | Body::Serving { run, .. } => Some(*run),
            _ => None,
        };
        self.bytes += text.len();
        self.lines.push_back(Line { index: record.index, at: record.at, tone, text, run });
        while self.lines.len() > KEPT || (self.bytes > MOST && self.lines.len() > 1) {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.text.len());
        }
        true
    }

    /// Takes in what a run is about of which only later entries are told.
    pub fn hear(&mut self, record: &Record) {
        self.narrator.hear(record);
    }

    /// All that are kept, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter()
    }

    /// The index of the newest; 0 where there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.lines.back().map_or(0, |line| line.index)
    }

    /// The entry with this index.
    #[must_use]
    pub fn line(&self, index: u64) -> Option<&Line> {
        let at = self.lines.binary_search_by_key(&index, |line| line.index).ok()?;
        self.lines.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::testing::{note, record};

    #[test]
    fn long_sentences_are_kept_within_so_many_bytes_and_the_newest_always() {
        let mut journal = Journal::default();
        (1..=10).for_each(|index| assert!(journal.add(&record(index, Body::Note { text: "x".repeat(MOST / 4) }))));
        assert_eq!(journal.lines().map(|line| line.index).collect::<Vec<_>>(), [7, 8, 9, 10]);
        journal.add(&record(11, Body::Note { text: "x".repeat(MOST * 2) }));
        assert_eq!(journal.lines().map(|line| line.index).collect::<Vec<_>>(), [11]);
        assert!((12..=3_000).all(|index| journal.add(&note(index))));
        assert_eq!((journal.lines().count(), journal.last()), (KEPT, 3_000));
    }
}
