//! The pool: one kept connection a target, made when first wanted and again when it has died. Owned by whoever reaches
//! hosts; clones share it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::dial;
use super::error::SshError;
use super::heard::Heard;
use super::settings::{self, Settings};
use super::ssh_config::SshConfig;
use super::target::{Options, Target};

/// Connects in flight to one sshd: with its default `MaxStartups 10:30:100`, 8 at once lost some, 4 none.
const TO_ONE_SSHD: usize = 4;
/// Connects in flight at all: a bound for sockets and computing, not for waiting on dead hosts.
const AT_ALL: usize = 64;
/// Jumps in a row. More is a configuration that goes in a circle.
const MOST_JUMPS: usize = 8;

type Made = Result<Arc<Connection>, SshError>;
type Connecting = Shared<BoxFuture<'static, Made>>;

/// Where a target is, as its own values and the SSH configuration say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Address or name that is connected to, as seen from the last hop.
    pub address: String,
    /// The TCP port there.
    pub port: u16,
    /// Address and port of each host on the way, from the target back to us.
    pub hops: Vec<(String, u16)>,
}

/// Kept connections.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<PoolState>,
}

struct PoolState {
    options: Options,
    config: SshConfig,
    kept: Mutex<HashMap<Target, Kept>>,
    /// By address, port and jump.
    doors: Mutex<HashMap<Door, Arc<Semaphore>>>,
    all: Semaphore,
    heard: Mutex<HashMap<Target, Arc<Heard>>>,
}

type Door = (String, u16, Option<Target>);

enum Kept {
    Open(Arc<Connection>),
    Connecting(Attempt),
}

/// A connect under way.
struct Attempt {
    id: u64,
    outcome: Connecting,
    /// It has its turn: the host is being dialled.
    begun: Arc<AtomicBool>,
    /// Ends it.
    give_up: CancellationToken,
    /// A clone for each who waits for it.
    waiting: Arc<()>,
}

impl Attempt {
    /// Besides whoever asks.
    fn is_waited_for(&self) -> bool {
        Arc::strong_count(&self.waiting) > 1
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("kept", &self.shared.kept().len()).finish()
    }
}

impl PoolState {
    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Target, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self, settings: &Settings) -> Arc<Semaphore> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let door = (settings.address.clone(), settings.port, settings.jump.clone());
        doors.entry(door).or_insert_with(|| Arc::new(Semaphore::new(TO_ONE_SSHD))).clone()
    }

    fn heard(&self, target: &Target) -> Arc<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).entry(target.clone()).or_default().clone()
    }
}

impl Pool {
    /// An empty pool. Nothing is read or connected yet.
    pub fn new(options: Options) -> Self {
        let config = SshConfig::new(options.config_file.clone());
        let (kept, doors, heard) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { shared: Arc::new(PoolState { options, config, kept, doors, all: Semaphore::new(AT_ALL), heard }) }
    }

    /// The connection to a target: the kept one, or a new one. Those who ask while it is being made share the outcome.
    /// A failure is not kept: the next caller tries again.
    ///
    /// It takes at most `connect_timeout` for each hop. Dropping the future leaves the others' connect alone.
    pub async fn get(&self, target: &Target) -> Result<Arc<Connection>, SshError> {
        let (connecting, _waiting) = {
            let mut kept = self.shared.kept();
            match kept.get(target) {
                Some(Kept::Open(connection)) if !connection.is_closed() => return Ok(connection.clone()),
                Some(Kept::Connecting(attempt)) => (attempt.outcome.clone(), attempt.waiting.clone()),
                _ => {
                    let attempt = self.start(target.clone());
                    let mine = (attempt.outcome.clone(), attempt.waiting.clone());
                    kept.insert(target.clone(), Kept::Connecting(attempt));
                    mine
                }
            }
        };
        connecting.await
    }

    /// Forgets the connection to a target and ends it; whatever runs on it fails with [`SshError::ConnectionLost`]. The
    /// connections to its jumps stay. A connect that goes on is ended too, unless somebody still waits for it. One that has
    /// only just begun while the host was heard may still lead somewhere, and one that waits for its turn says nothing of
    /// the host: the next caller gets it.
    pub async fn drop_connection(&self, target: &Target) {
        let heard = self.shared.heard(target);
        let mut kept = self.shared.kept();
        if let Some(Kept::Connecting(attempt)) = kept.get(target)
            && (heard.promising() || attempt.is_waited_for() && !attempt.begun.load(Ordering::Relaxed))
        {
            return;
        }
        match kept.remove(target) {
            Some(Kept::Open(connection)) => connection.cut("dropped on this side"),
            // Whoever waits for it still gets it; nobody gets it after this.
            Some(Kept::Connecting(attempt)) if !attempt.is_waited_for() => attempt.give_up.cancel(),
            Some(Kept::Connecting(_)) | None => {}
        }
    }

    /// Whether anything was heard of the target itself since `began`, or by a connect that goes on since then: a byte, a
    /// connection that it took, or one that its kernel refused. Silence is `false`, and so is a jump host's word.
    pub fn heard_since(&self, target: &Target, began: Instant) -> bool {
        self.shared.heard(target).since(began)
    }

    /// Whether its kernel has answered a [`Pool::knock`] since `began`: it lives, whatever becomes of the connection to it.
    pub fn knocked_since(&self, target: &Target, began: Instant) -> bool {
        self.shared.heard(target).knocked_since(began)
    }

    /// The target's kernel has just answered a knock.
    pub(super) fn note_knock(&self, target: &Target) {
        self.shared.heard(target).note_knock();
    }

    /// Where a target is and through which hosts it is reached. Nothing is connected for it.
    pub async fn way(&self, target: &Target) -> Result<Way, SshError> {
        let PoolState { options, config, .. } = &*self.shared;
        let settings = settings::resolve(target, options, config).await?;
        let (mut hops, mut next) = (Vec::new(), settings.jump);
        while let Some(jump) = next {
            if hops.len() == MOST_JUMPS {
                return Err(in_a_circle(target));
            }
            let hop = settings::resolve(&jump, options, config).await?;
            hops.push((hop.address, hop.port));
            next = hop.jump;
        }
        Ok(Way { address: settings.address, port: settings.port, hops })
    }

    /// Connects in a task of its own, so that no caller's end is the others' end.
    fn start(&self, target: Target) -> Attempt {
        let (pool, id) = (self.clone(), rand::random());
        let host = target.host.clone();
        let give_up = CancellationToken::new();
        let (given_up, begun) = (give_up.clone(), Arc::<AtomicBool>::default());
        let begins = begun.clone();
        let work: Pin<Box<dyn Future<Output = Made> + Send>> = Box::pin(async move {
            let reason = "given up on this side while connecting".to_owned();
            let made = tokio::select! {
                made = pool.connect(&target, &begins) => made,
                () = given_up.cancelled() => Err(SshError::ConnectionLost { host: target.host.clone(), reason }),
            };
            let mut kept = pool.shared.kept();
            match (kept.get(&target), &made) {
                (Some(Kept::Connecting(now)), Ok(connection)) if now.id == id => {
                    kept.insert(target, Kept::Open(connection.clone()));
                }
                (Some(Kept::Connecting(now)), Err(_)) if now.id == id => {
                    kept.remove(&target);
                }
                // It was dropped meanwhile, and another one was faster: whoever waits gets that one, for two cost twice as much.
                (Some(Kept::Open(other)), Ok(connection)) if !other.is_closed() => {
                    connection.cut("there is another connection to it");
                    return Ok(other.clone());
                }
                _ => {}
            }
            made
        });
        let task = tokio::spawn(work);
        let outcome = async move {
            let reason = "the connecting task ended".to_owned();
            task.await.unwrap_or_else(|_| Err(SshError::ConnectionLost { host, reason }))
        };
        Attempt { id, outcome: outcome.boxed().shared(), begun, give_up, waiting: Arc::new(()) }
    }

    /// `begun` becomes true with the turn.
    async fn connect(&self, target: &Target, begun: &AtomicBool) -> Made {
        let PoolState { options, config, all, .. } = &*self.shared;
        let settings = settings::resolve(target, options, config).await?;
        let via = match &settings.jump {
            None => None,
            Some(jump) => {
                self.check_chain(target, jump).await?;
                let through = |reason| SshError::Jump { host: target.host.clone(), jump: jump.host.clone(), reason: Box::new(reason) };
                Some(self.get(jump).await.map_err(through)?)
            }
        };
        let door = self.shared.door(&settings);
        let turn = async { (door.acquire_owned().await, all.acquire().await) };
        let Ok(_turn) = tokio::time::timeout(options.connect_timeout, turn).await else {
            let stage = super::error::WAITING_TURN.to_owned();
            return Err(SshError::Deadline { host: target.host.clone(), stage, after: options.connect_timeout });
        };
        begun.store(true, Ordering::Relaxed);
        dial::connect(&settings, options, via, &self.shared.heard(target)).await.map(Arc::new)
    }

    /// Follows the jumps to their end before any of them is waited for: in a circle, each would wait for the next.
    async fn check_chain(&self, target: &Target, jump: &Target) -> Result<(), SshError> {
        let PoolState { options, config, .. } = &*self.shared;
        let mut next = Some(jump.clone());
        for _ in 0..MOST_JUMPS {
            let Some(hop) = next else { return Ok(()) };
            next = settings::resolve(&hop, options, config).await?.jump;
        }
        if next.is_none() {
            return Ok(());
        }
        Err(in_a_circle(target))
    }
}

fn in_a_circle(target: &Target) -> SshError {
    let reason = format!("more than {MOST_JUMPS} jumps in a row; look for a ProxyJump that leads back to its own host");
    SshError::BadTarget { host: target.host.clone(), reason }
}

#[cfg(test)]
mod tests;
