//! Acting by hand on a unit of this very host: `scripts/hand.sh`, run here and not over SSH. Called for
//! `switchtower host start|stop --unit`; no monitor calls it, and nothing typed is ever a part of the script.

use super::guard::{self, Demand};
use super::session::nonce;
use super::words::{last_line, tidy};
use crate::core::by_hand::{DeedDone, Ground, Taken, UnitDeed};
use crate::core::model::{ClusterName, UnitName};
use crate::core::record::Term;
use crate::wire::host::ByHand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

const SAYS: &str = "SWITCHTOWER-HAND";
/// What stands in the record where a person has acted.
const NOBODY: &str = "0000000000000000";
/// Seconds for each lock.
const LOCK_WAIT: u64 = 10;
/// What the script may take beside what is asked for: its locks, the disk, and systemd's answers.
const BESIDE: Duration = Duration::from_secs(90);
/// A cluster's name for a look, which is about all of them.
const ANY: &str = "any";

/// Why nothing was done, or why nobody knows what was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// A living monitor's guard holds the host.
    #[error("a monitor's guard runs on this host under term {0}: a monitor is connected")]
    Held(Term),
    /// There is nothing to raise.
    #[error("no monitor has ever acted on this host for that cluster: there is no record {0}")]
    NoRecord(String),
    /// systemd has no such unit.
    #[error("systemd does not know the unit: {0}")]
    NoUnit(String),
    /// The record cannot be kept, so nothing is done.
    #[error("the record of terms, or of what is done by hand, cannot be kept: {0}; nothing was done")]
    Record(String),
    /// Only root may.
    #[error("this needs root: {0}")]
    Rights(String),
    /// Another one is at it.
    #[error("somebody else is taking this host, or acts on it by hand, and has not ended in time ({0}); nothing was done")]
    Busy(String),
    /// The script cannot run here, or said something else; nothing was done.
    #[error("it cannot be done here: {0}; nothing was done")]
    Broken(String),
    /// The script was begun, and has not said anything.
    #[error("nobody knows whether anything was done: {0}")]
    Unseen(String),
    /// The record was raised, and how it went on nobody has said.
    #[error("the term of this host was raised to {0}, and what became of the unit is not known: {1}")]
    Unknown(Term, String),
}

/// What is on this host.
///
/// # Errors
/// It cannot be known.
pub async fn ground(unit: &UnitName) -> Result<Ground, HandError> {
    let cluster = ClusterName::new(ANY).map_err(|error| HandError::Broken(error.to_string()))?;
    let said = run(&cluster, &["look", unit.as_str()], BESIDE).await?;
    let mut ground = Ground { records: Vec::new(), load: String::new(), state: String::new() };
    for line in said.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["record", name, term, held] => {
                let (Ok(cluster), Ok(term)) = (ClusterName::new(*name), term.parse()) else { continue };
                ground.records.push(Taken { cluster, term: Term(term), held: *held == "held" });
            }
            ["unit", load, active, sub] => (ground.load, ground.state) = (tidy(load), tidy(&format!("{active} ({sub})"))),
            ["refused", kind, detail @ ..] => return Err(refused(kind, &detail.join(" "))),
            _ => {}
        }
    }
    if ground.load.is_empty() { Err(HandError::Broken(said.why)) } else { Ok(ground) }
}

/// Does it: raises the term, records who did what, and then asks systemd.
///
/// # Errors
/// Nothing was done; or nobody knows, which says so.
pub async fn by_hand(deed: &UnitDeed, who: &str) -> Result<DeedDone, HandError> {
    let verb = deed.action.word();
    let what = format!("{verb} {}", deed.unit.as_str());
    let told = ByHand { who: who.to_owned(), reason: deed.reason.clone(), what, at: jiff::Timestamp::now() };
    let told = serde_json::to_vec(&told).map_err(|error| HandError::Broken(error.to_string()))?;
    let (told, limit) = (STANDARD.encode(told), deed.limit.as_secs().to_string());
    let despite = if deed.despite_monitor { "1" } else { "0" };
    let words = ["act", deed.unit.as_str(), verb, &limit, despite, &told];
    outcome(&run(&deed.cluster, &words, deed.limit + BESIDE).await?)
}

fn outcome(said: &Said) -> Result<DeedDone, HandError> {
    let mut raised = None;
    for line in said.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["raised", term] => raised = term.parse().ok().map(Term),
            ["refused", kind, detail @ ..] => {
                let error = refused(kind, &detail.join(" "));
                return Err(raised.map_or(error.clone(), |term| HandError::Unknown(term, error.to_string())));
            }
            ["end", how, recorded, detail] => {
                let detail = STANDARD.decode(detail).map(|text| tidy(&String::from_utf8_lossy(&text))).unwrap_or_default();
                let Some(term) = raised else { break };
                return Ok(DeedDone { term, done: *how == "done", detail, recorded: *recorded == "recorded" });
            }
            _ => {}
        }
    }
    Err(match raised {
        Some(term) => HandError::Unknown(term, said.why.clone()),
        None if said.over => HandError::Broken(said.why.clone()),
        None => HandError::Unseen(said.why.clone()),
    })
}

fn refused(kind: &str, detail: &str) -> HandError {
    let detail = tidy(detail);
    match kind {
        "monitor" => HandError::Held(Term(detail.parse().unwrap_or_default())),
        "none" => HandError::NoRecord(detail),
        "unit" => HandError::NoUnit(detail),
        "record" | "directory" => HandError::Record(detail),
        "rights" => HandError::Rights(detail),
        "lock" => HandError::Busy(detail),
        _ => HandError::Broken(format!("{kind} {detail}")),
    }
}

/// What the script has said.
struct Said {
    text: String,
    nonce: String,
    /// What to say where it has not said enough.
    why: String,
    /// It has come to its end.
    over: bool,
}

impl Said {
    /// Its answers, without its name and the nonce.
    fn lines(&self) -> impl Iterator<Item = String> {
        self.text.lines().filter_map(|line| {
            let (verdict, rest) = line.strip_prefix(SAYS)?.strip_prefix(' ')?.split_once(' ')?;
            let rest = rest.strip_prefix(&self.nonce)?;
            Some(format!("{verdict}{rest}"))
        })
    }
}

/// Runs the script. It has its own deadlines; where it overruns all of them it is left to itself, and goes on.
async fn run(cluster: &ClusterName, words: &[&str], patience: Duration) -> Result<Said, HandError> {
    let nonce = nonce();
    let not_after = i64::MAX.unsigned_abs();
    let demand = Demand { not_after, lock_wait: LOCK_WAIT, identity: NOBODY, ..Demand::asking(cluster, &nonce) };
    let mut command = Command::new("/bin/sh");
    command.args(guard::by_hand(&demand, words)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Whatever ends this program must not leave an act without its end in the record.
    let child = command.process_group(0).kill_on_drop(false).spawn();
    let child = child.map_err(|error| HandError::Broken(format!("/bin/sh: {error}")))?;
    match timeout(patience, child.wait_with_output()).await {
        Ok(Ok(output)) => {
            let why = last_line(&output.stderr);
            let why = if why.is_empty() { format!("its script ended with {}", output.status) } else { why };
            Ok(Said { text: String::from_utf8_lossy(&output.stdout).into_owned(), nonce, why, over: true })
        }
        Ok(Err(error)) => Ok(Said { text: String::new(), nonce, why: error.to_string(), over: false }),
        Err(_) => Ok(Said { text: String::new(), nonce, why: format!("no word within {patience:?}"), over: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said { text: text.replace("HAND", SAYS), nonce: "n".into(), why: "it died".into(), over: true }
    }

    #[test]
    fn an_outcome_is_what_the_script_says_of_this_very_act() {
        let done = outcome(&said("HAND raised n 7\nHAND end n done recorded aXMgYWN0aXZl\n")).unwrap();
        assert_eq!(done, DeedDone { term: Term(7), done: true, detail: "is active".into(), recorded: true });
        let failed = outcome(&said("hello\nHAND raised n 7\nHAND end n failed unrecorded aXMgYWN0aXZl\n")).unwrap();
        assert!(!failed.done && !failed.recorded);
        assert_eq!(outcome(&said("HAND end m done recorded eA==\n")), Err(HandError::Broken("it died".into())));
        assert_eq!(outcome(&said("HAND raised n 7\n")), Err(HandError::Unknown(Term(7), "it died".into())));
    }

    #[test]
    fn a_refusal_says_that_nothing_was_done_unless_the_term_was_raised() {
        for (line, words) in [
            ("HAND refused n monitor 6", "a monitor's guard runs on this host under term 6"),
            ("HAND refused n none /x/y", "there is no record /x/y"),
            ("HAND refused n unit not-found", "systemd does not know the unit: not-found"),
            ("HAND refused n record /x/hand cannot be written", "/x/hand cannot be written; nothing was done"),
            ("HAND refused n lock taking", "nothing was done"),
            ("HAND refused n rights user op is not root", "this needs root"),
            ("HAND refused n tool flock", "tool flock; nothing was done"),
        ] {
            let error = outcome(&said(line)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let error = outcome(&said("HAND raised n 7\nHAND refused n lock holder\n")).unwrap_err();
        assert!(matches!(error, HandError::Unknown(Term(7), _)), "{error}");
    }
}
