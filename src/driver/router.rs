//! [`Router`]: the [`Hosts`] of a cluster for whoever acts and looks: units go to the hosts' systemd, processes to their host
//! services, power to the fence devices. A host that has two kinds is one host all the same: taken, looked at and listened to
//! by both ways.

use super::push::Tells;
use super::{Act, DriverError, FenceDevices, Held, Hosts, Outcome, Push, Pushes};
use crate::core::fact::{Fact, MissKind, Source, State};
use crate::core::model::{HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::Term;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// When one of two ways could not be listened to, it is tried again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// What a host has, as far as the ways to it go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carries {
    /// Units of systemd are to be managed on it.
    pub units: bool,
    /// A host service runs on it.
    pub service: bool,
}

/// Sends each question and act the way that its kind of service asks for.
pub struct Router {
    systemd: Arc<dyn Hosts>,
    processes: Arc<dyn Hosts>,
    carries: BTreeMap<HostName, Carries>,
    fences: Arc<FenceDevices>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").field("carries", &self.carries).field("fences", &self.fences).finish_non_exhaustive()
    }
}

/// The ways that a question about a host takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Systemd,
    Service,
    Both,
}

impl Router {
    /// `carries` says what each host has. One that is not in it has units of systemd, if anything.
    #[must_use]
    pub fn new(
        systemd: Arc<dyn Hosts>,
        processes: Arc<dyn Hosts>,
        carries: BTreeMap<HostName, Carries>,
        fences: Arc<FenceDevices>,
    ) -> Self {
        Self { systemd, processes, carries, fences }
    }

    /// By what `host` has; a host that carries nothing is reached by its host service if it has one.
    fn way(&self, host: &HostName) -> Way {
        match self.carries.get(host).copied().unwrap_or_default() {
            Carries { units: true, service: true } => Way::Both,
            Carries { units: false, service: true } => Way::Service,
            Carries { service: false, .. } => Way::Systemd,
        }
    }

    /// The ways for `services` of `host`, and what of them each is asked for. A way that the host does not have is taken if
    /// a service of its kind is asked for: whoever is there says what is wrong.
    fn parted(&self, host: &HostName, services: &[Service]) -> (Way, Vec<Service>, Vec<Service>) {
        let (processes, units): (Vec<Service>, Vec<Service>) = services.iter().cloned().partition(is_process);
        let way = match self.way(host) {
            Way::Systemd if !processes.is_empty() => {
                if units.is_empty() {
                    Way::Service
                } else {
                    Way::Both
                }
            }
            Way::Service if !units.is_empty() => Way::Both,
            way => way,
        };
        (way, units, processes)
    }
}

fn is_process(service: &Service) -> bool {
    matches!(service, Service::Process(_))
}

#[async_trait]
impl Hosts for Router {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        match self.way(host) {
            Way::Systemd => self.systemd.take(host, term, deadline).await,
            Way::Service => self.processes.take(host, term, deadline).await,
            Way::Both => {
                let (units, service) = tokio::join!(self.systemd.take(host, term, deadline), self.processes.take(host, term, deadline));
                let (units, service) = (units?, service?);
                if units.boot_id != service.boot_id {
                    return Err(DriverError::OtherBoot { host: host.clone(), expected: units.boot_id, found: service.boot_id });
                }
                Ok(units)
            }
        }
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        let host = &act.instance.host;
        match (&act.instance.service, act.action) {
            (Service::Power, Action::Stop) => self.fences.off(permit, host, act.timeout).await,
            (Service::Power, Action::Start) => {
                Outcome::NotSent { detail: format!("{host}: a host is switched on by people; nothing was sent") }
            }
            (Service::Systemd(_), _) => self.systemd.act(permit, act).await,
            (Service::Process(_), _) => self.processes.act(permit, act).await,
        }
    }

    /// Power needs no guard: a fence device's answer is about the host as it is, and no call outlives its act.
    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        match instance.service {
            Service::Power => self.fences.status(&instance.host, deadline).await,
            Service::Systemd(_) => self.systemd.settle(permit, instance, deadline).await,
            Service::Process(_) => self.processes.settle(permit, instance, deadline).await,
        }
    }

    /// By both ways at once where the host has two. If one of them answers, the host has answered: what the other was asked
    /// for is not known, and why not is said with it. A host service that is down must not hide what the units do.
    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        let (way, units, processes) = self.parted(host, services);
        match way {
            Way::Systemd => self.systemd.look(host, services, deadline).await,
            Way::Service => self.processes.look(host, services, deadline).await,
            Way::Both => {
                let (told, said) = tokio::join!(self.systemd.look(host, &units, deadline), self.processes.look(host, &processes, deadline));
                let (told, said) = match (told, said) {
                    (Ok(told), Ok(said)) => (told, said),
                    (Ok(told), Err(error)) => {
                        let said = not_known(&processes, error, Source::Supervisor, &told)?;
                        (told, said)
                    }
                    (Err(error), Ok(said)) => (not_known(&units, error, Source::Asked, &said)?, said),
                    (Err(units), Err(service)) => return Err(worse(units, service)),
                };
                let (mut told, mut said) = (told.into_iter(), said.into_iter());
                Ok(services.iter().filter_map(|service| if is_process(service) { said.next() } else { told.next() }).collect())
            }
        }
    }

    /// By both ways at once where the host has two. If only one of them tells, it is listened to for a while, and then both
    /// are tried again. The host service gets half of the time, so that one that hangs leaves some for the look.
    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError> {
        let (way, units, processes) = self.parted(host, services);
        match way {
            Way::Systemd => self.systemd.pushed(host, services, deadline).await,
            Way::Service => self.processes.pushed(host, services, deadline).await,
            Way::Both => {
                let (told, said) =
                    tokio::join!(self.systemd.pushed(host, &units, deadline), self.processes.pushed(host, &processes, deadline / 2));
                match (told, said) {
                    (Ok(told), Ok(said)) => Ok(told.and(said)),
                    (Ok(one), Err(error)) | (Err(error), Ok(one)) => {
                        let again = Again { host: host.clone(), at: Instant::now() + AGAIN, why: error.to_string() };
                        Ok(one.and(Pushes::new(again)))
                    }
                    (Err(units), Err(service)) => Err(worse(units, service)),
                }
            }
        }
    }
}

/// What is said of `services` that their host could not be asked about, while it told `told` of others. Where it told of
/// none, its boot is not known, and it is only known to live.
fn not_known(
    services: &[Service],
    error: DriverError,
    source: Source,
    told: &[(Service, Fact)],
) -> Result<Vec<(Service, Fact)>, DriverError> {
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let Some((_, Fact { boot_id, .. })) = told.first() else {
        return Err(if error.is_silence() {
            DriverError::HeardMeanwhile { host: error.host().clone(), reason: Box::new(error) }
        } else {
            error
        });
    };
    let fact = Fact {
        state: State::Unknown,
        invocation: None,
        detail: error.to_string(),
        enablement: String::new(),
        source,
        boot_id: boot_id.clone(),
        self_stop_ms: None,
    };
    Ok(services.iter().map(|service| (service.clone(), fact.clone())).collect())
}

/// Which of two failures says more: one that shows a host alive.
fn worse(units: DriverError, service: DriverError) -> DriverError {
    if units.miss().kind == MissKind::Silent && service.miss().kind == MissKind::Broken { service } else { units }
}

/// Ends after a while, and tells nothing.
struct Again {
    host: HostName,
    at: Instant,
    why: String,
}

#[async_trait]
impl Tells for Again {
    async fn next(&mut self) -> Push {
        sleep_until(self.at).await;
        Push::Ended { host: self.host.clone(), why: self.why.clone() }
    }
}

#[cfg(test)]
mod tests;
