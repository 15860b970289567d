//! What is told in the footer: a word that goes by itself, or a failure that stays until it was seen.

use crate::console::event::Moment;
use crate::words::Tone;

/// How long a passing notice stays, in milliseconds.
const PASSING_MS: u64 = 8_000;
/// How many are kept.
const KEPT: usize = 20;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When it came.
    pub at: Moment,
    /// What it means.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// It stays until somebody says that it was seen.
    pub stays: bool,
}

/// The notices, the newest last.
#[derive(Debug, Default)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// Tells something for a while.
    pub fn say(&mut self, now: Moment, tone: Tone, text: impl Into<String>) {
        self.add(Notice { at: now, tone, text: text.into(), stays: false });
    }

    /// Tells something until it was seen.
    pub fn keep(&mut self, now: Moment, tone: Tone, text: impl Into<String>) {
        self.add(Notice { at: now, tone, text: text.into(), stays: true });
    }

    fn add(&mut self, notice: Notice) {
        if !notice.stays && self.0.iter().any(|old| old.stays && old.text == notice.text) {
            return;
        }
        self.0.retain(|old| old.text != notice.text && (old.stays || notice.stays));
        self.0.push(notice);
        if self.0.len() > KEPT {
            // What goes by itself goes first; of failures the oldest, which has stood there the longest.
            let goes = self.0.iter().position(|old| !old.stays).unwrap_or(0);
            self.0.remove(goes);
        }
    }

    /// Those that count at `now`, the newest last.
    pub fn at(&self, now: Moment) -> impl DoubleEndedIterator<Item = &Notice> {
        self.0.iter().filter(move |notice| notice.stays || now.since(notice.at) < PASSING_MS)
    }

    /// How many stay until they were seen.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.0.iter().filter(|notice| notice.stays).count()
    }

    /// They were seen.
    pub fn dismiss(&mut self) {
        self.0.clear();
    }
}
