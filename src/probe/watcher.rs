//! Starts a task a host, keeps them alive, and hands out fresh pictures on demand. Owned by the monitor.

use super::host::Post;
use super::pace::{Beat, Lateness};
use super::tasks::Tasks;
use super::{Cause, Observation};
use crate::core::fact::{Miss, MissKind};
use crate::core::model::{HostName, Service};
use crate::driver::Hosts;
use futures_util::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

/// Observations that may wait for the monitor.
const WAITING: usize = 1024;
/// After a host's task has died, how long until it is started again.
const AGAIN: Duration = Duration::from_secs(1);
/// The longest that a look takes of itself.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How watching is done.
#[derive(Debug, Clone)]
pub struct WatcherOptions {
    /// From the beginning of a look to that of the next.
    pub interval: Duration,
    /// The longest that a look may take.
    pub deadline: Duration,
    /// A host that says nothing for so long, neither to a look nor to a new connection beside it, has missed two looks. A
    /// third of it is over when that connection is begun.
    pub silence: Duration,
    /// Who is told of a host whose look has not been answered in that third; when it is full nobody is.
    pub suspects: Option<mpsc::Sender<HostName>>,
}

impl WatcherOptions {
    /// A look every `interval`, given up when the next one would be due, or after a second and a half, but never sooner
    /// than a fifth of a second.
    ///
    /// A look takes some 10 ms on a kept session, and 100 ms with a new login. A second and a half leaves room for a host
    /// under load, and for one lost packet on the way with the kernel's repetition of it, while two misses in a row are
    /// still known within three seconds.
    #[must_use]
    pub fn every(interval: Duration) -> Self {
        let deadline = interval.clamp(Duration::from_millis(200), PATIENCE);
        Self { interval, deadline, silence: deadline, suspects: None }
    }

    /// A look every `interval`; a host that is silent for `silence` counts as silent, and one whose kernel takes connections
    /// has a second and a half for a look, or `silence` where that is longer.
    #[must_use]
    pub fn watching(interval: Duration, silence: Duration, suspects: mpsc::Sender<HostName>) -> Self {
        Self { interval, deadline: PATIENCE.max(silence), silence, suspects: Some(suspects) }
    }
}

/// How often a look was asked for. However many wait, one look answers all that asked before it began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// The number of the last ask.
    pub upto: u64,
    /// How long whoever asked last waits for the look.
    pub patience: Duration,
}

/// How far the asks at a host are served.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    /// Up to this ask a look has ended.
    upto: u64,
    /// Up to this ask the host has answered one.
    answered: u64,
}

impl Looked {
    /// A look has ended that began after ask `upto`.
    pub(super) fn take(&mut self, upto: u64, answered: bool) {
        self.upto = upto;
        if answered {
            self.answered = upto;
        }
    }
}

/// The way to ask one host's task.
#[derive(Debug)]
struct Bell {
    asked: watch::Sender<Asked>,
    looked: Arc<watch::Sender<Looked>>,
}

impl Bell {
    /// Asks for a look; the number of the ask.
    fn ring(&self, patience: Duration) -> u64 {
        let mut number = 0;
        self.asked.send_modify(|asked| {
            asked.upto = asked.upto.saturating_add(1);
            asked.patience = patience;
            number = asked.upto;
        });
        number
    }

    /// Waits until a look that began after ask `number` has ended; whether the host answered.
    async fn answered(&self, number: u64) -> bool {
        let mut looked = self.looked.subscribe();
        looked.wait_for(|looked| looked.upto >= number).await.is_ok_and(|looked| looked.answered >= number)
    }
}

/// Watches hosts until it is stopped or dropped.
#[derive(Debug)]
pub struct Watcher {
    bells: BTreeMap<HostName, Bell>,
    late: Arc<Lateness>,
    tasks: Tasks,
}

impl Watcher {
    /// Starts to watch `services`, with a first look at every host at once; later ones are spread over the interval where there
    /// are many hosts. Observations wait in a queue of 1,024; when
    /// it is full the tasks wait, and looks are taken later.
    #[must_use]
    pub fn start(
        hosts: &Arc<dyn Hosts>,
        services: BTreeMap<HostName, Vec<Service>>,
        options: &WatcherOptions,
    ) -> (Self, mpsc::Receiver<Observation>) {
        let (out, observations) = mpsc::channel(WAITING);
        let (mut bells, mut tasks) = (BTreeMap::new(), Tasks::default());
        let (late, count) = (Arc::<Lateness>::default(), services.len());
        for (n, (host, services)) in services.into_iter().enumerate() {
            let (asked, asks) = watch::channel(Asked::default());
            let looked = Arc::new(watch::Sender::new(Looked::default()));
            let post = Post {
                host: host.clone(),
                services: services.into(),
                hosts: hosts.clone(),
                options: options.clone(),
                out: out.clone(),
                looked: looked.clone(),
                stop: tasks.token(),
                beat: Beat::of(n, count, options.interval),
                late: late.clone(),
            };
            tasks.spawn(keep(post, asks));
            bells.insert(host, Bell { asked, looked });
        }
        (Self { bells, late, tasks }, observations)
    }

    /// How late looks begin.
    #[must_use]
    pub fn lateness(&self) -> Arc<Lateness> {
        self.late.clone()
    }

    /// Looks at all hosts now, beside the interval. Returns, at the latest after `deadline`, the hosts that have not
    /// answered by then; the observations themselves come through the queue, before this returns. A look that was under
    /// way already does not count. Many may ask at once: the next look answers them all.
    pub async fn refresh(&self, deadline: Duration) -> BTreeSet<HostName> {
        let until = Instant::now() + deadline;
        let asked: Vec<_> = self.bells.iter().map(|(host, bell)| (host, bell, bell.ring(deadline))).collect();
        let mut missing = BTreeSet::new();
        for (host, bell, number) in asked {
            if !timeout_at(until, bell.answered(number)).await.unwrap_or(false) {
                missing.insert(host.clone());
            }
        }
        missing
    }

    /// Ends all tasks and waits for them, for five seconds at most.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

/// Runs a host's task, and again when it dies: the silence of a task must not look like the peace of a host.
async fn keep(post: Post, mut asks: watch::Receiver<Asked>) {
    loop {
        let worker = post.clone();
        let Err(died) = AssertUnwindSafe(worker.watch(&mut asks)).catch_unwind().await else { return };
        let why = died.downcast_ref::<&str>().map(ToString::to_string).or_else(|| died.downcast_ref::<String>().cloned());
        let host = post.host.clone();
        tracing::error!(%host, why, "the task that watches this host has died and is started again");
        let why = "the monitor's own task for this host died; it is started again".to_owned();
        let outcome = Err(Miss { kind: MissKind::Broken, why });
        let observation = Observation { host, at: Instant::now().into_std(), outcome, cause: Cause::Interval };
        if post.out.send(observation).await.is_err() {
            return;
        }
        tokio::select! {
            () = post.stop.cancelled() => return,
            () = sleep(AGAIN) => {}
        }
    }
}

#[cfg(test)]
mod tests;
