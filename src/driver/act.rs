//! Starting, stopping and settling through a guarded session.
//!
//! Here an act gets its session, and its doubt is kept; [`work`] does the rest.

use super::bus::BusError;
use super::counted::Counted;
use super::error::DriverError;
use super::look::Known;
use super::session::{Guarded, from_bus};
use super::systemd::{Side, SystemdHosts};
use super::unit::{self, Sighting};
use super::{Act, Outcome, Ready};
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Service};
use crate::core::permit::Permit;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use work::Work;

mod why;
mod work;

/// How long what was asked before an act holds while something else is waited for.
const ANSWER_HOLDS: Duration = Duration::from_millis(500);

impl SystemdHosts {
    /// Asks what is to be known before an act.
    pub(super) async fn asked(&self, permit: &Permit, act: Act) -> Asked<'_> {
        let began = Instant::now();
        let answer = match self.side(&act.instance.host) {
            Ok(side) => {
                let _counted = Counted::new(&side.acts);
                self.ready(side, permit, &act, began + act.timeout).await.map(|(session, before)| (side, session, before))
            }
            Err(error) => Err(error),
        };
        Asked { hosts: self, act, answer, at: Instant::now(), took: began.elapsed() }
    }

    /// A session that has just answered, and what it said of the unit. Nothing has been sent yet, so a kept session that
    /// turns out to be dead is replaced.
    async fn ready(&self, side: &Side, permit: &Permit, act: &Act, deadline: Instant) -> Result<(Arc<Guarded>, Sighting), DriverError> {
        let Service::Systemd(unit) = &act.instance.service else { return Err(DriverError::NoUnit { host: side.name.clone() }) };
        let mut newer_than = side.doubts.of(&act.instance.service);
        let mut retried = false;
        loop {
            let session = self.guarded(side, permit.term(), newer_than, deadline).await?;
            match session.before(unit.as_str(), deadline).await {
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

/// An act before which everything was asked that is to be known, or could not be.
pub(super) struct Asked<'a> {
    hosts: &'a SystemdHosts,
    act: Act,
    answer: Result<(&'a Side, Arc<Guarded>, Sighting), DriverError>,
    at: Instant,
    took: Duration,
}

impl Asked<'_> {
    /// Whether what was said still holds: just now, through a session that lives and is newer than any doubt.
    fn holds(&self) -> bool {
        let Ok((side, session, _)) = &self.answer else { return true };
        let doubt = side.doubts.of(&self.act.instance.service);
        self.at.elapsed() < ANSWER_HOLDS && session.bus.is_open() && doubt.is_none_or(|number| session.number > number)
    }

    /// Carries the act out. The time that it took to ask counts, that since then does not.
    pub(super) async fn carry_out(mut self, permit: &Permit) -> Outcome {
        if !self.holds() {
            self = self.hosts.asked(permit, self.act).await;
        }
        let Self { hosts, act, answer, took, .. } = self;
        let now = Instant::now();
        let began = now.checked_sub(took).unwrap_or(now);
        let deadline = began + act.timeout;
        let unsent = |error: &DriverError| Outcome::NotSent {
            detail: format!("{}: {} was not asked for, nothing was sent: {error}", act.instance, act.action.word()),
        };
        let (side, session, before) = match answer {
            Ok(answer) => answer,
            Err(error) => return unsent(&error),
        };
        let Service::Systemd(unit) = &act.instance.service else { return unsent(&DriverError::NoUnit { host: act.instance.host.clone() }) };
        let _counted = Counted::new(&side.acts);
        let work = Work {
            instance: &act.instance,
            unit: unit.as_str(),
            action: act.action,
            session: &session,
            began,
            deadline,
            last_word: deadline - hosts.options.last_word.min(act.timeout / 3),
            ask_every: hosts.options.ask_every,
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
}

#[async_trait]
impl Ready for Asked<'_> {
    async fn send(self: Box<Self>, permit: Permit) -> Outcome {
        self.carry_out(&permit).await
    }
}

impl Guarded {
    /// What the unit does before an act; what it does from now on is told.
    async fn before(&self, unit: &str, deadline: Instant) -> Result<Sighting, BusError> {
        self.bus.follow(unit, deadline).await?;
        match self.bus.still_forgotten(unit, deadline).await? {
            Some(stopped) => Ok(stopped),
            None => self.bus.list_one(unit, deadline).await,
        }
    }

    /// Waits until nothing is queued for the unit, or as long as there is time to ask once more, and says what it does.
    async fn settled(&self, unit: &str, deadline: Instant, ask_every: Duration) -> Result<Fact, BusError> {
        let last = deadline - (deadline.saturating_duration_since(Instant::now()) / 5);
        let mut events = self.bus.events();
        self.bus.follow(unit, deadline).await?;
        loop {
            let (sighting, processes) = self.bus.sight(unit, deadline).await?;
            if !sighting.has_job() || Instant::now() >= last {
                let known = Known { enablement: Some(String::new()), processes: Some(processes) };
                let extra = self.bus.extra(unit, &sighting, known, deadline).await?;
                return Ok(unit::fact(&sighting, &extra, Source::Asked, &self.boot_id));
            }
            let next = (Instant::now() + ask_every).min(last);
            // Whatever is said is only a reason to ask again.
            let _ = timeout_at(next, events.recv()).await;
        }
    }
}

#[cfg(test)]
mod tests;
