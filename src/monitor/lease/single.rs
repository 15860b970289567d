//! The lease of a cluster with one monitor host: whoever has the journal's lock holds it.

use super::{Holding, Lease};
use crate::core::record::Term;

/// One monitor. Its journal is locked, so no second one on the same host acts; and there is no other host.
#[derive(Debug)]
pub struct Single {
    holder: String,
}

impl Single {
    /// The lease of the monitor on the host called `hostname`.
    #[must_use]
    pub fn new(hostname: &str) -> Self {
        Self { holder: hostname.to_owned() }
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
        Ok(Holding { term: known.next(), good_until: None })
    }
}
