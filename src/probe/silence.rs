//! How long a host has been silent, as far as this process was there to hear it. Used by the task that watches a host.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// So many parts a silence has.
const PARTS: u32 = 12;

/// A clock that counts only the time in which this process ran. One that was held up, by a machine under load or by being
/// stopped, has not listened meanwhile, and what came may still wait to be read.
#[derive(Debug)]
pub(super) struct Silence {
    part: Duration,
    counted: Duration,
    last: Instant,
}

impl Silence {
    /// Begins to count now towards `whole`.
    pub(super) fn of(whole: Duration) -> Self {
        Self { part: (whole / PARTS).max(Duration::from_millis(1)), counted: Duration::ZERO, last: Instant::now() }
    }

    /// Returns once `upto` was counted, and only when it wakes in time: whoever wakes late reads first what has come.
    pub(super) async fn reach(&mut self, upto: Duration) {
        while self.counted < upto {
            sleep_until(self.last + self.part).await;
            if !self.count(Instant::now()) {
                // At least one part more.
                self.counted = self.counted.min(upto.saturating_sub(self.part));
            }
        }
    }

    /// Whether it woke in time.
    fn count(&mut self, now: Instant) -> bool {
        let (gap, most) = (now.duration_since(self.last), self.part + self.part / 2);
        self.counted += gap.min(most);
        self.last = now;
        gap <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const WHOLE: Duration = Duration::from_millis(1200);

    #[tokio::test(start_paused = true)]
    async fn time_in_which_this_process_ran_is_counted_as_it_is() {
        let began = Instant::now();
        let mut silence = Silence::of(WHOLE);
        silence.reach(WHOLE / 3).await;
        assert_eq!(began.elapsed(), WHOLE / 3);
        silence.reach(WHOLE).await;
        assert_eq!(began.elapsed(), WHOLE);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_this_process_was_held_up_is_no_silence_and_a_late_end_is_none() {
        let mut silence = Silence::of(WHOLE);
        silence.reach(WHOLE / 3).await;
        // Held up for ten seconds: one part and a half of it counts.
        advance(Duration::from_secs(10)).await;
        let woken = Instant::now();
        silence.reach(WHOLE).await;
        assert!(woken.elapsed() >= WHOLE * 2 / 3 - Duration::from_millis(200), "{:?}", woken.elapsed());

        let mut silence = Silence::of(WHOLE);
        silence.reach(WHOLE - Duration::from_millis(100)).await;
        advance(Duration::from_secs(10)).await;
        let woken = Instant::now();
        silence.reach(WHOLE).await;
        assert_eq!(woken.elapsed(), Duration::from_millis(100), "what has come in the meantime is read first");
    }
}
