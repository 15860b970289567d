//! Collects problems while a configuration is read, and knows on which line a part of it stands.
//!
//! One of these lives as long as one `parse`. It is bounded: a file of nothing but mistakes costs a bounded list.

use super::problem::{Problem, Problems, Severity, bounded};
use std::ops::Range;

/// How many problems are kept; the rest is counted.
const MAX_PROBLEMS: usize = 500;
/// After so many problems no nearest word is looked for: it costs time for each word of the file.
const MAX_GUESSES: usize = 100;
/// Longest word, in bytes, for which a nearest one is looked for.
const MAX_WORD: usize = 120;

/// The problems so far.
pub(super) struct Report {
    line_starts: Vec<usize>,
    problems: Vec<Problem>,
    dropped: usize,
    errors: usize,
}

impl Report {
    pub(super) fn new(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { line_starts: std::iter::once(0).chain(starts).collect(), problems: Vec::new(), dropped: 0, errors: 0 }
    }

    /// The line, from 1, on which `span` begins.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.line_starts.partition_point(|start| *start <= span.start)
    }

    /// Keeps `problem`, or counts it when there are too many already.
    pub(super) fn add(&mut self, problem: Problem) {
        self.errors += usize::from(problem.severity == Severity::Error);
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether an error stands at `key`.
    pub(super) fn blames(&self, key: &str) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error && p.key == key)
    }

    /// The known word that `word` was probably meant to be.
    pub(super) fn nearest<'k>(&self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
        if self.problems.len() >= MAX_GUESSES || word.len() > MAX_WORD {
            return None;
        }
        let near = known.into_iter().map(|k| (strsim::osa_distance(word, k), k)).min()?;
        (near.0 <= (word.len() / 3).max(1)).then_some(near.1)
    }

    /// The problems in the order of the file; an error at the end stands for those that were only counted.
    pub(super) fn into_problems(mut self, origin: &str) -> Problems {
        self.problems.sort_by_key(|p| p.line);
        if self.dropped > 0 {
            let found = format!("{} problems more", self.dropped);
            self.problems.push(Problem::error(
                "",
                None,
                found,
                format!("only the first {MAX_PROBLEMS} problems are listed"),
                "correct those and check again",
            ));
        }
        Problems { origin: bounded(origin), list: self.problems }
    }
}
