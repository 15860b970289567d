//! What people did by hand on the units of a host, as `scripts/hand.sh` has recorded it there. Read when the guard refuses for
//! it, before whoever takes the host comes with a newer term. A record that cannot be read is told as such, and told all the
//! same: that somebody was there is certain by the term alone.

use super::error::{DriverError, Operated};
use super::guard::{self, Demand};
use super::session::nonce;
use super::systemd::{Side, SystemdHosts};
use super::words::tidy;
use crate::core::record::{Keeps, Term};
use crate::wire::host::ByHand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use tokio::time::Instant;

const STAGE: &str = "reading what was done there by hand";
const SAYS: &str = "SWITCHTOWER-DEEDS";
/// How long somebody who is still at it is waited for, in seconds.
const LOCK_WAIT: u64 = 2;

impl SystemdHosts {
    /// What was done by hand on a host that refuses `term` for it, as the error that it is; or why that is not known yet.
    pub(super) async fn deeds(&self, side: &Side, term: Term, deadline: Instant) -> DriverError {
        let reached = self.reached(side, deadline);
        let nonce = nonce();
        let demand = Demand { term, lock_wait: LOCK_WAIT, ..Demand::asking(&self.cluster, &nonce) };
        let printed = match reached.run(&guard::deeds(&demand), STAGE).await {
            Ok(printed) => printed,
            Err(error) => return error,
        };
        let mut rest = printed.as_str();
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            match guard::answer(SAYS, &nonce, line) {
                Some(Ok(hello)) => {
                    let Some(kept) = hello.last.map(Term) else { break };
                    let all = read(rest, kept, &format!("{}/hand", guard::place(&self.cluster)));
                    let Some(last) = all.last() else { break };
                    return DriverError::ByHand { host: side.name.clone(), asked: term, kept, by: Box::new(last.deed.clone()), all };
                }
                Some(Err(refusal)) => return guard::explain(&side.name, &demand, refusal),
                None => {}
            }
        }
        DriverError::BadAnswer { host: side.name.clone(), stage: STAGE, reason: super::words::last_line(printed.as_bytes()) }
    }
}

/// One deed of a record.
struct Line {
    /// The term before it was raised by hand too.
    after: bool,
    deed: Option<ByHand>,
    /// How it ended, in words.
    end: Option<String>,
}

/// The deeds up to the term `kept`, back to where a monitor took the host last, the oldest first; never none. What is torn or
/// makes no sense is passed over, but for a deed itself: that there was one is certain. Pure, but for the time of one that
/// nobody can read.
fn read(record: &str, kept: Term, path: &str) -> Vec<Operated> {
    let lines = lines(record);
    let (mut all, mut under) = (Vec::new(), kept);
    loop {
        let line = lines.get(&under);
        if line.is_none() && under != kept {
            break;
        }
        let deed = match line.and_then(|line| line.deed.clone().map(|deed| (deed, line.end.as_deref()))) {
            Some((deed, end)) => told(deed, end),
            None => unreadable(path),
        };
        all.push(Operated { kept_by: Keeps::Guard, under, deed });
        match under.0.checked_sub(1) {
            Some(before) if line.is_some_and(|line| line.after) => under = Term(before),
            _ => break,
        }
    }
    all.reverse();
    all
}

fn lines(record: &str) -> BTreeMap<Term, Line> {
    let mut lines = BTreeMap::new();
    for line in record.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["deed", term, after, deed] => {
                let Ok(term) = term.parse() else { continue };
                let deed = STANDARD.decode(deed).ok().and_then(|text| serde_json::from_slice(&text).ok());
                // One of the same term replaces one for which the term could not be raised, and nothing was done.
                lines.insert(Term(term), Line { after: *after == "1", deed, end: None });
            }
            ["end", term, how, detail] => {
                let known = term.parse().ok().and_then(|term| lines.get_mut(&Term(term)));
                let detail = STANDARD.decode(detail).ok().map(|text| String::from_utf8_lossy(&text).into_owned());
                if let (Some(line), Some(detail)) = (known, detail) {
                    line.end = Some(format!("{how}, {detail}"));
                }
            }
            _ => {}
        }
    }
    lines
}

fn told(deed: ByHand, end: Option<&str>) -> ByHand {
    let ByHand { who, reason, what, at } = deed;
    let end = end.unwrap_or("how it ended is not recorded");
    ByHand { who: tidy(&who), reason: tidy(&reason), what: tidy(&format!("{what}: {end}")), at }
}

fn unreadable(path: &str) -> ByHand {
    let what = format!("something that cannot be read in {path}");
    ByHand { who: "somebody".to_owned(), reason: "not known".to_owned(), what, at: jiff::Timestamp::now() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn deed(term: u64, after: u8, what: &str) -> String {
        let by = ByHand { who: "root (user 0)".into(), reason: "dark".into(), what: what.into(), at: jiff::Timestamp::UNIX_EPOCH };
        format!("deed {term} {after} {}\n", STANDARD.encode(serde_json::to_string(&by).unwrap()))
    }

    fn end(term: u64, how: &str, detail: &str) -> String {
        format!("end {term} {how} {}\n", STANDARD.encode(detail))
    }

    fn whats(record: &str, kept: u64) -> Vec<(u64, String)> {
        read(record, Term(kept), "/x/hand").into_iter().map(|one| (one.under.0, one.deed.what)).collect()
    }

    #[test]
    fn every_deed_since_a_monitor_took_the_host_is_told_with_its_end_the_oldest_first() {
        // Under 4 a monitor has heard of it, and 5 was its own.
        let record = [
            deed(4, 0, "stop old.service"),
            deed(6, 0, "stop app.service"),
            end(6, "done", "is inactive (dead)"),
            deed(7, 1, "stop db.service"),
            end(7, "failed", "is deactivating (stop-sigterm)"),
            deed(8, 1, "start db.service"),
        ]
        .concat();
        let expected = [
            (6, "stop app.service: done, is inactive (dead)"),
            (7, "stop db.service: failed, is deactivating (stop-sigterm)"),
            (8, "start db.service: how it ended is not recorded"),
        ];
        assert_eq!(whats(&record, 8), expected.map(|(term, what)| (term, what.to_owned())));
    }

    #[test]
    fn a_record_that_is_torn_lost_or_garbage_still_tells_that_somebody_was_there() {
        for record in ["", "deed 8 0 !!\n", "deed 8 0 e30=\n", "\u{0}\u{1}\n", &deed(7, 0, "stop app.service")] {
            assert_eq!(whats(record, 8), [(8, "something that cannot be read in /x/hand".to_owned())], "{record:?}");
        }
        let whole = deed(8, 0, "stop app.service") + &end(8, "done", "is inactive (dead)");
        let torn = &whole[..whole.len() - 9];
        assert_eq!(whats(torn, 8)[0].1.split(": ").next(), Some("stop app.service"));
        // The same term twice: for the first one it was not raised.
        let twice = deed(8, 0, "stop app.service") + &end(8, "failed", "x") + &deed(8, 0, "stop db.service");
        assert_eq!(whats(&twice, 8), [(8, "stop db.service: how it ended is not recorded".to_owned())]);
        // One above the kept term was never begun.
        let above = deed(8, 0, "stop app.service") + &deed(9, 1, "stop db.service");
        assert_eq!(whats(&above, 8).len(), 1);
    }

    proptest! {
        #[test]
        fn no_record_makes_a_reader_panic_or_leaves_nothing_to_tell(
            record in "((deed|end) [0-9]{1,2} [01] [a-zA-Z0-9=]{0,12}\n|\\PC{0,20}\n){0,12}", kept in 0u64..40,
        ) {
            let told = read(&record, Term(kept), "/x");
            prop_assert_eq!(told.last().map(|one| one.under), Some(Term(kept)));
        }
    }
}
