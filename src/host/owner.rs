//! The task that owns one process: it alone starts, stops and watches it, and carries out acts on it one after the other.
//!
//! What is to be done is decided by [`Machine`] and [`Act`]; here it is done.

mod hands;

use super::act::{Act, Next};
use super::clock::words;
use super::exit::Exit;
use super::launch::Launched;
use super::machine::{Effect, Event, Machine, Why};
use super::ready::Ready;
use super::rules::{Refusal, refusal};
use super::shared::{Said, Shared};
use crate::core::fact::Source;
use crate::core::model::ProcessSpec;
use crate::core::model::{Process, ProcessMode, ProcessName};
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::wire::host::{HostAct, HostOutcome, HostRefusalKind};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Acts that wait for a process; one more is refused.
const QUEUE: usize = 64;
/// A wait that nothing bounds.
const LONG: Duration = Duration::from_secs(3600);

/// What became of an act.
pub(super) type Ended = Result<HostOutcome, Refusal>;

/// What an owner is asked.
#[derive(Debug)]
pub(super) enum Order {
    /// To act.
    Act(Box<Job>),
    /// To say when no act is under way (true), or at a time by the steady clock that one still is (false).
    Settle { until: u64, reply: oneshot::Sender<bool> },
}

/// An act that waits for its turn.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) act: Act,
    pub(super) right: Right,
    pub(super) reply: oneshot::Sender<Ended>,
}

/// By which right an act begins; looked at in the moment in which it does.
#[derive(Debug)]
pub(super) enum Right {
    /// A monitor's.
    Monitor(HostAct),
    /// A person's, under the term that was raised for it.
    ByHand(Term),
}

/// The way to an owner.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) said: watch::Receiver<Said>,
}

pub(super) struct Owner {
    shared: Arc<Shared>,
    name: ProcessName,
    spec: ProcessSpec,
    machine: Machine,
    orders: mpsc::Receiver<Order>,
    said: watch::Sender<Said>,
    unheard: watch::Receiver<Option<u64>>,
    queue: VecDeque<Job>,
    current: Option<(Act, oneshot::Sender<Ended>)>,
    settling: Vec<(u64, oneshot::Sender<bool>)>,
    launching: Option<oneshot::Receiver<Launched>>,
    exited: Option<oneshot::Receiver<Exit>>,
    ready: Option<Ready>,
    says_ready: Option<oneshot::Receiver<()>>,
    /// The first process of the last start, until nothing of it is left.
    leader: Option<u32>,
    looking: Option<JoinHandle<std::io::Result<Vec<u32>>>>,
    /// What waits for the look that is under way.
    look: Option<Effect>,
    /// A person has started it though no monitor is heard: it is not stopped for that.
    spared: bool,
}

enum Happened {
    Order(Order),
    Event(Event),
    Launched(Launched),
    Nothing,
}

impl Owner {
    pub(super) fn new(shared: Arc<Shared>, name: ProcessName, spec: ProcessSpec) -> (Self, Handle) {
        let (machine, effects) = Machine::new(spec.ready, spec.stop_timeout, shared.clock.now());
        let (orders, queue) = mpsc::channel(QUEUE);
        let (said, saying) = watch::channel(said(&machine));
        let mut owner = Self {
            unheard: shared.unheard.subscribe(),
            shared,
            name,
            spec,
            machine,
            orders: queue,
            said,
            queue: VecDeque::new(),
            current: None,
            settling: Vec::new(),
            launching: None,
            exited: None,
            ready: None,
            says_ready: None,
            leader: None,
            looking: None,
            look: None,
            spared: false,
        };
        owner.carry_out(effects);
        (owner, Handle { orders, said: saying })
    }

    /// Until it is told to end, and nothing of its process is left.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            if stop.is_cancelled() {
                // Nobody begins anything any more; whoever waits is told by the loss of the reply.
                self.queue.clear();
                self.apply(Event::Stop(Why::Service));
            }
            self.progress();
            if stop.is_cancelled() && self.machine.idle() {
                return;
            }
            let happened = tokio::select! {
                happened = self.next() => happened,
                () = stop.cancelled(), if !stop.is_cancelled() => Happened::Nothing,
            };
            match happened {
                Happened::Order(order) => self.take(order),
                Happened::Event(event) => self.apply(event),
                Happened::Launched(launched) => self.launched(launched),
                Happened::Nothing => {}
            }
        }
    }

    /// What happens next. Losing the future loses nothing: each part is kept until it is taken.
    async fn next(&mut self) -> Happened {
        let pause = self.due().map_or(LONG, |due| Duration::from_millis(due.saturating_sub(self.shared.clock.now())));
        let runs = self.machine.pid().is_some();
        tokio::select! {
            biased;
            launched = of(&mut self.launching) => {
                Happened::Launched(launched.unwrap_or_else(|| Err("the thread that executes processes has ended".to_owned())))
            }
            exit = of(&mut self.exited) => Happened::Event(Event::Exited(exit.unwrap_or(Exit::Unknown))),
            ready = of(&mut self.says_ready), if runs => ready.map_or(Happened::Nothing, |()| Happened::Event(Event::Ready)),
            found = found(&mut self.looking) => Happened::Event(found),
            Some(order) = self.orders.recv() => Happened::Order(order),
            Ok(()) = self.unheard.changed() => Happened::Nothing,
            () = tokio::time::sleep(pause) => Happened::Event(Event::Tick),
        }
    }

    fn due(&self) -> Option<u64> {
        let acts = self.queue.iter().map(|job| job.act.deadline).chain(self.current.as_ref().map(|(act, _)| act.deadline));
        acts.chain(self.settling.iter().map(|(until, _)| *until)).chain(self.machine.due()).min()
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Act(job) if self.queue.len() < QUEUE => self.queue.push_back(*job),
            Order::Act(job) => {
                let busy = refusal(HostRefusalKind::Busy, format!("too many acts wait for {}", self.name));
                let _ = job.reply.send(Err(busy));
            }
            Order::Settle { until, reply } => self.settling.push((until, reply)),
        }
    }

    /// Brings acts as far as they get now.
    fn progress(&mut self) {
        let now = self.shared.clock.now();
        self.stop_unheard();
        self.forget_late(now);
        while let Some((mut act, reply)) = self.current.take().or_else(|| self.begin_next(now)) {
            match act.next(&self.machine, now) {
                Next::End(outcome) => {
                    // Whoever looks after the answer sees what it says.
                    self.publish();
                    self.end(&act, reply, outcome);
                }
                Next::GiveUp(why, outcome) => {
                    self.apply(Event::Stop(why));
                    self.publish();
                    self.end(&act, reply, outcome);
                }
                Next::Wait => {
                    self.current = Some((act, reply));
                    break;
                }
                Next::Start => {
                    // It may have waited for what ran in the other mode, and the lease has run out meanwhile.
                    if let Some(outcome) = self.unheard(&act, now).filter(|_| !act.by_hand) {
                        self.end(&act, reply, outcome);
                        continue;
                    }
                    self.current = Some((act, reply));
                    self.start();
                }
                Next::Stop(why) => {
                    self.current = Some((act, reply));
                    self.apply(Event::Stop(why));
                }
            }
        }
        self.publish();
        let still = self.current.is_none() && (self.machine.idle() || self.machine.running());
        for (until, reply) in std::mem::take(&mut self.settling) {
            if still || now >= until {
                let _ = reply.send(still);
            } else {
                self.settling.push((until, reply));
            }
        }
    }

    fn stop_unheard(&mut self) {
        let unheard = *self.unheard.borrow_and_update();
        self.spared &= unheard.is_some();
        if let Some(length) = unheard
            && !self.spared
            && self.machine.mode() == ProcessMode::Active
            && (self.machine.running() || self.machine.starting())
        {
            tracing::warn!(process = %self.name, "stopped by its host: no monitor heard for {}", words(length));
            self.apply(Event::Stop(Why::Unheard(length)));
        }
    }

    fn forget_late(&mut self, now: u64) {
        for job in std::mem::take(&mut self.queue) {
            if now >= job.act.deadline {
                let detail = "not begun: another act was under way all the time".to_owned();
                let _ = job.reply.send(Ok(HostOutcome::Failed { detail }));
            } else {
                self.queue.push_back(job);
            }
        }
    }

    /// The next act that may begin.
    fn begin_next(&mut self, now: u64) -> Option<(Act, oneshot::Sender<Ended>)> {
        while let Some(Job { act, right, reply }) = self.queue.pop_front() {
            match self.may_begin(&act, &right, now) {
                Ok(None) => {
                    tracing::info!(process = %self.name, action = ?act.action, mode = act.mode.word(), "an act begins");
                    return Some((act, reply));
                }
                Ok(Some(outcome)) => drop(reply.send(Ok(outcome))),
                Err(refusal) => {
                    tracing::info!(process = %self.name, action = ?act.action, why = %refusal, "an act is refused");
                    drop(reply.send(Err(refusal)));
                }
            }
        }
        None
    }

    fn may_begin(&mut self, act: &Act, right: &Right, now: u64) -> Result<Option<HostOutcome>, Refusal> {
        let unheard = self.unheard(act, now);
        match right {
            Right::Monitor(asked) => {
                self.shared.rules().may_begin(asked, now)?;
                Ok(unheard)
            }
            Right::ByHand(term) => {
                self.shared.rules().still_by_hand(*term)?;
                self.spared = unheard.is_some();
                Ok(None)
            }
        }
    }

    /// Why nothing active may be started now, where the lease is over.
    fn unheard(&self, act: &Act, now: u64) -> Option<HostOutcome> {
        let lease = self.shared.rules().over(now).filter(|_| act.action == Action::Start && act.mode == ProcessMode::Active)?;
        let heard = words(lease.length);
        Some(HostOutcome::Failed { detail: format!("not started: no monitor that holds the lease was heard for {heard}") })
    }

    fn end(&self, act: &Act, reply: oneshot::Sender<Ended>, outcome: HostOutcome) {
        tracing::info!(process = %self.name, action = ?act.action, mode = act.mode.word(), ?outcome, "an act has ended");
        let _ = reply.send(Ok(outcome));
    }

    fn start(&mut self) {
        let Some((act, _)) = &self.current else { return };
        let invocation = format!("{:032x}", rand::random::<u128>());
        self.apply(Event::Start { mode: act.mode, invocation });
    }

    fn apply(&mut self, event: Event) {
        let effects = self.machine.apply(event, self.shared.clock.now());
        self.carry_out(effects);
    }

    /// Tells everybody what changed.
    fn publish(&mut self) {
        if self.looking.is_none()
            && let Some(effect) = self.look.take()
        {
            self.look_for_members(effect);
        }
        let now = said(&self.machine);
        let before = self.said.borrow().clone();
        if now == before {
            return;
        }
        tracing::info!(process = %self.name, mode = now.mode.word(), state = %now.state, "{}", now.detail);
        self.said.send_replace(now.clone());
        for mode in [ProcessMode::Active, ProcessMode::Standby] {
            let process = Process { name: self.name.clone(), mode };
            let fact = self.shared.fact(&process, &now, Source::Pushed);
            if fact != self.shared.fact(&process, &before, Source::Pushed) {
                // Nobody may follow.
                let _ = self.shared.changes.send((process, fact));
            }
        }
    }
}

fn said(machine: &Machine) -> Said {
    Said { mode: machine.mode(), state: machine.state(), detail: machine.detail(), invocation: machine.invocation().cloned() }
}

/// What comes of it, once; nothing ever where there is nothing.
async fn of<T>(receiver: &mut Option<oneshot::Receiver<T>>) -> Option<T> {
    let Some(inside) = receiver else { return std::future::pending().await };
    let value = inside.await.ok();
    *receiver = None;
    value
}

async fn found(looking: &mut Option<JoinHandle<std::io::Result<Vec<u32>>>>) -> Event {
    let Some(inside) = looking else { return std::future::pending().await };
    let found = inside.await;
    *looking = None;
    match found {
        Ok(Ok(pids)) => Event::Left(pids),
        Ok(Err(error)) => Event::Unseen(error.to_string()),
        Err(_) => Event::Unseen("the look has broken off".to_owned()),
    }
}
