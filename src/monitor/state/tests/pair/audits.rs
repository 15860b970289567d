//! What must hold at any time, whatever happened.

use super::duo::*;
use super::*;
use crate::core::run::Way;

impl Duo {
    pub(super) fn audit(&self) {
        assert!(self.lied || !(self.acts(FIRST) && self.acts(SECOND)), "both act: {}", self.told());
    }

    pub(super) fn audit_order(&self, i: usize, order: &Order) {
        let log = self.state(i).ledger.run(order.run).unwrap();
        if log.decision.is_none() || matches!(order.effect, run::Effect::Settle { .. }) || self.disk_lost {
            return;
        }
        let opened = self.sites[i].disk.iter().find(|record| record.index == order.run.0).expect("an act follows its entry");
        let way = match order.effect {
            run::Effect::Act { way, .. } | run::Effect::Settle { way, .. } => way,
        };
        let copied = self.copied.contains(&(opened.term, opened.index)) || way == Way::Back;
        assert!(copied, "{:?} of an automatic run is sent, and the other one does not have the decision: {}", order.effect, self.told());
    }

    /// Every term is of one monitor, and each is above those before it.
    pub(super) fn note_terms(&mut self, i: usize, records: &[Record]) {
        for record in records {
            let Body::TermTaken { holder, .. } = &record.body else { continue };
            if holder != HOSTS[i] {
                continue;
            }
            let newest = self.terms.iter().filter(|(_, of)| **of == i).map(|(term, _)| *term).max();
            if !self.disk_lost {
                assert!(newest < Some(record.term), "{} takes {} after {newest:?}", HOSTS[i], record.term);
            }
            assert_ne!(self.terms.insert(record.term, i), Some(other(i)), "term {} is of both", record.term);
            self.audit_copied(i);
        }
    }

    /// What both had on stable storage is in the journal of whoever takes a term.
    pub(super) fn audit_copied(&self, i: usize) {
        let mine: BTreeSet<(Term, u64)> = self.sites[i].disk.iter().map(|record| (record.term, record.index)).collect();
        let lost: Vec<_> = self.common.difference(&mine).collect();
        assert!(lost.is_empty() || self.lied, "{} acts without {lost:?}: {}", HOSTS[i], self.told());
    }

    /// What has just got to one disk, and is on the other one too.
    pub(super) fn note_common(&mut self) {
        let [one, two] = &self.sites;
        for (written, there) in [(&one.disk, &two.disk), (&two.disk, &one.disk)] {
            let same = |record: &&Record| there.get(record.index as usize - 1) == Some(*record);
            let both: Vec<_> = written.iter().rev().take(32).filter(same).map(|record| (record.term, record.index)).collect();
            self.copied.extend(&both);
            self.common.extend(both);
        }
    }
}
