//! What the cluster does by itself: which losses count, what is tried first, and how it is found out that a service answers.

use super::hosts::is_loopback;
use super::{Either, either, instead};
use crate::config::keys::{ComponentKeys, FailoverKeys};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::config::trigger::TriggerRule;
use crate::core::model::{Acceptance, AcceptanceProbe, ComponentName, GroupName, Policy, Rescue, Trigger};
use std::collections::BTreeMap;

/// What holds for the whole cluster.
pub(super) fn policy(keys: &FailoverKeys) -> Option<Policy> {
    Some(Policy {
        initiative: keys.mode.as_ref()?.value.0,
        after_failover: keys.after.as_ref()?.value.0,
        quiet_ms: keys.quiet.as_ref()?.value.as_ms(),
    })
}

/// What is tried before anything moves.
pub(super) fn rescue(keys: &ComponentKeys) -> Option<Rescue> {
    Some(Rescue {
        attempts: u16::try_from(keys.rescue_attempts.as_ref()?.value.0).ok()?,
        hold_down_ms: keys.rescue_hold_down.as_ref()?.value.as_ms(),
    })
}

/// The groups that components count in, with how many each has.
pub(super) struct Groups<'a> {
    sizes: BTreeMap<&'a GroupName, usize>,
    /// Some component's group could not be read, so a group may have more components than are known here, or exist at all.
    unsure: bool,
}

impl<'a> Groups<'a> {
    pub(super) fn of(all: &'a BTreeMap<ComponentName, At<ComponentKeys>>, report: &Report) -> Self {
        let mut groups = Self { sizes: BTreeMap::new(), unsure: false };
        for (name, at) in all {
            match &at.value.group {
                Some(group) => *groups.sizes.entry(&group.value).or_default() += 1,
                None => groups.unsure |= report.blames(&join(&join("components", name.as_str()), "group")),
            }
        }
        groups
    }

    /// Whether the loss of the component at `key` moves the cluster; an error for a group that cannot be counted in.
    pub(super) fn trigger(&self, key: &str, keys: &ComponentKeys, report: &mut Report) -> Option<Trigger> {
        let at = keys.trigger.as_ref()?;
        if let Some(group) = at.value.group() {
            self.countable(&join(key, "trigger"), at, group, keys, report);
        }
        Some(match at.value.clone() {
            TriggerRule::Any => Trigger::Any,
            TriggerRule::AllOf(group) => Trigger::AllOf { group },
            TriggerRule::AtLeast(lost, group) => Trigger::AtLeast { lost, group },
            TriggerRule::Watch => Trigger::Watch,
        })
    }

    fn countable(&self, key: &str, at: &At<TriggerRule>, group: &GroupName, keys: &ComponentKeys, report: &mut Report) {
        let found = quoted(&at.value.to_string());
        let problem = match (self.sizes.get(group).copied(), &at.value) {
            _ if self.unsure => return,
            (None, _) => {
                let remedy = instead(report, group.as_str(), "a group", self.sizes.keys().map(|group| group.as_str()));
                Problem::error(key, at.line, found, format!("no component of this file has group = {}", quoted(group.as_str())), remedy)
            }
            (Some(size), TriggerRule::AtLeast(lost, _)) if usize::from(*lost) > size => {
                let why = format!("{group} has {size} of them, so that many are never lost");
                Problem::error(key, at.line, found, why, format!("write a number from 1 to {size}, or all-of {group}"))
            }
            (Some(_), _) if keys.group.as_ref().is_none_or(|own| own.value != *group) => {
                let why = "this component is none of that group, so its own loss does not count there";
                let remedy = format!("write group = {} for it, or another trigger", quoted(group.as_str()));
                Problem::error(key, at.line, found, why, remedy).into_warning()
            }
            _ => return,
        };
        report.add(problem);
    }
}

const EXAMPLE: &str = "{ tcp = \"10.0.0.5:5432\" } or { command = [\"pg_isready\", \"-q\"] }";

/// How it is found out that the component at `key` answers; `None` also after an error.
pub(super) fn acceptance(key: &str, keys: &ComponentKeys, loopback: bool, report: &mut Report) -> Option<Acceptance> {
    let at = keys.accept.as_ref()?;
    let key = join(key, "accept");
    let probe = match either((&key, at.line), ("tcp", &at.value.tcp), ("command", &at.value.command), EXAMPLE, report)? {
        Either::First(endpoint) => {
            if !loopback && is_loopback(&endpoint.host) {
                let why = "the monitor connects to it, and this is the monitor's own machine";
                let line = at.value.tcp.as_ref().and_then(|tcp| tcp.line);
                let remedy = "write the address that users of the service connect to";
                report.add(Problem::error(join(&key, "tcp"), line, quoted(&endpoint.to_string()), why, remedy));
            }
            AcceptanceProbe::Tcp { host: endpoint.host.clone(), port: endpoint.port }
        }
        Either::Second(argv) => AcceptanceProbe::Command { argv: argv.0.clone() },
    };
    Some(Acceptance { probe, timeout_ms: at.value.timeout.as_ref()?.value.as_ms() })
}
