//! Carries out what the state task wants done: to the journal's thread, to hosts, to clients, to the other monitor.

use super::acceptance::Acceptor;
use super::event::{Effect, Event, Reply, TakeRefused};
use super::peer::Peer;
use super::reread::reread;
use super::service::{MonitorError, blocking};
use super::vantage::SecondLooks;
use super::watch::Watch;
use crate::core::model::HostName;
use crate::core::record::{Record, Term};
use crate::driver::{DriverError, Hosts};
use crate::run::Executor;
use crate::store::{Journal, Limits, Opened, Scribe, StoreError, open_cut, read_from};
use crate::wire::{Failure, FailureKind, PeerMark};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// Time given to a host to take the term when the monitor begins.
const TAKE: Duration = Duration::from_secs(10);
/// Pause between two tries to open a journal that could not be written.
const REOPEN: Duration = Duration::from_secs(1);
/// The same for one that is to be cut.
const CUT_AGAIN: Duration = Duration::from_millis(100);
/// Time for the answer to whoever asked for a reload to be on its way.
const FAREWELL: Duration = Duration::from_millis(200);

/// Carries effects out, without ever waiting.
pub(super) struct Carrier {
    pub(super) scribe: Option<Scribe>,
    pub(super) executor: Executor,
    pub(super) hosts: Arc<dyn Hosts>,
    pub(super) watch: Watch,
    pub(super) second: SecondLooks,
    pub(super) acceptor: Acceptor,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) entries: broadcast::Sender<Arc<Record>>,
    pub(super) durable: Arc<AtomicU64>,
    pub(super) dir: PathBuf,
    pub(super) limits: Limits,
    pub(super) again: mpsc::Sender<Opened>,
    /// Whoever has the journal's lock has one of these.
    pub(super) alive: mpsc::Sender<()>,
    pub(super) path: PathBuf,
    /// The way to the other monitor, where there is one.
    pub(super) peer: Option<Peer>,
    /// Where a journal goes that was cut and opened again.
    pub(super) cut: mpsc::Sender<(Opened, u64)>,
    /// When this life ends for the next one.
    pub(super) restart: Option<tokio::time::Instant>,
}

impl Carrier {
    /// Does what is to be done; what takes time is done by others.
    ///
    /// # Errors
    /// When something that the monitor cannot do without is gone.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), MonitorError> {
        let mut todo = VecDeque::from(effects);
        while let Some(effect) = todo.pop_front() {
            match effect {
                Effect::Append(records) => self.scribe()?.append(records)?,
                Effect::Rotate(index, at, summary) => self.scribe()?.rotate(index, at, *summary)?,
                Effect::Carry(order) => self.executor.start(*order),
                Effect::Refresh(ask) => self.watch.refresh(ask),
                Effect::SecondLook(host) => self.second.ask(&host),
                Effect::Accept(component, acceptance, instance) => self.acceptor.ask(component, acceptance, instance),
                Effect::Begin(term) => self.executor.begin(term),
                Effect::Take(host, term, deed) => self.take(host, term, deed),
                Effect::Reply(reply, answer) => drop(reply.send(answer)),
                Effect::Show(reply, shown) => drop(reply.send(shown)),
                Effect::Publish(records) => {
                    for record in records {
                        self.durable.store(record.index, Ordering::Release);
                        // Nobody follows: nobody to tell.
                        let _ = self.entries.send(Arc::new(record));
                    }
                }
                Effect::Reopen => self.reopen(),
                Effect::Load(reload) => reread(self.path.clone(), reload, self.events.clone()),
                Effect::Standing(standing) => self.peer.iter().for_each(|peer| peer.stands(standing.clone())),
                Effect::Copy(records) => self.peer.iter().for_each(|peer| peer.copy(records.clone())),
                Effect::ReadMark(index, reply) => self.read_mark(index, reply),
                Effect::Cut { keep, first } => self.cut(keep, first),
                Effect::Restart => self.restart = Some(tokio::time::Instant::now() + FAREWELL),
            }
        }
        Ok(())
    }

    fn scribe(&self) -> Result<&Scribe, MonitorError> {
        self.scribe.as_ref().ok_or(MonitorError::Died("the journal's thread"))
    }

    /// Raises the term on a host, of which the deeds by hand up to `deed` are in the journal.
    fn take(&self, host: HostName, term: Term, deed: Option<Term>) {
        self.hosts.heard(&host, deed);
        let (hosts, events) = (self.hosts.clone(), self.events.clone());
        tokio::spawn(async move {
            let refused = |error: DriverError| TakeRefused { by_hand: error.by_hand().to_vec(), why: error.to_string() };
            let result = hosts.take(&host, term, TAKE).await.map(drop).map_err(refused);
            // The monitor is ending if nobody hears it.
            let _ = events.send(Event::Taken { host, result }).await;
        });
    }

    /// Answers with the mark of an entry.
    fn read_mark(&self, index: u64, reply: Reply) {
        let dir = self.dir.clone();
        tokio::spawn(async move {
            let read = blocking(move || read_from(&dir, index, 1)).await;
            let internal = |what: String| Err(Failure::one(FailureKind::Internal, what, "look at the journal's files"));
            let answer = match read {
                Ok(Ok((records, _))) => {
                    let mark = records.first().filter(|record| record.index == index).map(PeerMark::of);
                    serde_json::to_value(mark).or_else(|error| internal(error.to_string()))
                }
                Ok(Err(error)) => internal(error.to_string()),
                Err(error) => internal(error.to_string()),
            };
            // The other monitor is gone if it does not wait any more.
            let _ = reply.send(answer);
        });
    }

    /// Opens the journal again without what comes after `keep`, as often as it takes. Its old thread must be gone first.
    fn cut(&mut self, keep: u64, first: u64) {
        self.scribe = None;
        let (dir, limits, cut) = (self.dir.clone(), self.limits, self.cut.clone());
        tokio::spawn(async move {
            let mut pause = CUT_AGAIN;
            loop {
                let dir = dir.clone();
                match blocking(move || open_cut(&dir, limits, keep, first)).await {
                    Ok(Ok(opened)) => {
                        // The monitor is ending if nobody takes it.
                        let _ = cut.send(opened).await;
                        return;
                    }
                    Ok(Err(StoreError::Held { .. })) => {}
                    Ok(Err(error)) => tracing::error!(%error, "the journal cannot be cut"),
                    Err(error) => tracing::error!(%error, "the journal cannot be cut"),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(REOPEN * 5);
            }
        });
    }

    /// Opens the journal again, as often as it takes. Its old thread must be gone first, since it has the lock.
    fn reopen(&mut self) {
        self.scribe = None;
        let (dir, limits, again) = (self.dir.clone(), self.limits, self.again.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(REOPEN).await;
                let dir = dir.clone();
                let open = move || {
                    let mut opened = Journal::open(&dir, limits)?;
                    opened.journal.make_room().map(|()| opened)
                };
                match blocking(open).await {
                    Ok(Ok(opened)) => {
                        // The monitor is ending if nobody takes it.
                        let _ = again.send(opened).await;
                        return;
                    }
                    Ok(Err(error)) => tracing::error!(%error, "the journal still cannot be opened"),
                    Err(error) => tracing::error!(%error, "the journal still cannot be opened"),
                }
            }
        });
    }
}

/// What the journal's thread does after each batch. It lets go of `alive` when it has let go of the journal.
pub(super) fn written(events: mpsc::Sender<Event>, alive: mpsc::Sender<()>) -> impl FnMut(crate::store::Written) + Send + 'static {
    move |written| {
        let _held = &alive;
        let result = written.result.map_err(|error| error.to_string());
        // On the journal's own thread, so waiting is in order; nobody hears it only when the monitor is ending.
        let _ = events.blocking_send(Event::Written { upto: written.upto, result, due: written.due });
    }
}
