//! Our side of the scripts in `scripts/`: their command lines, and their one-line answers. Pure.
//!
//! An answer is a line with our nonce in it. Whatever a login shell prints before it is passed over, up to a bound.

use super::error::DriverError;
use super::words::tidy;
use crate::core::model::{ClusterName, HostName};
use crate::core::record::Term;
use crate::ssh::CommandLine;

const GUARD: &str = concat!(include_str!("scripts/host.sh"), include_str!("scripts/term.sh"), include_str!("scripts/guard.sh"));
const LEAVE: &str = concat!(include_str!("scripts/host.sh"), include_str!("scripts/term.sh"), include_str!("scripts/leave.sh"));
const DEEDS: &str = concat!(include_str!("scripts/host.sh"), include_str!("scripts/term.sh"), include_str!("scripts/deeds.sh"));
const HAND: &str = concat!(include_str!("scripts/host.sh"), include_str!("scripts/term.sh"), include_str!("scripts/hand.sh"));
const WATCH: &str = include_str!("scripts/watch.sh");
const CLOCK: &str = include_str!("scripts/clock.sh");
const SHOW: &str = include_str!("scripts/show.sh");
const READY: &str = include_str!("scripts/ready.sh");
pub(super) const ELEVATE: &str = include_str!("scripts/elevate.sh");

/// Where hosts keep the record of terms, a directory a cluster.
const DIRECTORY: &str = "/var/lib/switchtower-guard";

/// What is asked of the guard.
#[derive(Debug, Clone)]
pub(super) struct Demand<'a> {
    /// Whose record.
    pub cluster: &'a ClusterName,
    /// Under which term.
    pub term: Term,
    /// The boot that the host must be in.
    pub boot_id: &'a str,
    /// The host's uptime, in hundredths of a second, after which the guard does nothing.
    pub not_after: u64,
    /// How long it waits for each lock, in seconds.
    pub lock_wait: u64,
    /// Comes back in the answer.
    pub nonce: &'a str,
    /// The monitor's life: 16 hexadecimal digits.
    pub identity: &'a str,
    /// The term of the last deed by hand there that whoever asks has heard of.
    pub deed: Option<Term>,
}

impl<'a> Demand<'a> {
    /// Of something that takes no host: under no term, in no life, whatever boot it is in.
    pub fn asking(cluster: &'a ClusterName, nonce: &'a str) -> Self {
        Self { cluster, term: Term(0), boot_id: "-", not_after: 0, lock_wait: 0, nonce, identity: "-", deed: None }
    }
}

/// Where hosts keep the record of `cluster`.
pub(super) fn place(cluster: &ClusterName) -> String {
    format!("{DIRECTORY}/{cluster}")
}

/// The guard, as root.
pub(super) fn guard(demand: &Demand<'_>) -> CommandLine {
    with_record(GUARD, demand, &[])
}

/// The look at the records of terms, or their removal, as root.
pub(super) fn leave(demand: &Demand<'_>, remove: bool) -> CommandLine {
    with_record(LEAVE, demand, &[if remove { "remove" } else { "look" }])
}

/// What people did there by hand, as root.
pub(super) fn deeds(demand: &Demand<'_>) -> CommandLine {
    with_record(DEEDS, demand, &[])
}

/// A script behind `term.sh`, with last words of its own.
fn with_record(script: &str, demand: &Demand<'_>, last: &[&str]) -> CommandLine {
    let args = arguments(demand);
    let words = ["/bin/sh", "-c", script, "sh"].into_iter().chain(args.iter().map(String::as_str));
    CommandLine::script(ELEVATE, words.chain(last.iter().copied()))
}

/// The arguments of `term.sh`.
fn arguments(demand: &Demand<'_>) -> [String; 8] {
    let Demand { cluster, term, boot_id, not_after, lock_wait, nonce, identity, deed } = *demand;
    let deed = deed.map_or_else(|| "-".to_owned(), |term| term.to_string());
    let words = [cluster.as_str(), boot_id, nonce, identity].map(str::to_owned);
    let [cluster, boot_id, nonce, identity] = words;
    [cluster, term.0.to_string(), boot_id, not_after.to_string(), lock_wait.to_string(), nonce, identity, deed]
}

/// The words of a shell on this very host that runs the script for acts by hand, with its own words behind those of `term.sh`.
pub(super) fn by_hand(demand: &Demand<'_>, last: &[&str]) -> Vec<String> {
    let words = ["-c", HAND, "sh"].map(str::to_owned).into_iter().chain(arguments(demand));
    words.chain(last.iter().map(|&word| word.to_owned())).collect()
}

/// The question whether the guard could stand, as root.
pub(super) fn ready(nonce: &str) -> CommandLine {
    CommandLine::script(ELEVATE, ["/bin/sh", "-c", READY, "sh", nonce])
}

/// The bridge for watching.
pub(super) fn watch(nonce: &str) -> CommandLine {
    CommandLine::script(WATCH, [nonce])
}

/// The host's boot and clocks.
pub(super) fn clock(nonce: &str) -> CommandLine {
    CommandLine::script(CLOCK, [nonce])
}

/// What `systemctl` says of `units`.
pub(super) fn show<'a>(nonce: &'a str, units: impl IntoIterator<Item = &'a str>) -> CommandLine {
    CommandLine::script(SHOW, std::iter::once(nonce).chain(units))
}

/// A good answer: the host's boot and clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    /// Its boot.
    pub boot_id: String,
    /// Its uptime, in hundredths of a second.
    pub uptime: u64,
    /// The last word: the term for a guard, the wall clock in milliseconds for a clock.
    pub last: Option<u64>,
}

/// A refusal, as the script words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub kind: String,
    pub detail: String,
}

/// The answer in `line`, if it is one to `nonce` by the script that calls itself `who`.
pub(super) fn answer(who: &str, nonce: &str, line: &str) -> Option<Result<Hello, Refusal>> {
    let mut words = line.trim_end().split(' ');
    if words.next()? != who {
        return None;
    }
    let verdict = words.next()?;
    if words.next()? != nonce {
        return None;
    }
    match verdict {
        "ok" => {
            let boot_id = words.next().filter(|id| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))?;
            let uptime = words.next()?.parse().ok()?;
            Some(Ok(Hello { boot_id: boot_id.to_owned(), uptime, last: words.next().and_then(|word| word.parse().ok()) }))
        }
        "refused" => {
            let kind = words.next()?.to_owned();
            Some(Err(Refusal { kind, detail: tidy(&words.collect::<Vec<_>>().join(" ")) }))
        }
        _ => None,
    }
}

/// A refusal as an error for people.
pub(super) fn explain(host: &HostName, demand: &Demand<'_>, refusal: Refusal) -> DriverError {
    explain_at(host, demand, place(demand.cluster), refusal)
}

/// The same, of a guard whose record is another one.
pub(super) fn explain_at(host: &HostName, demand: &Demand<'_>, record: String, refusal: Refusal) -> DriverError {
    let host = host.clone();
    let Refusal { kind, detail } = refusal;
    match kind.as_str() {
        "older" => match detail.parse() {
            Ok(kept) => DriverError::OlderTerm { host, asked: demand.term, kept: Term(kept), record },
            Err(_) => DriverError::GuardRecord { host, reason: detail },
        },
        "hand" => match detail.parse() {
            Ok(kept) => DriverError::Unheard { host, kept: Term(kept), record },
            Err(_) => DriverError::GuardRecord { host, reason: detail },
        },
        "other" => DriverError::SameTerm { host, term: demand.term },
        "boot" => DriverError::OtherBoot { host, expected: demand.boot_id.to_owned(), found: detail },
        "late" => DriverError::TooLate { host },
        "lock" => {
            let file = if detail == "taking" { "taking" } else { "lock" };
            DriverError::LockHeld { host, which: detail, path: format!("{record}/{file}") }
        }
        "held" => DriverError::GuardRuns { host, path: detail },
        "rights" => DriverError::NoRights { host, reason: detail },
        "directory" => DriverError::GuardDirectory { host, reason: detail },
        "record" => DriverError::GuardRecord { host, reason: detail },
        "tool" => DriverError::MissingTool { host, tool: detail },
        "action" => DriverError::ActionStays { host, action: detail },
        "program" => DriverError::NoProgram { host, program: detail },
        "place" => DriverError::NoPlace { host, place: detail },
        _ => DriverError::BadAnswer { host, stage: "taking it", reason: tidy(&format!("{kind} {detail}")) },
    }
}

/// A refusal of a script that looks as root.
pub(super) fn explain_look(host: &HostName, stage: &'static str, refusal: Refusal) -> DriverError {
    let (host, Refusal { kind, detail }) = (host.clone(), refusal);
    match kind.as_str() {
        "tool" => DriverError::MissingTool { host, tool: detail },
        "rights" => DriverError::NoRights { host, reason: detail },
        _ => DriverError::BadAnswer { host, stage, reason: tidy(&format!("{kind} {detail}")) },
    }
}

/// A refusal of the watching script.
pub(super) fn explain_watch(host: &HostName, refusal: Refusal) -> DriverError {
    let (host, Refusal { kind, detail }) = (host.clone(), refusal);
    match kind.as_str() {
        "tool" => DriverError::MissingTool { host, tool: detail },
        _ => DriverError::BadAnswer { host, stage: "opening the way to its systemd", reason: tidy(&format!("{kind} {detail}")) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOOT: &str = "8ab97c3c-3829-4b93-a257-1d7847b5bff8";

    fn explained(line: &str) -> String {
        let cluster = ClusterName::new("ops").unwrap();
        let demand =
            Demand { cluster: &cluster, term: Term(4), boot_id: "x", not_after: 9, lock_wait: 1, nonce: "n", identity: "00", deed: None };
        let refusal = answer("SWITCHTOWER-GUARD", "n", line).unwrap().unwrap_err();
        explain(&HostName::new("a1").unwrap(), &demand, refusal).to_string()
    }

    #[test]
    fn only_an_answer_to_the_very_question_is_one() {
        let line = format!("SWITCHTOWER-GUARD ok n1 {BOOT} 196533 5");
        let hello = answer("SWITCHTOWER-GUARD", "n1", &line).unwrap().unwrap();
        assert_eq!(hello, Hello { boot_id: BOOT.into(), uptime: 196_533, last: Some(5) });
        assert_eq!(answer("SWITCHTOWER-GUARD", "n2", &line), None);
        assert_eq!(answer("SWITCHTOWER-WATCH", "n1", &line), None);
        assert_eq!(answer("SWITCHTOWER-GUARD", "n1", "Welcome to a1"), None);
        assert_eq!(answer("SWITCHTOWER-GUARD", "n1", "SWITCHTOWER-GUARD ok n1 no-boot 7"), None);
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        for (line, part) in [
            ("SWITCHTOWER-GUARD refused n older 7", "refuses term 4, since it has been taken under term 7"),
            ("SWITCHTOWER-GUARD refused n older 7", "another monitor leads now"),
            ("SWITCHTOWER-GUARD refused n older 7", "journal was lost or moved"),
            ("SWITCHTOWER-GUARD refused n older 7", "remove /var/lib/switchtower-guard/ops on each host"),
            ("SWITCHTOWER-GUARD refused n hand 7", "was operated by hand under term 7, and no monitor has journaled that yet"),
            ("SWITCHTOWER-GUARD refused n other 4", "another monitor acts under the same term 4"),
            ("SWITCHTOWER-GUARD refused n boot abc", "has rebooted"),
            ("SWITCHTOWER-GUARD refused n late 99", "too late"),
            ("SWITCHTOWER-GUARD refused n lock holder", "fuser /var/lib/switchtower-guard/ops/lock"),
            ("SWITCHTOWER-GUARD refused n rights user op is not root", "sudoers"),
            ("SWITCHTOWER-GUARD refused n directory /x cannot be written", "/x cannot be written"),
            ("SWITCHTOWER-GUARD refused n record /x/term holds no number", "by hand"),
            ("SWITCHTOWER-GUARD refused n tool flock", "flock is missing"),
            ("SWITCHTOWER-GUARD refused n what ever", "not understood"),
        ] {
            assert!(explained(line).contains(part), "{line}: {}", explained(line));
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(SWITCHTOWER-GUARD )?(ok |refused )?(n )?\\PC{0,80}") {
            let _ = answer("SWITCHTOWER-GUARD", "n", &line);
        }
    }
}
