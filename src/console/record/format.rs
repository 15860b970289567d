//! The record of a session as lines of JSON: a header, then what happened, each with the milliseconds since the start.
//! Written by `record`, read by `replay`; whoever may read a file decides nothing here.

use crate::console::event::LinkEvent;
use crate::core::record::Record;
use crate::wire::{StatusView, Welcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the first line says of every record.
pub const FORMAT: &str = "switchtower session record";
/// The version that is written; a newer one is not read.
pub const VERSION: u32 = 1;
/// The longest line that is written or read, in bytes: as much as the wire takes, and something around it.
pub const LONGEST: usize = 17 * 1024 * 1024;
/// The longest session, in milliseconds: ten years.
pub const LONGEST_MS: u64 = 10 * 365 * 86_400_000;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The words that every record begins with.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// Which cluster, as far as it was known when the record was begun.
    pub cluster: Option<String>,
    /// When the session began, by the clock of the console's host.
    pub started: Timestamp,
    /// The version of the program.
    pub program: String,
    /// Columns of the terminal at the start.
    pub cols: u16,
    /// Rows of the terminal at the start.
    pub rows: u16,
}

/// A line after the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since the start.
    pub ms: u64,
    /// What happened.
    pub what: Entry,
}

/// What happened. Nothing that was typed is in it, but for the names of actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// A connection stands.
    Up(Welcome),
    /// Everything that was known then.
    Picture(Box<StatusView>),
    /// The last picture came again, and nothing was different in it but these ages.
    Again(Again),
    /// Openings of runs of which only later entries are told.
    Opened(Vec<Record>),
    /// Entries of the journal.
    Entries(Vec<Record>),
    /// Entries up to this index are no longer kept.
    Gap(u64),
    /// The journal is another one than before.
    Anew,
    /// The monitor does not answer.
    Down {
        /// Why.
        why: String,
        /// What to do about it.
        remedy: String,
        /// Until the next try, in milliseconds.
        retry_ms: u64,
    },
    /// The operator did what a key or a command does, by its name.
    Action(String),
    /// The operator handed something in, in words.
    Asked(String),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// So many entries could not be written in time, and are missing here.
    LeftOut(u64),
    /// The record ends here, and why.
    End(String),
}

/// When a picture was made, and its ages in the order in which `ages` visits them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// By the monitor's wall clock.
    pub at: Timestamp,
    /// In milliseconds.
    pub ages: Vec<Option<u64>>,
}

/// Why a file is not read as a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// It begins with something else.
    #[error("it is not a record of a console's session: its first line is not the header of one")]
    Foreign,
    /// A newer program wrote it.
    #[error(
        "it has version {0} of the format, and this program reads version {VERSION}: play it with the program that wrote it, or a newer one"
    )]
    Newer(u32),
}

/// Any header, whatever else its version puts into it.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u32,
}

impl Header {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// When it is the first line of something else, or of a version that is not known here.
    pub fn read(line: &[u8]) -> Result<Self, NotARecord> {
        let any: AnyHeader = serde_json::from_slice(line).map_err(|_| NotARecord::Foreign)?;
        if any.format != FORMAT || any.version == 0 {
            return Err(NotARecord::Foreign);
        }
        if any.version > VERSION {
            return Err(NotARecord::Newer(any.version));
        }
        serde_json::from_slice(line).map_err(|_| NotARecord::Foreign)
    }

    /// The wall clock so many milliseconds after the start.
    #[must_use]
    pub fn wall(&self, ms: u64) -> Timestamp {
        wall(self.started, ms)
    }
}

/// The wall clock so many milliseconds after `started`; a time that no clock shows is the start.
#[must_use]
pub fn wall(started: Timestamp, ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    started.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap_or(started)
}

impl Line {
    /// Reads a line after the header; nothing where it is none.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|line: &Self| line.ms <= LONGEST_MS)
    }
}

impl Entry {
    /// An event of the link as it is written; pictures are made by the recorder, which knows the one before.
    #[must_use]
    pub fn of(event: &LinkEvent) -> Option<Self> {
        Some(match event {
            LinkEvent::Up(welcome) => Self::Up(welcome.clone()),
            LinkEvent::Picture(_) | LinkEvent::Changed(_) => return None,
            LinkEvent::Opened(records) => Self::Opened(records.clone()),
            LinkEvent::Entries(records) => Self::Entries(records.clone()),
            LinkEvent::Gap(to) => Self::Gap(*to),
            LinkEvent::Anew => Self::Anew,
            LinkEvent::Down { why, remedy, retry_ms } => Self::Down { why: why.clone(), remedy: remedy.clone(), retry_ms: *retry_ms },
        })
    }

    /// Something that stands in the journal.
    #[must_use]
    pub fn is_of_journal(&self) -> bool {
        matches!(self, Self::Opened(_) | Self::Entries(_) | Self::Gap(_) | Self::Anew)
    }

    /// It is heard of the monitor.
    #[must_use]
    pub fn is_of_link(&self) -> bool {
        self.is_of_journal() || matches!(self, Self::Up(_) | Self::Picture(_) | Self::Again(_) | Self::Down { .. })
    }
}

/// A line of what is JSON already.
#[must_use]
pub fn line(ms: u64, what: &str) -> String {
    format!("{{\"ms\":{ms},\"what\":{what}}}\n")
}

#[cfg(test)]
mod tests;
