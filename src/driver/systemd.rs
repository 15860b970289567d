//! [`SystemdHosts`]: the hosts of a cluster whose services are systemd units, reached over SSH.
//!
//! It keeps at most two sessions a host, opens them when first wanted, and forgets one that has ended. No task of its own
//! beyond those of the sessions.

use super::boots::Boots;
use super::doubts::Doubts;
use super::error::DriverError;
use super::guard;
use super::push::{Pushes, Units};
use super::session::{Guarded, Reached, Watch, from_bus};
use super::{Act, Held, Hosts, Outcome, Ready};
use crate::core::fact::Fact;
use crate::core::model::{ClusterName, HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::record::Term;
use crate::ssh::{Knock, Pool, Target};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What holds for all hosts.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long before the end of an act's time the host is asked for a last word, so that a hung host and a slow unit
    /// can be told apart; a third of the time where that is less.
    pub last_word: Duration,
    /// How often the state is asked for while a job is waited for, beside its own signal.
    pub ask_every: Duration,
    /// After a host was found without the bridge, how long it is asked by `systemctl show` before the bridge is tried again.
    pub bridge_retry: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { last_word: Duration::from_secs(2), ask_every: Duration::from_secs(2), bridge_retry: Duration::from_secs(60) }
    }
}

/// The hosts of a cluster.
pub struct SystemdHosts {
    pub(super) pool: Arc<Pool>,
    pub(super) cluster: ClusterName,
    pub(super) options: Options,
    /// Tells this life of a monitor from every other: two that were made from one copy may come to the same term.
    identity: String,
    hosts: BTreeMap<HostName, Side>,
    sessions: AtomicU64,
}

/// What is kept of one host.
pub(super) struct Side {
    pub name: HostName,
    pub target: Target,
    guarded: tokio::sync::Mutex<Option<Arc<Guarded>>>,
    watch: tokio::sync::Mutex<Option<Arc<Watch>>>,
    /// Services for which something was sent whose end is not known, with the number of the session that it went through.
    pub doubts: Doubts<Service>,
    /// Acts under way.
    pub acts: AtomicUsize,
    boots: Mutex<Boots>,
    /// The last deed by hand there that whoever takes the host has on stable storage.
    deed: Mutex<Option<Term>>,
    /// Until when the bridge is not tried.
    pub no_bridge: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for SystemdHosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemdHosts").field("cluster", &self.cluster).field("hosts", &self.hosts.keys()).finish()
    }
}

impl SystemdHosts {
    /// The hosts of `cluster` and how each is reached. Nothing is connected yet. It takes hosts under an identity of its
    /// own: a process makes one of these for acts, and keeps it.
    #[must_use]
    pub fn new(pool: Arc<Pool>, targets: BTreeMap<HostName, Target>, cluster: ClusterName, options: Options) -> Self {
        let side = |(name, target): (HostName, Target)| (name.clone(), Side::new(name, target));
        let identity = format!("{:016x}", rand::random::<u64>());
        Self { pool, cluster, options, identity, hosts: targets.into_iter().map(side).collect(), sessions: AtomicU64::new(1) }
    }

    pub(super) fn side(&self, host: &HostName) -> Result<&Side, DriverError> {
        self.hosts.get(host).ok_or_else(|| DriverError::UnknownHost { host: host.clone() })
    }

    pub(super) fn reached<'a>(&'a self, side: &'a Side, deadline: Instant) -> Reached<'a> {
        Reached { host: &side.name, pool: &self.pool, target: &side.target, deadline }
    }

    /// The session for acts under `term`: the kept one if it lives and is newer than `newer_than`, or a new one.
    pub(super) async fn guarded(
        &self,
        side: &Side,
        term: Term,
        newer_than: Option<u64>,
        deadline: Instant,
    ) -> Result<Arc<Guarded>, DriverError> {
        let reached = self.reached(side, deadline);
        let began = Instant::now();
        let mut kept = timeout_at(deadline, side.guarded.lock()).await.map_err(|_| reached.late("waiting for another take", began))?;
        if let Some(guarded) = kept.as_ref().filter(|g| g.bus.is_open()) {
            if guarded.term > term {
                let record = guard::place(&self.cluster);
                return Err(DriverError::OlderTerm { host: side.name.clone(), asked: term, kept: guarded.term, record });
            }
            if guarded.term == term && newer_than.is_none_or(|number| guarded.number > number) {
                return Ok(guarded.clone());
            }
        }
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let opened = reached.guarded(&self.cluster, &self.identity, (term, side.deed()), number).await;
        self.after(side, &opened).await;
        let opened = match opened {
            Ok(opened) => Arc::new(opened),
            Err(DriverError::Unheard { .. }) => return Err(self.deeds(side, term, deadline).await),
            Err(error) => return Err(error),
        };
        if let Some(old) = kept.replace(opened.clone()) {
            old.bus.close("the host was taken again");
        }
        Ok(opened)
    }

    /// The same, and it has just answered: a kept session may be dead without anybody having noticed.
    async fn alive(&self, side: &Side, term: Term, deadline: Instant) -> Result<Arc<Guarded>, DriverError> {
        let guarded = self.guarded(side, term, None, deadline).await?;
        let half = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
        match guarded.bus.ping(half).await {
            Ok(()) => Ok(guarded),
            Err(_) if Instant::now() < deadline => self.guarded(side, term, Some(guarded.number), deadline).await,
            Err(error) => Err(from_bus(&side.name, "taking it", error)),
        }
    }

    /// The session for watching: the kept one if it lives, or a new one.
    pub(super) async fn watch(&self, side: &Side, deadline: Instant) -> Result<Arc<Watch>, DriverError> {
        let reached = self.reached(side, deadline);
        let began = Instant::now();
        let mut kept = timeout_at(deadline, side.watch.lock()).await.map_err(|_| reached.late("waiting for another look", began))?;
        if let Some(watch) = kept.as_ref().filter(|w| w.bus.is_open()) {
            return Ok(watch.clone());
        }
        let opened = reached.watch().await;
        self.after(side, &opened).await;
        let opened = Arc::new(opened?);
        side.believe(&opened.boot_id, "opening the way to its systemd")?;
        *kept = Some(opened.clone());
        Ok(opened)
    }

    /// Silence since `began`, told apart from a host that gives no answer and yet was heard.
    fn with_signs(&self, side: &Side, began: Instant, error: DriverError) -> DriverError {
        error.but_heard(self.pool.heard_since(&side.target, began) || self.pool.knocked_since(&side.target, began))
    }

    /// A host that does not even open a session in time may be behind a connection that is dead: the next one is made
    /// anew. Not while an act is under way on it, which has a deadline of its own.
    pub(super) async fn after<T>(&self, side: &Side, outcome: &Result<T, DriverError>) {
        if outcome.as_ref().is_err_and(DriverError::is_late) && side.acts.load(Ordering::Relaxed) == 0 {
            self.pool.drop_connection(&side.target).await;
        }
    }
}

impl Side {
    fn new(name: HostName, target: Target) -> Self {
        Self {
            name,
            target,
            guarded: tokio::sync::Mutex::default(),
            watch: tokio::sync::Mutex::default(),
            doubts: Doubts::default(),
            acts: AtomicUsize::new(0),
            boots: Mutex::default(),
            deed: Mutex::default(),
            no_bridge: Mutex::default(),
        }
    }

    fn deed(&self) -> Option<Term> {
        *self.deed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever took it was refused, and told why: that it is not held any more is known now.
    async fn refused(&self, error: &DriverError) {
        if error.host_answered() {
            self.guarded.lock().await.take_if(|old| !old.bus.is_open());
        }
    }

    /// The session for acts under which it was taken has ended, and nobody has taken it since.
    fn has_lost_its_guard(&self) -> bool {
        // Whoever has the lock is about to take it.
        self.guarded.try_lock().is_ok_and(|kept| kept.as_ref().is_some_and(|kept| !kept.bus.is_open()))
    }

    /// An answer came from this boot, if it can be true.
    pub(super) fn believe(&self, boot_id: &str, stage: &'static str) -> Result<(), DriverError> {
        let taken = self.boots.lock().unwrap_or_else(PoisonError::into_inner).take(boot_id);
        taken.map_err(|reason| DriverError::BadAnswer { host: self.name.clone(), stage, reason })
    }
}

#[async_trait]
impl Hosts for SystemdHosts {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        let (side, deadline) = (self.side(host)?, Instant::now() + deadline);
        let guarded = match self.alive(side, term, deadline).await {
            Ok(guarded) => guarded,
            Err(error) => {
                side.refused(&error).await;
                return Err(error);
            }
        };
        Ok(Held { term, boot_id: guarded.boot_id.clone() })
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        self.asked(&permit, act.clone()).await.carry_out(&permit).await
    }

    async fn ready<'a>(&'a self, permit: &Permit, act: Act) -> Box<dyn Ready + 'a> {
        Box::new(self.asked(permit, act).await)
    }

    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        self.find_out(permit, instance, Instant::now() + deadline).await
    }

    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        self.look_at(side, services, began + deadline).await.map_err(|error| self.with_signs(side, began, error))
    }

    fn heard(&self, host: &HostName, deed: Option<Term>) {
        if let Some(side) = self.hosts.get(host) {
            *side.deed.lock().unwrap_or_else(PoisonError::into_inner) = deed;
        }
    }

    fn untaken(&self, host: &HostName) -> bool {
        self.hosts.get(host).is_some_and(Side::has_lost_its_guard)
    }

    async fn knock(&self, host: &HostName, patience: Duration) -> Knock {
        match self.side(host) {
            Ok(side) => self.pool.knock(&side.target, patience).await,
            Err(error) => Knock::NotTried { why: error.to_string() },
        }
    }

    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        let deadline = began + deadline;
        if side.bridge_is_missing() {
            return Err(DriverError::MissingTool { host: host.clone(), tool: "systemd-stdio-bridge".to_owned() });
        }
        let opened = match self.watch(side, deadline).await {
            Ok(watch) => Units::open(host.clone(), watch, services, deadline).await.map(Pushes::new),
            Err(error) => Err(error),
        };
        opened.map_err(|error| {
            if error.host_answered() {
                side.bridge_failed(&error, self.options.bridge_retry);
            }
            self.with_signs(side, began, error)
        })
    }
}
