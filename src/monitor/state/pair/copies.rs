//! The copy of the journal. At the monitor that acts: what follows from an entry waits until the other one has it too, or is
//! not waited for any more. At the one that follows: entries are taken as they come, in order, and nothing else is written.
//!
//! Without the copy nothing is decided by the monitor itself; what a person asks for is done all the same, and so is the
//! rest of what had begun with the copy. What was decided in the very moment in which the other one was lost, and has not
//! been copied, is not sent.

use super::{Effect, Now, Part, State, refused};
use crate::core::record::{Body, Ledger, Record, RunId};
use crate::core::run::{self, Outcome, RunEvent};
use crate::monitor::event::Reply;
use crate::monitor::state::requests::value;
use crate::wire::{Failure, FailureKind, PEER_ENTRIES, PeerAsk, PeerMark};
use std::time::Duration;

/// The other one is waited for so long.
const PATIENCE: Duration = Duration::from_secs(3);

impl State {
    /// Entries are on stable storage here: they go to the other monitor.
    pub(in crate::monitor::state) fn copy_out(&mut self, now: Now) -> Vec<Effect> {
        let durable = self.durable;
        let Some(pair) = self.pair.as_mut().filter(|pair| pair.part == Part::Acting) else { return Vec::new() };
        if durable > pair.acked && pair.behind.is_none() {
            pair.behind = Some(now.steady);
        }
        let ready = pair.outbox.iter().take_while(|record| record.index <= durable).count();
        let records: Vec<Record> = pair.outbox.drain(..ready).collect();
        if records.is_empty() { Vec::new() } else { vec![Effect::Copy(records)] }
    }

    /// Whether what follows from the entry at `index` may be done, as far as the copy goes.
    pub(in crate::monitor::state) fn is_copied(&self, index: u64) -> bool {
        match &self.pair {
            Some(pair) if pair.part == Part::Acting => pair.away || index <= pair.acked,
            _ => true,
        }
    }

    /// The other one has everything up to `upto` on stable storage.
    pub(super) fn copied(&mut self, upto: u64, now: Now) -> Vec<Effect> {
        let durable = self.durable;
        let Some(pair) = self.pair.as_mut().filter(|pair| pair.part == Part::Acting) else { return Vec::new() };
        let before = pair.acked;
        pair.acked = before.max(upto.min(durable));
        if pair.acked > before {
            // It keeps up, one entry behind or two.
            pair.behind = pair.behind.map(|_| now.steady);
        }
        if pair.acked >= durable {
            (pair.behind, pair.away) = (None, false);
        }
        let (acked, unsure) = (pair.acked, pair.unsure.len());
        pair.unsure.retain(|run| run.0 > acked);
        let freed = pair.unsure.len() < unsure;
        let mut effects = self.release();
        if freed {
            effects.extend(self.advance_runs(now));
        }
        effects.extend(self.leave_when_copied(now));
        effects.extend(self.rotate_if_due(now));
        effects
    }

    /// Whether nothing of `run` is sent: somebody has to say that it goes on, or the other monitor has to have it first.
    pub(in crate::monitor::state) fn is_still(&self, run: RunId) -> bool {
        self.ledger.stands_still(run) || self.pair.as_ref().is_some_and(|pair| pair.unsure.contains(&run))
    }

    /// Somebody has `run` turned back: that is not the monitor's own will.
    pub(in crate::monitor::state) fn is_sure(&mut self, run: RunId) {
        if let Some(pair) = &mut self.pair {
            pair.unsure.remove(&run);
        }
    }

    /// Why the other monitor does not have the journal, where there is one that should.
    pub(in crate::monitor::state) fn uncopied(&self, now: Now) -> Option<String> {
        let pair = self.pair.as_ref().filter(|pair| pair.part == Part::Acting)?;
        let other = &pair.setup.other;
        if let Some(why) = &pair.lost {
            return Some(format!("the standby monitor on {other} is not heard: {why}"));
        }
        if pair.fresh(now).is_none() {
            return Some(format!("the standby monitor on {other} is not heard"));
        }
        pair.away
            .then(|| format!("the standby monitor on {other} lacks {} entries of the journal", self.durable.saturating_sub(pair.acked)))
    }

    /// Time went by: the other one has had its time.
    pub(in crate::monitor::state) fn copy_in_time(&mut self, now: Now) -> Vec<Effect> {
        let Some(pair) = self.pair.as_ref().filter(|pair| pair.part == Part::Acting && !pair.away) else { return Vec::new() };
        let late = pair.behind.is_some_and(|since| now.steady.duration_since(since) >= PATIENCE);
        if late || pair.fresh(now).is_none() { self.go_on_alone(now) } else { Vec::new() }
    }

    /// The other one is not waited for any more.
    pub(super) fn go_on_alone(&mut self, now: Now) -> Vec<Effect> {
        let Some(pair) = self.pair.as_mut().filter(|pair| !pair.away) else { return Vec::new() };
        tracing::warn!(other = %pair.setup.other, acked = pair.acked, "the standby monitor does not take the journal; nothing is done by itself without it");
        pair.away = true;
        let acked = pair.acked;
        let uncopied: Vec<RunId> =
            self.ledger.open_runs().filter(|(id, log)| id.0 > acked && log.decision.is_some()).map(|(id, _)| id).collect();
        let unsent = self.take_back(&uncopied);
        let mut effects = self.release();
        for (run, events) in unsent {
            if let Some(log) = self.ledger.run(run) {
                self.memory.take_back(&log.run.plan().command);
            }
            effects.extend(self.drive(run, events, now));
        }
        effects
    }

    /// Takes what waits of these runs out of what is held: it was not sent, and is answered so.
    fn take_back(&mut self, runs: &[RunId]) -> Vec<(RunId, Vec<RunEvent>)> {
        let detail = "nothing was sent: the standby monitor was lost before it had a copy of the decision";
        let mut unsent = Vec::new();
        for run in runs {
            let mut events = Vec::new();
            for (_, held) in &mut self.held {
                held.retain(|effect| {
                    let Effect::Carry(order) = effect else { return true };
                    let run::Effect::Act { step, way, .. } = order.effect else { return true };
                    if order.run != *run {
                        return true;
                    }
                    let (outcome, detail) = (Outcome::NotSent, detail.to_owned());
                    events.push(RunEvent::Answered { step, way, outcome, detail, took_ms: 0 });
                    false
                });
            }
            unsent.push((*run, events));
        }
        unsent.retain(|(_, events)| !events.is_empty());
        unsent
    }

    /// The other monitor asks for something.
    pub(super) fn other_asks(&mut self, ask: PeerAsk, reply: Reply, now: Now) -> Vec<Effect> {
        if self.pair.is_none() {
            let failure = refused("this monitor has no other one beside it", "name both under monitor.hosts, in the file of each");
            return vec![Effect::Reply(reply, Err(failure))];
        }
        match ask {
            PeerAsk::Standing { mine } => {
                let mut effects = self.heard_other(mine, None, now);
                effects.push(Effect::Reply(reply, value(&self.standing())));
                effects
            }
            PeerAsk::Mark { index } => vec![Effect::ReadMark(index, reply)],
            PeerAsk::Cut { keep, first } => self.cut(keep, first, reply),
            PeerAsk::Append { after, records } => self.take_copy(after, records, reply),
        }
    }

    /// Why the other one may not write into this journal now.
    fn closed_to_other(&self) -> Option<Failure> {
        let pair = self.pair.as_ref()?;
        if let Some(why) = self.gate.broken() {
            return Some(Failure::one(FailureKind::Unknown, format!("the journal cannot be written: {why}"), "try again later"));
        }
        if pair.cut.is_some() {
            return Some(Failure::one(FailureKind::Unknown, "the journal is being opened", "try again in a moment"));
        }
        let acts = pair.heard.as_ref().is_some_and(|(_, other)| other.acts);
        (pair.part != Part::Standby || !acts).then(|| refused("this monitor does not follow the one that asks", "say how you stand first"))
    }

    /// Has everything after `keep` set aside: the other one's journal goes on in another way.
    fn cut(&mut self, keep: u64, first: u64, reply: Reply) -> Vec<Effect> {
        let newer = |other: &super::Standing| other.tail.term < self.ledger.term();
        let older = self.pair.as_ref().and_then(|pair| pair.heard.as_ref()).is_some_and(|(_, other)| newer(other));
        let failure = self.closed_to_other().or_else(|| {
            let remedy = "look at the two monitors: one of them has lost its journal";
            older.then(|| refused("this journal is of a newer term than the one that is to replace its end", remedy))
        });
        if let Some(failure) = failure {
            return vec![Effect::Reply(reply, Err(failure))];
        }
        let gone: Vec<Effect> = std::mem::take(&mut self.held).into_iter().flat_map(|(_, held)| held).collect();
        let again = |effect| match effect {
            Effect::Reply(reply, _) => {
                Some(Effect::Reply(reply, Err(Failure::one(FailureKind::Unknown, "the journal is being opened", "ask again"))))
            }
            _ => None,
        };
        let mut effects: Vec<Effect> = gone.into_iter().filter_map(again).collect();
        if let Some(pair) = &mut self.pair {
            tracing::warn!(other = %pair.setup.other, keep, "entries that only this monitor has are set aside");
            pair.cut = Some(reply);
        }
        effects.push(Effect::Cut { keep, first });
        effects
    }

    /// The journal was cut, and opened again.
    pub(super) fn was_cut(&mut self, ledger: Ledger, aside: u64) -> Vec<Effect> {
        self.durable = ledger.last();
        self.ledger = ledger;
        self.gate.journal(None);
        let Some(pair) = &mut self.pair else { return Vec::new() };
        pair.given = None;
        pair.aside = pair.aside.saturating_add(aside);
        pair.cut.take().map(|reply| Effect::Reply(reply, value(&aside))).into_iter().collect()
    }

    /// Takes entries of the one that acts.
    fn take_copy(&mut self, after: PeerMark, records: Vec<Record>, reply: Reply) -> Vec<Effect> {
        let follows = after.tail.index == self.ledger.last() && (after.tail.index == 0 || after.tail.term == self.ledger.term());
        let failure = self.closed_to_other().or_else(|| {
            let bounded = !records.is_empty() && records.len() <= PEER_ENTRIES;
            (!follows || !bounded)
                .then(|| refused(format!("this journal ends with entry {}", self.ledger.last()), "begin again from there"))
        });
        if let Some(failure) = failure {
            return vec![Effect::Reply(reply, Err(failure))];
        }
        let mut effects = Vec::new();
        let mut batch = Vec::new();
        let mut taken = Vec::new();
        let mut wrong = None;
        for record in records {
            let begins = self.ledger.last() == 0;
            if let Err(error) = self.ledger.apply(&record) {
                tracing::error!(%error, "an entry of the other monitor does not fit this journal");
                wrong = Some(refused(error.to_string(), "look at the journals of both: one of them was changed by hand, or lost"));
                break;
            }
            if let Some(pair) = &mut self.pair {
                // Only the last entry gives anything: what comes behind it was written by one that holds the lease.
                let mine = matches!(&record.body, Body::HandedOver { to, .. } if to == pair.setup.me.as_str());
                pair.given = mine.then_some(record.index);
            }
            taken.push(record.clone());
            match &record.body {
                Body::Summary { summary } if !begins => {
                    effects.extend((!batch.is_empty()).then(|| Effect::Append(std::mem::take(&mut batch))));
                    effects.push(Effect::Rotate(record.index, record.at, summary.clone()));
                }
                _ => batch.push(record),
            }
        }
        effects.extend((!batch.is_empty()).then_some(Effect::Append(batch)));
        let answer = wrong.map_or_else(|| value(&self.ledger.last()), Err);
        if taken.is_empty() {
            effects.push(Effect::Reply(reply, answer));
        } else {
            self.held.push_back((self.ledger.last(), vec![Effect::Publish(taken), Effect::Reply(reply, answer)]));
        }
        effects
    }
}
