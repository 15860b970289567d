//! Looks at hosts from where other hosts stand: is one that is silent to us silent to them too? Owned by the monitor.
//!
//! Each host has a task of its own that looks at it through up to two others: seldom while nobody asks, so that it is known
//! who reaches whom, and at once when asked. A look is a channel on the other host's kept connection; it closes nothing and
//! decides nothing.

mod choose;
mod look;

use super::tasks::Tasks;
use crate::core::health::Sight;
use crate::core::model::{HostName, Side};
use crate::ssh::{Pool, Target, Way};
use choose::Spot;
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// What was seen and may wait for the monitor.
const WAITING: usize = 1024;
/// Connections to one host that another may be opening for us at a time. One that nothing answers stays with that host's
/// kernel for two minutes, whether we still wait or not.
const PENDING: usize = 8;
/// How long the address of a host's name may take to be looked up.
const LOOKED_UP: Duration = Duration::from_millis(500);
/// So long the map of the hosts holds.
const DRAWN: Duration = Duration::from_secs(30);
/// After a host's task has died, how long until it is started again.
const AGAIN: Duration = Duration::from_secs(1);

/// A host to look at, and to look from.
#[derive(Debug, Clone)]
pub struct Lookout {
    /// How it is reached.
    pub target: Target,
    /// The side that it belongs to, if any.
    pub side: Option<Side>,
}

/// How looking is done.
#[derive(Debug, Clone)]
pub struct VantageOptions {
    /// From one look to the next while nobody asks.
    pub every: Duration,
    /// The longest that one look may take. Whoever asks again sooner than after half of it waits until then.
    pub deadline: Duration,
}

impl Default for VantageOptions {
    fn default() -> Self {
        Self { every: Duration::from_secs(30), deadline: Duration::from_secs(1) }
    }
}

impl VantageOptions {
    /// Looks of which none takes longer than `deadline`.
    #[must_use]
    pub fn within(deadline: Duration) -> Self {
        Self { deadline, ..Self::default() }
    }
}

/// What one host saw of another.
#[derive(Debug, Clone)]
pub struct SecondSeen {
    /// Who was looked at.
    pub host: HostName,
    /// From where.
    pub through: HostName,
    /// When the look began.
    pub asked: std::time::Instant,
    /// What came of it.
    pub sight: Sight,
}

/// Looks at hosts through others until it is stopped or dropped.
#[derive(Debug)]
pub struct Vantage {
    bells: BTreeMap<HostName, Arc<Notify>>,
    tasks: Tasks,
}

impl Vantage {
    /// Starts with a first look at every host at once. What was seen waits in a queue of 1,024; when it is full the tasks
    /// wait, and looks are taken later.
    #[must_use]
    pub fn start(pool: &Arc<Pool>, hosts: BTreeMap<HostName, Lookout>, options: &VantageOptions) -> (Self, mpsc::Receiver<SecondSeen>) {
        let (out, seen) = mpsc::channel(WAITING);
        let hosts = Arc::new(hosts);
        let map = Arc::new(Map { hosts: hosts.clone(), pool: pool.clone(), drawn: Mutex::default() });
        let (mut bells, mut tasks) = (BTreeMap::new(), Tasks::default());
        for host in hosts.keys() {
            let bell = Arc::<Notify>::default();
            let post = Post {
                host: host.clone(),
                hosts: hosts.clone(),
                pool: pool.clone(),
                options: options.clone(),
                map: map.clone(),
                places: SyncMutex::default(),
                out: out.clone(),
                bell: bell.clone(),
                stop: tasks.token(),
            };
            tasks.spawn(keep(post));
            bells.insert(host.clone(), bell);
        }
        (Self { bells, tasks }, seen)
    }

    /// Has `host` looked at now. Asking again before that has begun changes nothing.
    pub fn ask(&self, host: &HostName) {
        if let Some(bell) = self.bells.get(host) {
            bell.notify_one();
        }
    }

    /// Ends all tasks and waits for them, for five seconds at most.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

/// What the task of one host works with.
struct Post {
    host: HostName,
    hosts: Arc<BTreeMap<HostName, Lookout>>,
    pool: Arc<Pool>,
    options: VantageOptions,
    map: Arc<Map>,
    /// For each host that it was looked at through, how many looks may be open there.
    places: SyncMutex<BTreeMap<HostName, Arc<Semaphore>>>,
    out: mpsc::Sender<SecondSeen>,
    bell: Arc<Notify>,
    stop: CancellationToken,
}

type Spots = Arc<BTreeMap<HostName, Spot>>;

/// Where every host is, found out once for all that look.
struct Map {
    hosts: Arc<BTreeMap<HostName, Lookout>>,
    pool: Arc<Pool>,
    drawn: Mutex<Option<(Instant, Spots)>>,
}

impl Map {
    /// Where every host is. The SSH configuration behind it may change; whoever comes first after a while reads it anew, and
    /// the others wait for that.
    async fn spots(&self) -> Spots {
        let mut drawn = self.drawn.lock().await;
        if let Some((at, spots)) = drawn.as_ref()
            && at.elapsed() < DRAWN
        {
            return spots.clone();
        }
        let mut spots = BTreeMap::new();
        for (host, lookout) in self.hosts.iter() {
            match self.pool.way(&lookout.target).await {
                Ok(way) => {
                    let ours = is_ours(&way).await;
                    spots.insert(host.clone(), Spot { way, side: lookout.side, ours });
                }
                // Whoever wants to connect to it says why at length.
                Err(error) => tracing::debug!(%error, "it is not looked at from elsewhere"),
            }
        }
        let spots = Arc::new(spots);
        *drawn = Some((Instant::now(), spots.clone()));
        spots
    }
}

/// Whether a host is this very machine: one of its addresses can be bound here. Those of the loopback network are everybody's,
/// and tell nothing. A name that cannot be looked up in time is not ours as far as anybody knows.
pub async fn is_ours(way: &Way) -> bool {
    if !way.hops.is_empty() {
        return false;
    }
    let found = timeout(LOOKED_UP, lookup_host((way.address.as_str(), way.port))).await;
    let Ok(Ok(addresses)) = found else { return false };
    addresses.map(|address| address.ip()).any(|ip| !ip.to_canonical().is_loopback() && std::net::UdpSocket::bind((ip, 0)).is_ok())
}

/// Runs a host's task, and again when it dies.
async fn keep(post: Post) {
    while AssertUnwindSafe(post.watch()).catch_unwind().await.is_err() {
        tracing::error!(host = %post.host, "the task that has this host looked at from elsewhere has died and is started again");
        tokio::select! {
            () = post.stop.cancelled() => return,
            () = sleep(AGAIN) => {}
        }
    }
}

/// Signs of life first: nothing is made of what one does not see before it is known what the other one does.
fn signs_first(mut seen: Vec<SecondSeen>) -> Vec<SecondSeen> {
    seen.sort_by_key(|one| !matches!(one.sight, Sight::Banner | Sight::Refused { .. }));
    seen
}

impl Post {
    /// Looks until it is stopped, or nobody listens any more.
    async fn watch(&self) {
        let mut due = Instant::now();
        let mut unable = BTreeSet::new();
        let mut vain = 0;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = sleep_until(due) => {}
            }
            let began = Instant::now();
            let seen = tokio::select! {
                () = self.stop.cancelled() => return,
                seen = self.round(&unable, began) => seen,
            };
            let blind = |seen: &SecondSeen| matches!(seen.sight, Sight::NotAsked { .. });
            let could_not = seen.iter().filter(|seen| blind(seen)).map(|seen| seen.through.clone());
            // Who could not be asked now comes last next time; who could be, is asked again.
            unable = could_not.collect();
            vain = if unable.is_empty() { 0 } else { vain + 1 };
            due = began + self.pause(vain);
            for one in signs_first(seen) {
                let sent = tokio::select! {
                    () = self.stop.cancelled() => return,
                    sent = self.out.send(one) => sent,
                };
                if sent.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep_until(began + self.options.deadline / 2) => {}
            }
        }
    }

    /// Until the next look that nobody asks for: soon where somebody could not be asked, such as at the very start.
    fn pause(&self, vain: u32) -> Duration {
        let soon = self.options.deadline.saturating_mul(1u32.checked_shl(vain).unwrap_or(u32::MAX));
        if vain == 0 { self.options.every } else { soon.min(self.options.every) }
    }

    /// One look through each of the chosen hosts, all at once.
    async fn round(&self, unable: &BTreeSet<HostName>, began: Instant) -> Vec<SecondSeen> {
        let spots = self.map.spots().await;
        let Some(silent) = spots.get(&self.host) else { return Vec::new() };
        let chosen = choose::choose(&self.host, &spots, unable);
        let looks = chosen.into_iter().map(async |through| {
            // Enough looks of before are still open there: what they have shown stands.
            let place = self.place(&through).try_acquire_owned().ok()?;
            let from = &self.hosts.get(&through)?.target;
            let until = began + self.options.deadline;
            let sight = match timeout_at(until, self.pool.get(from)).await {
                Ok(Ok(connection)) => look::look(&through, connection, &silent.way, place, until).await,
                Ok(Err(error)) => Sight::NotAsked { why: error.to_string() },
                Err(_) => Sight::NotAsked { why: format!("there is no connection to {through} yet, or none any more") },
            };
            Some(SecondSeen { host: self.host.clone(), through, asked: began.into_std(), sight })
        });
        join_all(looks).await.into_iter().flatten().collect()
    }

    /// Where looks through this host wait for their end.
    fn place(&self, through: &HostName) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.entry(through.clone()).or_insert_with(|| Arc::new(Semaphore::new(PENDING))).clone()
    }
}
