//! Entries of the journal that `why` and `replay` look up: one by its index, and the last ones about something.

use crate::client::{ClientError, Link};
use crate::core::record::{Body, Record};
use crate::core::trigger::{Decision, DecisionId};

/// Entries that are asked for at once: a decision is journaled with everything that it rests on, and is long.
const PAGE: u32 = 100;
/// How many entries are searched, from the last one backwards.
const MOST_SEARCHED: u64 = 2_000;

/// The entry with this index, if the journal has it.
///
/// # Errors
/// As [`Link::call`].
pub(super) async fn entry(link: &mut dyn Link, index: u64) -> Result<Option<Record>, ClientError> {
    let records = link.log(index.max(1), 1).await?.records;
    Ok(records.into_iter().find(|record| record.index == index))
}

/// A decision, when it was made, and in which entry.
pub(super) struct Found {
    /// Its entry.
    pub(super) record: Record,
    /// The same as its body.
    pub(super) decision: Decision,
}

/// The decision `id`; else why there is none.
///
/// # Errors
/// As [`Link::call`].
pub(super) async fn decision(link: &mut dyn Link, id: DecisionId) -> Result<Result<Found, String>, ClientError> {
    Ok(match entry(link, id.0).await? {
        None => Err(format!("{id} is not in the journal: there is no such entry, or it is no longer kept")),
        Some(record) => match record.body.clone() {
            Body::Decided { decision } => Ok(Found { record, decision: *decision }),
            _ => Err(format!("{id} is no decision: entry {} of the journal is about something else", id.0)),
        },
    })
}

/// The last entries that `about` picks, the newest first, at most `most` of them.
///
/// # Errors
/// As [`Link::call`].
pub(super) async fn last(link: &mut dyn Link, most: usize, about: impl Fn(&Record) -> bool) -> Result<Vec<Record>, ClientError> {
    let newest = link.log(0, 1).await?.last;
    let mut found = Vec::new();
    // The first index that was searched already.
    let mut end = newest.saturating_add(1);
    while found.len() < most && end > 1 && newest - (end - 1) < MOST_SEARCHED {
        let begin = end.saturating_sub(u64::from(PAGE)).max(1);
        let log = link.log(begin, PAGE).await?;
        let page = log.records.into_iter().rev().filter(|record| record.index < end && about(record));
        found.extend(page.take(most - found.len()));
        if begin <= log.oldest {
            break;
        }
        end = begin;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Dial, Fake};
    use crate::core::command::Role;
    use crate::wire::testing::note;

    async fn picked(fake: &Fake, most: usize, about: impl Fn(u64) -> bool) -> Vec<u64> {
        let mut link = fake.dial(Role::Observer).await.unwrap();
        let found = last(link.as_mut(), most, |record| about(record.index)).await.unwrap();
        found.into_iter().map(|record| record.index).collect()
    }

    #[tokio::test]
    async fn the_newest_come_first_each_once_and_across_pages() {
        let fake = Fake::with_records((1..=350).map(note));
        assert_eq!(picked(&fake, 3, |_| true).await, [350, 349, 348]);
        assert_eq!(picked(&fake, 9, |index| index % 100 == 1).await, [301, 201, 101, 1]);
        assert_eq!(picked(&Fake::default(), 3, |_| true).await, [0; 0]);
    }

    #[tokio::test]
    async fn what_is_long_past_or_no_longer_kept_is_not_searched() {
        let fake = Fake::with_records((40..=60).map(note));
        assert_eq!(picked(&fake, 99, |index| index < 42).await, [41, 40]);
        let fake = Fake::with_records((1..=5_000).map(note));
        assert_eq!(picked(&fake, 9, |index| index < 3_000).await, [0; 0]);
    }
}
