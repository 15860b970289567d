//! Where questions are answered: who may ask for what is looked up in the rules, and what is done is the owners'.

use super::act::Act;
use super::folder;
use super::owner::{Ended, Handle, Job, Order, Right};
use super::rules::{Refusal, refusal};
use super::shared::Shared;
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{ClusterName, Process, ProcessName};
use crate::core::plan::Action;
use crate::wire::host::{
    ByHand, HOST_PROTOCOL, HostAct, HostAnswer, HostAsk, HostByHand, HostHello, HostLook, HostOutcome, HostProcess, HostRefusalKind,
    HostSettle, HostStatus, HostTake, Keeper,
};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{Mutex, oneshot};

/// The longest reason that is kept, in bytes.
const MOST_REASON: usize = 500;

/// An answer on its way.
pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Answer = Result<HostAnswer, Refusal>;

/// Who asks, on one connection.
#[derive(Debug)]
pub(super) struct Caller {
    /// By the socket's word.
    pub(super) who: String,
    /// The cluster that a monitor has named; `None` for a person on the host.
    pub(super) cluster: Option<ClusterName>,
}

impl Caller {
    pub(super) fn new(who: String) -> Self {
        Self { who, cluster: None }
    }
}

/// See the module.
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    owners: BTreeMap<ProcessName, Handle>,
    /// Held while the record of terms is written.
    writing: Mutex<()>,
}

impl Desk {
    pub(super) fn new(shared: Arc<Shared>, owners: BTreeMap<ProcessName, Handle>) -> Self {
        Self { shared, owners, writing: Mutex::new(()) }
    }

    /// The first words.
    pub(super) fn hello(&self, hello: HostHello, caller: &mut Caller) -> Answer {
        if hello.protocol != HOST_PROTOCOL {
            let version = env!("CARGO_PKG_VERSION");
            let what = format!(
                "this host service (version {version}) speaks protocol {HOST_PROTOCOL}, the client {}: use the same version",
                hello.protocol
            );
            return Err(refusal(HostRefusalKind::Protocol, what));
        }
        let own = &self.shared.settings.cluster;
        if let Some(other) = hello.cluster.as_ref().filter(|cluster| *cluster != own) {
            return Err(refusal(HostRefusalKind::OtherCluster, format!("this host service is of cluster {own}, not of {other}")));
        }
        let client: String = hello.client.chars().filter(|c| !c.is_control()).take(100).collect();
        tracing::debug!(%client, who = %caller.who, "a client says hello");
        caller.cluster = hello.cluster;
        self.hear(caller);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(HostAnswer::Welcome { protocol: HOST_PROTOCOL, version, cluster: own.clone(), clock: self.shared.clock.read() })
    }

    fn hear(&self, caller: &Caller) {
        if caller.cluster.is_some() {
            self.shared.rules().hear(self.shared.clock.now());
        }
    }

    /// Takes a question, in the order in which they come; the answer may take its time.
    pub(super) fn ask(self: &Arc<Self>, ask: HostAsk, caller: &mut Caller) -> Answering {
        self.hear(caller);
        let desk = self.clone();
        match ask {
            HostAsk::Hello(_) => ready(Err(refusal(HostRefusalKind::BadRequest, "hello was said already"))),
            // The record is written whole, also where whoever asked has gone.
            HostAsk::Take(take) => apart(async move { desk.take(take).await }),
            HostAsk::Act(act) => self.act(act).map_or_else(|refusal| ready(Err(refusal)), |ended| Box::pin(acted(ended))),
            HostAsk::Settle(settle) => self.settle(settle),
            HostAsk::Look(look) => ready(self.look(&look)),
            HostAsk::Follow { processes } => {
                ready(processes.iter().try_for_each(|p| self.known(p).map(|_| ())).map(|()| HostAnswer::Following))
            }
            HostAsk::Status => ready(Ok(HostAnswer::Status(self.status()))),
            HostAsk::ByHand(asked) => {
                let (who, person) = (caller.who.clone(), caller.cluster.is_none());
                apart(async move { desk.by_hand(asked, who, person).await })
            }
        }
    }

    fn known(&self, process: &Process) -> Result<&Handle, Refusal> {
        self.owners.get(&process.name).ok_or_else(|| {
            refusal(HostRefusalKind::NoProcess, format!("no process {} stands in the file of this host service", process.name))
        })
    }

    async fn take(&self, take: HostTake) -> Answer {
        let _writing = self.writing.lock().await;
        let keeper = self.shared.rules().may_take(&take, self.shared.clock.now())?;
        if self.shared.rules().keeper() != Some(&keeper) {
            self.write(&keeper).await?;
            tracing::info!(term = keeper.term.0, identity = %keeper.identity, "taken by a monitor");
            self.shared.rules().keep(keeper);
        }
        Ok(HostAnswer::Taken { clock: self.shared.clock.read() })
    }

    async fn write(&self, keeper: &Keeper) -> Result<(), Refusal> {
        let (home, keeper) = (self.shared.home.clone(), keeper.clone());
        let written = tokio::task::spawn_blocking(move || folder::write_keeper(&home, &keeper)).await;
        let why = match written {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the writing has broken off".to_owned(),
        };
        tracing::error!("the record of terms cannot be written: {why}");
        Err(refusal(HostRefusalKind::Record, format!("nothing was done, since the record of terms cannot be written: {why}")))
    }

    fn act(&self, asked: HostAct) -> Result<oneshot::Receiver<Ended>, Refusal> {
        let owner = self.known(&asked.process)?;
        let now = self.shared.clock.now();
        self.shared.rules().admit(&asked, now)?;
        let act = Act::new(asked.action, asked.process.mode, now.saturating_add(asked.timeout_ms), asked.timeout_ms, false);
        order(owner, act, Right::Monitor(asked))
    }

    fn settle(self: &Arc<Self>, settle: HostSettle) -> Answering {
        let owner = match self.known(&settle.process) {
            Ok(owner) => owner.clone(),
            Err(refusal) => return ready(Err(refusal)),
        };
        if let Err(refusal) = self.shared.rules().settle(&settle.claim, &settle.process.name, settle.number) {
            return ready(Err(refusal));
        }
        let (reply, settled) = oneshot::channel();
        let until = self.shared.clock.now().saturating_add(settle.wait_ms);
        if owner.orders.try_send(Order::Settle { until, reply }).is_err() {
            return ready(Err(busy()));
        }
        let desk = self.clone();
        Box::pin(async move {
            let still = settled.await.map_err(|_| ending())?;
            let fact = desk.fact(&owner, &settle.process);
            // An act may wait for what runs in the other mode: what is so now is not so because of it.
            let unsettled = !still && !matches!(fact.state, State::Starting | State::Stopping);
            let fact =
                if unsettled { Fact { state: State::Unknown, detail: "an act on it may be under way".to_owned(), ..fact } } else { fact };
            Ok(HostAnswer::Settled { fact })
        })
    }

    fn fact(&self, owner: &Handle, process: &Process) -> Fact {
        let said = owner.said.borrow().clone();
        self.shared.fact(process, &said, Source::Supervisor)
    }

    fn look(&self, look: &HostLook) -> Answer {
        let clock = self.shared.clock.read();
        if let Some(lease) = &look.lease {
            self.shared.rules().renew(lease, clock.boot_ms)?;
        }
        if let Some(claim) = &look.disarm {
            self.shared.rules().disarm(claim)?;
        }
        self.shared.look_at_lease();
        let facts = look
            .processes
            .iter()
            .map(|process| self.owners.get(&process.name).map_or_else(|| self.missing(), |owner| self.fact(owner, process)));
        let facts = facts.collect();
        let deed = self.shared.rules().keeper().filter(|keeper| keeper.by_hand.is_some()).cloned().map(Box::new);
        Ok(HostAnswer::Looked { facts, clock, deed })
    }

    /// What is said of a process that does not stand in the configuration: something of it may be left from when it did.
    fn missing(&self) -> Fact {
        Fact {
            state: State::Unknown,
            invocation: None,
            detail: "does not stand in the file of the host service".to_owned(),
            enablement: String::new(),
            source: Source::Supervisor,
            boot_id: self.shared.clock.boot_id().to_owned(),
            self_stop_ms: None,
        }
    }

    fn status(&self) -> HostStatus {
        let processes = self.owners.iter().map(|(name, owner)| {
            let process = Process { name: name.clone(), mode: owner.said.borrow().mode };
            HostProcess { name: name.clone(), fact: self.fact(owner, &process), process }
        });
        let processes = processes.collect();
        let clock = self.shared.clock.read();
        let rules = self.shared.rules();
        HostStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cluster: self.shared.settings.cluster.clone(),
            keeper: rules.keeper().cloned(),
            heard_ms: rules.heard(clock.boot_ms),
            lease_ms: rules.lease().map(|lease| lease.length),
            clock,
            processes,
        }
    }

    async fn by_hand(&self, asked: HostByHand, who: String, person: bool) -> Answer {
        if !person {
            return Err(refusal(HostRefusalKind::BadRequest, "a monitor acts under its own claim, not by hand"));
        }
        let HostByHand { process, action, reason, timeout_ms, despite_monitor } = asked;
        let owner = self.known(&process)?.clone();
        let reason: String = reason.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if reason.is_empty() || reason.len() > MOST_REASON {
            return Err(refusal(HostRefusalKind::BadRequest, format!("a reason of 1 to {MOST_REASON} bytes is needed")));
        }
        let verb = if action == Action::Start { "start" } else { "stop" };
        let by_hand = ByHand { who, reason, what: format!("{verb} {process}"), at: jiff::Timestamp::now() };
        let deadline = self.shared.clock.now().saturating_add(timeout_ms);
        let keeper = {
            let _writing = self.writing.lock().await;
            let keeper = self.shared.rules().by_hand(by_hand, despite_monitor, self.shared.clock.now())?;
            self.write(&keeper).await?;
            self.shared.rules().keep(keeper.clone());
            keeper
        };
        self.shared.look_at_lease();
        if let Some(ByHand { who, reason, what, .. }) = &keeper.by_hand {
            tracing::warn!(term = keeper.term.0, %who, %what, %reason, "a person acts by hand, the term is raised");
        }
        let term = keeper.term;
        let act = Act::new(action, process.mode, deadline, timeout_ms, true);
        // The term was raised: what became of the rest is no refusal any more.
        let ended = match order(&owner, act, Right::ByHand(term)) {
            Ok(ended) => ended.await.unwrap_or_else(|_| Err(ending())),
            Err(refusal) => Err(refusal),
        };
        let outcome = ended.unwrap_or_else(|refusal| HostOutcome::Failed { detail: refusal.message });
        Ok(HostAnswer::ByHand { term, outcome })
    }
}

fn order(owner: &Handle, act: Act, right: Right) -> Result<oneshot::Receiver<Ended>, Refusal> {
    let (reply, ended) = oneshot::channel();
    owner.orders.try_send(Order::Act(Box::new(Job { act, right, reply }))).map_err(|_| busy())?;
    Ok(ended)
}

async fn acted(ended: oneshot::Receiver<Ended>) -> Answer {
    ended.await.unwrap_or_else(|_| Err(ending())).map(HostAnswer::Acted)
}

fn ready(answer: Answer) -> Answering {
    Box::pin(std::future::ready(answer))
}

/// Goes on to its end, whether somebody waits for it or not.
fn apart(work: impl Future<Output = Answer> + Send + 'static) -> Answering {
    let work = tokio::spawn(work);
    Box::pin(async move { work.await.unwrap_or_else(|_| Err(ending())) })
}

fn busy() -> Refusal {
    refusal(HostRefusalKind::Busy, "the process has too much to do, or the host service ends: ask again in a moment")
}

fn ending() -> Refusal {
    refusal(HostRefusalKind::Busy, "the host service ends: look at what came of it")
}
