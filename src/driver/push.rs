//! Changes as a host tells them by itself: by its systemd, by its host service, or by both. Taken by the probe room's watcher.

use super::bus::{Change, Event};
use super::error::DriverError;
use super::look::unit_of;
use super::session::{Watch, from_bus};
use super::unit::{self, Extra, Left, Sighting, path_of};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{HostName, Service};
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, select_all};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// How long a question that a change raises may take.
const ANSWER: Duration = Duration::from_secs(2);

/// One thing that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// A service changed.
    Changed {
        /// Where.
        host: HostName,
        /// What.
        service: Service,
        /// To what.
        fact: Fact,
        /// When the host's word was heard. What had to be asked beside it is newer.
        at: std::time::Instant,
    },
    /// More was told than was taken in time, and some of it was dropped: look.
    Resync {
        /// Where.
        host: HostName,
    },
    /// The session has ended and nothing more comes.
    Ended {
        /// Where.
        host: HostName,
        /// Why.
        why: String,
    },
}

/// Something that tells changes of one host. Dropping [`Tells::next`] loses nothing; after [`Push::Ended`] it says that again.
#[async_trait]
pub(crate) trait Tells: Send {
    /// The next thing that is told.
    async fn next(&mut self) -> Push;
}

/// What a host tells, each way from a bounded queue: a reader that is 256 changes behind gets [`Push::Resync`] in place of
/// the oldest. Ending it leaves the sessions to others.
pub struct Pushes {
    ways: Vec<Box<dyn Tells>>,
    ended: Option<Push>,
}

impl std::fmt::Debug for Pushes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pushes").field("ways", &self.ways.len()).field("ended", &self.ended).finish()
    }
}

impl Pushes {
    /// What comes by one way.
    pub(crate) fn new(way: impl Tells + 'static) -> Self {
        Self { ways: vec![Box::new(way)], ended: None }
    }

    /// What comes by the ways of both. The end of one is the end of all.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.ways.extend(other.ways);
        Self { ended: self.ended.or(other.ended), ways: self.ways }
    }

    /// The next thing that is told. After [`Push::Ended`] it says that again at once. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Push {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let (push, at, _) = select_all(self.ways.iter_mut().map(|way| way.next())).await;
        // Whoever was heard is asked last the next time, so that a host that tells without end by one way is heard by all.
        self.ways.rotate_left(at + 1);
        if matches!(push, Push::Ended { .. }) {
            self.ended = Some(push.clone());
        }
        push
    }
}

/// What a host's systemd tells over one bus.
pub(super) struct Units {
    host: HostName,
    services: BTreeMap<String, Service>,
    watch: Arc<Watch>,
    events: Receiver<Arc<Event>>,
    /// A change that raised a question whose answer is not there yet. Kept here so that a dropped [`Tells::next`] loses
    /// nothing.
    asking: Option<(Service, Instant, BoxFuture<'static, Fact>)>,
}

impl Units {
    pub(super) async fn open(host: HostName, watch: Arc<Watch>, services: &[Service], deadline: Instant) -> Result<Self, DriverError> {
        let events = watch.bus.events();
        for service in services {
            let followed = watch.bus.follow(unit_of(service), deadline).await;
            followed.map_err(|error| from_bus(&host, "asking to be told of changes", error))?;
        }
        // What was sent without an answer has been taken once a later question is answered.
        watch.bus.ping(deadline).await.map_err(|error| from_bus(&host, "asking to be told of changes", error))?;
        let services = services.iter().map(|service| (path_of(unit_of(service)), service.clone())).collect();
        Ok(Self { host, services, watch, events, asking: None })
    }
}

#[async_trait]
impl Tells for Units {
    async fn next(&mut self) -> Push {
        let host = self.host.clone();
        loop {
            if let Some((service, at, asking)) = &mut self.asking {
                let (service, at, fact) = (service.clone(), at.into_std(), asking.await);
                self.asking = None;
                return Push::Changed { host, service, fact, at };
            }
            let event = tokio::select! {
                biased;
                event = self.events.recv() => event,
                () = self.watch.bus.closed() => return Push::Ended { host, why: self.watch.bus.why() },
            };
            match event {
                Ok(event) => {
                    if let Event::Changed { unit, change, at } = &*event
                        && let Some(service) = self.services.get(unit)
                    {
                        let asking = fact(self.watch.clone(), service.clone(), change.clone());
                        self.asking = Some((service.clone(), *at, asking.boxed()));
                    }
                }
                Err(RecvError::Lagged(_)) => return Push::Resync { host },
                Err(RecvError::Closed) => return Push::Ended { host, why: self.watch.bus.why() },
            }
        }
    }
}

/// A stop is only told as one when nothing of the unit is known to run any more, by the host's own word; a failure with
/// its reason.
pub(super) async fn fact(watch: Arc<Watch>, service: Service, change: Change) -> Fact {
    let Change { active, sub, invocation, job } = change;
    let sighting = Sighting { load: "loaded".to_owned(), active, sub, job: job.then(String::new) };
    let enablement = watch.enablement(unit_of(&service)).unwrap_or_default();
    let mut extra = Extra { invocation, enablement, ..Extra::default() };
    let state = sighting.state();
    if state.proven_stopped() {
        let (unit, deadline) = (unit_of(&service), Instant::now() + ANSWER);
        // Only a failure has a reason; asked for anything else, systemd would read a unit again that it has just forgotten.
        let result = async { if state == State::Failed { watch.bus.result(unit, deadline).await } else { Ok(String::new()) } };
        let (result, left) = tokio::join!(result, watch.bus.processes(unit, deadline));
        extra.result = result.unwrap_or_default();
        extra.left = left.map_or(Left::NotTold, Left::Told);
    }
    unit::fact(&sighting, &extra, Source::Pushed, &watch.boot_id)
}
