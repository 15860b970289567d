//! [`Router`]: the [`Hosts`] of a cluster for whoever acts and looks: units go to the hosts' systemd, processes to their host
//! services, agents to the shells that call them, power to the fence devices. A host that has several kinds is one host all
//! the same: taken, looked at and listened to by all its ways.

use super::push::Tells;
use super::{Act, DriverError, FenceDevices, Held, Hosts, Outcome, Push, Pushes, Ready, Unasked};
use crate::core::fact::{Fact, MissKind, Source, State};
use crate::core::model::{HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::ssh::Knock;
use async_trait::async_trait;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// When one of several ways could not be listened to, it is tried again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// What a host has, as far as the ways to it go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carries {
    /// Units of systemd are to be managed on it.
    pub units: bool,
    /// A host service runs on it.
    pub service: bool,
    /// Agents are to be called on it.
    pub agents: bool,
    /// Hooks are to be run on it: it is taken for them, and not looked at.
    pub hooks: bool,
}

/// The drivers that hosts are reached by.
pub struct Drivers {
    /// For units of systemd.
    pub systemd: Arc<dyn Hosts>,
    /// For processes of host services.
    pub processes: Arc<dyn Hosts>,
    /// For agents.
    pub agents: Arc<dyn Hosts>,
}

/// Sends each question and act the way that its kind of service asks for.
pub struct Router {
    drivers: Drivers,
    carries: BTreeMap<HostName, Carries>,
    fences: Arc<FenceDevices>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").field("carries", &self.carries).field("fences", &self.fences).finish_non_exhaustive()
    }
}

/// A way to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Systemd,
    Service,
    Agents,
}

impl Way {
    const ALL: [Self; 3] = [Self::Systemd, Self::Service, Self::Agents];

    /// The one that `service` is reached by.
    fn of(service: &Service) -> Self {
        match service {
            Service::Systemd(_) | Service::Power => Self::Systemd,
            Service::Process(_) => Self::Service,
            Service::Agent(_) | Service::Hook(_) => Self::Agents,
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Systemd => Source::Asked,
            Self::Service => Source::Supervisor,
            Self::Agents => Source::Agent,
        }
    }
}

impl Router {
    /// `carries` says what each host has. One that is not in it has units of systemd, if anything.
    #[must_use]
    pub fn new(drivers: Drivers, carries: BTreeMap<HostName, Carries>, fences: Arc<FenceDevices>) -> Self {
        Self { drivers, carries, fences }
    }

    fn driver(&self, way: Way) -> &dyn Hosts {
        match way {
            Way::Systemd => &*self.drivers.systemd,
            Way::Service => &*self.drivers.processes,
            Way::Agents => &*self.drivers.agents,
        }
    }

    /// By what `host` has; a host that carries nothing is reached by its host service if it has one, or else by its systemd.
    fn ways(&self, host: &HostName) -> Vec<Way> {
        let Carries { units, service, agents, .. } = self.carries.get(host).copied().unwrap_or_default();
        let bare = !units && !service && !agents;
        let has = |way: &Way| match way {
            Way::Systemd => units || bare,
            Way::Service => service,
            Way::Agents => agents,
        };
        Way::ALL.into_iter().filter(has).collect()
    }

    /// The ways by which `host` is taken: also by the guard that hooks run under, and by that alone where it carries nothing else.
    fn taken_by(&self, host: &HostName) -> Vec<Way> {
        let carries = self.carries.get(host).copied().unwrap_or_default();
        match carries {
            Carries { hooks: false, .. } | Carries { agents: true, .. } => self.ways(host),
            Carries { units: false, service: false, .. } => vec![Way::Agents],
            _ => self.ways(host).into_iter().chain([Way::Agents]).collect(),
        }
    }

    /// The ways for `services` of `host`, and what of them each is asked for. A way that the host does not have is taken if
    /// a service of its kind is asked for: whoever is there says what is wrong.
    fn parted(&self, host: &HostName, services: &[Service]) -> Vec<(Way, Vec<Service>)> {
        let has = self.ways(host);
        let units_only = has == [Way::Systemd];
        let part = |way: Way| {
            let of_it: Vec<Service> = services.iter().filter(|service| Way::of(service) == way).cloned().collect();
            let wanted = !of_it.is_empty() || (has.contains(&way) && (services.is_empty() || !units_only));
            wanted.then_some((way, of_it))
        };
        Way::ALL.into_iter().filter_map(part).collect()
    }
}

#[async_trait]
impl Hosts for Router {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        let taken = join_all(self.taken_by(host).into_iter().map(|way| self.driver(way).take(host, term, deadline))).await;
        let (mut held, mut refused) = (Vec::new(), None::<DriverError>);
        for one in taken {
            match one {
                Ok(one) => held.push(one),
                Err(error) => {
                    refused = Some(match refused {
                        Some(before) => before.and(error),
                        None => error,
                    })
                }
            }
        }
        if let Some(error) = refused {
            return Err(error);
        }
        let mut taken = held.into_iter();
        let first = taken.next().ok_or_else(|| DriverError::UnknownHost { host: host.clone() })?;
        match taken.find(|other| other.boot_id != first.boot_id) {
            Some(other) => Err(DriverError::OtherBoot { host: host.clone(), expected: first.boot_id, found: other.boot_id }),
            None => Ok(first),
        }
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        let host = &act.instance.host;
        match (&act.instance.service, act.action) {
            (Service::Power, Action::Stop) => self.fences.off(permit, host, act.timeout).await,
            (Service::Power, Action::Start) => {
                Outcome::NotSent { detail: format!("{host}: a host is switched on by people; nothing was sent") }
            }
            (service, _) => self.driver(Way::of(service)).act(permit, act).await,
        }
    }

    async fn ready<'a>(&'a self, permit: &Permit, act: Act) -> Box<dyn Ready + 'a> {
        match &act.instance.service {
            Service::Power => Box::new(Unasked { hosts: self, act }),
            service => self.driver(Way::of(service)).ready(permit, act).await,
        }
    }

    /// Power needs no guard: a fence device's answer is about the host as it is, and no call outlives its act.
    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        match &instance.service {
            Service::Power => self.fences.status(&instance.host, deadline).await,
            service => self.driver(Way::of(service)).settle(permit, instance, deadline).await,
        }
    }

    /// By all ways at once where the host has several. If one of them answers, the host has answered: what another was asked
    /// for is not known, and why not is said with it. A host service that is down must not hide what the units do.
    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        let parts = self.parted(host, services);
        if let [(way, _)] = parts.as_slice() {
            return self.driver(*way).look(host, services, deadline).await;
        }
        let told = join_all(parts.iter().map(|(way, services)| self.driver(*way).look(host, services, deadline))).await;
        if told.iter().all(Result::is_err) {
            let worst = told.into_iter().filter_map(Result::err).reduce(worse);
            return Err(worst.unwrap_or_else(|| DriverError::UnknownHost { host: host.clone() }));
        }
        let boot = told.iter().flatten().flatten().next().map(|(_, fact)| fact.boot_id.clone());
        let mut all = Vec::with_capacity(parts.len());
        for ((way, services), told) in parts.iter().zip(told) {
            let told = told.or_else(|error| not_known(services, error, way.source(), boot.as_deref()))?;
            all.push((*way, told.into_iter()));
        }
        let next = |service: &Service| all.iter_mut().find(|(way, _)| *way == Way::of(service)).and_then(|(_, told)| told.next());
        Ok(services.iter().filter_map(next).collect())
    }

    fn heard(&self, host: &HostName, deed: Option<Term>) {
        self.taken_by(host).into_iter().for_each(|way| self.driver(way).heard(host, deed));
    }

    fn untaken(&self, host: &HostName) -> bool {
        self.taken_by(host).into_iter().any(|way| self.driver(way).untaken(host))
    }

    /// All ways to a host lead to one kernel.
    async fn knock(&self, host: &HostName, patience: Duration) -> Knock {
        self.driver(Way::Systemd).knock(host, patience).await
    }

    /// By all ways at once where the host has several. If only some of them tell, they are listened to for a while, and then
    /// all are tried again. The host service gets half of the time, so that one that hangs leaves some for the look. Agents
    /// tell nothing, and are in nobody's way.
    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError> {
        let mut parts = self.parted(host, services);
        if parts.len() > 1 {
            parts.retain(|(way, _)| *way != Way::Agents);
        }
        if let [(way, services)] = parts.as_slice() {
            return self.driver(*way).pushed(host, services, deadline).await;
        }
        let time = |way: Way| if way == Way::Service { deadline / 2 } else { deadline };
        let told = join_all(parts.iter().map(|(way, services)| self.driver(*way).pushed(host, services, time(*way)))).await;
        let (mut tells, mut errors) = (None::<Pushes>, Vec::new());
        for told in told {
            match told {
                Ok(one) => {
                    tells = Some(match tells {
                        Some(all) => all.and(one),
                        None => one,
                    })
                }
                Err(error) => errors.push(error),
            }
        }
        match (tells, errors.into_iter().reduce(worse)) {
            (Some(tells), None) => Ok(tells),
            (Some(tells), Some(error)) => {
                let again = Again { host: host.clone(), at: Instant::now() + AGAIN, why: error.to_string() };
                Ok(tells.and(Pushes::new(again)))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(DriverError::UnknownHost { host: host.clone() }),
        }
    }
}

/// What is said of `services` that their host could not be asked about, while it told of others in the boot `boot`. Where it
/// told of none, its boot is not known, and it is only known to live.
fn not_known(services: &[Service], error: DriverError, source: Source, boot: Option<&str>) -> Result<Vec<(Service, Fact)>, DriverError> {
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let Some(boot_id) = boot else {
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
        boot_id: boot_id.to_owned(),
        self_stop_ms: None,
    };
    Ok(services.iter().map(|service| (service.clone(), fact.clone())).collect())
}

/// Which of two failures says more: one that shows a host alive.
fn worse(one: DriverError, other: DriverError) -> DriverError {
    if one.miss().kind == MissKind::Silent && other.miss().kind == MissKind::Broken { other } else { one }
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
