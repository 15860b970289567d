//! What the two monitors of a pair say to each other, over the socket that is for the other monitor alone: how each of them
//! stands, and the copy of the journal. The one that acts asks; the one that follows keeps what it is given.

use crate::core::pair::{Standing, Tail};
use crate::core::record::Record;
use serde::{Deserialize, Serialize};

/// Most entries in one request.
pub const PEER_ENTRIES: usize = 256;
/// Most bytes of entries in one request, well below what a line may have; one entry that is larger goes alone.
pub const PEER_BYTES: usize = 256 << 10;

/// One entry of a journal, told from every other one that could stand in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PeerMark {
    /// Its place.
    pub tail: Tail,
    /// When it was written, by the clock of its monitor.
    pub at: Option<jiff::Timestamp>,
}

impl PeerMark {
    /// The mark of `record`.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self { tail: Tail { term: record.term, index: record.index }, at: Some(record.at) }
    }
}

/// A question of the other monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub enum PeerAsk {
    /// Says how it stands; answered with the [`Standing`] of this one.
    Standing {
        /// Of the one that asks.
        mine: Standing,
    },
    /// Asks for the mark of an entry. Answered with a [`PeerMark`], or null where it is not there.
    Mark {
        /// Its index.
        index: u64,
    },
    /// Has everything after an entry set aside, since the journal that holds goes on in another way from there. Answered with
    /// the number of entries that were set aside, once the journal is open again.
    Cut {
        /// The index of the last entry that stays; 0 for none.
        keep: u64,
        /// The index of the entry that comes next.
        first: u64,
    },
    /// Hands entries over. Answered with the index of the last one once they are on stable storage; refused where they do not
    /// follow.
    Append {
        /// The mark of the entry before them.
        after: PeerMark,
        /// The entries.
        records: Vec<Record>,
    },
}
