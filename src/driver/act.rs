//! Starting, stopping and settling through a guarded session.
//!
//! Here an act gets its session, and its doubt is kept; [`work`] does the rest.

use super::bus::BusError;
use super::counted::Counted;
use super::error::DriverError;
use super::session::{Guarded, from_bus};
use super::systemd::{Side, SystemdHosts};
use super::unit::{self, Sighting};
use super::{Act, Outcome};
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Service};
use crate::core::permit::Permit;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use work::Work;

mod why;
mod work;

impl SystemdHosts {
    /// Carries out one act.
    pub(super) async fn carry_out(&self, permit: &Permit, act: &Act) -> Outcome {
        let began = Instant::now();
        let deadline = began + act.timeout;
        let unsent = |error: &DriverError| Outcome::NotSent {
            detail: format!("{}: {} was not asked for, nothing was sent: {error}", act.instance, act.action.word()),
        };
        let side = match self.side(&act.instance.host) {
            Ok(side) => side,
            Err(error) => return unsent(&error),
        };
        let _counted = Counted::new(&side.acts);
        let (session, before) = match self.ready(side, permit, act, deadline).await {
            Ok(ready) => ready,
            Err(error) => return unsent(&error),
        };
        let Service::Systemd(unit) = &act.instance.service else { return unsent(&DriverError::NoUnit { host: act.instance.host.clone() }) };
        let work = Work {
            instance: &act.instance,
            unit: unit.as_str(),
            action: act.action,
            session: &session,
            began,
            deadline,
            last_word: deadline - self.options.last_word.min(act.timeout / 3),
            ask_every: self.options.ask_every,
        };
        match work.needless(&before).await {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {}
            Err(error) => return unsent(&from_bus(&act.instance.host, "asking for its state", error)),
        }
        // From here on, until its end is known, the act is in doubt; also when the future is dropped.
        side.doubts.set(&act.instance.service, Some(session.number));
        tracing::info!(host = %side.name, %unit, action = act.action.word(), term = permit.term().0, purpose = permit.purpose(), "act");
        let outcome = work.send_and_wait().await;
        tracing::info!(host = %side.name, %unit, ?outcome, "act ended");
        if matches!(outcome, Outcome::Unknown { .. }) {
            session.bus.close("an act on it had no answer");
        } else {
            side.doubts.set(&act.instance.service, None);
        }
        outcome
    }

    /// A session that has just answered, and what it said of the unit. Nothing has been sent yet, so a kept session that
    /// turns out to be dead is replaced.
    async fn ready(&self, side: &Side, permit: &Permit, act: &Act, deadline: Instant) -> Result<(Arc<Guarded>, Sighting), DriverError> {
        let Service::Systemd(unit) = &act.instance.service else { return Err(DriverError::NoUnit { host: side.name.clone() }) };
        let mut newer_than = side.doubts.of(&act.instance.service);
        let mut retried = false;
        loop {
            let session = self.guarded(side, permit.term(), newer_than, deadline).await?;
            let asked = async {
                session.bus.follow(unit.as_str(), deadline).await?;
                session.bus.list_one(unit.as_str(), deadline).await
            };
            match asked.await {
                Ok(before) => return Ok((session, before)),
                Err(BusError::Lost(_)) if !retried => {
                    retried = true;
                    newer_than = Some(session.number);
                }
                Err(error) => return Err(from_bus(&side.name, "asking for its state", error)),
            }
        }
    }

    /// Looks at a service under a guard newer than anything sent for it.
    pub(super) async fn find_out(&self, permit: &Permit, instance: &Instance, deadline: Instant) -> Result<Fact, DriverError> {
        let side = self.side(&instance.host)?;
        let Service::Systemd(unit) = &instance.service else { return Err(DriverError::NoUnit { host: side.name.clone() }) };
        let doubt = side.doubts.of(&instance.service);
        let session = self.guarded(side, permit.term(), doubt, deadline).await?;
        let fact = session.settled(unit.as_str(), deadline, self.options.ask_every).await;
        let fact = fact.map_err(|error| from_bus(&instance.host, "asking for its state", error))?;
        // Another act may have gone out meanwhile, through this session.
        if side.doubts.of(&instance.service) == doubt {
            side.doubts.set(&instance.service, None);
        }
        Ok(fact)
    }
}

impl Guarded {
    /// Waits until nothing is queued for the unit, or as long as there is time to ask once more, and says what it does.
    async fn settled(&self, unit: &str, deadline: Instant, ask_every: Duration) -> Result<Fact, BusError> {
        let last = deadline - (deadline.saturating_duration_since(Instant::now()) / 5);
        let mut events = self.bus.events();
        self.bus.follow(unit, deadline).await?;
        loop {
            let sighting = self.bus.list_one(unit, deadline).await?;
            if !sighting.has_job() || Instant::now() >= last {
                let extra = self.bus.extra(unit, &sighting, None, deadline).await?;
                return Ok(unit::fact(&sighting, &extra, Source::Asked, &self.boot_id));
            }
            let next = (Instant::now() + ask_every).min(last);
            // Whatever is said is only a reason to ask again.
            let _ = timeout_at(next, events.recv()).await;
        }
    }
}
