//! The pool: one kept connection a target, made when first wanted and again when it has died. Owned by whoever reaches
//! hosts; clones share it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::dial;
use super::error::SshError;
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
}

type Door = (String, u16, Option<Target>);

enum Kept {
    Open(Arc<Connection>),
    Connecting(u64, Connecting),
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
}

impl Pool {
    /// An empty pool. Nothing is read or connected yet.
    pub fn new(options: Options) -> Self {
        let config = SshConfig::new(options.config_file.clone());
        let (kept, doors) = (Mutex::default(), Mutex::default());
        Self { shared: Arc::new(PoolState { options, config, kept, doors, all: Semaphore::new(AT_ALL) }) }
    }

    /// The connection to a target: the kept one, or a new one. Those who ask while it is being made share the outcome.
    /// A failure is not kept: the next caller tries again.
    ///
    /// It takes at most `connect_timeout` for each hop. Dropping the future leaves the others' connect alone.
    pub async fn get(&self, target: &Target) -> Result<Arc<Connection>, SshError> {
        let connecting = {
            let mut kept = self.shared.kept();
            match kept.get(target) {
                Some(Kept::Open(connection)) if !connection.is_closed() => return Ok(connection.clone()),
                Some(Kept::Connecting(_, connecting)) => connecting.clone(),
                _ => {
                    let id = rand::random();
                    let connecting = self.start(target.clone(), id);
                    kept.insert(target.clone(), Kept::Connecting(id, connecting.clone()));
                    connecting
                }
            }
        };
        connecting.await
    }

    /// Forgets the connection to a target and ends it; whatever runs on it fails with [`SshError::ConnectionLost`]. The
    /// connections to its jumps stay.
    pub async fn drop_connection(&self, target: &Target) {
        let kept = self.shared.kept().remove(target);
        match kept {
            Some(Kept::Open(connection)) => connection.cut("dropped on this side"),
            Some(Kept::Connecting(_, connecting)) => {
                // Whoever waits for it still gets it; nobody gets it after this.
                drop(connecting);
            }
            None => {}
        }
    }

    /// Connects in a task of its own, so that no caller's end is the others' end.
    fn start(&self, target: Target, id: u64) -> Connecting {
        let pool = self.clone();
        let host = target.host.clone();
        let work: Pin<Box<dyn Future<Output = Made> + Send>> = Box::pin(async move {
            let made = pool.connect(&target).await;
            let mut kept = pool.shared.kept();
            // It may have been dropped meanwhile.
            if matches!(kept.get(&target), Some(Kept::Connecting(now, _)) if *now == id) {
                match &made {
                    Ok(connection) => kept.insert(target, Kept::Open(connection.clone())),
                    Err(_) => kept.remove(&target),
                };
            }
            made
        });
        let task = tokio::spawn(work);
        async move {
            let reason = "the connecting task ended".to_owned();
            task.await.unwrap_or_else(|_| Err(SshError::ConnectionLost { host, reason }))
        }
        .boxed()
        .shared()
    }

    async fn connect(&self, target: &Target) -> Made {
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
            let stage = "waiting for other connects to end".to_owned();
            return Err(SshError::Deadline { host: target.host.clone(), stage, after: options.connect_timeout });
        };
        dial::connect(&settings, options, via).await.map(Arc::new)
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
        let reason = format!("more than {MOST_JUMPS} jumps in a row; look for a ProxyJump that leads back to its own host");
        Err(SshError::BadTarget { host: target.host.clone(), reason })
    }
}
