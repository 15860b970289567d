//! [`ProcessHosts`]: the hosts of a cluster whose services are processes of a host service, asked over SSH.
//!
//! It keeps at most two connections to a host service, one for acts and one for watching, opens them when first wanted and
//! forgets one that has ended. No task of its own beyond those of the connections.
//!
//! What keeps an act from being done late or twice is the host service's part (see [`crate::wire::host`]): it checks term,
//! life, number and time of each. Here is seen to that numbers only grow, that times are never too long, and that nobody
//! takes silence for a result.

mod acts;
mod lease;
mod link;
mod looks;
mod opens;
mod survey;
mod tells;
#[cfg(test)]
mod tests;
mod why;

pub use survey::ServiceSurvey;

use super::boots::Boots;
use super::error::DriverError;
use super::push::Pushes;
use super::{Act, Held, Hosts, Outcome};
use crate::core::fact::Fact;
use crate::core::model::{ClusterName, HostName, Instance, Process, Service};
use crate::core::permit::Permit;
use crate::core::record::Term;
use crate::ssh::{Pool, Target};
use crate::wire::host::{HOST_PROTOCOL, HostAnswer, HostAsk, HostHello};
use async_trait::async_trait;
use lease::Lease;
use link::{Clocked, Link};
use opens::{Opens, OverSsh};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use why::About;

/// How a host with a host service is reached, and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Served {
    /// The way to the host.
    pub target: Target,
    /// The socket of the host service there.
    pub socket: PathBuf,
    /// It is to stop its active processes once it has heard no holder of the lease for so long.
    pub self_stop: Option<Duration>,
}

/// The hosts of a cluster that have a host service.
pub struct ProcessHosts {
    opens: Box<dyn Opens>,
    cluster: ClusterName,
    /// Tells this life of a monitor from every other: two that were made from one copy may come to the same term.
    identity: String,
    /// The number of the last act or settling; grows over all of them.
    numbers: AtomicU64,
    links: AtomicU64,
    hosts: BTreeMap<HostName, Side>,
}

/// What is kept of one host.
struct Side {
    name: HostName,
    socket: String,
    acts: Kept,
    watch: Kept,
    /// Acts and settlings under way.
    acting: AtomicUsize,
    /// The newest term that this life has taken it under, as far as is known.
    held: Mutex<Option<Term>>,
    /// The term of the last deed by hand there that was passed on, and the one of whoever was told first.
    deed: Mutex<Option<(Term, Term)>>,
    lease: Arc<Mutex<Lease>>,
    boots: Mutex<Boots>,
}

type Kept = tokio::sync::Mutex<Option<Greeted>>;

/// A connection that was greeted, with the clock that it was greeted with.
#[derive(Clone)]
struct Greeted {
    link: Arc<Link>,
    welcome: Clocked,
}

impl std::fmt::Debug for ProcessHosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProcessHosts").field("cluster", &self.cluster).field("hosts", &self.hosts.keys()).finish()
    }
}

impl ProcessHosts {
    /// The hosts of `cluster` that have a host service. Nothing is connected yet. It takes hosts under an identity of its
    /// own: a process makes one of these for acts, and keeps it.
    #[must_use]
    pub fn new(pool: Arc<Pool>, hosts: BTreeMap<HostName, Served>, cluster: ClusterName) -> Self {
        let (mut ways, mut sides) = (BTreeMap::new(), Vec::new());
        for (name, Served { target, socket, self_stop }) in hosts {
            let socket = socket.to_string_lossy().into_owned();
            ways.insert(name.clone(), (target, socket.clone()));
            sides.push(Side::new(name, socket, self_stop));
        }
        Self::over(Box::new(OverSsh { pool, ways }), sides, cluster)
    }

    fn over(opens: Box<dyn Opens>, sides: Vec<Side>, cluster: ClusterName) -> Self {
        let identity = format!("{:016x}", rand::random::<u64>());
        let hosts = sides.into_iter().map(|side| (side.name.clone(), side)).collect();
        Self { opens, cluster, identity, numbers: AtomicU64::new(0), links: AtomicU64::new(0), hosts }
    }

    /// Whether `host` is one of them.
    #[must_use]
    pub fn serves(&self, host: &HostName) -> bool {
        self.hosts.contains_key(host)
    }

    fn side(&self, host: &HostName) -> Result<&Side, DriverError> {
        self.hosts.get(host).ok_or_else(|| DriverError::UnknownHost { host: host.clone() })
    }

    fn about<'a>(&'a self, side: &'a Side, stage: &'static str) -> About<'a> {
        About { host: &side.name, socket: &side.socket, cluster: &self.cluster, stage, term: None, process: None }
    }

    /// The connection in `kept` if it lives and is another one than `not`; or a new one.
    async fn greeted(&self, side: &Side, kept: &Kept, not: Option<u64>, deadline: Instant) -> Result<Greeted, DriverError> {
        let began = Instant::now();
        let late = |_| DriverError::Deadline {
            host: side.name.clone(),
            stage: "waiting for another question to its host service",
            after: deadline.saturating_duration_since(began),
        };
        let mut kept = timeout_at(deadline, kept.lock()).await.map_err(late)?;
        if let Some(greeted) = kept.as_ref().filter(|g| g.link.is_open() && not != Some(g.link.number)) {
            return Ok(greeted.clone());
        }
        let began = Instant::now();
        let stream = self.opens.open(&side.name, deadline).await;
        self.after(side, began, stream.as_ref().err()).await;
        let link = Arc::new(Link::new(self.links.fetch_add(1, Ordering::Relaxed), stream?));
        let welcome = self.hello(side, &link, deadline).await?;
        let greeted = Greeted { link, welcome };
        *kept = Some(greeted.clone());
        Ok(greeted)
    }

    /// The first words on a connection: version and cluster.
    async fn hello(&self, side: &Side, link: &Link, deadline: Instant) -> Result<Clocked, DriverError> {
        let about = self.about(side, "greeting it");
        let client = format!("switchtower {}", env!("CARGO_PKG_VERSION"));
        let hello = HostHello { protocol: HOST_PROTOCOL, cluster: Some(self.cluster.clone()), client };
        let answer = link.ask(deadline, || HostAsk::Hello(hello)).await.map_err(|why| about.unanswered(why))?;
        let HostAnswer::Welcome { protocol, version, cluster, clock } = answer else {
            return Err(about.nonsense("it did not greet"));
        };
        let host = side.name.clone();
        if protocol != HOST_PROTOCOL {
            let version = super::words::tidy(&version);
            let reason = format!("it has version {version} and speaks protocol {protocol}, this monitor speaks {HOST_PROTOCOL}");
            return Err(DriverError::OtherProtocol { host, reason });
        }
        if cluster != self.cluster {
            return Err(DriverError::OtherCluster { host, cluster: self.cluster.clone(), reason: format!("it serves {cluster}") });
        }
        let welcome = Clocked::now(clock);
        side.believe(&welcome.clock.boot_id, about.stage)?;
        Ok(welcome)
    }

    /// A host that does not even open a tunnel in time, and was not heard meanwhile, may be behind a connection that is
    /// dead: the next one is made anew. Not while an act is under way on it, which has a deadline of its own.
    async fn after(&self, side: &Side, began: Instant, error: Option<&DriverError>) {
        // On one that was heard others may be at work: it is the host service that hangs.
        if error.is_some_and(DriverError::is_late) && side.acting.load(Ordering::Relaxed) == 0 && !self.opens.heard_since(&side.name, began)
        {
            self.opens.forget(&side.name).await;
        }
    }

    /// Silence since `began`, told apart from a host that gives no answer and yet was heard.
    fn with_signs(&self, side: &Side, began: Instant, error: DriverError) -> DriverError {
        error.but_heard(self.opens.heard_since(&side.name, began) || self.opens.knocked_since(&side.name, began))
    }
}

impl Side {
    fn new(name: HostName, socket: String, self_stop: Option<Duration>) -> Self {
        Self {
            name,
            socket,
            acts: Kept::default(),
            watch: Kept::default(),
            acting: AtomicUsize::new(0),
            held: Mutex::default(),
            deed: Mutex::default(),
            lease: Arc::new(Mutex::new(Lease::new(self_stop))),
            boots: Mutex::default(),
        }
    }

    /// An answer came from this boot, if it can be true.
    fn believe(&self, boot_id: &str, stage: &'static str) -> Result<(), DriverError> {
        let taken = self.boots.lock().unwrap_or_else(PoisonError::into_inner).take(boot_id);
        taken.map_err(|reason| DriverError::ServiceAnswer { host: self.name.clone(), stage, reason })
    }

    fn deed(&self) -> Option<(Term, Term)> {
        *self.deed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_deed(&self, term: Term, told: Term) {
        *self.deed.lock().unwrap_or_else(PoisonError::into_inner) = Some((term, told));
    }

    fn held(&self) -> Option<Term> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was taken under `term`.
    fn hold(&self, term: Term) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (*held).max(Some(term));
    }

    /// It says that it is not held under `term` by this life any more.
    fn lose(&self, term: Term) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if *held == Some(term) {
            *held = None;
            self.lease(Lease::forget);
        }
    }

    fn lease<T>(&self, with: impl FnOnce(&mut Lease) -> T) -> T {
        with(&mut self.lease.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The processes among `services`, of which all must be.
    fn processes(&self, services: &[Service]) -> Result<Vec<Process>, DriverError> {
        let process = |service: &Service| match service {
            Service::Process(process) => Ok(process.clone()),
            Service::Systemd(_) | Service::Agent(_) | Service::Hook(_) | Service::Power => {
                Err(DriverError::NotSupervised { host: self.name.clone() })
            }
        };
        services.iter().map(process).collect()
    }
}

#[async_trait]
impl Hosts for ProcessHosts {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        self.raise(self.side(host)?, term, Instant::now() + deadline).await
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        self.carry_out(&permit, act).await
    }

    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        self.find_out(permit, instance, Instant::now() + deadline).await
    }

    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        self.look_at(side, services, began + deadline).await.map_err(|error| self.with_signs(side, began, error))
    }

    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        let opened = self.follow(side, services, began + deadline).await;
        opened.map(Pushes::new).map_err(|error| self.with_signs(side, began, error))
    }
}
