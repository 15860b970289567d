//! Collects problems while a configuration is read, and knows on which line a part of it stands.
//!
//! One of these lives as long as one `parse`. It is bounded: a file of nothing but mistakes costs a bounded list.

use super::problem::{Problem, Problems, Severity};
use std::ops::Range;

/// How many errors are kept; the rest is counted.
const MAX_ERRORS: usize = 500;
/// How many warnings are kept; they never take the room of an error.
const MAX_WARNINGS: usize = 100;
/// After so many problems no nearest word is looked for: it costs time for each word of the file.
const MAX_GUESSES: usize = 100;
/// Longest word, in bytes, for which a nearest one is looked for.
const MAX_WORD: usize = 120;

/// So many of something, in words.
pub(super) fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// The problems so far.
pub(super) struct Report {
    line_starts: Vec<usize>,
    problems: Vec<Problem>,
    errors: usize,
    warnings: usize,
}

impl Report {
    pub(super) fn new(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { line_starts: std::iter::once(0).chain(starts).collect(), problems: Vec::new(), errors: 0, warnings: 0 }
    }

    /// The line, from 1, on which `span` begins.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.line_starts.partition_point(|start| *start <= span.start)
    }

    /// Keeps `problem`, or only counts it when there are too many already.
    pub(super) fn add(&mut self, problem: Problem) {
        let (count, most) = match problem.severity {
            Severity::Error => (&mut self.errors, MAX_ERRORS),
            Severity::Warning => (&mut self.warnings, MAX_WARNINGS),
        };
        *count += 1;
        if *count <= most {
            self.problems.push(problem);
        }
    }

    /// Whether another error would only be counted.
    pub(super) fn is_full(&self) -> bool {
        self.errors >= MAX_ERRORS
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether an error stands at `key`, or at an item of the list or a key of the table that stands there.
    pub(super) fn blames(&self, key: &str) -> bool {
        let within = |p: &Problem| p.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']));
        self.problems.iter().any(|p| p.severity == Severity::Error && within(p))
    }

    /// The known word that `word` was probably meant to be.
    pub(super) fn nearest<'k>(&self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
        if self.problems.len() >= MAX_GUESSES || word.len() > MAX_WORD {
            return None;
        }
        let most = (word.len() / 3).max(1);
        let near = known.into_iter().filter(|k| k.len().abs_diff(word.len()) <= most);
        let (distance, near) = near.map(|k| (strsim::osa_distance(word, k), k)).min()?;
        (distance <= most).then_some(near)
    }

    /// The problems in the order of the file; the last one stands for those that were only counted.
    pub(super) fn into_problems(mut self, origin: &str) -> Problems {
        self.problems.sort_by_key(|p| p.line);
        let more = (self.errors + self.warnings).saturating_sub(self.problems.len());
        if more > 0 {
            let why = format!("at most {MAX_ERRORS} errors and {MAX_WARNINGS} warnings are listed");
            let rest = Problem::error("", None, format!("{more} problems more"), why, "correct those above and check again");
            self.problems.push(if self.errors > 0 { rest } else { rest.into_warning() });
        }
        Problems { origin: origin.to_owned(), list: self.problems }
    }
}
