//! The only maker of a [`Permit`]: it looks at lease and journal whenever an act is decided on.

use super::lease::{Holding, boot_time};
use crate::core::permit::Permit;
use crate::core::record::Term;
use std::time::Duration;

/// Nothing is dispatched within this time before a lease ends.
const MARGIN: Duration = Duration::from_secs(1);

/// Whether this monitor may act.
#[derive(Debug, Default)]
pub struct Gate {
    holding: Option<Holding>,
    journal: Option<String>,
}

impl Gate {
    /// A lease was taken, or lost.
    pub fn hold(&mut self, holding: Option<Holding>) {
        self.holding = holding;
    }

    /// The journal cannot be written, for this reason, or can be again.
    pub fn journal(&mut self, broken: Option<String>) {
        self.journal = broken;
    }

    /// The term under which this monitor acts.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        self.holding.as_ref().map(|h| h.term)
    }

    /// Why the journal cannot be written, if it cannot.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.journal.as_deref()
    }

    /// Why this monitor may not act now; `None` when it may.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        if let Some(why) = &self.journal {
            return Some(format!("the journal cannot be written: {why}"));
        }
        match &self.holding {
            None => Some("this monitor does not hold the lease".to_owned()),
            Some(Holding { good_until: Some(end), .. }) if boot_time().saturating_add(MARGIN) >= *end => {
                Some("the lease was not renewed in time".to_owned())
            }
            Some(_) => None,
        }
    }

    /// The right to one act, for `purpose`.
    ///
    /// # Errors
    /// In words, why this monitor may not act now.
    pub fn permit(&self, purpose: String) -> Result<Permit, String> {
        match (self.closed(), &self.holding) {
            (None, Some(holding)) => Ok(Permit::grant(holding.term, purpose)),
            (Some(why), _) => Err(why),
            (None, None) => Err("this monitor does not hold the lease".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_permit_without_a_lease_in_time_and_a_journal() {
        let mut gate = Gate::default();
        assert!(gate.permit("x".into()).is_err());
        gate.hold(Some(Holding { term: Term(3), good_until: None }));
        assert_eq!(gate.permit("x".into()).unwrap().term(), Term(3));
        gate.journal(Some("disk full".into()));
        assert!(gate.permit("x".into()).unwrap_err().contains("disk full"));
        gate.journal(None);
        gate.hold(Some(Holding { term: Term(3), good_until: Some(boot_time() + Duration::from_millis(500)) }));
        assert!(gate.permit("x".into()).is_err(), "the margin before the end of a lease is kept");
        gate.hold(Some(Holding { term: Term(3), good_until: Some(boot_time() + Duration::from_secs(60)) }));
        assert!(gate.permit("x".into()).is_ok());
    }
}
