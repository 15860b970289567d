//! Through which session something went to each service without a known end: until somebody has looked, that session is ended
//! before anything else is sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The sessions in doubt, by what was acted upon.
#[derive(Debug)]
pub(super) struct Doubts<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Doubts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone> Doubts<K> {
    /// The session that something went through for `key` without a known end.
    pub(super) fn of(&self, key: &K) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// Notes the session, or that nothing is in doubt any more.
    pub(super) fn set(&self, key: &K, number: Option<u64>) {
        let mut doubts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match number {
            Some(number) => doubts.insert(key.clone(), number),
            None => doubts.remove(key),
        };
    }
}
