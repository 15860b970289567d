//! The looks at hosts from other hosts, as events for the state task.

use super::event::Event;
use super::targets;
use crate::config::Loaded;
use crate::core::model::HostName;
use crate::probe::{Lookout, SecondSeen, Vantage, VantageOptions};
use crate::ssh::Pool;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Who looks at hosts from elsewhere.
pub struct SecondLooks {
    vantage: Vantage,
    forwarding: JoinHandle<()>,
}

impl SecondLooks {
    /// Starts it, over the connections of `pool`. Must be called within the runtime.
    pub fn start(loaded: &Loaded, pool: &Arc<Pool>, events: mpsc::Sender<Event>) -> Self {
        let side = |host: &HostName| loaded.cluster.hosts.get(host).and_then(|host| host.side);
        let hosts = targets::targets(loaded).into_iter().map(|(host, target)| {
            let side = side(&host);
            (host, Lookout { target, side })
        });
        let (vantage, seen) = Vantage::start(pool, hosts.collect(), &VantageOptions::within(loaded.monitor.silence * 2 / 3));
        Self { vantage, forwarding: tokio::spawn(forward(seen, events)) }
    }

    /// Has `host` looked at from elsewhere now.
    pub fn ask(&self, host: &HostName) {
        self.vantage.ask(host);
    }

    /// Returns when it has ended, which it does not do by itself.
    pub async fn ended(&mut self) {
        // Whether it ended or panicked is the same to the caller.
        let _ = (&mut self.forwarding).await;
    }
}

impl Drop for SecondLooks {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

async fn forward(mut seen: mpsc::Receiver<SecondSeen>, events: mpsc::Sender<Event>) {
    while let Some(SecondSeen { host, through, asked, sight }) = seen.recv().await {
        if events.send(Event::Second { host, through, asked, sight }).await.is_err() {
            return;
        }
    }
}
