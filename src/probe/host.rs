//! The task that watches one host. Owned by the [`Watcher`](super::Watcher), which starts it again if it dies.

use super::backoff;
use super::pace::{Beat, Lateness};
use super::silence::Silence;
use super::watcher::{Asked, Looked, WatcherOptions};
use super::{Cause, Observation};
use crate::core::fact::{Fact, Miss, MissKind, State};
use crate::core::model::{HostName, Service};
use crate::driver::{DriverError, Hosts, Push, Pushes};
use crate::ssh::{Knock, short};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Suspicions that were none may come so often on average, and so many in a row. Some SSH servers hold it against whoever
/// makes connections without logging in, for a second each, and refuse them after fifteen.
const CALM: Duration = Duration::from_secs(3);
const IN_A_ROW: u32 = 8;

/// What the task works with.
#[derive(Clone)]
pub(super) struct Post {
    pub host: HostName,
    pub services: Arc<[Service]>,
    pub hosts: Arc<dyn Hosts>,
    pub options: WatcherOptions,
    pub out: mpsc::Sender<Observation>,
    /// Tells those who asked how far their asks are answered.
    pub looked: Arc<watch::Sender<Looked>>,
    pub stop: CancellationToken,
    /// Its own moments, where there are many hosts.
    pub beat: Option<Beat>,
    pub late: Arc<Lateness>,
}

/// What woke the task.
enum Woken {
    Due,
    Asked,
    Told(Push),
    Stopped,
}

impl Post {
    /// Watches until it is stopped, or nobody listens any more.
    pub(super) async fn watch(self, asked: &mut watch::Receiver<Asked>) {
        let began = Instant::now();
        let mut due = began;
        let mut failures = 0;
        let mut calm = due;
        let mut pushes: Option<Pushes> = None;
        loop {
            let woken = tokio::select! {
                biased;
                () = self.stop.cancelled() => Woken::Stopped,
                Ok(()) = asked.changed() => Woken::Asked,
                push = told(&mut pushes) => Woken::Told(push),
                () = sleep_until(due) => Woken::Due,
            };
            let cause = match woken {
                Woken::Stopped => return,
                Woken::Due => {
                    self.late.note(due.elapsed(), self.options.interval);
                    Cause::Interval
                }
                Woken::Asked => Cause::Asked,
                Woken::Told(Push::Changed { service, fact, at, .. }) => {
                    if fact.state == State::Unknown {
                        // Something has changed, and a look may tell what.
                        due = Instant::now();
                    }
                    let outcome = Ok(vec![(service, fact)]);
                    if !self.emit(Observation { host: self.host.clone(), at, outcome, cause: Cause::Pushed }).await {
                        return;
                    }
                    continue;
                }
                // What was dropped is looked up; an ended session is found out by the look, and replaced.
                Woken::Told(Push::Resync { .. }) => Cause::Interval,
                Woken::Told(Push::Ended { .. }) => {
                    pushes = None;
                    Cause::Interval
                }
            };
            // This look answers everybody who has asked until now, and nobody who asks while it is under way.
            let Asked { upto, patience } = *asked.borrow_and_update();
            let patience = if cause == Cause::Asked { patience } else { self.options.deadline };
            let (observation, silent) = tokio::select! {
                () = self.stop.cancelled() => return,
                seen = self.look_and_knock(cause, patience, &mut pushes, &mut calm) => seen,
            };
            let answered = observation.outcome.is_ok();
            failures = match (answered, silent) {
                (true, _) => 0,
                (false, true) => failures.max(1) + 1,
                (false, false) => failures + 1,
            };
            let (at, interval) = (Instant::from_std(observation.at), self.options.interval);
            due = match self.beat.filter(|_| answered) {
                Some(beat) => beat.next(began, at, interval),
                None => at + backoff::pause(interval, failures, rand::random()),
            };
            if answered && silent {
                // It was called silent and is not.
                due = Instant::now();
            }
            if !self.emit(observation).await {
                return;
            }
            self.looked.send_modify(|looked| looked.take(upto, answered));
        }
    }

    /// One look, and whether the host was called silent before that had an end. A look that is not answered in good time
    /// makes the host suspect: others are asked what they see of it, and its kernel is asked for a new connection. If
    /// neither the look nor the kernel has said anything by the end of the silence, that is two looks missed. An answer that comes later
    /// still counts: it takes that back.
    async fn look_and_knock(
        &self,
        cause: Cause,
        patience: Duration,
        pushes: &mut Option<Pushes>,
        calm: &mut Instant,
    ) -> (Observation, bool) {
        let began = Instant::now();
        let mut look = std::pin::pin!(self.look(cause, patience, pushes));
        let (whole, mut silence) = (self.options.silence, Silence::of(self.options.silence));
        tokio::select! {
            biased;
            observation = &mut look => return (observation, false),
            () = silence.reach(whole / 3) => {}
        }
        if *calm > Instant::now() + CALM * IN_A_ROW {
            return (look.await, false);
        }
        if let Some(suspects) = &self.options.suspects {
            // With a thousand suspects others have enough to look at.
            let _ = suspects.try_send(self.host.clone());
        }
        let alone = async {
            // A little less than the rest, so that it is over by then.
            let (knock, ()) = tokio::join!(self.hosts.knock(&self.host, whole / 2), silence.reach(whole));
            knock
        };
        tokio::select! {
            biased;
            observation = &mut look => {
                *calm = Instant::now().max(*calm) + CALM;
                return (observation, false);
            }
            // Where the kernel lives, or could not be asked, the look has all the time that it is given.
            Knock::Silent = alone => {}
        }
        let why = format!("{}: no answer within {}, nor to a new connection", self.host, short(&whole));
        let miss = Miss { kind: MissKind::Silent, why };
        for _ in 0..2 {
            let observation = Observation { host: self.host.clone(), at: began.into_std(), outcome: Err(miss.clone()), cause };
            if !self.emit(observation).await {
                break;
            }
        }
        (look.await, true)
    }

    /// One look. Pushes are asked for first, so that nothing falls between the look and them.
    async fn look(&self, cause: Cause, patience: Duration, pushes: &mut Option<Pushes>) -> Observation {
        let at = Instant::now();
        let outcome = self.ask(at, patience, pushes).await.map_err(|error| error.miss());
        if outcome.is_err() {
            *pushes = None;
        }
        Observation { host: self.host.clone(), at: at.into_std(), outcome, cause }
    }

    async fn ask(&self, at: Instant, patience: Duration, pushes: &mut Option<Pushes>) -> Result<Vec<(Service, Fact)>, DriverError> {
        if pushes.is_none() {
            match self.hosts.pushed(&self.host, &self.services, patience).await {
                Ok(told) => *pushes = Some(told),
                // A host without the bridge tells nothing by itself, and is looked at another way.
                Err(error) if error.host_answered() => {}
                Err(error) => return Err(error),
            }
        }
        self.hosts.look(&self.host, &self.services, patience.saturating_sub(at.elapsed())).await
    }

    /// `false` when nobody listens any more. A full queue holds this host's task only; what changes meanwhile is kept by
    /// the session's own bounded queue, which says so when it overflows.
    async fn emit(&self, observation: Observation) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            sent = self.out.send(observation) => sent.is_ok(),
        }
    }
}

async fn told(pushes: &mut Option<Pushes>) -> Push {
    match pushes {
        Some(pushes) => pushes.next().await,
        None => std::future::pending().await,
    }
}
