//! Checks a configuration against the hosts that it names: can they be reached, do they know the units, may we act there.
//!
//! For `config check`. It looks only: nothing is started, stopped or written anywhere.

use super::targets;
use crate::config::{Loaded, Problem, Severity};
use crate::core::model::{AgentCall, Arrangement, Component, Host, HostName, Service, Side};
use crate::driver::{AgentHosts, FenceDevices, Options, ProcessHosts, SystemdHosts};
use crate::probe::check::{Checked, Finding, Kind as FindingKind, check};
use crate::probe::is_ours;
use crate::ssh::Pool;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The longest that one host is given.
const HOST: Duration = Duration::from_secs(20);

/// What is wrong with the hosts and units of `loaded`, each with its key in the configuration.
pub async fn survey(loaded: &Loaded) -> Vec<Problem> {
    let pool = Arc::new(Pool::new(targets::options(loaded)));
    let cluster = &loaded.cluster.name;
    let systemd = SystemdHosts::new(pool.clone(), targets::targets(loaded), cluster.clone(), Options::default());
    let processes = ProcessHosts::new(pool.clone(), targets::served(loaded), cluster.clone());
    let agents = AgentHosts::new(pool.clone(), targets::agents(loaded), cluster.clone(), loaded.monitor.interval);
    // A host that runs nothing, such as a jump host, is listed too: it must let us in, and nothing else is wanted of it.
    let mut services: BTreeMap<HostName, Vec<Service>> = loaded.cluster.hosts.keys().map(|h| (h.clone(), Vec::new())).collect();
    for (_, _, _, instance) in loaded.cluster.instances() {
        services.entry(instance.host).or_default().push(instance.service);
    }
    for hook in loaded.cluster.hooks.values() {
        services.entry(hook.host.clone()).or_default().push(targets::hook_service(loaded, hook));
    }
    let device = |(name, host): (&HostName, &Host)| Some((name.clone(), host.fence.clone()?));
    let fences = FenceDevices::new(loaded.cluster.hosts.iter().filter_map(device).collect());
    let checked = Checked { systemd: &systemd, processes: &processes, agents: &agents, fences: &fences };
    let findings = check(&checked, &services, HOST).await;
    let mut problems: Vec<Problem> = findings.into_iter().map(|finding| problem(loaded, finding)).collect();
    problems.extend(shared_fate(loaded, &pool).await);
    problems
}

/// That this machine, where the only monitor would run, is a host of the cluster too: it would be lost with what it guards.
async fn shared_fate(loaded: &Loaded, pool: &Pool) -> Option<Problem> {
    if loaded.monitor.monitors.is_some() || loaded.monitor.site.is_some() || loaded.allow_loopback {
        return None;
    }
    for (host, target) in targets::targets(loaded) {
        let Some((side, component)) = loaded.cluster.components.values().find_map(|c| {
            let side = Side::BOTH.into_iter().find(|side| *c.host(*side) == host)?;
            Some((side, &c.name))
        }) else {
            continue;
        };
        if let Ok(way) = pool.way(&target).await
            && is_ours(&way).await
        {
            let site = loaded.cluster.site(side);
            return Some(Problem {
                severity: Severity::Warning,
                key: "monitor.site".to_owned(),
                line: None,
                found: format!("this machine is {host}, at {site}"),
                why: format!(
                    "a monitor here is lost together with {site}, and with {component} on {host}: nobody is left to start anything at the other site"
                ),
                remedy: "run the monitor at a third place, or two of them (`monitor.hosts`)".to_owned(),
            });
        }
    }
    None
}

fn problem(loaded: &Loaded, finding: Finding) -> Problem {
    let unit_key = finding.unit.as_ref().and_then(|unit| key_of_hook(loaded, &finding, unit).or_else(|| key_of(loaded, &finding, unit)));
    let severity = match finding.kind {
        FindingKind::ClockSkew | FindingKind::NoPlace => Severity::Warning,
        FindingKind::SameMachine if loaded.allow_loopback => Severity::Warning,
        _ => Severity::Error,
    };
    let host_key = match finding.kind {
        FindingKind::Fence => format!("hosts.{}.fence", finding.host),
        FindingKind::HostService => format!("hosts.{}.host_service", finding.host),
        _ => format!("hosts.{}", finding.host),
    };
    Problem {
        severity,
        key: unit_key.unwrap_or(host_key),
        line: None,
        found: finding.unit.unwrap_or_else(|| finding.host.to_string()),
        why: finding.why,
        remedy: finding.remedy,
    }
}

/// The key of the command of a hook that `finding` is about.
fn key_of_hook(loaded: &Loaded, finding: &Finding, unit: &str) -> Option<String> {
    let hook = loaded.cluster.hooks.values().find(|hook| unit.strip_suffix(".hook") == Some(hook.name.as_str()))?;
    let commands = [("run", Some(&hook.run)), ("undo", hook.undo.as_ref()), ("status", hook.status.as_ref())];
    let names = |argv: &Vec<String>| argv.first().is_some_and(|program| finding.why.ends_with(&format!(" {program}")));
    let key = commands.into_iter().find(|(_, argv)| argv.is_some_and(names)).map_or(String::new(), |(key, _)| format!(".{key}"));
    Some(format!("hooks.{}{key}", hook.name))
}

/// The key under which `unit`, or a process, an agent or its options, stands on the host of `finding`.
fn key_of(loaded: &Loaded, finding: &Finding, unit: &str) -> Option<String> {
    let places = loaded.cluster.components.values().flat_map(|c| Side::BOTH.map(|side| (c, side)));
    places.filter(|(c, side)| *c.host(*side) == finding.host).find_map(|(component, side)| {
        let key = key_in(component, side, unit)?;
        let call = loaded.agents.get(&finding.host).and_then(|agents| agents.get(&component.name)).map(|spec| &spec.call);
        let key = match (key, call) {
            ("agent", Some(AgentCall::Ocf(_))) if finding.kind == FindingKind::AgentOption => "options",
            ("agent", Some(AgentCall::Ocf(_))) => "ocf",
            ("agent", _) => "exec",
            (key, _) => key,
        };
        let side = if side == Side::Primary { "primary" } else { "secondary" };
        Some(format!("components.{}.{side}.{key}", component.name))
    })
}

fn key_in(component: &Component, side: Side, unit: &str) -> Option<&'static str> {
    let key = |service: &Service, key| {
        let key = match service {
            Service::Process(_) => "process",
            Service::Agent(_) => "agent",
            Service::Systemd(_) | Service::Power | Service::Hook(_) => key,
        };
        (service.to_string() == unit).then_some(key)
    };
    match &component.arrangement {
        Arrangement::Exclusive(sides) => key(&sides.get(side).service, "unit"),
        Arrangement::ActiveStandby(sides) => {
            let modes = &sides.get(side).service;
            key(&modes.active, "active").or_else(|| key(&modes.standby, "standby"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{Modes, PerSide, Placement, Process, ProcessMode, UnitName};
    use crate::core::testing;

    #[test]
    fn a_finding_stands_at_the_key_of_its_unit_or_process() {
        let host = |name: &str| HostName::new(name).unwrap();
        let process = |mode| Service::Process(Process { mode, ..Process::active("app").unwrap() });
        let unit = |name: &str| Service::Systemd(UnitName::new(name).unwrap());
        let both =
            |place: &dyn Fn(&str) -> Placement<Modes>| Arrangement::ActiveStandby(PerSide { primary: place("a1"), secondary: place("b1") });
        let mut component = testing::component("app", &[]);
        assert_eq!(key_in(&component, Side::Primary, "app.service"), Some("unit"));
        component.arrangement = both(&|h| Placement {
            host: host(h),
            service: Modes { active: process(ProcessMode::Active), standby: process(ProcessMode::Standby) },
        });
        assert_eq!(key_in(&component, Side::Primary, "app.process"), Some("process"));
        assert_eq!(key_in(&component, Side::Secondary, "app@standby.process"), Some("process"));
        assert_eq!(key_in(&component, Side::Secondary, "app.service"), None);
        component.arrangement =
            both(&|h| Placement { host: host(h), service: Modes { active: unit("a.service"), standby: unit("s.service") } });
        assert_eq!(key_in(&component, Side::Primary, "s.service"), Some("standby"));
    }
}
