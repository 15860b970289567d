//! Live checks of a configuration: every host is surveyed at once, and what is in the way is told with its remedy.
//! Called by `config check` only. It changes nothing on any host.

mod judge;

use crate::core::model::{HostName, Service};
use crate::driver::{DriverError, FenceDevices, SystemdHosts};
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
    /// It does not know the unit, or the unit is masked.
    UnknownUnit,
    /// The unit starts without anybody having decided it.
    StartsByItself,
    /// The login cannot become root, or the guard has no place.
    NoGuard,
    /// A program is missing.
    MissingTool,
    /// Its fence device does not say what the host's power is, or says off of a host that answers.
    Fence,
    /// Its clock differs from ours.
    ClockSkew,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub host: HostName,
    /// With which unit, where it is about one.
    pub unit: Option<String>,
    /// What kind of thing.
    pub kind: Kind,
    /// What is wrong, in a sentence.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// Checks all hosts and their fence devices, each within `deadline`; of a host that runs no services, such as a jump host,
/// only whether it lets us in. No device is asked for more than its status. Findings come by host, the gravest first.
pub async fn check(
    hosts: &SystemdHosts,
    fences: &FenceDevices,
    services: &BTreeMap<HostName, Vec<Service>>,
    deadline: Duration,
) -> Vec<Finding> {
    let mut each = Vec::with_capacity(services.len());
    for (host, services) in services {
        each.push(one(hosts, fences, host, services, deadline).boxed());
    }
    let mut findings: Vec<Finding> = futures_util::stream::iter(each).buffer_unordered(AT_A_TIME).concat().await;
    findings.sort_by(|a, b| (&a.host, a.kind, &a.unit).cmp(&(&b.host, b.kind, &b.unit)));
    findings
}

async fn one(hosts: &SystemdHosts, fences: &FenceDevices, host: &HostName, services: &[Service], deadline: Duration) -> Vec<Finding> {
    let look = async {
        if services.is_empty() {
            hosts.reach(host, deadline).await.map(|()| Vec::new())
        } else {
            hosts.survey(host, services, deadline).await.map(|survey| judge::findings(host, &survey))
        }
    };
    let (found, power) = tokio::join!(look, fences.status(host, deadline));
    let fence = judge::fence(host, found.is_ok(), power);
    let mut findings = found.unwrap_or_else(|error| vec![silent(host, &error)]);
    findings.extend(fence);
    findings
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
        _ => (Kind::Unreachable, format!("see that {host} is up, and that `ssh {host} true` works from the monitor's host as its user")),
    };
    Finding { host: host.clone(), unit: None, kind, why: error.to_string(), remedy }
}

fn is_auth(error: &SshError) -> bool {
    match error {
        SshError::Auth { .. } => true,
        SshError::Jump { reason, .. } => is_auth(reason),
        _ => false,
    }
}
