//! The watch over the hosts, as events for the state task.

use super::event::{Event, Seen};
use crate::config::Loaded;
use crate::core::model::{HostName, Service};
use crate::driver::Hosts;
use crate::probe::{Lateness, Observation, Watcher, WatcherOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio::task::JoinHandle;

/// A fresh look is over by then, whoever has not answered.
const REFRESH: Duration = Duration::from_secs(3);
/// Refreshes that are over and not passed on yet.
const REFRESHES: usize = 64;

/// Hosts whose looks are late and that were not passed on yet.
const SUSPECTS: usize = 64;

/// The watch over all hosts.
pub struct Watch {
    watcher: Arc<Watcher>,
    refreshed: mpsc::Sender<u64>,
    forwarding: JoinHandle<()>,
}

impl Watch {
    /// Starts it; every host is looked at at once. Must be called within the runtime.
    pub fn start(loaded: &Loaded, hosts: Arc<dyn Hosts>, events: mpsc::Sender<Event>) -> Self {
        let mut services: BTreeMap<HostName, Vec<Service>> = loaded.cluster.hosts.keys().map(|h| (h.clone(), Vec::new())).collect();
        for (_, _, _, instance) in loaded.cluster.instances() {
            services.entry(instance.host).or_default().push(instance.service);
        }
        let (suspects, suspected) = mpsc::channel(SUSPECTS);
        let options = WatcherOptions::watching(loaded.monitor.interval, loaded.monitor.silence, suspects);
        let (watcher, seen) = Watcher::start(&hosts, services, &options);
        let (refreshed, over) = mpsc::channel(REFRESHES);
        let forwarding = tokio::spawn(forward(Heard { hosts, seen, suspected }, over, events));
        Self { watcher: Arc::new(watcher), refreshed, forwarding }
    }

    /// How late looks begin.
    pub fn lateness(&self) -> Arc<Lateness> {
        self.watcher.lateness()
    }

    /// Has every host looked at now, and says so under the number `ask` when the answers are in or their time is up.
    pub fn refresh(&self, ask: u64) {
        let (watcher, refreshed) = (self.watcher.clone(), self.refreshed.clone());
        tokio::spawn(async move {
            watcher.refresh(REFRESH).await;
            // The monitor is ending if nobody hears it.
            let _ = refreshed.send(ask).await;
        });
    }

    /// Returns when the watch has ended, which it does not do by itself.
    pub async fn ended(&mut self) {
        // Whether it ended or panicked is the same to the caller.
        let _ = (&mut self.forwarding).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

/// What the watcher tells.
struct Heard {
    /// Asked whether they are still held.
    hosts: Arc<dyn Hosts>,
    seen: mpsc::Receiver<Observation>,
    suspected: mpsc::Receiver<HostName>,
}

/// Passes on what was seen of a host; before it, that its guard was ended: what is different there may be somebody's will.
async fn pass_on(hosts: &Arc<dyn Hosts>, observation: Observation, events: &mpsc::Sender<Event>) -> Result<(), SendError<Event>> {
    // One that is silent cannot be asked; it is as soon as it answers.
    if observation.outcome.is_ok() && hosts.untaken(&observation.host) {
        events.send(Event::Untaken(observation.host.clone())).await?;
    }
    events.send(event(observation)).await
}

/// Passes on what is seen. That a refresh is over is said after everything that was seen in it.
async fn forward(heard: Heard, mut over: mpsc::Receiver<u64>, events: mpsc::Sender<Event>) {
    let Heard { hosts, mut seen, mut suspected } = heard;
    loop {
        let sent = tokio::select! {
            biased;
            Some(ask) = over.recv() => {
                while let Ok(observation) = seen.try_recv() {
                    if pass_on(&hosts, observation, &events).await.is_err() {
                        return;
                    }
                }
                events.send(Event::Refreshed(ask)).await
            }
            Some(host) = suspected.recv() => events.send(Event::Suspected(host)).await,
            observation = seen.recv() => match observation {
                Some(observation) => pass_on(&hosts, observation, &events).await,
                None => return,
            },
        };
        if sent.is_err() {
            return;
        }
    }
}

fn event(observation: Observation) -> Event {
    Event::Seen(Seen { host: observation.host, at: observation.at, facts: observation.outcome })
}
