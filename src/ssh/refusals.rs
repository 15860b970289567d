//! What a host said when it would not open a channel. The library tells the words to [`Gate`](super::gate::Gate) only, and
//! not which of several requests they belong to; `connection` takes them for an answer where they can mean one thing.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::error::Sign;

/// Kept words; whoever finds more than these since it began knows nothing.
const KEPT: usize = 32;
/// Longest that is kept of one, in characters.
const LONGEST: usize = 200;

/// The last refusals of one connection.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    count: u64,
    last: VecDeque<String>,
}

impl Refusals {
    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a host's words, bounded and printable.
    pub(super) fn note(&self, said: &str) {
        let mut log = self.log();
        log.count += 1;
        log.last.push_back(said.chars().take(LONGEST).collect::<String>().escape_debug().to_string());
        let surplus = log.last.len().saturating_sub(KEPT);
        log.last.drain(..surplus);
    }

    /// How many there were until now.
    pub(super) fn mark(&self) -> u64 {
        self.log().count
    }

    /// What all refusals since `mark` say of the far end of a tunnel, with the words of the last. Nothing that can be
    /// relied on if they say different things.
    pub(super) fn since(&self, mark: u64) -> (Sign, String) {
        let log = self.log();
        let count = usize::try_from(log.count.saturating_sub(mark)).unwrap_or(usize::MAX);
        let said = log.last.back().cloned().unwrap_or_default();
        let mut signs = log.last.iter().rev().take(count).map(|said| read(said));
        let first = signs.next().unwrap_or(Sign::None);
        if count > KEPT || signs.any(|sign| sign != first) {
            return (Sign::None, "several connections failed at once, for different reasons".to_owned());
        }
        (first, said)
    }
}

/// OpenSSH gives the system's words for why it could not connect.
fn read(said: &str) -> Sign {
    let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if is(&["Connection refused", "Connection reset"]) {
        Sign::Life
    } else if is(&["timed out", "No route to host", "Host is down", "unreachable"]) {
        Sign::Silence
    } else {
        Sign::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_told_apart_and_a_mixture_says_nothing() {
        let table = [
            (&["Connection refused"][..], Sign::Life),
            (&["connect failed: Connection refused"], Sign::Life),
            (&["Connection timed out"], Sign::Silence),
            (&["No route to host"], Sign::Silence),
            (&["Network is unreachable"], Sign::Silence),
            (&["open failed"], Sign::None),
            (&[""], Sign::None),
            (&[], Sign::None),
            (&["No route to host", "Connection timed out"], Sign::Silence),
            (&["Connection refused", "Connection timed out"], Sign::None),
            (&["Connection timed out", "open failed"], Sign::None),
        ];
        for (said, sign) in table {
            let refusals = Refusals::default();
            refusals.note("Connection refused, long ago");
            let mark = refusals.mark();
            said.iter().for_each(|words| refusals.note(words));
            assert_eq!(refusals.since(mark).0, sign, "{said:?}");
        }
        let flood = Refusals::default();
        (0..=KEPT).for_each(|_| flood.note("Connection timed out"));
        assert_eq!(flood.since(0).0, Sign::None, "some of them are not known any more");
        assert_eq!(flood.since(1).0, Sign::Silence);
    }

    #[test]
    fn a_hosts_words_are_bounded_and_printable() {
        let refusals = Refusals::default();
        refusals.note(&format!("\x1b[31m{}", "x".repeat(10_000)));
        let (_, said) = refusals.since(0);
        assert!(said.len() < 250 && !said.contains('\x1b'), "{said}");
    }
}
