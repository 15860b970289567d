//! Waiting for a named condition with a deadline: the only place where a test sleeps.
//! Called by every story; a wait that runs out panics with the name of what did not come true and what was seen last.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Waits until `holds` is true, looking every few milliseconds.
#[track_caller]
pub fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    until_value(what, within, &mut holds, |held| *held);
}

/// Waits until `look` finds something, and returns it.
#[track_caller]
pub fn until_some<T: Debug>(what: &str, within: Duration, look: impl FnMut() -> Option<T>) -> T {
    until_value(what, within, look, Option::is_some).unwrap()
}

/// Waits until `look` returns a value that is `good`, and returns that value.
#[track_caller]
pub fn until_value<T: Debug>(what: &str, within: Duration, mut look: impl FnMut() -> T, mut good: impl FnMut(&T) -> bool) -> T {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let seen = look();
        if good(&seen) {
            return seen;
        }
        let waited = started.elapsed();
        assert!(waited < within, "waited {waited:.1?} in vain for: {what}; last seen: {seen:?}");
        std::thread::sleep(pause.min(within - waited));
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
