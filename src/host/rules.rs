//! Who may do what, and until when: terms, numbers of acts, and the lease. Pure: values in, values out.
//!
//! The service asks here before an act is taken and once more in the moment in which it begins.

use super::clock::words;
use crate::core::model::ProcessName;
use crate::core::record::Term;
use crate::wire::host::{ByHand, Claim, HostAct, HostLease, HostRefusal, HostRefusalKind, HostTake, Keeper, NotAfter};
use std::collections::{BTreeMap, BTreeSet};

/// The life of nobody: what stands in the record where a person acted by hand.
pub(super) const NOBODY: &str = "0000000000000000";
/// Numbers of acts that are remembered above the last settling; the oldest is forgotten and counts as settled.
const MOST_NUMBERS: usize = 4096;
/// A monitor that was heard within so many milliseconds is there.
const HEARD: u64 = 30_000;

/// Why not; on the heap, since it is rare and large.
pub(super) type Refusal = Box<HostRefusal>;
type Answer<T = ()> = Result<T, Refusal>;

/// Everything that is decided by.
#[derive(Debug)]
pub(super) struct Rules {
    boot_id: String,
    keeper: Option<Keeper>,
    /// Acts up to these numbers are void, by process.
    settled: BTreeMap<ProcessName, u64>,
    /// Acts up to this number are void, whatever they are about: their numbers are not remembered any more.
    forgotten: u64,
    /// Numbers of acts above it that were taken.
    taken: BTreeSet<u64>,
    lease: Option<Lease>,
    heard: Option<u64>,
}

/// The host stops what is active by itself once this is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    /// By the steady clock, in milliseconds.
    pub(super) until: u64,
    /// How long a sign of life holds, in milliseconds.
    pub(super) length: u64,
}

impl Rules {
    pub(super) fn new(boot_id: String, keeper: Option<Keeper>) -> Self {
        Self { boot_id, keeper, settled: BTreeMap::new(), forgotten: 0, taken: BTreeSet::new(), lease: None, heard: None }
    }

    pub(super) fn keeper(&self) -> Option<&Keeper> {
        self.keeper.as_ref()
    }

    pub(super) fn lease(&self) -> Option<Lease> {
        self.lease
    }

    /// Notes that a monitor lives.
    pub(super) fn hear(&mut self, now: u64) {
        self.heard = Some(now);
    }

    /// How many milliseconds ago a monitor was heard.
    pub(super) fn heard(&self, now: u64) -> Option<u64> {
        self.heard.map(|at| now.saturating_sub(at))
    }

    /// What is to be recorded so that `take` holds.
    pub(super) fn may_take(&self, take: &HostTake, now: u64) -> Answer<Keeper> {
        self.in_time(&take.not_after, now)?;
        let Claim { term, identity } = &take.claim;
        if identity == NOBODY || identity.len() != NOBODY.len() || !identity.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(refusal(HostRefusalKind::BadRequest, "a monitor's life is written with 16 of the digits 0-9 and a-f"));
        }
        match &self.keeper {
            Some(keeper) if keeper.term > *term => Err(taken_by(keeper)),
            Some(keeper) if keeper.term == *term && keeper.identity != *identity => Err(taken_by(keeper)),
            Some(keeper) if keeper.term == *term => Ok(keeper.clone()),
            // It was done after whoever takes this host has asked: it has to hear of it first.
            Some(keeper) if keeper.by_hand.is_some() && take.deed != Some(keeper.term) => Err(taken_by(keeper)),
            _ => Ok(Keeper { term: *term, identity: identity.clone(), by_hand: None }),
        }
    }

    /// What is to be recorded before a person acts.
    pub(super) fn by_hand(&self, by_hand: ByHand, despite_monitor: bool, now: u64) -> Answer<Keeper> {
        if let Some(ago) = self.heard(now).filter(|ago| *ago < HEARD && !despite_monitor) {
            let what = format!(
                "a monitor was heard {} ago: use `switchtower start`, `stop` or `switchover` there; if it cannot act any more, say --despite-monitor",
                words(ago)
            );
            return Err(refusal(HostRefusalKind::MonitorHeard, what));
        }
        let term = self.keeper.as_ref().map_or(Term(0), |keeper| keeper.term).next();
        Ok(Keeper { term, identity: NOBODY.to_owned(), by_hand: Some(by_hand) })
    }

    /// The record holds this now: acts of anybody else are void, numbers of another life begin anew. The lease stays as it is,
    /// also when a person acts: a monitor that we do not hear counts on its end.
    pub(super) fn keep(&mut self, keeper: Keeper) {
        if self.keeper.as_ref().is_none_or(|old| (old.term, &old.identity) != (keeper.term, &keeper.identity)) {
            self.settled.clear();
            self.forgotten = 0;
            self.taken.clear();
        }
        self.keeper = Some(keeper);
    }

    /// Whether `claim` is that of whoever took this host last.
    pub(super) fn current(&self, claim: &Claim) -> Answer {
        match &self.keeper {
            Some(keeper) if keeper.term == claim.term && keeper.identity == claim.identity && keeper.by_hand.is_none() => Ok(()),
            Some(keeper) if keeper.term >= claim.term => Err(taken_by(keeper)),
            _ => Err(refusal(HostRefusalKind::NotTaken, format!("this host was not taken under term {} yet: take it first", claim.term))),
        }
    }

    /// Takes an act, once.
    pub(super) fn admit(&mut self, act: &HostAct, now: u64) -> Answer {
        self.may_begin(act, now)?;
        if !self.taken.insert(act.number) {
            return Err(refusal(HostRefusalKind::Superseded, format!("act {} was given before: it is done once", act.number)));
        }
        if self.taken.len() > MOST_NUMBERS
            && let Some(oldest) = self.taken.pop_first()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        Ok(())
    }

    /// Whether an act that was taken may begin in this moment.
    pub(super) fn may_begin(&self, act: &HostAct, now: u64) -> Answer {
        self.current(&act.claim)?;
        self.in_time(&act.not_after, now)?;
        let settled = self.settled.get(&act.process.name).copied().unwrap_or_default().max(self.forgotten);
        if act.number <= settled {
            return Err(refusal(HostRefusalKind::Superseded, format!("act {} is void: it was settled since", act.number)));
        }
        if act.lease_ms.is_some() && act.lease_ms != self.lease.map(|lease| lease.length) {
            let what = "this host does not stop by itself as the monitor counts on, since its service was started anew: nothing was done";
            return Err(refusal(HostRefusalKind::NoLease, what));
        }
        Ok(())
    }

    /// Whether nobody has taken this host since a person did, under this term.
    pub(super) fn still_by_hand(&self, term: Term) -> Answer {
        match &self.keeper {
            Some(keeper) if keeper.by_hand.is_none() || keeper.term != term => Err(taken_by(keeper)),
            _ => Ok(()),
        }
    }

    /// Makes acts of a smaller number void that are about `process`, in whichever mode. Steps of other processes may be on
    /// their way at the same time.
    pub(super) fn settle(&mut self, claim: &Claim, process: &ProcessName, number: u64) -> Answer {
        self.current(claim)?;
        let settled = self.settled.entry(process.clone()).or_default();
        *settled = number.max(*settled);
        Ok(())
    }

    /// A sign of life from whoever holds the lease.
    pub(super) fn renew(&mut self, lease: &HostLease, now: u64) -> Answer {
        self.current(&lease.claim)?;
        self.in_boot(&lease.until)?;
        let until = lease.until.boot_ms.min(now.saturating_add(lease.length_ms));
        // One of another length is another agreement: whoever renews counts on this one alone.
        let before = self.lease.filter(|before| before.length == lease.length_ms);
        let until = before.map_or(until, |before| before.until.max(until));
        self.lease = Some(Lease { until, length: lease.length_ms });
        Ok(())
    }

    /// Nothing is stopped by itself any more.
    pub(super) fn disarm(&mut self, claim: &Claim) -> Answer {
        self.current(claim)?;
        self.lease = None;
        Ok(())
    }

    /// The lease, where it is over and nobody has renewed it.
    pub(super) fn over(&self, now: u64) -> Option<Lease> {
        self.lease.filter(|lease| now > lease.until)
    }

    fn in_time(&self, not_after: &NotAfter, now: u64) -> Answer {
        self.in_boot(not_after)?;
        if now > not_after.boot_ms {
            let late = format!("it came {} too late, by this host's clock: nothing was done", words(now - not_after.boot_ms));
            return Err(refusal(HostRefusalKind::Late, late));
        }
        Ok(())
    }

    fn in_boot(&self, not_after: &NotAfter) -> Answer {
        if not_after.boot_id == self.boot_id {
            return Ok(());
        }
        Err(refusal(HostRefusalKind::OtherBoot, "this host was booted since: look at it again, nothing was done"))
    }
}

/// A refusal in words.
pub(super) fn refusal(kind: HostRefusalKind, message: impl Into<String>) -> Refusal {
    Box::new(HostRefusal { kind, message: message.into() })
}

fn taken_by(keeper: &Keeper) -> Refusal {
    let message = match &keeper.by_hand {
        Some(hand) => format!("under term {} {} acted on this host by hand ({}): {}", keeper.term, hand.who, hand.what, hand.reason),
        None => format!("this host was taken under term {} by the monitor's life {}", keeper.term, keeper.identity),
    };
    refusal(HostRefusalKind::Term { keeper: keeper.clone() }, message)
}

#[cfg(test)]
mod tests;
