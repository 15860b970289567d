//! [`Router`]: the [`Hosts`] of a cluster for whoever acts: units go to the hosts' systemd, power to the fence devices.

use super::{Act, DriverError, FenceDevices, Held, Hosts, Outcome, Pushes};
use crate::core::fact::Fact;
use crate::core::model::{HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::Term;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Sends each act the way that its kind of service asks for.
pub struct Router {
    /// For services on hosts.
    pub hosts: Arc<dyn Hosts>,
    /// For the hosts' power.
    pub fences: Arc<FenceDevices>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").field("fences", &self.fences).finish_non_exhaustive()
    }
}

#[async_trait]
impl Hosts for Router {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        self.hosts.take(host, term, deadline).await
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        let host = &act.instance.host;
        match (&act.instance.service, act.action) {
            (Service::Power, Action::Stop) => self.fences.off(permit, host, act.timeout).await,
            (Service::Power, Action::Start) => {
                Outcome::NotSent { detail: format!("{host}: a host is switched on by people; nothing was sent") }
            }
            (Service::Systemd(_) | Service::Process(_), _) => self.hosts.act(permit, act).await,
        }
    }

    /// Power needs no guard: a fence device's answer is about the host as it is, and no call outlives its act.
    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        match instance.service {
            Service::Power => self.fences.status(&instance.host, deadline).await,
            Service::Systemd(_) | Service::Process(_) => self.hosts.settle(permit, instance, deadline).await,
        }
    }

    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        self.hosts.look(host, services, deadline).await
    }

    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError> {
        self.hosts.pushed(host, services, deadline).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fact::State;
    use crate::core::model::{ClusterName, Device, Fence, UnitName};
    use crate::driver::{Options, SystemdHosts};
    use crate::ssh::{self, Pool};
    use std::collections::BTreeMap;

    const SOON: Duration = Duration::from_secs(20);

    /// The only device is one of `b1` that always says on; no host can be reached.
    fn router() -> Router {
        let device = Device::Command { argv: vec!["/bin/true".into()] };
        let fences = FenceDevices::new([(HostName::new("b1").unwrap(), Fence { device, timeout_ms: 5_000 })].into());
        let pool = Arc::new(Pool::new(ssh::Options::default()));
        let hosts = SystemdHosts::new(pool, BTreeMap::new(), ClusterName::new("shop").unwrap(), Options::default());
        Router { hosts: Arc::new(hosts), fences: Arc::new(fences) }
    }

    fn instance(service: Service) -> Instance {
        Instance { host: HostName::new("b1").unwrap(), service }
    }

    fn permit() -> Permit {
        Permit::grant(Term(1), "a test".to_owned())
    }

    async fn act(service: Service, action: Action) -> Outcome {
        let act = Act { instance: instance(service), action, timeout: Duration::from_millis(500) };
        router().act(permit(), &act).await
    }

    #[tokio::test]
    async fn power_goes_to_the_fence_device_and_units_to_the_host() {
        let unit = Service::Systemd(UnitName::new("app.service").unwrap());
        let off = act(Service::Power, Action::Stop).await;
        assert!(matches!(off, Outcome::Failed { .. }) && off.detail().contains("fence device"), "{off:?}");
        let stop = act(unit.clone(), Action::Stop).await;
        assert!(matches!(stop, Outcome::NotSent { .. }) && stop.detail().contains("no such host is configured"), "{stop:?}");
        let power = router().settle(&permit(), &instance(Service::Power), SOON).await.unwrap();
        assert_eq!(power.state, State::Active);
        assert!(matches!(router().settle(&permit(), &instance(unit), SOON).await, Err(DriverError::UnknownHost { .. })));
    }

    #[tokio::test]
    async fn no_host_is_switched_on() {
        let on = act(Service::Power, Action::Start).await;
        assert!(matches!(on, Outcome::NotSent { .. }) && on.detail().contains("switched on by people"), "{on:?}");
    }
}
