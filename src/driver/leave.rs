//! Taking the records of terms of a cluster off a host, for those who leave: see `scripts/leave.sh`. Asked by the monitor's
//! room for `switchtower leave`; no service is touched.

use super::error::DriverError;
use super::guard::{self, Demand};
use super::session::nonce;
use super::systemd::SystemdHosts;
use super::words::tidy;
use crate::core::leaving::{Kept, Leaving};
use crate::core::model::HostName;
use crate::core::record::Term;
use std::time::Duration;
use tokio::time::Instant;

const STAGE: &str = "asking for its records of terms";
const SAYS: &str = "SWITCHTOWER-LEAVE";
/// How long a guard that has just lost its monitor has for its end, in seconds, a lock.
const LOCK_WAIT: u64 = 2;

impl SystemdHosts {
    /// The records of terms of this cluster on `host`, which are removed where `leaving` says so.
    ///
    /// # Errors
    /// The host is unknown or silent, then nobody knows whether something was removed; or it refuses, then nothing was: a
    /// guard runs there, or it keeps a newer term.
    pub async fn leave(&self, host: &HostName, leaving: Leaving, deadline: Duration) -> Result<Vec<Kept>, DriverError> {
        let (side, until) = (self.side(host)?, Instant::now() + deadline);
        let reached = self.reached(side, until);
        let (clock, _, heard) = reached.clock().await?;
        let left = until.saturating_duration_since(heard);
        let not_after = clock.uptime.saturating_add(u64::try_from(left.as_millis() / 10).unwrap_or(u64::MAX));
        let nonce = nonce();
        let boot_id = &clock.boot_id;
        let demand = Demand { term: leaving.newest, boot_id, not_after, lock_wait: LOCK_WAIT, ..Demand::asking(&self.cluster, &nonce) };
        let printed = reached.run(&guard::leave(&demand, leaving.remove), STAGE).await?;
        let mut records = Vec::new();
        for line in printed.lines() {
            match guard::answer(SAYS, &nonce, line) {
                Some(Ok(_)) => return Ok(records),
                Some(Err(refusal)) => return Err(guard::explain(host, &demand, refusal)),
                None => records.extend(record(line, &nonce)),
            }
        }
        let reason = "it ended before its last line".to_owned();
        Err(DriverError::BadAnswer { host: host.clone(), stage: STAGE, reason })
    }
}

/// A record, if the line tells of one in answer to this very question.
fn record(line: &str, nonce: &str) -> Option<Kept> {
    let rest = line.trim_end().strip_prefix(SAYS)?.strip_prefix(" record ")?.strip_prefix(nonce)?.strip_prefix(' ')?;
    let (folder, term) = rest.rsplit_once(' ')?;
    Some(Kept { folder: tidy(folder), term: Term(term.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_record_in_answer_to_the_very_question_is_one() {
        let kept = Kept { folder: "/var/lib/switchtower-guard/shop".into(), term: Term(7) };
        assert_eq!(record("SWITCHTOWER-LEAVE record n1 /var/lib/switchtower-guard/shop 7", "n1"), Some(kept));
        for line in [
            "SWITCHTOWER-LEAVE record n2 /var/lib/switchtower-guard/shop 7",
            "SWITCHTOWER-LEAVE record n1 /var/lib/switchtower-guard/shop x",
            "SWITCHTOWER-GUARD record n1 /x 7",
            "record n1 /x 7",
        ] {
            assert_eq!(record(line, "n1"), None, "{line}");
        }
    }
}
