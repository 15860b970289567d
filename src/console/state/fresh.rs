//! How old something is: counted from when it came here, on top of how old it was then.

use super::{Link, Picture, State};
use crate::core::model::HostName;

/// How old a fact is, and what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Not older than two looks.
    Live(u64),
    /// Older, though its host answers.
    Late(u64),
    /// Its host, or the monitor, does not answer.
    Lost(u64),
    /// Never seen.
    Never,
}

impl State {
    /// How old the picture on the screen is, in milliseconds.
    #[must_use]
    pub fn data_age(&self) -> Option<u64> {
        self.shown().map(|picture| self.now.since(picture.received))
    }

    /// More than two pictures are missed, or the connection is gone: nothing is decided on what is on the screen.
    #[must_use]
    pub fn stale(&self) -> bool {
        match (&self.picture, &self.link) {
            (Some(picture), Link::Up) => self.now.since(picture.received) > picture.missed_after(),
            _ => true,
        }
    }

    /// How long ago the picture came; a display that is held still stays where it was.
    #[must_use]
    pub fn elapsed(&self, picture: &Picture) -> u64 {
        self.frozen.as_ref().map_or(self.now, |frozen| frozen.since).since(picture.received)
    }

    /// How old the picture itself is.
    #[must_use]
    pub fn freshness_of_all(&self, picture: &Picture) -> Freshness {
        let age = self.now.since(picture.received);
        if self.frozen.is_none() && self.stale() { Freshness::Lost(age) } else { Freshness::Live(age) }
    }

    /// How old a fact is that was `age_ms` old when the picture came.
    #[must_use]
    pub fn freshness(&self, picture: &Picture, host: &HostName, age_ms: Option<u64>) -> Freshness {
        let Some(age) = age_ms else { return Freshness::Never };
        let gone = self.elapsed(picture);
        let age = age.saturating_add(gone);
        match () {
            () if picture.is_silent(host) => Freshness::Lost(age),
            () if self.frozen.is_none() && self.stale() => Freshness::Lost(age),
            () if self.frozen.is_some() && gone > picture.missed_after() => Freshness::Lost(age),
            () if age > picture.status.interval_ms.saturating_mul(2) => Freshness::Late(age),
            () => Freshness::Live(age),
        }
    }
}

impl Picture {
    /// When so many milliseconds have gone without a new picture, two are missed.
    #[must_use]
    pub fn missed_after(&self) -> u64 {
        2 * super::super::PICTURE_MS + 500
    }
}
