//! Journal first: records are applied to the ledger, handed to the scribe, and what follows from them waits until they are
//! on stable storage.

use super::{Effect, Now, State};
use crate::core::record::{Body, Ledger, Record};

impl State {
    /// Journals `bodies`; `then` and what the run machine wants because of them are done once they are durable.
    pub(super) fn record(&mut self, bodies: Vec<Body>, then: Vec<Effect>, now: Now) -> Vec<Effect> {
        let (Some(term), None) = (self.gate.term(), self.gate.broken()) else {
            // While the journal is broken nothing is decided; what happens meanwhile is found out by looking, later.
            return Vec::new();
        };
        let mut records = Vec::new();
        let mut held = Vec::new();
        for body in bodies {
            let record = Record { index: self.ledger.last().saturating_add(1), term, at: now.wall, body };
            match self.ledger.apply(&record) {
                Ok(orders) => {
                    held.extend(orders.into_iter().filter_map(|(run, effect)| self.order(run, effect, now)));
                    records.push(record);
                }
                // What the state task decides follows from the ledger, so this is a defect; it is said and left out.
                Err(error) => tracing::error!(%error, "an entry does not fit the journal and is left out"),
            }
        }
        held.extend(then);
        if records.is_empty() {
            return held;
        }
        if let Some(pair) = &mut self.pair {
            pair.keep_for_other(&records);
        }
        // First of all, so that whoever is answered finds the entries in the journal.
        held.insert(0, Effect::Publish(records.clone()));
        self.held.push_back((self.ledger.last(), held));
        vec![Effect::Append(records)]
    }

    pub(super) fn written(&mut self, upto: u64, result: Result<(), String>, due: bool, now: Now) -> Vec<Effect> {
        if self.gate.broken().is_some() || self.is_being_cut() {
            // An answer about what was on its way when the journal broke: it is read back when the journal is opened again,
            // which is under way.
            return Vec::new();
        }
        if let Err(why) = result {
            return self.break_journal(why);
        }
        // One that was under way when the journal was cut tells of what is gone.
        self.durable = self.durable.max(upto.min(self.ledger.last()));
        let mut effects = self.copy_out(now);
        effects.extend(self.release());
        effects.extend(self.tell_standing());
        effects.extend(self.lead_if_given(now));
        effects.extend(self.leave_when_copied(now));
        self.due = due;
        effects.extend(self.rotate_if_due(now));
        effects
    }

    /// Begins a new file if it is time and nothing waits: for the disk, or for the other monitor's copy.
    pub(super) fn rotate_if_due(&mut self, now: Now) -> Vec<Effect> {
        match self.ledger.summary().filter(|_| self.due && self.held.is_empty()) {
            Some(summary) => {
                self.due = false;
                self.rotate(summary, now)
            }
            None => Vec::new(),
        }
    }

    /// What follows from entries that are where they have to be.
    pub(super) fn release(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.held.front().is_some_and(|(index, _)| *index <= self.durable && self.is_copied(*index)) {
            effects.extend(self.held.pop_front().map(|(_, held)| held).unwrap_or_default());
        }
        effects.extend(self.answer_closed());
        effects
    }

    /// Nothing that waits for a journal that cannot be written is ever done.
    fn break_journal(&mut self, why: String) -> Vec<Effect> {
        tracing::error!(%why, "the journal cannot be written; nothing is done until it can");
        self.gate.journal(Some(why.clone()));
        let held = std::mem::take(&mut self.held);
        let refuse = |effect| match effect {
            Effect::Reply(reply, _) => Some(Effect::Reply(reply, Err(super::requests::unjournaled(&why)))),
            _ => None,
        };
        let mut effects: Vec<Effect> = held.into_iter().flat_map(|(_, held)| held).filter_map(refuse).collect();
        effects.push(Effect::Reopen);
        effects
    }

    /// The journal was read again: what it holds is what happened, whatever was decided since.
    pub(super) fn reopened(&mut self, ledger: Ledger, now: Now) -> Vec<Effect> {
        self.durable = ledger.last();
        self.ledger = ledger;
        self.held.clear();
        if let Some(pair) = &mut self.pair {
            pair.forget_kept();
        }
        self.gate.journal(None);
        if !self.is_acting() {
            return self.tell_standing();
        }
        if let Some(effects) = self.end_unjournaled(now) {
            return effects;
        }
        match self.begin(vec!["the journal was opened again after a write had failed".to_owned()], now) {
            Ok(effects) => effects,
            Err(why) => {
                tracing::error!(%why, "the lease cannot be taken again");
                self.gate.hold(None);
                Vec::new()
            }
        }
    }

    fn rotate(&mut self, summary: crate::core::record::Summary, now: Now) -> Vec<Effect> {
        let Some(term) = self.gate.term() else { return Vec::new() };
        let body = Body::Summary { summary: Box::new(summary.clone()) };
        let record = Record { index: self.ledger.last().saturating_add(1), term, at: now.wall, body };
        match self.ledger.apply(&record) {
            Ok(_) => {
                if let Some(pair) = &mut self.pair {
                    pair.keep_for_other(std::slice::from_ref(&record));
                }
                self.held.push_back((record.index, vec![Effect::Publish(vec![record.clone()])]));
                vec![Effect::Rotate(record.index, now.wall, Box::new(summary))]
            }
            Err(error) => {
                tracing::error!(%error, "the journal cannot be rotated");
                Vec::new()
            }
        }
    }
}
