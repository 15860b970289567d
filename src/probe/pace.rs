//! When looks begin: at their own moment in each interval where there are many hosts, and how late they really begin.
//! Counted by the tasks of the hosts, read by the monitor for its figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Up to so many hosts are looked at together; more are spread over the interval.
const FEW: usize = 8;
/// The upper bounds that looks are counted by, in milliseconds.
pub const BOUNDS_MS: [u64; 10] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000];

/// How late looks have begun since the watch began.
#[derive(Debug, Default)]
pub struct Lateness {
    /// How many were within each bound and not within the one before.
    within: [AtomicU64; BOUNDS_MS.len()],
    beyond: AtomicU64,
    micros: AtomicU64,
    overdue: AtomicU64,
}

/// What was counted up to a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Punctuality {
    /// How many looks were late by no more than each of [`BOUNDS_MS`].
    pub within: [u64; BOUNDS_MS.len()],
    /// How many there were.
    pub looks: u64,
    /// How late all of them were together.
    pub total: Duration,
    /// How many began more than a whole interval late.
    pub overdue: u64,
}

impl Lateness {
    /// A look begins so late.
    pub(super) fn note(&self, late: Duration, interval: Duration) {
        let bound = BOUNDS_MS.iter().position(|bound| late <= Duration::from_millis(*bound));
        bound.and_then(|at| self.within.get(at)).unwrap_or(&self.beyond).fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if late > interval {
            self.overdue.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn read(&self) -> Punctuality {
        let mut looks = 0;
        let within = self.within.each_ref().map(|count| {
            looks += count.load(Ordering::Relaxed);
            looks
        });
        looks += self.beyond.load(Ordering::Relaxed);
        let total = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        Punctuality { within, looks, total, overdue: self.overdue.load(Ordering::Relaxed) }
    }
}

/// The moments of one host, an interval apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beat(Duration);

impl Beat {
    /// The moments of host `n` of `hosts`: nothing where there are few.
    pub(super) fn of(n: usize, hosts: usize, interval: Duration) -> Option<Self> {
        let (n, hosts) = (u32::try_from(n).unwrap_or(u32::MAX), u32::try_from(hosts).unwrap_or(u32::MAX));
        (hosts as usize > FEW).then(|| Self((interval / hosts).saturating_mul(n)))
    }

    /// The next one after a look that began at `at`, at least a quarter of the interval later: a look that somebody asked
    /// for moves nothing.
    pub(super) fn next(self, began: Instant, at: Instant, interval: Duration) -> Instant {
        let soonest = at + interval / 4;
        let first = began + self.0;
        let gone = soonest.saturating_duration_since(first).as_micros();
        let intervals = gone.div_ceil(interval.as_micros().max(1));
        first + interval.saturating_mul(u32::try_from(intervals).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(2);

    #[test]
    fn few_hosts_are_looked_at_together_and_many_each_at_a_moment_of_its_own() {
        assert!((0..FEW).all(|n| Beat::of(n, FEW, INTERVAL).is_none()));
        let began = Instant::now();
        let next = |n| Beat::of(n, 500, INTERVAL).unwrap().next(began, began, INTERVAL).duration_since(began);
        let mut moments: Vec<Duration> = (0..500).map(next).collect();
        moments.sort();
        assert!(moments.iter().all(|at| *at >= INTERVAL / 4 && *at < INTERVAL * 5 / 4), "{moments:?}");
        assert!(moments.windows(2).all(|pair| pair[1] - pair[0] == INTERVAL / 500), "one after the other");
    }

    #[test]
    fn a_late_look_or_one_that_was_asked_for_moves_no_later_one() {
        let (beat, began) = (Beat::of(100, 500, INTERVAL).unwrap(), Instant::now());
        let after = |ms| beat.next(began, began + Duration::from_millis(ms), INTERVAL).duration_since(began).as_millis();
        let found: Vec<u128> = [2_400, 2_450, 3_000, 3_900, 4_000, 9_000].map(after).into();
        assert_eq!(found, [4_400, 4_400, 4_400, 4_400, 6_400, 10_400]);
    }

    #[test]
    fn looks_are_counted_by_how_late_they_begin() {
        let lateness = Lateness::default();
        for ms in [0, 5, 6, 300, 2_000, 2_001, 60_000] {
            lateness.note(Duration::from_millis(ms), INTERVAL);
        }
        let Punctuality { within, looks, total, overdue } = lateness.read();
        assert_eq!((within, looks, overdue), ([2, 3, 3, 3, 3, 3, 4, 4, 5, 6], 7, 2));
        assert_eq!(total, Duration::from_millis(64_312));
    }
}
