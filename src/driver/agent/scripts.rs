//! The command lines of the scripts for agents, and the lines that they answer with. Pure.

use super::verdict::{Ended, How};
use crate::core::model::{ClusterName, OcfAgent};
use crate::driver::guard::{Demand, ELEVATE};
use crate::ssh::CommandLine;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const GUARD: &str = concat!(
    include_str!("../scripts/host.sh"),
    include_str!("../scripts/agent.sh"),
    include_str!("../scripts/term.sh"),
    include_str!("../scripts/agent-guard.sh")
);
const LOOK: &str =
    concat!(include_str!("../scripts/host.sh"), include_str!("../scripts/agent.sh"), include_str!("../scripts/agent-look.sh"));
const READY: &str =
    concat!(include_str!("../scripts/host.sh"), include_str!("../scripts/agent.sh"), include_str!("../scripts/agent-ready.sh"));
const META: &str =
    concat!(include_str!("../scripts/host.sh"), include_str!("../scripts/agent.sh"), include_str!("../scripts/agent-meta.sh"));

/// Where hosts keep the record of `cluster` for agents.
pub(super) fn place(cluster: &ClusterName) -> String {
    format!("{}.agents", crate::driver::guard::place(cluster))
}

/// The guard of agents, as root.
pub(super) fn guard(demand: &Demand<'_>) -> CommandLine {
    let Demand { cluster, term, boot_id, not_after, lock_wait, nonce, identity, deed: _ } = demand;
    let numbers = (term.0.to_string(), not_after.to_string(), lock_wait.to_string());
    elevated(GUARD, &[cluster.as_str(), &numbers.0, boot_id, &numbers.1, &numbers.2, nonce, identity])
}

/// The question what agents' monitors say, as root.
pub(super) fn look(cluster: &ClusterName, nonce: &str) -> CommandLine {
    elevated(LOOK, &[cluster.as_str(), nonce])
}

/// The question whether the guard could stand and `programs` are there, as root.
pub(super) fn ready(nonce: &str, programs: &[String]) -> CommandLine {
    let words: Vec<&str> = std::iter::once(nonce).chain(programs.iter().map(String::as_str)).collect();
    elevated(READY, &words)
}

/// The question what an OCF agent says of itself, as root.
pub(super) fn meta(nonce: &str, agent: &OcfAgent) -> CommandLine {
    elevated(META, &[nonce, &agent.path(), &agent.kind, &agent.provider])
}

fn elevated(text: &'static str, args: &[&str]) -> CommandLine {
    CommandLine::script(ELEVATE, ["/bin/sh", "-c", text, "sh"].iter().chain(args))
}

/// One answer to a request; a look ends with one of its own number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// To the request of this number.
    Ended(String, Ended),
    /// The look of this number is over.
    Over(String),
}

/// The answer in `line`, if it is one.
pub(super) fn answer(line: &str) -> Option<Answer> {
    let mut words = line.trim_end().split(' ');
    if words.next()? != "SWITCHTOWER-AGENT" {
        return None;
    }
    let (nonce, code) = (words.next()?.to_owned(), words.next()?);
    let (busy, last, said) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let how = match code {
        "end" => return Some(Answer::Over(nonce)),
        "timeout" => How::Timeout,
        "late" => How::Late,
        "missing" => How::Missing,
        code => How::Code(code.parse().ok()?),
    };
    let plain = |word: &str| word.len() <= 64 && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain(&busy.replace('-', "")) || !plain(&last.replace('-', "")) {
        return None;
    }
    let known = |word: &str| (word != "-").then(|| word.to_owned());
    let said = if said == "-" { Vec::new() } else { STANDARD.decode(said).ok()? };
    Some(Answer::Ended(nonce, Ended { how, busy: known(busy), last: known(last), ran: false, said }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_is_read_with_all_its_words() {
        let ended = |how, busy: Option<&str>, said: &str| Ended {
            ran: false,
            how,
            busy: busy.map(str::to_owned),
            last: Some("ab12".into()),
            said: said.into(),
        };
        let cases = [
            ("SWITCHTOWER-AGENT n1 7 - ab12 aGk=", ended(How::Code(7), None, "hi")),
            ("SWITCHTOWER-AGENT n1 timeout start ab12 -", ended(How::Timeout, Some("start"), "")),
            ("SWITCHTOWER-AGENT n1 missing - ab12 -", ended(How::Missing, None, "")),
            ("SWITCHTOWER-AGENT n1 late - ab12 -", ended(How::Late, None, "")),
        ];
        for (line, expected) in cases {
            assert_eq!(answer(line), Some(Answer::Ended("n1".into(), expected)), "{line}");
        }
        assert_eq!(answer("SWITCHTOWER-AGENT n2 end - - -"), Some(Answer::Over("n2".into())));
    }

    #[test]
    fn anything_else_is_none() {
        for line in [
            "",
            "Welcome to a1",
            "SWITCHTOWER-AGENT n1 7 - -",
            "SWITCHTOWER-AGENT n1 256 - - -",
            "SWITCHTOWER-AGENT n1 -1 - - -",
            "SWITCHTOWER-AGENT n1 0 - - !",
            "SWITCHTOWER-AGENT n1 0 - - aGk= more",
            "SWITCHTOWER-AGENT n1 0 \u{1b}[2J - -",
        ] {
            assert_eq!(answer(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(SWITCHTOWER-AGENT )?([a-z0-9=-]{0,8} ){0,7}\\PC{0,40}") {
            let _ = answer(&line);
        }
    }
}
