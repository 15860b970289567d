//! Hosts that somebody has operated by hand while no monitor was left: nothing of that is undone by itself.
//!
//! A host that a person has used, through its host service or on its units, keeps that with the term that was raised for it,
//! and refuses the monitor once. That comes here: it is journaled, the monitor pauses until somebody resumes it, and then it
//! takes a term above the person's. Runs that are open stand still for as long: what is in doubt of them is looked at under
//! the new term, nothing is sent.

use super::requests::kept;
use super::{Effect, Now, Refusal, State};
use crate::core::model::{HostName, Service};
use crate::core::record::{Actor, Body, Deed, Keeps, Stance, Term};
use crate::driver::Operated;
use crate::monitor::event::TakeRefused;

impl State {
    /// A host has taken the term, or would not.
    pub(super) fn taken(&mut self, host: HostName, result: Result<(), TakeRefused>, now: Now) -> Vec<Effect> {
        let Err(TakeRefused { why, by_hand }) = result else {
            self.unguarded.remove(&host);
            // What could not be journaled when it was heard.
            let untold = self.untold.remove(&host).unwrap_or_default();
            return self.operated(host, untold, now);
        };
        let silent = self.facts.host(&host).is_none_or(|heard| heard.missed.is_some());
        self.unguarded.insert(host.clone(), Refusal { why, asked_again: false, silent, away: false });
        self.operated(host, by_hand, now)
    }

    /// Whether a host service runs something there that may be active.
    pub(super) fn is_served(&self, host: &HostName) -> bool {
        self.actives.get(host).is_some_and(|all| all.iter().any(|i| i.service.stops_by_itself()))
    }

    /// Whether somebody may act there by hand in a way that the host tells of.
    fn tells_deeds(&self, host: &HostName) -> bool {
        let tells = |service: &Service| matches!(service, Service::Process(_) | Service::Systemd(_));
        self.actives.get(host).is_some_and(|all| all.iter().any(|i| tells(&i.service)))
    }

    /// A host that was silent, or could not be used, and that a person may have operated meanwhile, is asked to take the term once more before
    /// anything is decided about it: what is different there may be somebody's will.
    pub(super) fn ask_again(&mut self, host: &HostName) -> Option<Effect> {
        let silent = self.facts.host(host).is_some_and(|heard| heard.missed.is_some());
        let why = "it was away, and has not said yet whether somebody has operated it by hand meanwhile";
        if silent { self.ask_for_deeds(host, why) } else { None }
    }

    /// The same of a host whose guard was ended by somebody else than this monitor.
    pub(super) fn untaken(&mut self, host: &HostName) -> Option<Effect> {
        self.ask_for_deeds(host, "its guard was ended, and it has not said yet whether somebody has operated it by hand")
    }

    fn ask_for_deeds(&mut self, host: &HostName, why: &str) -> Option<Effect> {
        if self.gate.term().is_none() || !self.tells_deeds(host) || self.unguarded.contains_key(host) {
            return None;
        }
        let term = self.durable_term();
        self.unguarded.insert(host.clone(), Refusal { why: why.to_owned(), asked_again: term.is_some(), silent: false, away: true });
        term.map(|term| self.take_host(host.clone(), term))
    }

    /// Raises `term` on `host`. Its guard is told which deed by hand the journal has, and refuses for a newer one: what is
    /// journaled is durable before this is carried out, and lost together with it where the journal fails.
    pub(super) fn take_host(&self, host: HostName, term: Term) -> Effect {
        let deed = self.ledger.by_hand().get(&host).and_then(|mark| mark.heard.get(&Keeps::Guard).copied());
        Effect::Take(host, term, deed)
    }

    /// The term under which a host may be taken now: one that is not in the journal yet would be another life's too, if this
    /// one ended first. Where it is still on its way there, every host is taken as soon as it has come.
    pub(super) fn durable_term(&self) -> Option<Term> {
        let coming = self.held.iter().flat_map(|(_, held)| held).any(|effect| matches!(effect, Effect::Take(..)));
        self.gate.term().filter(|_| !coming && self.gate.broken().is_none())
    }

    /// People have acted on `host` by hand, each time under a term of its own.
    fn operated(&mut self, host: HostName, all: Vec<Operated>, now: Now) -> Vec<Effect> {
        let Some(newest) = all.iter().map(|one| one.under).max() else { return Vec::new() };
        if self.closed().is_some() || newest.next() == newest {
            // It is asked again as soon as it answers; and there is no term above the last one there is.
            tracing::error!(%host, under = %newest, "it was operated by hand, and that cannot be journaled now");
            self.untold.insert(host, all);
            return Vec::new();
        }
        let mark = self.ledger.by_hand().get(&host);
        let news = all.into_iter().filter(|one| mark.is_none_or(|mark| !mark.knows(one.kept_by, one.under)));
        let news: Vec<(Operated, Deed)> = news
            .map(|one| {
                let Operated { deed, .. } = &one;
                let deed = Deed { who: person(&deed.who), reason: kept(&deed.reason), what: kept(&deed.what), done: deed.at };
                (one, deed)
            })
            .collect();
        let mut effects = Vec::new();
        if let Some((_, deed)) = news.last() {
            let mut bodies = Vec::new();
            if !matches!(self.stance(), Stance::Paused { until: None, .. }) {
                let (who, reason) = (deed.who.clone(), format!("operated by hand on {host}: {} ({})", deed.what, deed.reason));
                let stance = Stance::Paused { who: who.clone(), reason: reason.clone(), until: None, then: self.after_pause() };
                bodies.push(Body::StanceSet { who: Some(who), reason: Some(reason), stance });
            }
            for (Operated { kept_by, under, .. }, deed) in news {
                tracing::warn!(%host, %under, %deed, "it was operated by hand; nothing moves by itself until somebody resumes");
                bodies.push(Body::ByHand { host: host.clone(), under, kept_by, deed });
            }
            // Under the old term, and before the new one: if the monitor ends in between, the host refuses it once more.
            effects.extend(self.record(bodies, Vec::new(), now));
        }
        // Also where our own is above the person's: with a newer one we say that we have heard of it.
        effects.extend(self.raise(newest, now));
        effects
    }

    /// Takes a term above `under`, as another life of the monitor would.
    pub(super) fn raise(&mut self, under: Term, now: Now) -> Vec<Effect> {
        // What waits for the disk was decided before this was known: it is not sent, and looked at like what was.
        for (_, held) in &mut self.held {
            held.retain(|effect| !matches!(effect, Effect::Carry(_) | Effect::Take(..)));
        }
        match self.take_term(self.ledger.term().max(under), Vec::new(), now) {
            Ok(effects) => effects,
            Err(why) => {
                tracing::error!(%why, "the lease cannot be taken again");
                self.gate.hold(None);
                Vec::new()
            }
        }
    }
}

/// The person in the words of a host: a name and a number, or a number alone.
fn person(who: &str) -> Actor {
    let who = kept(who);
    let number = |text: &str| text.strip_suffix(')').unwrap_or(text).parse().ok();
    let named = who.split_once(" (user ").or_else(|| who.split_once(" (uid "));
    let found = named.and_then(|(name, rest)| Some((name.to_owned(), number(rest)?)));
    let found = found.or_else(|| who.strip_prefix("user ").and_then(|rest| Some((rest.to_owned(), number(rest)?))));
    let (user, uid) = found.unwrap_or_else(|| (who.clone(), u32::MAX));
    Actor { user, uid, pid: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_on_a_host_has_a_name_and_a_number() {
        for (who, user, uid) in [
            ("root (user 0)", "root", 0),
            ("alice (uid 1000)", "alice", 1000),
            ("user 4000000001", "4000000001", 4_000_000_001),
            ("somebody", "somebody", u32::MAX),
            ("x (user y)", "x (user y)", u32::MAX),
        ] {
            assert_eq!(person(who), Actor { user: user.into(), uid, pid: None });
        }
    }
}
