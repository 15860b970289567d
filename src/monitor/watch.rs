//! Has every host looked at in turn, and turns what is seen into events.

use super::event::{Event, Observation};
use crate::config::Loaded;
use crate::core::model::{HostName, Service};
use crate::driver::Hosts;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// The watch over all hosts.
pub struct Watch {
    events: mpsc::Sender<Event>,
    hosts: Vec<mpsc::Sender<oneshot::Sender<()>>>,
    tasks: JoinSet<()>,
}

impl Watch {
    /// Starts it.
    pub fn start(loaded: &Loaded, hosts: Arc<dyn Hosts>, events: mpsc::Sender<Event>) -> Self {
        let mut services: BTreeMap<HostName, Vec<Service>> = loaded.cluster.hosts.keys().map(|h| (h.clone(), Vec::new())).collect();
        for (_, _, _, i) in loaded.cluster.instances() {
            services.entry(i.host).or_default().push(i.service);
        }
        let mut tasks = JoinSet::new();
        let mut ways = Vec::new();
        for (host, services) in services {
            let (send, receive) = mpsc::channel(64);
            ways.push(send);
            tasks.spawn(watch(host, services, hosts.clone(), events.clone(), loaded.monitor.interval, receive));
        }
        Self { events, hosts: ways, tasks }
    }

    /// Looks at every host now.
    pub fn refresh(&self, ask: u64) {
        let (ways, events) = (self.hosts.clone(), self.events.clone());
        tokio::spawn(async move {
            let mut waits = JoinSet::new();
            for way in ways {
                let (send, receive) = oneshot::channel();
                if way.try_send(send).is_ok() {
                    waits.spawn(receive);
                }
            }
            let all = async { while waits.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
            let _ = events.send(Event::Refreshed(ask)).await;
        });
    }

    /// Ends when a task that watches has ended.
    pub async fn ended(&mut self) {
        self.tasks.join_next().await;
    }

    /// Stops it.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn watch(
    host: HostName,
    services: Vec<Service>,
    hosts: Arc<dyn Hosts>,
    events: mpsc::Sender<Event>,
    interval: Duration,
    mut asked: mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut tick = tokio::time::interval(interval);
    loop {
        let mut answer = Vec::new();
        tokio::select! {
            _ = tick.tick() => {}
            Some(send) = asked.recv() => answer.push(send),
        }
        let facts = hosts.look(&host, &services, Duration::from_secs(2)).await.map_err(|e| e.to_string());
        let seen = Observation { host: host.clone(), at: Instant::now(), facts };
        if events.send(Event::Seen(seen)).await.is_err() {
            return;
        }
        for send in answer {
            let _ = send.send(());
        }
    }
}
