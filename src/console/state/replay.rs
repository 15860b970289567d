//! Where the playing of a record stands, and what of the state comes from the record: that is exchanged as a whole when
//! somebody goes to another time, and everything else, such as what is selected, stays.

use super::{Changes, Journal, Link, Picture, State};
use crate::console::event::Moment;
use crate::console::record;
use crate::wire::Welcome;
use jiff::Timestamp;

/// How fast a record is played, in halves of its own pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u8);

impl Pace {
    const ALL: [u8; 6] = [1, 2, 4, 8, 16, 32];

    /// The next one that is faster; the fastest stays.
    #[must_use]
    pub fn faster(self) -> Self {
        Self(Self::ALL.into_iter().find(|halves| *halves > self.0).unwrap_or(self.0))
    }

    /// The next one that is slower; the slowest stays.
    #[must_use]
    pub fn slower(self) -> Self {
        Self(Self::ALL.into_iter().rev().find(|halves| *halves < self.0).unwrap_or(self.0))
    }

    /// How much of the record goes by in so many milliseconds.
    #[must_use]
    pub fn of(self, ms: u64) -> u64 {
        ms.saturating_mul(u64::from(self.0)) / 2
    }

    /// In how many milliseconds so much of the record has gone by.
    #[must_use]
    pub fn takes(self, ms: u64) -> u64 {
        ms.saturating_mul(2).div_ceil(u64::from(self.0))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(2)
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 1 { f.write_str("0.5x") } else { write!(f, "{}x", self.0 / 2) }
    }
}

/// Where the playing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// When the session began, by the clock of the console's host.
    pub started: Timestamp,
    /// The version of the program that wrote it.
    pub program: String,
    /// Milliseconds of the record that have gone by.
    pub at: u64,
    /// Its first moment with a picture: the beginning, as far as anybody can see it.
    pub first: u64,
    /// Its length in milliseconds.
    pub length: u64,
    /// It goes on by itself.
    pub playing: bool,
    /// How fast.
    pub pace: Pace,
    /// What is to be known about it, until somebody has seen it.
    pub notes: Vec<String>,
    /// How much of the file has been read, in percent, while that goes on; nothing can be played before.
    pub reading: Option<u8>,
}

impl Replay {
    /// A record of which nothing is known but its header.
    #[must_use]
    pub fn of(header: &record::Header) -> Self {
        let program = header.program.clone();
        let (first, at, length) = (0, 0, 0);
        Self {
            started: header.started,
            program,
            at,
            first,
            length,
            playing: true,
            pace: Pace::default(),
            notes: Vec::new(),
            reading: Some(0),
        }
    }

    /// The wall clock then.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        record::wall(self.started, self.at)
    }
}

/// What of the state comes from the record, at one moment.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The connection.
    pub link: Link,
    /// What the monitor said of itself.
    pub welcome: Option<Welcome>,
    /// The last picture.
    pub picture: Option<Picture>,
    /// What changed of each object.
    pub changes: Changes,
    /// Entries of the journal.
    pub journal: Journal,
}

impl Scene {
    /// Before anything was heard.
    #[must_use]
    pub fn nothing() -> Self {
        let link = Link::Connecting { since: Moment::default() };
        Self { link, welcome: None, picture: None, changes: Changes::default(), journal: Journal::default() }
    }
}

impl State {
    /// What of it comes from the record.
    #[must_use]
    pub fn scene(&self) -> Scene {
        let (link, welcome, picture) = (self.link.clone(), self.welcome.clone(), self.picture.clone());
        Scene { link, welcome, picture, changes: self.changes.clone(), journal: self.journal.clone() }
    }

    /// Puts another moment of the record in its place.
    pub fn set_scene(&mut self, scene: Scene) {
        let Scene { link, welcome, picture, changes, journal } = scene;
        (self.link, self.welcome, self.picture, self.changes, self.journal) = (link, welcome, picture, changes, journal);
        self.raw_entry = None;
        let shown = self.log.selected.is_some_and(|index| self.journal.line(index).is_some());
        if !shown {
            self.log.selected = None;
        }
    }
}
