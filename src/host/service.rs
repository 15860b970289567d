//! The service's life: takes its folder, makes its socket, serves, and ends every process that it started.

use super::api::{self, Socket};
use super::clock::Clock;
use super::desk::Desk;
use super::error::HostError;
use super::folder::Folder;
use super::launch::Launcher;
use super::owner::Owner;
use super::rules::Rules;
use super::settings::Settings;
use super::shared::Shared;
use super::{notify, orphans};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long processes that were killed are waited for, when the service ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a host service until `stop`; then every process is stopped, and the socket is gone. Starts no process by itself.
///
/// # Errors
/// When another service has its folder or answers at its socket, its record of terms cannot be read, or a part of it dies.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), HostError> {
    live(settings, stop, || {}).await
}

async fn live(settings: Settings, stop: CancellationToken, ready: impl FnOnce()) -> Result<(), HostError> {
    let begun = tokio::task::spawn_blocking(move || begin(settings)).await;
    let (folder, settings, clock, rules, launcher) = begun.map_err(|_| HostError::Broken("its beginning"))??;
    let (path, group, runtime) = (settings.socket.clone(), settings.group.clone(), tokio::runtime::Handle::current());
    let made = tokio::task::spawn_blocking(move || {
        let _inside = runtime.enter();
        Socket::make(&path, group.as_deref())
    });
    let socket = made.await.map_err(|_| HostError::Broken("the making of its socket"))??;
    tracing::info!(cluster = %settings.cluster, socket = %settings.socket.display(), "the host service begins");
    let longest = settings.processes.values().map(|spec| spec.stop_timeout).max().unwrap_or_default();
    let shared = Arc::new(Shared::new(settings, folder.path().to_owned(), clock, launcher, rules));

    let (mut owners, mut handles) = (JoinSet::new(), BTreeMap::new());
    // Owners end in order also where the service ends because one of its parts has died.
    let end = stop.child_token();
    for (name, spec) in shared.settings.processes.clone() {
        let (owner, handle) = Owner::new(shared.clone(), name.clone(), spec);
        handles.insert(name, handle);
        owners.spawn(owner.run(end.clone()));
    }
    let desk = Arc::new(Desk::new(shared.clone(), handles));
    ready();
    let serving = async {
        let ended = tokio::select! {
            () = api::serve(desk, &socket) => Err(HostError::Broken("its socket")),
            () = shared.watch_lease() => Err(HostError::Broken("its watch over the lease")),
            Some(_) = owners.join_next() => if stop.is_cancelled() { Ok(()) } else { Err(HostError::Broken("the owner of a process")) },
            () = stop.cancelled() => Ok(()),
        };
        end.cancel();
        let all = async { while owners.join_next().await.is_some() {} };
        if tokio::time::timeout(longest + PATIENCE, all).await.is_err() {
            tracing::error!("processes that were killed have not ended; they are left to the kernel");
        }
        ended
    };
    let ended = serving.await;
    drop((socket, folder));
    tracing::info!("the host service has ended");
    ended
}

/// Runs a host service until this process gets SIGTERM or SIGINT, as [`run`]. Where the kernel lets it, orphans of its processes
/// become children of this process, so that they are seen to the end.
///
/// # Errors
/// As [`run`], and when signals cannot be heard.
pub async fn run_until_told(settings: Settings) -> Result<(), HostError> {
    let io = HostError::io("/proc/self", "hear signals");
    let (mut terminate, mut interrupt) =
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?))).map_err(io)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    let listening = tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to end");
        told.cancel();
    });
    let orphans = orphans::adopt();
    let ended = live(settings, stop, notify::ready).await;
    listening.abort();
    drop(orphans);
    ended
}

/// Everything that blocks on the disk.
fn begin(settings: Settings) -> Result<(Folder, Settings, Clock, Rules, Launcher), HostError> {
    let folder = Folder::open(&settings.state_dir)?;
    let clock = Clock::new(settings.boot_id.clone()).map_err(HostError::io("/proc", "learn which boot it is in"))?;
    let rules = Rules::new(clock.boot_id().to_owned(), folder.keeper()?);
    let launcher = Launcher::begin().map_err(HostError::io(folder.path(), "begin the thread that executes processes"))?;
    Ok((folder, settings, clock, rules, launcher))
}
