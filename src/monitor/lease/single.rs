//! The lease of a cluster without a third party that keeps it: whoever has the journal's lock holds it. Of two monitors the
//! one whose turn it is takes it, which is settled before it is asked for (`core::pair`).

use super::{Holding, Lease};
use crate::core::pair::next_term;
use crate::core::record::Term;

/// A monitor. Its journal is locked, so no second one on the same host acts.
#[derive(Debug)]
pub struct Single {
    holder: String,
    /// Which of so many monitors it is; each has terms of its own.
    number: u64,
    of: u64,
}

impl Single {
    /// The lease of the monitor on the host called `hostname`.
    #[must_use]
    pub fn new(hostname: &str) -> Self {
        Self { holder: hostname.to_owned(), number: 0, of: 1 }
    }

    /// The lease of one of two monitors, which the configuration calls `name`; `first` if its name is the first of the two by the alphabet, whatever
    /// the order in a file.
    #[must_use]
    pub fn of_two(name: &str, first: bool) -> Self {
        Self { holder: name.to_owned(), number: u64::from(!first), of: 2 }
    }
}

impl Lease for Single {
    fn kind(&self) -> &'static str {
        "single"
    }

    fn holder(&self) -> &str {
        &self.holder
    }

    fn acquire(&mut self, known: Term) -> Result<Holding, String> {
        Ok(Holding { term: next_term(known, self.number, self.of), good_until: None })
    }
}
