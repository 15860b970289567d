//! Every entry of the journal from some index on, in order and once each, across lost connections.
//!
//! Used by `events`, `log --follow`, and by whoever watches a run. Nothing is assumed of what was missed: after a new
//! connection the journal is asked for it.

use super::{ClientError, Dial, Link};
use crate::core::command::Role;
use crate::core::record::{Record, RunId, Term};
use crate::wire::RunView;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

/// How many entries are asked for at once.
const PAGE: u32 = 500;
/// So many of the last entries are told of a journal that took the place of another.
const LAST: u64 = 300;
/// After so long a silence the monitor is asked whether there is really nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// What comes out of a feed.
#[derive(Debug)]
pub enum Item {
    /// The next entry.
    Record(Box<Record>),
    /// Entries up to this index are no longer kept.
    Gap(u64),
    /// After a new connection: it is another journal than before. What follows are its last entries.
    Anew,
    /// Nothing new for a while; the monitor was asked, and it is so.
    Quiet,
}

/// Entries from one index on.
pub struct Feed<'a> {
    dial: &'a dyn Dial,
    link: Option<Box<dyn Link>>,
    next: u64,
    known_last: u64,
    page: VecDeque<Record>,
    /// The last entry that was handed out, by what tells it from every other.
    seen: Option<Mark>,
    /// It is to be told that the journal is another one.
    anew: bool,
    /// Decisions come without most of what they rest on.
    brief: bool,
}

/// What tells one entry from the entry of another journal in the same place.
type Mark = (u64, Term, jiff::Timestamp);

fn mark(record: &Record) -> Mark {
    (record.index, record.term, record.at)
}

impl<'a> Feed<'a> {
    /// Entries from index `next` on.
    pub fn new(dial: &'a dyn Dial, next: u64) -> Self {
        Self { dial, link: None, next, known_last: 0, page: VecDeque::new(), seen: None, anew: false, brief: false }
    }

    /// The same, for who only tells of decisions: they come without most of what they rest on.
    #[must_use]
    pub fn brief(self) -> Self {
        Self { brief: true, ..self }
    }

    /// The next thing. After an error it may be asked again, and connects anew.
    ///
    /// # Errors
    /// When the monitor cannot be reached or the connection is gone.
    pub async fn next(&mut self) -> Result<Item, ClientError> {
        let got = self.try_next().await;
        if got.is_err() {
            self.link = None;
        }
        got
    }

    /// Where `run` stands now.
    ///
    /// # Errors
    /// As [`Feed::next`].
    pub async fn run(&mut self, run: RunId) -> Result<RunView, ClientError> {
        self.connect().await?;
        let Some(link) = &mut self.link else { return Err(ClientError::Lost("it was just closed".into())) };
        let got = link.run(Some(run), Duration::ZERO).await;
        if got.as_ref().is_err_and(|error| !matches!(error, ClientError::Failure(_))) {
            self.link = None;
        }
        got
    }

    async fn connect(&mut self) -> Result<(), ClientError> {
        if self.link.is_none() {
            let mut link = self.dial.dial(Role::Observer).await?;
            if self.brief {
                link.brief().await?;
            }
            self.known_last = link.follow().await?;
            if is_another(link.as_mut(), self.seen, self.known_last).await? {
                self.next = self.known_last.saturating_sub(LAST).saturating_add(1);
                self.page.clear();
                (self.seen, self.anew) = (None, true);
            }
            self.link = Some(link);
        }
        Ok(())
    }

    async fn try_next(&mut self) -> Result<Item, ClientError> {
        self.connect().await?;
        if std::mem::take(&mut self.anew) {
            return Ok(Item::Anew);
        }
        loop {
            if let Some(record) = self.page.pop_front() {
                if let Some(item) = self.take(record) {
                    return Ok(item);
                }
                continue;
            }
            let Some(link) = &mut self.link else { return Err(ClientError::Lost("it was just closed".into())) };
            if self.next <= self.known_last {
                let log = link.log(self.next, PAGE).await?;
                if log.records.is_empty() {
                    // The rest was promised and is not there: it has been dropped.
                    let gap = self.known_last;
                    self.next = gap.saturating_add(1);
                    return Ok(Item::Gap(gap));
                }
                self.page.extend(log.records);
                continue;
            }
            match timeout(SILENCE, link.next_event()).await {
                Ok(record) => self.page.push_back(record?),
                Err(_) => {
                    self.known_last = link.log(0, 1).await?.last;
                    if self.next > self.known_last {
                        return Ok(Item::Quiet);
                    }
                }
            }
        }
    }

    /// Hands out a record that is new; one that comes too early waits for those before it.
    fn take(&mut self, record: Record) -> Option<Item> {
        if record.index < self.next {
            return None;
        }
        if record.index > self.next && record.index > self.known_last {
            // An event that leaves some out: they are in the journal.
            self.known_last = record.index;
            return None;
        }
        if record.index > self.next {
            let gap = record.index.saturating_sub(1);
            self.next = record.index;
            self.page.push_front(record);
            return Some(Item::Gap(gap));
        }
        self.next = record.index.saturating_add(1);
        self.seen = Some(mark(&record));
        Some(Item::Record(Box::new(record)))
    }
}

/// Whether the journal is another one than before: it ends before what was seen of it, or has something else there.
async fn is_another(link: &mut dyn Link, seen: Option<Mark>, last: u64) -> Result<bool, ClientError> {
    let Some(seen) = seen else { return Ok(false) };
    if seen.0 > last {
        return Ok(true);
    }
    let there = link.log(seen.0, 1).await?.records;
    Ok(there.iter().any(|record| record.index == seen.0 && mark(record) != seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Fake;
    use crate::wire::testing::note;

    async fn indices(feed: &mut Feed<'_>, n: usize) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.len() < n {
            seen.push(match feed.next().await {
                Ok(Item::Record(record)) => record.index.to_string(),
                Ok(Item::Gap(to)) => format!("gap to {to}"),
                Ok(Item::Anew) => "anew".into(),
                Ok(Item::Quiet) => "quiet".into(),
                Err(error) => error.to_string(),
            });
        }
        seen
    }

    #[tokio::test]
    async fn what_was_written_before_comes_first_and_once() {
        let fake = Fake::with_records((1..=4).map(note));
        fake.event(note(4));
        fake.event(note(5));
        assert_eq!(indices(&mut Feed::new(&fake, 2), 4).await, ["2", "3", "4", "5"]);
    }

    #[tokio::test]
    async fn a_lost_connection_loses_no_entry() {
        let fake = Fake::with_records((1..=2).map(note));
        fake.event(note(3));
        fake.cut();
        let mut feed = Feed::new(&fake, 2);
        assert_eq!(indices(&mut feed, 3).await, ["2", "3", "the connection to the monitor was lost: cut"]);
        fake.add(note(4));
        fake.event(note(5));
        assert_eq!(indices(&mut feed, 2).await, ["4", "5"]);
    }

    #[tokio::test]
    async fn an_event_that_leaves_some_out_sends_the_feed_to_the_journal() {
        let fake = Fake::with_records((1..=2).map(note));
        fake.add_later(note(3));
        fake.event(note(4));
        assert_eq!(indices(&mut Feed::new(&fake, 2), 3).await, ["2", "3", "4"]);
    }

    #[tokio::test]
    async fn a_journal_that_took_the_place_of_another_is_told_from_its_own_beginning() {
        // Shorter than what was seen; and as long, with something else in it.
        for entries in [1..=2_u64, 1..=5] {
            let fake = Fake::with_records((1..=3).map(note));
            fake.cut();
            let mut feed = Feed::new(&fake, 1);
            assert_eq!(indices(&mut feed, 4).await[3], "the connection to the monitor was lost: cut");
            let other = |index| Record { term: Term(99), ..note(index) };
            fake.with(|books| books.records = entries.clone().map(other).collect());
            let all: Vec<String> = entries.clone().map(|index| index.to_string()).collect();
            assert_eq!(indices(&mut feed, all.len() + 1).await, [vec!["anew".to_owned()], all].concat());
        }
    }

    #[tokio::test]
    async fn entries_that_are_no_longer_kept_are_said_to_be_missing() {
        let fake = Fake::with_records((7..=8).map(note));
        assert_eq!(indices(&mut Feed::new(&fake, 3), 3).await, ["gap to 6", "7", "8"]);
    }
}
