//! The daemon: opens what it needs, starts what works for it, and runs the one task that changes state.

use super::acceptance::Acceptor;
use super::api::{Api, ApiError, Sockets};
use super::carrier::{Carrier, written};
use super::event::{Effect, Event, PairEvent};
use super::hands::DriverHands;
use super::lease::Single;
use super::notify::Notifier;
use super::peer::{Peer, Way};
use super::state::{Now, PairSetup, Setup, State};
use super::vantage::SecondLooks;
use super::watch::Watch;
use super::{api, kept, metrics, targets};
use crate::config::Loaded;
use crate::core::model::HostName;
use crate::driver::{AgentHosts, Drivers, FenceDevices, Hosts, Options, ProcessHosts, Router, SystemdHosts};
use crate::run::{Executor, Report};
use crate::ssh::Pool;
use crate::store::{Journal, Limits, Opened, Scribe, StoreError, Torn};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

/// Events that may wait for the state task. When it is full, whoever has one waits: no event is dropped.
const EVENTS: usize = 1024;
/// Entries that a follower may be behind before it is cut off.
const ENTRIES: usize = 1024;
/// Time for the journal to be let go of before the next life.
const RELEASE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(200);

/// Why the monitor cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sockets.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Another monitor holds the lease.
    #[error("the lease cannot be taken: {0}")]
    Lease(String),
    /// It cannot be told which of the two monitors this is.
    #[error("{0}")]
    Pair(String),
    /// Something that works for the monitor ended.
    #[error("{0} ended unexpectedly; the monitor ends too, and the next start goes on where it was")]
    Died(&'static str),
    /// Signals cannot be caught.
    #[error("signals cannot be caught: {0}")]
    Signals(std::io::Error),
}

/// How a life of the monitor has ended, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to end.
    Told,
    /// Its configuration was changed: the next life is to begin at once.
    Reload,
}

/// Runs the monitor of `loaded`, which was read from `path`, until it is told to end by SIGTERM or SIGINT, or to begin anew
/// by a changed configuration.
///
/// # Errors
/// When it cannot begin, or something that it cannot do without has ended.
pub async fn run(loaded: Loaded, path: &Path, name: Option<HostName>) -> Result<Ended, MonitorError> {
    // First of all, since a signal that nobody catches ends the process.
    let signals = Signals::catch().map_err(MonitorError::Signals)?;
    let mut notifier = Notifier::from_env();
    let (alive, mut released) = mpsc::channel(1);
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let pair = targets::pair(&loaded, name.as_ref(), &hostname()).map_err(MonitorError::Pair)?;
    let ended = live(loaded, path, pair, alive, signals, &mut notifier).await;
    if matches!(ended, Ok(Ended::Reload)) {
        notifier.reloading();
        // What waits for the journal is written and its lock is free once everybody has dropped the other end.
        if tokio::time::timeout(RELEASE, released.recv()).await.is_err() {
            tracing::warn!("the journal's thread still waits for the disk; the next life settles what it has written");
        }
    } else {
        notifier.stopping();
    }
    ended
}

/// One life, from the journal's lock to the end of the loop.
async fn live(
    loaded: Loaded,
    path: PathBuf,
    pair: Option<PairSetup>,
    alive: mpsc::Sender<()>,
    signals: Signals,
    notifier: &mut Notifier,
) -> Result<Ended, MonitorError> {
    let dir = loaded.monitor.state_dir.clone();
    let segments = usize::try_from(loaded.monitor.journal_segments).unwrap_or(usize::MAX);
    let limits = Limits { segment_bytes: loaded.monitor.journal_segment, segments };
    let opened = blocking({
        let dir = dir.clone();
        move || Journal::open(&dir, limits)
    })
    .await??;
    // Once the journal's lock is held, so that no other monitor does the same; nothing waits for it.
    kept::keep_beside(&loaded);
    let (events, inbox) = mpsc::channel(EVENTS);
    let (entries, _) = broadcast::channel(ENTRIES);
    let sockets = {
        let monitor = loaded.monitor.clone();
        let runtime = tokio::runtime::Handle::current();
        blocking(move || {
            let _inside = runtime.enter();
            Sockets::make(&monitor.run_dir, monitor.operators.as_deref(), monitor.observers.as_deref(), monitor.monitors.is_some())
        })
        .await??
    };
    let pool = Arc::new(Pool::new(targets::options(&loaded)));
    let hosts = hosts(&loaded, pool.clone());
    let acceptor = Acceptor::new(&loaded, pool.clone(), events.clone());
    let watch = Watch::start(&loaded, hosts.clone(), events.clone());
    let second = SecondLooks::start(&loaded, &pool, events.clone());
    let durable = Arc::new(AtomicU64::new(opened.ledger.last()));
    let api = Api {
        events: events.clone(),
        entries: entries.clone(),
        durable: durable.clone(),
        journal: dir.clone(),
        cluster: loaded.cluster.name.to_string(),
    };
    let figures = loaded.monitor.metrics.map(|at| metrics::Sources {
        at,
        events: events.clone(),
        entries: entries.subscribe(),
        lateness: watch.lateness(),
    });
    let (reports, reported) = mpsc::channel::<Report>(EVENTS);
    let executor = Executor::new(Arc::new(DriverHands::new(hosts.clone())), reports);
    let forward = events.clone();
    let setup = setup(&loaded, &path, pair.clone());
    let lease = pair.as_ref().map_or_else(|| Single::new(&hostname()), |pair| Single::of_two(pair.me.as_str(), pair.me < pair.other));
    let notes = opened.torn.as_ref().map(torn_note).into_iter().collect();
    let mut state = State::new(setup, Box::new(lease), opened.ledger);
    let first = state.begin(notes, Now::take()).map_err(MonitorError::Lease)?;
    let scribe = Some(Scribe::start(opened.journal, written(events.clone(), alive.clone()))?);
    let (again, reopened) = mpsc::channel(1);
    let (cut, was_cut) = mpsc::channel(1);
    let mut helpers = JoinSet::new();
    if let Some(sources) = figures {
        helpers.spawn(metrics::run(sources));
    }
    helpers.spawn(api::serve(api, sockets));
    let peer = pair.and_then(|pair| way(&loaded, pair, &dir, events.clone())).map(|way| {
        let (peer, task) = Peer::new(way);
        helpers.spawn(task);
        peer
    });
    let restart = None;
    #[rustfmt::skip]
    let hands = Carrier {
        scribe, executor, hosts, watch, second, acceptor, events, entries, durable, dir, limits, again, alive, path, peer, cut, restart,
    };
    helpers.spawn(pass_on(reported, forward));
    // What is in it is where it is needed; that of a large cluster is large.
    drop(loaded);
    work(state, first, hands, Ways { inbox, reopened, was_cut, signals }, helpers, notifier).await
}

/// Passes the executor's reports on to the state task.
async fn pass_on(mut reports: mpsc::Receiver<Report>, events: mpsc::Sender<Event>) {
    while let Some(report) = reports.recv().await {
        if events.send(Event::Reported(report)).await.is_err() {
            break;
        }
    }
}

/// The loop: one event, then what follows from it.
async fn work(
    mut state: State,
    first: Vec<Effect>,
    mut hands: Carrier,
    mut ways: Ways,
    mut helpers: JoinSet<()>,
    notifier: &mut Notifier,
) -> Result<Ended, MonitorError> {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    hands.carry_out(first)?;
    loop {
        let event = tokio::select! {
            Some(opened) = ways.reopened.recv() => {
                hands.scribe = Some(Scribe::start(opened.journal, written(hands.events.clone(), hands.alive.clone()))?);
                Event::Reopened(Box::new(opened.ledger))
            }
            Some((opened, aside)) = ways.was_cut.recv() => {
                hands.scribe = Some(Scribe::start(opened.journal, written(hands.events.clone(), hands.alive.clone()))?);
                hands.durable.store(opened.ledger.last(), Ordering::Release);
                Event::Pair(PairEvent::Cut(Box::new(opened.ledger), aside))
            }
            event = ways.inbox.recv() => event.ok_or(MonitorError::Died("the way to the state task"))?,
            _ = tick.tick() => Event::Tick,
            _ = ways.signals.terminate.recv() => break,
            _ = ways.signals.interrupt.recv() => break,
            _ = ways.signals.hangup.recv() => Event::Hangup,
            () = due(hands.restart) => {
                tracing::info!("the monitor goes on by the new configuration");
                return Ok(Ended::Reload);
            }
            _ = helpers.join_next() => return Err(MonitorError::Died("what serves the sockets, passes on reports, or talks to the other monitor,")),
            () = hands.watch.ended() => return Err(MonitorError::Died("the watch over the hosts")),
            () = hands.second.ended() => return Err(MonitorError::Died("what has hosts looked at from other hosts")),
        };
        let now = Now::take();
        let effects = state.apply(event, now);
        hands.carry_out(effects)?;
        notifier.beat(now.steady, || state.headline(now));
    }
    tracing::info!("the monitor ends; runs that are open are settled by its next life");
    Ok(Ended::Told)
}

/// Ends at that time; never without one.
async fn due(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What the loop listens to.
struct Ways {
    inbox: mpsc::Receiver<Event>,
    reopened: mpsc::Receiver<Opened>,
    was_cut: mpsc::Receiver<(Opened, u64)>,
    signals: Signals,
}

/// The signals that the monitor obeys.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup: signal(SignalKind::hangup())? })
    }
}

/// The way to the other monitor.
fn way(loaded: &Loaded, pair: PairSetup, dir: &Path, events: mpsc::Sender<Event>) -> Option<Way> {
    // A pool of its own: what goes wrong on this way must not cut the connections that act and look.
    let pool = Arc::new(Pool::new(targets::options(loaded)));
    let target = targets::targets(loaded).remove(&pair.other)?;
    let socket = loaded.monitor.run_dir.join("peer.sock").to_string_lossy().into_owned();
    Some(Way { pool, target, socket, cluster: loaded.cluster.name.to_string(), journal: dir.to_owned(), events })
}

fn setup(loaded: &Loaded, path: &Path, pair: Option<PairSetup>) -> Setup {
    Setup {
        cluster: Arc::new(loaded.cluster.clone()),
        label: loaded.label.clone(),
        config: loaded.hash.clone(),
        content: loaded.content.to_string().into(),
        path: path.to_owned(),
        allow_loopback: loaded.allow_loopback,
        interval: loaded.monitor.interval,
        pair,
    }
}

fn hosts(loaded: &Loaded, pool: Arc<Pool>) -> Arc<dyn Hosts> {
    let cluster = &loaded.cluster.name;
    let systemd = Arc::new(SystemdHosts::new(pool.clone(), targets::targets(loaded), cluster.clone(), Options::default()));
    let processes = Arc::new(ProcessHosts::new(pool.clone(), targets::served(loaded), cluster.clone()));
    let agents = Arc::new(AgentHosts::new(pool, targets::agents(loaded), cluster.clone(), loaded.monitor.interval));
    let devices = loaded.cluster.hosts.values().filter_map(|host| Some((host.name.clone(), host.fence.clone()?)));
    let drivers = Drivers { systemd, processes, agents };
    Arc::new(Router::new(drivers, targets::carries(loaded), Arc::new(FenceDevices::new(devices.collect()))))
}

fn torn_note(torn: &Torn) -> String {
    format!(
        "the journal's last line ({}) was torn by a crash and cut off, {} bytes: {}; nothing was done because of it",
        torn.line, torn.bytes, torn.why
    )
}

fn hostname() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MonitorError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| MonitorError::Died("a task that waits for the disk"))
}
