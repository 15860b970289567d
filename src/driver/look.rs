//! Looking at services without a term: over D-Bus, or by `systemctl show` where the bridge cannot be had.

use super::bus::{Bus, BusError};
use super::error::DriverError;
use super::guard;
use super::session::{Watch, from_bus, nonce};
use super::show;
use super::systemd::{Side, SystemdHosts};
use super::unit::{self, Extra, Left, Sighting};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::Service;
use futures_util::future::join_all;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

const STAGE: &str = "looking at its services";

impl SystemdHosts {
    pub(super) async fn look_at(&self, side: &Side, services: &[Service], deadline: Instant) -> Result<Vec<(Service, Fact)>, DriverError> {
        let units: Vec<&str> = services.iter().map(unit_of).collect();
        let facts = if side.bridge_is_missing() {
            self.show(side, &units, deadline).await?
        } else {
            match self.ask(side, &units, deadline).await {
                // The host answers, but not over D-Bus.
                Err(error) if error.host_answered() => {
                    side.bridge_failed(&error, self.options.bridge_retry);
                    self.show(side, &units, deadline).await?
                }
                asked => asked?,
            }
        };
        Ok(services.iter().cloned().zip(facts).collect())
    }

    async fn ask(&self, side: &Side, units: &[&str], deadline: Instant) -> Result<Vec<Fact>, DriverError> {
        let watch = self.watch(side, deadline).await?;
        let facts = match watch.bus.list(units, deadline).await {
            Ok(sightings) => watch.facts(units, &sightings, deadline).await,
            // One name that systemd does not take spoils the answer for all: ask one by one.
            Err(BusError::Refused { .. }) => watch.one_by_one(units, deadline).await,
            Err(error) => Err(error),
        };
        facts.map_err(|error| {
            // Whatever still comes on it belongs to a question that is over.
            watch.bus.close("a look on it had no answer");
            from_bus(&side.name, STAGE, error)
        })
    }

    async fn show(&self, side: &Side, units: &[&str], deadline: Instant) -> Result<Vec<Fact>, DriverError> {
        let (hello, shown) = self.shown(side, units, deadline).await?;
        Ok(shown.iter().map(|s| unit::fact(&s.sighting, &s.extra, Source::Show, &hello.boot_id)).collect())
    }

    /// What `systemctl show` says.
    pub(super) async fn shown(
        &self,
        side: &Side,
        units: &[&str],
        deadline: Instant,
    ) -> Result<(guard::Hello, Vec<show::Shown>), DriverError> {
        let nonce = nonce();
        let printed = self.reached(side, deadline).run(&guard::show(&nonce, units.iter().copied()), STAGE).await;
        self.after(side, &printed).await;
        let printed = printed?;
        let bad = |reason: &str| DriverError::BadAnswer { host: side.name.clone(), stage: STAGE, reason: reason.to_owned() };
        let mut rest = printed.as_str();
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            if let Some(Ok(hello)) = guard::answer("SWITCHTOWER-SHOW", &nonce, line) {
                side.believe(&hello.boot_id, STAGE)?;
                let shown = show::parse(rest, units.len()).ok_or_else(|| bad("systemctl show printed something else"))?;
                return Ok((hello, shown));
            }
        }
        Err(bad("no answer to this question in it"))
    }
}

impl Side {
    /// Leaves the bridge alone for a while.
    pub(super) fn bridge_failed(&self, error: &DriverError, retry: Duration) {
        tracing::warn!(%error, "looks go on by systemctl show");
        *self.no_bridge.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + retry);
    }

    pub(super) fn bridge_is_missing(&self) -> bool {
        let mut until = self.no_bridge.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| Instant::now() >= until) {
            *until = None;
        }
        until.is_some()
    }
}

impl Watch {
    /// Everything that a look wants to know of units whose states are known; all questions are on their way at once.
    async fn facts(&self, units: &[&str], sightings: &[Sighting], deadline: Instant) -> Result<Vec<Fact>, BusError> {
        let each = units.iter().zip(sightings).map(async |(unit, sighting)| {
            let known = Known { enablement: self.enablement(unit), processes: None };
            let asked = known.enablement.is_none();
            let extra = self.bus.extra(unit, sighting, known, deadline).await?;
            Ok((asked, unit::fact(sighting, &extra, Source::Asked, &self.boot_id)))
        });
        let facts: Vec<(bool, Fact)> = join_all(each).await.into_iter().collect::<Result<_, BusError>>()?;
        let asked = units.iter().zip(&facts).filter(|(_, (asked, _))| *asked);
        self.keep_enablement(asked.map(|(unit, (_, fact))| (*unit, fact.enablement.as_str())));
        Ok(facts.into_iter().map(|(_, fact)| fact).collect())
    }

    async fn one_by_one(&self, units: &[&str], deadline: Instant) -> Result<Vec<Fact>, BusError> {
        let mut facts = Vec::with_capacity(units.len());
        for unit in units {
            match self.bus.list(&[unit], deadline).await {
                Ok(sightings) => facts.extend(self.facts(&[unit], &sightings, deadline).await?),
                Err(BusError::Refused { message, .. }) => {
                    let sighting = Sighting { sub: message, ..Sighting::default() };
                    facts.push(unit::fact(&sighting, &Extra::default(), Source::Asked, &self.boot_id));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(facts)
    }
}

/// What somebody knows of a unit already, beside its state.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Whether it starts by itself. Where nobody wants to know, an empty word saves the host the trouble to find out: it
    /// searches its folders for that, which takes it longer than a start.
    pub enablement: Option<String>,
    /// Its processes, or that systemd has forgotten it.
    pub processes: Option<Option<Vec<u32>>>,
}

impl Bus {
    /// What a fact says beside the state, as far as it is not `known`. Every question is on its way at once.
    pub(super) async fn extra(&self, unit: &str, sighting: &Sighting, known: Known, deadline: Instant) -> Result<Extra, BusError> {
        let state = sighting.state();
        if state == State::Missing {
            return Ok(Extra::default());
        }
        let Known { enablement, processes } = known;
        let enablement = async { if let Some(known) = enablement { Ok(known) } else { self.enablement(unit, deadline).await } };
        let result = async { if state == State::Failed { self.result(unit, deadline).await } else { Ok(String::new()) } };
        let (of_run, enablement, result) = tokio::join!(self.of_run(unit, state, processes, deadline), enablement, result);
        let (invocation, left) = of_run?;
        Ok(Extra { invocation, enablement: enablement?, result: result?, left, group: false })
    }

    /// The start that a unit is in, or was in last, and what runs of it although it is stopped. One that systemd has
    /// forgotten has neither, and is not asked for more: each question would make systemd read it from disk again, which
    /// costs the host more than everything else in a look.
    async fn of_run(
        &self,
        unit: &str,
        state: State,
        known: Option<Option<Vec<u32>>>,
        deadline: Instant,
    ) -> Result<(Option<String>, Left), BusError> {
        let left = if state.proven_stopped() {
            let processes = if let Some(known) = known { known } else { self.kept_processes(unit, deadline).await? };
            match processes {
                None => return Ok((None, Left::Told(Vec::new()))),
                Some(left) => Left::Told(left),
            }
        } else {
            Left::NotAsked
        };
        Ok((self.invocation(unit, deadline).await?, left))
    }
}

pub(super) fn unit_of(service: &Service) -> &str {
    let Service::Systemd(unit) = service else { return "" };
    unit.as_str()
}
