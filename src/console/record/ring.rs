//! The last minutes of the session in memory: what `:dump` and a panic write. Bounded in time and in bytes, the oldest goes.
//!
//! What is left begins with a whole picture, so that it can be played; entries of the journal stay longer than the rest.

use super::format::{Header, line};
use crate::console::event::Moment;
use std::collections::VecDeque;
use std::sync::Arc;

/// How much of the session is kept, in milliseconds.
const WINDOW_MS: u64 = 10 * 60_000;
/// The most bytes of everything but the journal.
const MOST: usize = 12 * 1024 * 1024;
/// The most bytes of the journal.
const MOST_OF_JOURNAL: usize = 4 * 1024 * 1024;
/// What one entry takes beside its text, in bytes.
const EACH: usize = 64;

/// What an entry is to the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A connection stands.
    Up,
    /// A whole picture: playing can begin here.
    Whole,
    /// Of the journal.
    Journal,
    /// The journal is another one.
    Anew,
    /// Anything else.
    Other,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Kept {
    /// When.
    pub at: Moment,
    /// What it is.
    pub kind: Kind,
    /// As JSON.
    pub what: Arc<str>,
}

/// The last minutes.
#[derive(Debug)]
pub struct Ring {
    header: Header,
    moments: VecDeque<Kept>,
    journal: VecDeque<Kept>,
    bytes: usize,
    of_journal: usize,
    /// The last connection that was told of before what is kept.
    up: Option<Arc<str>>,
}

impl Ring {
    /// Nothing yet, of a session with this header.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self { header, moments: VecDeque::new(), journal: VecDeque::new(), bytes: 0, of_journal: 0, up: None }
    }

    /// The cluster is known now.
    pub fn name(&mut self, cluster: &str) {
        self.header.cluster = Some(cluster.to_owned());
    }

    /// The name of the cluster, where it is known.
    #[must_use]
    pub fn cluster(&self) -> Option<&str> {
        self.header.cluster.as_deref()
    }

    /// Keeps an entry. False where all before it had to go, so that a whole picture is needed.
    pub fn push(&mut self, kept: Kept) -> bool {
        let (now, size) = (kept.at, kept.what.len() + EACH);
        match kept.kind {
            Kind::Journal | Kind::Anew => {
                if kept.kind == Kind::Anew {
                    self.journal.clear();
                    self.of_journal = 0;
                }
                self.of_journal += size;
                self.journal.push_back(kept);
                while self.of_journal > MOST_OF_JOURNAL {
                    let Some(gone) = self.journal.pop_front() else { break };
                    self.of_journal = self.of_journal.saturating_sub(gone.what.len() + EACH);
                }
                true
            }
            Kind::Up | Kind::Whole | Kind::Other => {
                self.bytes += size;
                self.moments.push_back(kept);
                self.evict(now)
            }
        }
    }

    fn evict(&mut self, now: Moment) -> bool {
        loop {
            let Some(front) = self.moments.front() else { return false };
            let full = self.bytes > MOST;
            if !full && now.since(front.at) <= WINDOW_MS {
                return true;
            }
            if front.kind != Kind::Whole {
                self.pop();
                continue;
            }
            // What follows a whole picture cannot be played without it: they go together, once the next one is old enough.
            let next = self.moments.iter().skip(1).position(|kept| kept.kind == Kind::Whole).map(|at| at + 1);
            match next {
                Some(count) if full || self.moments.get(count).is_some_and(|kept| now.since(kept.at) >= WINDOW_MS) => {
                    (0..count).for_each(|_| self.pop());
                }
                None if full => {
                    while !self.moments.is_empty() {
                        self.pop();
                    }
                    return false;
                }
                Some(_) | None => return true,
            }
        }
    }

    fn pop(&mut self) {
        let Some(gone) = self.moments.pop_front() else { return };
        self.bytes = self.bytes.saturating_sub(gone.what.len() + EACH);
        if gone.kind == Kind::Up {
            self.up = Some(gone.what);
        }
    }

    /// All of it as a record of its own, whose time begins with what is kept; `end` says why it ends at `now`.
    #[must_use]
    pub fn record(&self, now: Moment, end: &str) -> Vec<String> {
        let begin = self.moments.front().or(self.journal.front()).map_or(now, |kept| kept.at);
        let header = Header { started: self.header.wall(begin.0), ..self.header.clone() };
        let head = serde_json::to_string(&header).unwrap_or_default() + "\n";
        let up = self.up.iter().map(|what| line(0, what));
        let older = self.journal.iter().take_while(|kept| kept.at < begin).map(|kept| line(0, &kept.what));
        let mut newer: Vec<&Kept> = self.moments.iter().chain(self.journal.iter().skip_while(|kept| kept.at < begin)).collect();
        newer.sort_by_key(|kept| kept.at);
        let newer = newer.into_iter().map(|kept| line(kept.at.since(begin), &kept.what));
        let last = super::json(&super::Entry::End(end.to_owned())).map(|what| line(now.since(begin), &what));
        std::iter::once(head).chain(up).chain(older).chain(newer).chain(last).collect()
    }

    /// How many bytes it takes, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes + self.of_journal
    }
}

#[cfg(test)]
mod tests;
