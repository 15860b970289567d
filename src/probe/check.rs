//! Live checks of a configuration: every host is surveyed at once, and what is in the way is told with its remedy.
//! Called by `config check` only. It changes nothing on any host.

mod judge;

use crate::core::model::{HostName, Service};
use crate::driver::{AgentHosts, DriverError, FenceDevices, ProcessHosts, SystemdHosts};
use crate::ssh::SshError;
use futures_util::{FutureExt, StreamExt};
use std::collections::BTreeMap;
use std::time::Duration;

/// Hosts that are surveyed at a time.
const AT_A_TIME: usize = 16;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The host does not answer, or not in time.
    Unreachable,
    /// It does not let us in.
    LoginRefused,
    /// Its key is not recorded, has changed, or is revoked.
    HostKey,
    /// Its host service does not answer, or is of another version or cluster.
    HostService,
    /// It does not know the unit or the process, or the unit is masked.
    UnknownUnit,
    /// An agent is not there, does not fit, or cannot be asked.
    Agent,
    /// An option of an agent is wrong, or missing.
    AgentOption,
    /// The unit starts without anybody having decided it.
    StartsByItself,
    /// The login cannot become root, or the guard has no place.
    NoGuard,
    /// A program is missing.
    MissingTool,
    /// A folder that OCF agents count with is not there.
    NoPlace,
    /// Its fence device does not say what the host's power is, or says off of a host that answers.
    Fence,
    /// Its clock differs from ours.
    ClockSkew,
    /// It is the same machine as another host.
    SameMachine,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub host: HostName,
    /// With which unit, process or agent, where it is about one.
    pub unit: Option<String>,
    /// What kind of thing.
    pub kind: Kind,
    /// What is wrong, in a sentence.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// What is checked.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The hosts' systemd.
    pub systemd: &'a SystemdHosts,
    /// The host services of those that have one.
    pub processes: &'a ProcessHosts,
    /// The agents of those that have some.
    pub agents: &'a AgentHosts,
    /// The fence devices.
    pub fences: &'a FenceDevices,
}

/// Checks all hosts, their host services and their fence devices, each within `deadline`; of a host that runs no services,
/// such as a jump host, only whether it lets us in. No device is asked for more than its status. Findings come by host, the
/// gravest first.
pub async fn check(checked: &Checked<'_>, services: &BTreeMap<HostName, Vec<Service>>, deadline: Duration) -> Vec<Finding> {
    let mut each = Vec::with_capacity(services.len());
    for (host, services) in services {
        each.push(checked.one(host, services, deadline).boxed());
    }
    let each: Vec<(&HostName, Told)> = futures_util::stream::iter(each).buffer_unordered(AT_A_TIME).collect().await;
    let boots = each.iter().filter_map(|(host, told)| Some(((*host).clone(), told.boot_id.clone()?))).collect();
    let mut findings = judge::same_machines(&boots);
    findings.extend(each.into_iter().flat_map(|(_, told)| told.findings));
    findings.sort_by(|a, b| (&a.host, a.kind, &a.unit).cmp(&(&b.host, b.kind, &b.unit)));
    findings
}

/// What one host told.
#[derive(Debug, Default)]
struct Told {
    findings: Vec<Finding>,
    /// Which boot it is in, as far as it was asked.
    boot_id: Option<String>,
}

impl Checked<'_> {
    async fn one<'h>(&self, host: &'h HostName, services: &[Service], deadline: Duration) -> (&'h HostName, Told) {
        let of = |kind: fn(&Service) -> bool| services.iter().filter(|service| kind(service)).cloned().collect::<Vec<Service>>();
        let processes = of(|service| matches!(service, Service::Process(_)));
        let agents = of(|service| matches!(service, Service::Agent(_) | Service::Hook(_)));
        let units = of(|service| !matches!(service, Service::Process(_) | Service::Agent(_) | Service::Hook(_)));
        let (units, service, agents, power) = tokio::join!(
            self.units(host, &units, deadline),
            self.service(host, &processes, deadline),
            self.agents(host, &agents, deadline),
            self.fences.status(host, deadline)
        );
        let answers = units.is_ok() || matches!(service, Some(Ok(_))) || matches!(agents, Some(Ok(_)));
        let alone = |finding| Told { findings: vec![finding], boot_id: None };
        let service = service.map(|told| told.unwrap_or_else(|error| alone(unserved(host, &error, units.is_ok()))));
        let Told { mut findings, boot_id } = units.unwrap_or_else(|error| alone(silent(host, &error)));
        let boot_id = boot_id.or_else(|| service.as_ref()?.boot_id.clone());
        let service = service.map(|told| told.findings);
        // What stands between us and the host is said once, and its clock is one.
        let told = |findings: &[Finding], found: &Finding| found.unit.is_none() && findings.iter().any(|other| other.kind == found.kind);
        let agents = agents.map(|found| found.unwrap_or_else(|error| vec![silent(host, &error)]));
        for found in service.into_iter().chain(agents).flatten() {
            if !told(&findings, &found) {
                findings.push(found);
            }
        }
        findings.extend(judge::fence(host, answers, power));
        (host, Told { findings, boot_id })
    }

    /// By its systemd, as far as it has units; otherwise whether it lets us in.
    async fn units(&self, host: &HostName, units: &[Service], deadline: Duration) -> Result<Told, DriverError> {
        if units.is_empty() {
            return self.systemd.reach(host, deadline).await.map(|()| Told::default());
        }
        let survey = self.systemd.survey(host, units, deadline).await?;
        Ok(Told { findings: judge::findings(host, &survey), boot_id: Some(survey.clock.boot_id) })
    }

    /// By its host service, if it has one.
    async fn service(&self, host: &HostName, processes: &[Service], deadline: Duration) -> Option<Result<Told, DriverError>> {
        if !self.processes.serves(host) {
            return None;
        }
        let told = |survey| Told { findings: judge::service(host, &survey), boot_id: Some(survey.clock.boot_id) };
        Some(self.processes.survey(host, processes, deadline).await.map(told))
    }

    /// By its agents and hooks, if it has some.
    async fn agents(&self, host: &HostName, agents: &[Service], deadline: Duration) -> Option<Result<Vec<Finding>, DriverError>> {
        if !self.agents.serves(host) {
            return None;
        }
        Some(self.agents.survey(host, agents, deadline).await.map(|survey| judge::agents(host, &survey)))
    }
}

/// Why a host could not be surveyed.
fn silent(host: &HostName, error: &DriverError) -> Finding {
    let (kind, remedy) = match error {
        DriverError::Ssh { reason, .. } if reason.is_host_key() => {
            (Kind::HostKey, "compare the fingerprint on the host's own console, then record the key in known_hosts".to_owned())
        }
        DriverError::Ssh { reason, .. } if is_auth(reason) => {
            (Kind::LoginRefused, format!("put the monitor's public key into authorized_keys of the login on {host}"))
        }
        DriverError::MissingTool { tool, .. } => (Kind::MissingTool, format!("install the package that brings {tool} on {host}")),
        DriverError::NoHostService { .. } => (
            Kind::HostService,
            format!(
                "start it with `systemctl start switchtower-host` on {host}; let the monitor's login open its socket (`group` in host.toml), and sshd open tunnels to it (AllowStreamLocalForwarding)"
            ),
        ),
        DriverError::OtherProtocol { .. } => {
            (Kind::HostService, format!("install the version of this monitor on {host}, and restart its host service"))
        }
        DriverError::OtherCluster { .. } => {
            (Kind::HostService, format!("correct `cluster` in host.toml on {host}, or the address of {host} here"))
        }
        DriverError::ServiceAnswer { .. } | DriverError::ServiceRefused { .. } => {
            (Kind::HostService, format!("look at the log of the host service: `journalctl -u switchtower-host` on {host}"))
        }
        _ => (Kind::Unreachable, format!("see that {host} is up, and that `ssh {host} true` works from the monitor's host as its user")),
    };
    Finding { host: host.clone(), unit: None, kind, why: error.to_string(), remedy }
}

/// Why a host service could not be surveyed. Where the host itself `answers`, silence is that of its service.
fn unserved(host: &HostName, error: &DriverError, answers: bool) -> Finding {
    let found = silent(host, error);
    if found.kind != Kind::Unreachable || !answers {
        return found;
    }
    let remedy = format!("look whether it hangs: `systemctl status switchtower-host` and `journalctl -u switchtower-host` on {host}");
    Finding { kind: Kind::HostService, remedy, ..found }
}

fn is_auth(error: &SshError) -> bool {
    match error {
        SshError::Auth { .. } => true,
        SshError::Jump { reason, .. } => is_auth(reason),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_with_a_host_service_is_told_from_trouble_with_its_host() {
        let host = HostName::new("a1").unwrap();
        let after = Duration::from_secs(1);
        let late = || DriverError::Deadline { host: host.clone(), stage: "greeting it", after };
        let gone = || DriverError::NoHostService { host: host.clone(), socket: "/s".into(), reason: "connect failed".into() };
        let version = || DriverError::OtherProtocol { host: host.clone(), reason: "it speaks 2".into() };
        let table = [
            (late(), true, Kind::HostService, "journalctl -u switchtower-host"),
            (late(), false, Kind::Unreachable, "ssh a1 true"),
            (gone(), true, Kind::HostService, "systemctl start switchtower-host"),
            (gone(), false, Kind::HostService, "AllowStreamLocalForwarding"),
            (version(), true, Kind::HostService, "version of this monitor"),
        ];
        for (error, answers, kind, part) in table {
            let found = unserved(&host, &error, answers);
            assert!(found.kind == kind && found.remedy.contains(part), "{found:?}");
        }
    }
}
