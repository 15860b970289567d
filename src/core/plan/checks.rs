//! What is checked before a role changes, each with evidence and remedy.

use crate::core::command::Reason;
use crate::core::fact::{Picture, Reach, State};
use crate::core::model::{Cluster, Component, HostName, Mode, Side};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// In order.
    Ok,
    /// Worth a look; the plan goes on.
    Warn,
    /// Nothing is known, and the plan may not go on without knowing.
    Unknown,
    /// It forbids the plan.
    Veto,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// How it came out.
    pub verdict: Verdict,
    /// On what evidence.
    pub evidence: String,
    /// What to do about it; empty when it is in order.
    pub remedy: String,
}

impl Check {
    fn ok(name: String, evidence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, evidence: evidence.into(), remedy: String::new() }
    }

    fn bad(name: String, verdict: Verdict, evidence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, verdict, evidence: evidence.into(), remedy: remedy.into() }
    }
}

/// The reasons in `checks` that forbid a plan.
pub(super) fn vetoes(checks: &[Check]) -> Vec<Reason> {
    let forbids = |c: &&Check| matches!(c.verdict, Verdict::Veto | Verdict::Unknown);
    checks.iter().filter(forbids).map(|c| Reason::new(format!("{}: {}", c.name, c.evidence), c.remedy.clone())).collect()
}

/// Every host with a placement answers.
pub(super) fn hosts(cluster: &Cluster, picture: &Picture) -> Vec<Check> {
    let used: BTreeSet<&HostName> = cluster.components.values().flat_map(|c| Side::BOTH.map(|side| c.host(side))).collect();
    let check = |host: &HostName| {
        let name = format!("host {host} answers");
        match picture.reach(host) {
            Some(Reach::Answers) => Check::ok(name, "it answered the last look"),
            Some(Reach::Silent(why)) => Check::bad(
                name,
                Verdict::Unknown,
                format!("it does not: {why}"),
                format!("bring {host} back, then ask again; nothing planned is done while a host is silent"),
            ),
            None => {
                Check::bad(name, Verdict::Unknown, "it has not been looked at yet", "wait for the first look, a few seconds, and ask again")
            }
        }
    };
    used.into_iter().map(check).collect()
}

/// The services of `component` on `side` exist, and each one's state is known.
pub(super) fn known(component: &Component, side: Side, picture: &Picture) -> Vec<Check> {
    let check = |(_, instance): (Mode, crate::core::model::Instance)| {
        let name = format!("{} can be acted on: {instance}", component.name);
        match picture.state(&instance) {
            State::Unknown => Check::bad(name, Verdict::Unknown, "its state is not known", "wait until its host answers, and ask again"),
            State::Missing => Check::bad(
                name,
                Verdict::Veto,
                format!("{} does not know this unit", instance.host),
                format!("install the unit on {}, or correct its name in the configuration", instance.host),
            ),
            state => Check::ok(name, format!("it is {state}")),
        }
    };
    component.instances(side).map(check).collect()
}

/// Nothing of `component` runs on `side` in a mode that it must not have there while the other side serves, or nothing
/// serves.
pub(super) fn not_running(component: &Component, side: Side, may_be_standby: bool, picture: &Picture) -> Vec<Check> {
    let wrong = |mode: &Mode| *mode == Mode::Active || !may_be_standby;
    let check = |(_, instance): (Mode, crate::core::model::Instance)| {
        let name = format!("{} does not run as {instance}", component.name);
        let state = picture.state(&instance);
        if state.proven_stopped() {
            Check::ok(name, format!("it is {state}"))
        } else {
            Check::bad(
                name,
                Verdict::Veto,
                format!("it is {state}"),
                format!("stop {} on {} by hand if the other side is the right one, then ask again", instance.service, instance.host),
            )
        }
    };
    component.instances(side).filter(|(mode, _)| wrong(mode)).map(check).collect()
}

/// Units that start by themselves at boot would bring a side up before anybody has looked.
pub(super) fn not_enabled(component: &Component, picture: &Picture) -> Vec<Check> {
    let instances = Side::BOTH.into_iter().flat_map(|side| component.instances(side));
    let enabled = instances.filter(|(_, i)| picture.fact(i).is_some_and(|f| f.enablement.starts_with("enabled")));
    let warn = |(_, i): (Mode, crate::core::model::Instance)| {
        Check::bad(
            format!("{} does not start by itself: {i}", component.name),
            Verdict::Warn,
            "the unit is enabled: a host that boots would start it before anybody has looked",
            format!("run `systemctl disable {}` on {}", i.service, i.host),
        )
    };
    enabled.map(warn).collect()
}
