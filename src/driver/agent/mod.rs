//! [`AgentHosts`]: the hosts of a cluster whose services are run by agents: OCF resource agents, or three commands each.
//!
//! Acts go through a guard of its own (`scripts/agent-guard.sh`), which keeps a term as the one of systemd does, and carries
//! out one request a line. A request is begun not after its time by the host's clock, runs in a session of its own, and is
//! ended at its deadline; whoever takes the host next ends it too. So what was sent earlier has either been done by the time
//! a host is taken, or never will be. After whatever was done the monitor is asked, and its word counts.
//!
//! Looks need no term. Agents push nothing. Options go through the channel, never onto a command line and never into a log.

mod acts;
mod hooks;
mod link;
mod looks;
mod meta;
mod request;
mod scripts;
mod survey;
mod verdict;
mod work;

pub use survey::{AgentProblem, AgentSurvey};

use super::boots::Boots;
use super::doubts::Doubts;
use super::error::DriverError;
use super::fence::secrets::Secrets;
use super::guard::{self, Demand};
use super::push::{Push, Pushes, Tells};
use super::session::{Reached, nonce};
use super::{Act, Held, Hosts, Outcome};
use crate::core::fact::Fact;
use crate::core::model::{Agent, AgentCall, AgentSpec, ClusterName, ComponentName, HookName, HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::record::Term;
use crate::ssh::{Pool, Target};
use async_trait::async_trait;
use link::{Link, Unanswered};
use looks::Board;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const TAKING: &str = "taking it for its agents";

/// How a host with agents is reached, and what they are.
#[derive(Debug, Clone)]
pub struct Agents {
    /// The way to the host.
    pub target: Target,
    /// Each agent, by the name that a host has once.
    pub agents: BTreeMap<ComponentName, AgentSpec>,
}

/// The hosts of a cluster that have agents.
pub struct AgentHosts {
    pool: Arc<Pool>,
    cluster: ClusterName,
    /// Tells this life of a monitor from every other: two that were made from one copy may come to the same term.
    identity: String,
    /// How often agents are looked at, as they are told.
    interval: Duration,
    hosts: BTreeMap<HostName, Side>,
    sessions: AtomicU64,
}

/// What is kept of one host.
struct Side {
    name: HostName,
    target: Target,
    agents: BTreeMap<ComponentName, AgentSpec>,
    guarded: tokio::sync::Mutex<Option<Arc<Guarded>>>,
    /// Agents for which something was sent whose end is not known, with the number of the session that it went through.
    doubts: Doubts<ComponentName>,
    /// The same of hooks.
    hooks_in_doubt: Doubts<HookName>,
    /// Why the last act on an agent ended without a proof: told again by whoever settles it.
    told: Mutex<BTreeMap<ComponentName, String>>,
    /// Acts under way.
    acts: AtomicUsize,
    boots: Mutex<Boots>,
    board: Arc<Board>,
}

/// A session for acts, under a term.
struct Guarded {
    term: Term,
    boot_id: String,
    /// Larger than that of every session before it in this process.
    number: u64,
    /// The host's uptime in hundredths of a second, and a moment at which it was not less.
    clock: (u64, Instant),
    link: Link,
}

impl Guarded {
    /// What the host's uptime is at `then` at most: by the host's own clock, it is past this when it is past `then` here.
    fn uptime_at(&self, then: Instant) -> u64 {
        let (uptime, at) = self.clock;
        let since = then.saturating_duration_since(at).as_millis() / 10;
        uptime.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }
}

/// Options that nobody is to see.
#[derive(Default)]
struct Hidden {
    options: BTreeMap<String, String>,
    secrets: Secrets,
}

impl std::fmt::Debug for AgentHosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentHosts").field("cluster", &self.cluster).field("hosts", &self.hosts.keys()).finish()
    }
}

impl AgentHosts {
    /// The hosts of `cluster` that have agents, which are told that they are looked at every `interval`. Nothing is connected
    /// yet. It takes hosts under an identity of its own: a process makes one of these for acts, and keeps it.
    #[must_use]
    pub fn new(pool: Arc<Pool>, hosts: BTreeMap<HostName, Agents>, cluster: ClusterName, interval: Duration) -> Self {
        let side = |(name, agents): (HostName, Agents)| (name.clone(), Side::new(name, agents));
        let identity = format!("{:016x}", rand::random::<u64>());
        let hosts = hosts.into_iter().map(side).collect();
        Self { pool, cluster, identity, interval, hosts, sessions: AtomicU64::new(1) }
    }

    fn side(&self, host: &HostName) -> Result<&Side, DriverError> {
        self.hosts.get(host).ok_or_else(|| DriverError::UnknownHost { host: host.clone() })
    }

    fn reached<'a>(&'a self, side: &'a Side, deadline: Instant) -> Reached<'a> {
        Reached { host: &side.name, pool: &self.pool, target: &side.target, deadline }
    }

    /// The session for acts under `term`: the kept one if it lives and is newer than `newer_than`, or a new one.
    async fn guarded(&self, side: &Side, term: Term, newer_than: Option<u64>, deadline: Instant) -> Result<Arc<Guarded>, DriverError> {
        let reached = self.reached(side, deadline);
        let began = Instant::now();
        let mut kept = timeout_at(deadline, side.guarded.lock()).await.map_err(|_| reached.late("waiting for another take", began))?;
        if let Some(guarded) = kept.as_ref().filter(|g| g.link.is_open()) {
            if guarded.term > term {
                let record = scripts::place(&self.cluster);
                return Err(DriverError::OlderTerm { host: side.name.clone(), asked: term, kept: guarded.term, record });
            }
            if guarded.term == term && newer_than.is_none_or(|number| guarded.number > number) {
                return Ok(guarded.clone());
            }
        }
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let opened = self.open(&reached, term, number).await;
        self.after(side, &opened).await;
        let opened = Arc::new(opened?);
        side.believe(&opened.boot_id, TAKING)?;
        // Whatever was under way there has been ended.
        side.board.forget_all();
        if let Some(old) = kept.replace(opened.clone()) {
            old.link.close("the host was taken again");
        }
        Ok(opened)
    }

    /// The same, and it has just answered: a kept session may be dead without anybody having noticed.
    async fn alive(&self, side: &Side, term: Term, newer_than: Option<u64>, deadline: Instant) -> Result<Arc<Guarded>, DriverError> {
        let guarded = self.guarded(side, term, newer_than, deadline).await?;
        let began = Instant::now();
        let half = began + deadline.saturating_duration_since(began) / 2;
        match guarded.link.ping(nonce(), half).await {
            Ok(()) => Ok(guarded),
            Err(_) if Instant::now() < deadline => self.guarded(side, term, Some(guarded.number), deadline).await,
            Err(why) => Err(side.unanswered(TAKING, began.elapsed(), why)),
        }
    }

    /// Takes the host under `term`.
    async fn open(&self, reached: &Reached<'_>, term: Term, number: u64) -> Result<Guarded, DriverError> {
        let (clock, _, heard) = reached.clock().await?;
        // Whenever the host read its clock, it was not after `heard`.
        let left = reached.deadline.saturating_duration_since(heard);
        let not_after = clock.uptime.saturating_add(u64::try_from(left.as_millis() / 10).unwrap_or(u64::MAX));
        let (nonce, lock_wait) = (nonce(), left.as_secs().clamp(1, 5));
        let demand = Demand {
            cluster: &self.cluster,
            term,
            boot_id: &clock.boot_id,
            not_after,
            lock_wait,
            nonce: &nonce,
            identity: &self.identity,
            deed: None,
        };
        let stream = reached.stream(&scripts::guard(&demand), TAKING).await?;
        let (stream, answer) = reached.greet(stream, "SWITCHTOWER-AGENTS", &nonce, TAKING).await?;
        let heard = Instant::now();
        let hello = answer.map_err(|refusal| guard::explain_at(reached.host, &demand, scripts::place(&self.cluster), refusal))?;
        Ok(Guarded { term, boot_id: hello.boot_id, number, clock: (hello.uptime, heard), link: Link::new(stream) })
    }

    /// Silence since `began`, told apart from a host that gives no answer and yet was heard.
    fn with_signs(&self, side: &Side, began: Instant, error: DriverError) -> DriverError {
        error.but_heard(self.pool.heard_since(&side.target, began) || self.pool.knocked_since(&side.target, began))
    }

    /// A host that does not even open a session in time may be behind a connection that is dead: the next one is made
    /// anew. Not while an act is under way on it, which has a deadline of its own.
    async fn after<T>(&self, side: &Side, outcome: &Result<T, DriverError>) {
        if outcome.as_ref().is_err_and(DriverError::is_late) && side.acts.load(Ordering::Relaxed) == 0 {
            self.pool.drop_connection(&side.target).await;
        }
    }
}

impl Side {
    fn new(name: HostName, Agents { target, agents }: Agents) -> Self {
        Self {
            name,
            target,
            agents,
            guarded: tokio::sync::Mutex::default(),
            doubts: Doubts::default(),
            hooks_in_doubt: Doubts::default(),
            told: Mutex::default(),
            acts: AtomicUsize::new(0),
            boots: Mutex::default(),
            board: Arc::default(),
        }
    }

    /// The agent that `service` is, and how it is called.
    fn agent<'a>(&'a self, service: &'a Service) -> Result<(&'a Agent, &'a AgentSpec), DriverError> {
        let none = || DriverError::NoAgent { host: self.name.clone() };
        let Service::Agent(agent) = service else { return Err(none()) };
        Ok((agent, self.agents.get(&agent.name).ok_or_else(none)?))
    }

    /// The options of `spec` that stand in a file of secrets, read anew.
    async fn hidden(&self, spec: &AgentSpec) -> Result<Hidden, DriverError> {
        let AgentCall::Ocf(agent) = &spec.call else { return Ok(Hidden::default()) };
        let Some(path) = agent.secrets.clone() else { return Ok(Hidden::default()) };
        let read = tokio::task::spawn_blocking(move || Secrets::read_options(&path)).await;
        let bad = |reason| DriverError::AgentSecrets { host: self.name.clone(), reason };
        let secrets = read.map_err(|_| bad("the task that reads an agent's file of secrets has died".to_owned()))?.map_err(bad)?;
        let options = secrets.lines.lines().filter_map(|line| line.split_once('='));
        let options: BTreeMap<String, String> = options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if let Some(name) = options.keys().find(|name| name.contains('-')) {
            return Err(bad(format!("an agent's file of secrets has an option {name:?}, and no OCF agent can be given one with a dash")));
        }
        Ok(Hidden { options, secrets })
    }

    /// An answer came from this boot, if it can be true.
    fn believe(&self, boot_id: &str, stage: &'static str) -> Result<(), DriverError> {
        let taken = self.boots.lock().unwrap_or_else(PoisonError::into_inner).take(boot_id);
        taken.map_err(|reason| DriverError::BadAnswer { host: self.name.clone(), stage, reason })
    }

    /// Keeps why the end of an act is not known, in place of what was kept of the act before it.
    fn keep_words(&self, name: &ComponentName, why: Option<&str>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => told.insert(name.clone(), why.to_owned()),
            None => told.remove(name),
        };
    }

    /// `fact` with what is kept of the act that it is to settle.
    fn with_words(&self, name: &ComponentName, fact: Fact) -> Fact {
        match self.told.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            Some(why) => Fact { detail: format!("{}; {why}", fact.detail), ..fact },
            None => fact,
        }
    }

    /// What came in place of an answer, as an error for people.
    fn unanswered(&self, stage: &'static str, after: Duration, why: Unanswered) -> DriverError {
        let host = self.name.clone();
        match why {
            Unanswered::Unsent(reason) | Unanswered::Lost(reason) => DriverError::GuardLost { host, reason },
            Unanswered::Late => DriverError::Deadline { host, stage, after },
        }
    }
}

/// Agents tell nothing by themselves.
struct Nothing;

#[async_trait]
impl Tells for Nothing {
    async fn next(&mut self) -> Push {
        std::future::pending().await
    }
}

#[async_trait]
impl Hosts for AgentHosts {
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError> {
        let guarded = self.alive(self.side(host)?, term, None, Instant::now() + deadline).await?;
        Ok(Held { term, boot_id: guarded.boot_id.clone() })
    }

    async fn act(&self, permit: Permit, act: &Act) -> Outcome {
        match act.instance.service.hook() {
            Some(call) => self.run_hook(&permit, act, call).await,
            None => self.carry_out(&permit, act).await,
        }
    }

    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError> {
        match instance.service.hook() {
            Some(call) => self.find_hook(permit, (&instance.host, call), Instant::now() + deadline).await,
            None => self.find_out(permit, instance, Instant::now() + deadline).await,
        }
    }

    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        self.look_at(side, services, began + deadline).await.map_err(|error| self.with_signs(side, began, error))
    }

    /// Tells nothing, and has no end: agents are looked at.
    async fn pushed(&self, host: &HostName, _services: &[Service], _deadline: Duration) -> Result<Pushes, DriverError> {
        self.side(host).map(|_| Pushes::new(Nothing))
    }
}
