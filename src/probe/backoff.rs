//! How long to wait after a look that went wrong. Pure.

use std::time::Duration;

/// Most intervals between two tries: a host that comes back is seen soon.
const MOST: u32 = 5;

/// How long after a look the next one is due, when the last `failures` have failed; `jitter`, from 0 to 1, spreads hosts
/// that went away together. After the first failure it is due at once: a look on a fresh session tells a lost session from
/// a lost host, and two misses in a row are what silence is judged by.
pub(super) fn pause(interval: Duration, failures: u32, jitter: f64) -> Duration {
    let again = match failures {
        0 => return interval,
        1 => return Duration::ZERO,
        more => more - 2,
    };
    let times = 1u32.checked_shl(again).unwrap_or(MOST).clamp(1, MOST);
    (interval * times).mul_f64(1.0 - 0.2 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_stays_away_is_asked_again_at_once_and_then_less_often_but_never_seldom() {
        let second = Duration::from_secs(1);
        let pauses: Vec<u64> = (0..8).map(|failures| pause(second, failures, 0.0).as_secs()).collect();
        assert_eq!(pauses, [1, 0, 1, 2, 4, 5, 5, 5]);
        assert_eq!(pause(second, u32::MAX, 0.0), second * 5);
        assert_eq!(pause(second, 5, 1.0), second * 4);
    }
}
