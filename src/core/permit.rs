//! The right to act on a host, as a value.
//!
//! A driver's acts ask for a [`Permit`]; only the monitor's gate grants one, after it has looked at lease, mode and run.

use super::record::Term;

/// Proof that the holder of the lease decided on this act. Not `Clone`: one permit, one act.
#[derive(Debug)]
pub struct Permit {
    term: Term,
    purpose: String,
}

impl Permit {
    /// Grants the right to one act. Called by the monitor's gate and by nothing else.
    #[must_use]
    pub fn grant(term: Term, purpose: String) -> Self {
        Self { term, purpose }
    }

    /// The term under which hosts are to take the act.
    #[must_use]
    pub fn term(&self) -> Term {
        self.term
    }

    /// What it is for, such as `run r17 step 3`.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The run that it is for, as `r17`, where it is for one.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        self.purpose.strip_prefix("run ")?.split(' ').next()
    }
}
