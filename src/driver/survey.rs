//! A closer look at a host than watching takes: clocks, what the guard needs, and what could start units by itself.
//! Asked for by the live checks of a configuration.

use super::clock::Clock;
use super::error::DriverError;
use super::guard::{self, Demand};
use super::look::unit_of;
use super::session::nonce;
use super::show::Shown;
use super::systemd::{Side, SystemdHosts};
use crate::core::fact::State;
use crate::core::model::{HostName, Service};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Most units around the managed ones that are looked at, a host.
const MOST_AROUND: usize = 200;

/// What a survey has found.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The host's clocks.
    pub clock: Clock,
    /// What stands in the way of the guard; empty where it could stand.
    pub obstacles: Vec<DriverError>,
    /// Each service that was asked for, in that order.
    pub units: Vec<UnitSurvey>,
}

/// One unit, and what is around it.
#[derive(Debug, Clone)]
pub struct UnitSurvey {
    /// Which.
    pub service: Service,
    /// What it does.
    pub state: State,
    /// It cannot be started, since it is masked.
    pub masked: bool,
    /// `enabled`, `static`, …
    pub enablement: String,
    /// Sockets, timers and paths that start it.
    pub triggers: Vec<Neighbour>,
    /// Units that want or require it.
    pub pullers: Vec<Neighbour>,
}

/// A unit that can start another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub unit: String,
    /// It is active now.
    pub active: bool,
    /// It becomes active at boot.
    pub enabled: bool,
}

impl SystemdHosts {
    /// Whether a host can be logged in to, which is all that is wanted of one that runs no services.
    ///
    /// # Errors
    /// The host is unknown, silent, or does not let us in.
    pub async fn reach(&self, host: &HostName, deadline: Duration) -> Result<(), DriverError> {
        let side = self.side(host)?;
        let reached = self.reached(side, Instant::now() + deadline).connection().await;
        self.after(side, &reached).await;
        reached.map(drop)
    }

    /// Surveys a host. It changes nothing there.
    ///
    /// # Errors
    /// The host is unknown, silent, or does not run the questions.
    pub async fn survey(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Survey, DriverError> {
        let (side, until) = (self.side(host)?, Instant::now() + deadline);
        let clock = self.clock(host, deadline).await?;
        let obstacles = match self.obstacles(side, until).await {
            Err(error) if error.host_answered() => vec![error],
            found => found?,
        };
        let units: Vec<&str> = services.iter().map(unit_of).collect();
        let shown = if units.is_empty() { Vec::new() } else { self.shown(side, &units, until).await?.1 };
        let names: BTreeSet<&str> = shown.iter().flat_map(|s| s.related.iter().map(|(_, unit)| unit.as_str())).take(MOST_AROUND).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let around = if names.is_empty() { Vec::new() } else { self.shown(side, &names, until).await?.1 };
        let around: BTreeMap<&str, Shown> = names.iter().copied().zip(around).collect();
        let units = services.iter().zip(&shown).map(|(service, shown)| UnitSurvey::new(service, shown, &around)).collect();
        Ok(Survey { clock, obstacles, units })
    }

    /// What stands in the way of the guard.
    async fn obstacles(&self, side: &Side, deadline: Instant) -> Result<Vec<DriverError>, DriverError> {
        let nonce = nonce();
        let printed = self.reached(side, deadline).run(&guard::ready(&nonce), "asking what the guard needs").await?;
        let demand = Demand::asking(&self.cluster, &nonce);
        let mut obstacles = Vec::new();
        for line in printed.lines() {
            match guard::answer("SWITCHTOWER-READY", &nonce, line) {
                Some(Ok(_)) => return Ok(obstacles),
                Some(Err(refusal)) => obstacles.push(guard::explain(&side.name, &demand, refusal)),
                None => {}
            }
        }
        let reason = "it ended before its last line".to_owned();
        Err(DriverError::BadAnswer { host: side.name.clone(), stage: "asking what the guard needs", reason })
    }
}

impl UnitSurvey {
    fn new(service: &Service, shown: &Shown, around: &BTreeMap<&str, Shown>) -> Self {
        let near = |trigger: bool| {
            let wanted = shown.related.iter().filter(|(how, _)| (*how == "TriggeredBy") == trigger);
            let neighbour = |(_, unit): &(&str, String)| {
                let shown = around.get(unit.as_str());
                let active = shown.is_some_and(|s| s.sighting.state().runs() == Some(true));
                let enabled = shown.is_some_and(|s| s.extra.enablement.starts_with("enabled"));
                Neighbour { unit: unit.clone(), active, enabled }
            };
            wanted.map(neighbour).collect()
        };
        Self {
            service: service.clone(),
            state: shown.sighting.state(),
            masked: shown.sighting.load == "masked",
            enablement: shown.extra.enablement.clone(),
            triggers: near(true),
            pullers: near(false),
        }
    }
}
