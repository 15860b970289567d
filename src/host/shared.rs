//! What every part of the service needs: settings, clock, rules, and the way to those who follow.

use super::clock::{Clock, millis};
use super::launch::Launcher;
use super::rules::Rules;
use super::settings::Settings;
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Process, ProcessMode};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast, watch};

/// From being killed to being proven gone, in milliseconds, and the time to notice that the lease is over.
const GRACE: u64 = 2000;
/// Between two looks at the lease: a wait does not count the time of a suspend, the steady clock does.
const LOOK: Duration = Duration::from_millis(200);

/// See the module.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    /// The service's own folder, by its true name.
    pub(super) home: PathBuf,
    pub(super) clock: Clock,
    pub(super) launcher: Launcher,
    pub(super) changes: broadcast::Sender<(Process, Fact)>,
    /// For how long no monitor was heard, in milliseconds, where active processes have to end for it.
    pub(super) unheard: watch::Sender<Option<u64>>,
    rules: Mutex<Rules>,
    lease: Notify,
}

/// What a process does, as its owner says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The mode that it runs in, or ran in last.
    pub(super) mode: ProcessMode,
    pub(super) state: State,
    pub(super) detail: String,
    pub(super) invocation: Option<String>,
}

impl Shared {
    pub(super) fn new(settings: Settings, home: PathBuf, clock: Clock, launcher: Launcher, rules: Rules) -> Self {
        let (rules, lease) = (Mutex::new(rules), Notify::new());
        Self { settings, home, clock, launcher, changes: broadcast::Sender::new(256), unheard: watch::Sender::new(None), rules, lease }
    }

    /// The rules; held for a moment only.
    pub(super) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether the lease is over: after everything that may have changed it, and as time goes by.
    pub(super) fn look_at_lease(&self) {
        let over = self.rules().over(self.clock.now()).map(|lease| lease.length);
        let news = self.unheard.send_if_modified(|known| std::mem::replace(known, over) != over);
        if let Some(length) = over.filter(|_| news) {
            tracing::warn!(length_ms = length, "no monitor that holds the lease was heard: every active process is stopped");
        }
        self.lease.notify_one();
    }

    /// Keeps looking.
    pub(super) async fn watch_lease(&self) {
        loop {
            let lease = self.rules().lease();
            match lease {
                None => self.lease.notified().await,
                Some(lease) => {
                    let left = lease.until.saturating_add(1).saturating_sub(self.clock.now());
                    let left = if left == 0 { LOOK } else { Duration::from_millis(left).min(LOOK) };
                    tokio::time::sleep(left).await;
                    self.look_at_lease();
                }
            }
        }
    }

    /// The fact of one mode of a process.
    pub(super) fn fact(&self, process: &Process, said: &Said, source: Source) -> Fact {
        let here = process.mode == said.mode;
        let state = if here { said.state } else { State::Inactive };
        let detail = match (here, said.state.proven_stopped()) {
            (true, _) => said.detail.clone(),
            (false, true) => "not started in this mode".to_owned(),
            (false, false) => format!("not in this mode: it is the {} one", said.mode.word()),
        };
        let invocation = said.invocation.clone().filter(|_| here);
        let boot_id = self.clock.boot_id().to_owned();
        Fact { state, invocation, detail, enablement: String::new(), source, boot_id, self_stop_ms: self.self_stop(process) }
    }

    fn self_stop(&self, process: &Process) -> Option<u64> {
        let stop = self.settings.processes.get(&process.name).filter(|_| process.mode == ProcessMode::Active)?.stop_timeout;
        let lease = self.rules().lease()?;
        Some(lease.length.saturating_add(millis(stop)).saturating_add(GRACE))
    }
}
