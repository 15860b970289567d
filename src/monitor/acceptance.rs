//! Acceptance probes, carried out: one task a question, a bounded number at a time, and an event for each answer.

use super::event::Event;
use super::targets;
use crate::config::Loaded;
use crate::core::model::{Acceptance, ComponentName, HostName, Instance};
use crate::probe::accept;
use crate::ssh::{Pool, Target};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc};

/// Questions that are open at a time; what does not fit is left out, and asked at the next interval.
const OPEN: usize = 64;

/// Asks components whether they answer.
pub struct Acceptor {
    pool: Arc<Pool>,
    targets: BTreeMap<HostName, Target>,
    places: Arc<Semaphore>,
    events: mpsc::Sender<Event>,
}

impl Acceptor {
    /// An acceptor over the connections of `pool`.
    pub fn new(loaded: &Loaded, pool: Arc<Pool>, events: mpsc::Sender<Event>) -> Self {
        Self { pool, targets: targets::targets(loaded), places: Arc::new(Semaphore::new(OPEN)), events }
    }

    /// Asks `component` where it is active. Returns at once; must be called within the runtime.
    pub fn ask(&self, component: ComponentName, acceptance: Acceptance, instance: Instance) {
        let Some(target) = self.targets.get(&instance.host).cloned() else { return };
        let Ok(place) = self.places.clone().try_acquire_owned() else { return };
        let (pool, events) = (self.pool.clone(), self.events.clone());
        tokio::spawn(async move {
            let asked = Instant::now();
            let result = accept(&acceptance, &pool, &target).await;
            drop(place);
            // The monitor is ending if nobody hears it.
            let _ = events.send(Event::Accepted { component, instance, asked, result }).await;
        });
    }
}
