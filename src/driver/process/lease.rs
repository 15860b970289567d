//! The sign of life that goes with a look at a host that is to stop its active processes by itself: until when it holds.
//! Pure, but for the steady clock that nobody asks here.
//!
//! It holds until the host's own clock is at what it said in the last answer that our caller got, and the lease's length.
//! That clock is never carried on by ours: however long a sign is on its way, or a monitor was stopped, the host is never
//! made to wait longer than our caller has reason to believe.

use crate::core::record::Term;
use crate::wire::host::{Claim, HostClock, HostLease, NotAfter};
use std::time::Duration;

/// What is known for the next sign of life.
#[derive(Debug)]
pub(super) struct Lease {
    length_ms: Option<u64>,
    /// What the host's clock said in the last answer to a look that was given to a caller.
    told: Option<HostClock>,
    /// The host has agreed, with this life of the monitor, to stop by itself after this length of time.
    agreed: bool,
    /// Our caller was told so by the last look, and counts on it, whatever we know since.
    promised: bool,
}

impl Lease {
    /// `length`: how long a sign of life holds; `None` where the host does not stop by itself.
    pub fn new(length: Option<Duration>) -> Self {
        Self {
            length_ms: length.map(|length| u64::try_from(length.as_millis()).unwrap_or(u64::MAX)),
            told: None,
            agreed: false,
            promised: false,
        }
    }

    /// An answer to a look with this clock is given to a caller; `signed` where the look carried a sign of life.
    pub fn tell(&mut self, clock: HostClock, signed: bool) {
        self.told = Some(clock);
        (self.agreed, self.promised) = (signed, signed);
    }

    /// The length of the lease under which alone something active may be started, in milliseconds, where our caller counts on
    /// one: the host's service may have been started anew since the last look, and knows of none then.
    pub fn promised(&self) -> Option<u64> {
        self.length_ms.filter(|_| self.promised)
    }

    /// Whether what the host says of stopping by itself is what it has agreed with us, and not with a life of before.
    pub fn agreed(&self) -> bool {
        self.agreed
    }

    /// Whether the host is never to stop by itself.
    pub fn is_off(&self) -> bool {
        self.length_ms.is_none()
    }

    /// The clock is of no use any more: the host says so.
    pub fn forget(&mut self) {
        (self.told, self.agreed) = (None, false);
    }

    /// The sign of a monitor that has taken the host under `term`. None before the host's clock was told under this boot,
    /// and none that would be over already by `now`, which the host's clock has reached: a host service that was started
    /// anew, and has heard of no lease yet, would stop everything at once for it.
    pub fn sign(&self, term: Option<Term>, identity: &str, now: &HostClock) -> Option<HostLease> {
        let (length_ms, told, term) = (self.length_ms?, self.told.as_ref()?, term?);
        let boot_ms = told.boot_ms.saturating_add(length_ms);
        if told.boot_id != now.boot_id || boot_ms <= now.boot_ms {
            return None;
        }
        let claim = Claim { term, identity: identity.to_owned() };
        Some(HostLease { claim, until: NotAfter { boot_id: told.boot_id.clone(), boot_ms }, length_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(boot: &str, boot_ms: u64) -> HostClock {
        HostClock { boot_id: boot.into(), boot_ms, wall_ms: 0 }
    }

    #[test]
    fn a_sign_holds_from_the_last_clock_that_was_told_and_only_where_it_is_wanted() {
        let mut lease = Lease::new(Some(Duration::from_secs(10)));
        let sign = |lease: &Lease, term, now| lease.sign(term, "id", &now).map(|sign| sign.until.boot_ms);
        assert_eq!(sign(&lease, Some(Term(3)), clock("a", 0)), None, "no clock was told yet");
        lease.tell(clock("a", 5_000), false);
        assert_eq!(sign(&lease, Some(Term(3)), clock("a", 5_000)), Some(15_000));
        assert_eq!(sign(&lease, Some(Term(3)), clock("a", 14_999)), Some(15_000), "it is not carried on");
        assert_eq!(sign(&lease, Some(Term(3)), clock("a", 15_000)), None, "it would be over");
        assert_eq!(sign(&lease, Some(Term(3)), clock("b", 100)), None, "another boot");
        assert_eq!(sign(&lease, None, clock("a", 5_000)), None, "the host was not taken");
        lease.forget();
        assert_eq!(sign(&lease, Some(Term(3)), clock("a", 5_000)), None);
        let mut without = Lease::new(None);
        without.tell(clock("a", 5_000), false);
        assert_eq!(sign(&without, Some(Term(3)), clock("a", 5_000)), None, "it does not stop by itself");
    }
}
