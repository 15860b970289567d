//! Placements that agents run: an OCF agent with its options, or three commands.
//!
//! What an agent is stands in a table beside the cluster, by host and component: plans and journals only have its name.

use super::placements::Kind;
use crate::config::keys::{ExecKeys, PlacementKeys, Root};
use crate::config::problem::{Problem, join};
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::{Agent, AgentCall, AgentSpec, ComponentName, ExecAgent, HostName, OcfAgent, ProcessMode, Service, Sharing};
use std::collections::BTreeMap;

/// The modes of an agent that a placement of this sharing runs.
pub(super) fn services(name: &ComponentName, sharing: Sharing) -> Vec<Service> {
    let modes: &[ProcessMode] = match sharing {
        Sharing::Exclusive => &[ProcessMode::Active],
        Sharing::ActiveStandby => &[ProcessMode::Active, ProcessMode::Standby],
    };
    modes.iter().map(|mode| Service::Agent(Agent { name: name.clone(), mode: *mode })).collect()
}

/// An error for each key that only an OCF agent takes, where there is none.
pub(super) fn without_ocf(key: &str, placement: &PlacementKeys, report: &mut Report) -> bool {
    if placement.ocf.is_some() || report.blames(&join(key, "ocf")) {
        return false;
    }
    let options = placement.options.as_ref().map(|at| ("options", at.line));
    let secrets = placement.secrets.as_ref().map(|at| ("secrets", at.line));
    let mut wrong = false;
    for (name, line) in options.into_iter().chain(secrets) {
        wrong = true;
        let why = "only an OCF agent reads it, and this placement has none";
        report.add(Problem::error(join(key, name), line, format!("{name} without ocf"), why, "take it out, or write ocf"));
    }
    wrong
}

/// What every agent of a file without an error is.
pub(super) fn table(root: &Root) -> BTreeMap<HostName, BTreeMap<ComponentName, AgentSpec>> {
    let mut table = BTreeMap::<HostName, BTreeMap<ComponentName, AgentSpec>>::new();
    for (name, at) in root.components.iter().flat_map(|at| &at.value.0) {
        let both_modes = at.value.sharing.as_ref().is_some_and(|sharing| sharing.value.0 == Sharing::ActiveStandby);
        for placement in [&at.value.primary, &at.value.secondary].into_iter().flatten() {
            let call = call(&placement.value);
            if let (Some(host), Some(call)) = (&placement.value.host, call) {
                table.entry(host.value.clone()).or_default().insert(name.clone(), AgentSpec { call, both_modes });
            }
        }
    }
    table
}

fn call(placement: &PlacementKeys) -> Option<AgentCall> {
    match Kind::of(placement)? {
        Kind::Ocf => {
            let name = &placement.ocf.as_ref()?.value;
            let options = placement.options.iter().flat_map(|at| &at.value.0);
            Some(AgentCall::Ocf(OcfAgent {
                provider: name.provider.clone(),
                kind: name.kind.clone(),
                options: options.map(|(name, at)| (name.clone(), at.value.0.clone())).collect(),
                secrets: placement.secrets.as_ref().map(|path| path.value.0.clone()),
            }))
        }
        Kind::Exec => {
            let ExecKeys { start, stop, monitor } = &placement.exec.as_ref()?.value;
            let words = |argv: &Option<At<_>>| argv.as_ref().map(|at: &At<crate::config::call::Argv<_>>| at.value.0.clone());
            Some(AgentCall::Exec(ExecAgent { start: words(start)?, stop: words(stop)?, monitor: words(monitor)? }))
        }
        Kind::Units | Kind::Process => None,
    }
}
