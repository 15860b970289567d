//! Hosts as wholes: two that are one machine, and what the journal is told of those that fall silent and come back.

use super::{Effect, Now, State};
use crate::core::model::HostName;
use crate::core::record::Body;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// So many looks in a row without an answer make a host silent.
const MISSES: u32 = 2;
/// Between two entries about hosts: one that comes and goes does not fill the journal.
const APART: Duration = Duration::from_secs(10);
/// So many are named in one entry.
const NAMED: usize = 5;

/// What the journal was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    silent: BTreeSet<HostName>,
    at: Option<Instant>,
}

impl State {
    /// Two hosts that are one machine, in words: what is stopped on one would be stopped on the other, so nothing is done.
    /// Where loopback is allowed, hosts may share a machine.
    pub(super) fn same_machine(&self) -> Option<String> {
        if self.setup.allow_loopback {
            return None;
        }
        let mut first: BTreeMap<&str, &HostName> = BTreeMap::new();
        self.setup.cluster.hosts.keys().find_map(|host| {
            let boot_id = self.facts.host(host)?.boot_id.as_deref().filter(|id| !id.is_empty())?;
            let other = first.insert(boot_id, host)?;
            Some(format!("{other} and {host} are the same machine (boot {boot_id})"))
        })
    }

    /// Tells the journal which hosts have fallen silent or answer again. Called at every tick.
    pub(super) fn note_hosts(&mut self, now: Now) -> Vec<Effect> {
        if self.closed().is_some() || self.hosts_told.at.is_some_and(|at| now.steady.duration_since(at) < APART) {
            return Vec::new();
        }
        let missed = |host: &&HostName| {
            let heard = self.facts.host(host).and_then(|heard| heard.missed.as_ref());
            heard.is_some_and(|missed| missed.times >= MISSES || self.hosts_told.silent.contains(*host))
        };
        let silent: BTreeSet<HostName> = self.setup.cluster.hosts.keys().filter(missed).cloned().collect();
        if silent == self.hosts_told.silent {
            return Vec::new();
        }
        let lost = named(silent.difference(&self.hosts_told.silent)).map(|names| format!("not heard any more: {names}"));
        let back = named(self.hosts_told.silent.difference(&silent)).map(|names| format!("answers again: {names}"));
        self.hosts_told = Told { silent, at: Some(now.steady) };
        let notes = lost.into_iter().chain(back).map(|text| Body::Note { text }).collect();
        self.record(notes, Vec::new(), now)
    }
}

/// The first of them by name, and how many more there are; nothing of none.
fn named<'a>(hosts: impl Iterator<Item = &'a HostName>) -> Option<String> {
    let mut names: Vec<String> = hosts.map(ToString::to_string).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
}
