//! When a host was last heard: a byte of it, a connection that it took, or one that it refused. Noted by `dial` and by the
//! bytes that are read; asked by those who must tell a dead host from one that lives and does not answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long a connect that has heard the host is left to go on although somebody has given it up: a host under load takes
/// a while to log somebody in, and beginning again would not make it faster.
const YOUNG: Duration = Duration::from_millis(2500);
/// A sign that a connect brought counts for as long for a question that came while it went on.
const COUNTS: Duration = Duration::from_secs(4);

/// The signs of life of one target, through all its connections.
#[derive(Debug, Default)]
pub(super) struct Heard {
    signs: Mutex<Signs>,
}

#[derive(Debug, Default)]
struct Signs {
    last: Option<Instant>,
    /// When its kernel last took or refused a connection that was made for nothing else.
    knocked: Option<Instant>,
    /// When the last connect began, until it has logged in or failed long ago.
    connect: Option<Instant>,
}

impl Heard {
    fn signs(&self) -> std::sync::MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host, or its kernel, has just said something.
    pub(super) fn note(&self) {
        self.signs().last = Some(Instant::now());
    }

    /// Its kernel has just answered a knock: the host lives, and nothing is said of the connection that is kept.
    pub(super) fn note_knock(&self) {
        self.signs().knocked = Some(Instant::now());
    }

    /// Whether a knock was answered since `began`.
    pub(super) fn knocked_since(&self, began: Instant) -> bool {
        self.signs().knocked.is_some_and(|at| at >= began)
    }

    /// A connect begins.
    pub(super) fn connecting(&self) {
        self.signs().connect = Some(Instant::now());
    }

    /// It has led to a login.
    pub(super) fn logged_in(&self) {
        self.signs().connect = None;
    }

    /// Whether something was heard since `began`, or of a connect that began shortly before and has not led to a login.
    pub(super) fn since(&self, began: Instant) -> bool {
        let signs = self.signs();
        let connect = signs.connect.filter(|connect| connect.elapsed() < COUNTS);
        let began = connect.map_or(began, |connect| connect.min(began));
        signs.last.is_some_and(|last| last >= began)
    }

    /// Whether the connect under way is worth waiting for.
    pub(super) fn promising(&self) -> bool {
        let signs = self.signs();
        signs.connect.is_some_and(|began| began.elapsed() < YOUNG && signs.last.is_some_and(|last| last >= began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_before_the_question_says_nothing_unless_its_connect_still_goes_on() {
        let heard = Heard::default();
        let second = Duration::from_secs(1);
        assert!(!heard.since(Instant::now()));
        heard.connecting();
        assert!(!heard.promising(), "not a sign yet");
        heard.note();
        tokio::time::advance(second).await;
        assert!(heard.since(Instant::now()) && heard.promising(), "the connect that was answered still goes on");
        heard.logged_in();
        assert!(!heard.since(Instant::now()));
        heard.note();
        assert!(heard.since(Instant::now()));
        tokio::time::advance(second).await;
        heard.connecting();
        assert!(!heard.promising() && !heard.since(Instant::now()), "what was heard before it is not its own");
        heard.note();
        tokio::time::advance(second * 3).await;
        assert!(heard.since(Instant::now()) && !heard.promising(), "it takes too long to be waited for");
        tokio::time::advance(second * 3).await;
        assert!(!heard.since(Instant::now()), "nor is its sign worth something for ever");
    }
}
