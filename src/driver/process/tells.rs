//! Changes as a host service tells them by itself.

use super::link::{Link, Told};
use super::looks::clean;
use crate::core::fact::Source;
use crate::core::model::{HostName, Process, Service};
use crate::driver::push::{Push, Tells};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// What one host service tells of some of its processes.
pub(super) struct Processes {
    host: HostName,
    processes: BTreeSet<Process>,
    /// A connection does not outlive the boot that it was made in.
    boot_id: String,
    link: Arc<Link>,
    told: Receiver<Arc<Told>>,
}

impl Processes {
    /// `told` must have been asked for before the service was asked to tell.
    pub fn new(host: HostName, processes: Vec<Process>, boot_id: String, link: Arc<Link>, told: Receiver<Arc<Told>>) -> Self {
        Self { host, processes: processes.into_iter().collect(), boot_id, link, told }
    }

    fn ended(&self) -> Push {
        Push::Ended { host: self.host.clone(), why: self.link.end().words() }
    }
}

#[async_trait]
impl Tells for Processes {
    async fn next(&mut self) -> Push {
        let host = self.host.clone();
        loop {
            // What was told before the end still counts.
            let told = tokio::select! {
                biased;
                told = self.told.recv() => told,
                () = self.link.closed() => return self.ended(),
            };
            match told.as_deref() {
                Ok(Told::Changed { process, fact, at }) if self.processes.contains(process) => {
                    if fact.boot_id != self.boot_id {
                        self.link.distrust("a change in another boot than that of the connection");
                        return self.ended();
                    }
                    let (service, fact) = (Service::Process(process.clone()), clean(fact.clone(), Source::Pushed));
                    return Push::Changed { host, service, fact, at: at.into_std() };
                }
                // Somebody else on this connection wanted to know.
                Ok(Told::Changed { .. }) => {}
                Ok(Told::Resync) | Err(RecvError::Lagged(_)) => return Push::Resync { host },
                Err(RecvError::Closed) => return self.ended(),
            }
        }
    }
}
