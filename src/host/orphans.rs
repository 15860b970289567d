//! Orphans of processes come to the service, where it is a program of its own: it takes notice of their ends, so that no
//! entry of the kernel's list is kept for them.

use super::members::zombies;
use rustix::process::{Pid, WaitOptions, set_child_subreaper, waitpid};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// First processes, whose ends are for their owners alone.
static FIRST: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// First processes of this program's services; held for a moment only.
pub(super) fn first() -> MutexGuard<'static, BTreeSet<u32>> {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Goes on taking notice until it is dropped.
#[derive(Debug)]
pub(super) struct Adopting(JoinHandle<()>);

impl Drop for Adopting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes orphans in. Only for a program that has no children but those of its host service.
pub(super) fn adopt() -> Adopting {
    if let Err(error) = set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!(%error, "orphans of processes cannot be taken in; they go to the first process of the host");
    }
    Adopting(tokio::spawn(async {
        loop {
            tokio::time::sleep(LOOK).await;
            // Nothing depends on it: the next look does it again.
            let _ = tokio::task::spawn_blocking(reap).await;
        }
    }))
}

fn reap() {
    for number in zombies(std::process::id()).unwrap_or_default() {
        // Held, so that none that was just made is taken for an orphan.
        let first = first();
        if let Some(pid) = i32::try_from(number).ok().and_then(Pid::from_raw)
            && !first.contains(&number)
        {
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}
