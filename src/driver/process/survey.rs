//! A closer look at a host service than watching takes: its version, its clock, and whether it knows its processes. Asked
//! for by the live checks of a configuration.

use super::{Greeted, ProcessHosts};
use crate::core::model::{HostName, Process, ProcessName, Service};
use crate::driver::clock::Clock;
use crate::driver::error::DriverError;
use crate::driver::words::tidy;
use crate::wire::host::{HostAnswer, HostAsk};
use std::time::Duration;
use tokio::time::Instant;

/// What a survey of a host service has found.
#[derive(Debug, Clone)]
pub struct ServiceSurvey {
    /// Its version.
    pub version: String,
    /// The host's clocks.
    pub clock: Clock,
    /// Processes that it does not know, each once.
    pub unknown: Vec<Process>,
    /// Those that run, or may.
    pub running: Vec<ProcessName>,
    /// After how long without a monitor it stops its active processes by itself, where it does, in milliseconds.
    pub self_stop_ms: Option<u64>,
}

impl ProcessHosts {
    /// Surveys the host service of `host`. It changes nothing there.
    ///
    /// # Errors
    /// The host has none, is silent, or answers something else; its host service cannot be reached, or is of another
    /// version or cluster.
    pub async fn survey(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<ServiceSurvey, DriverError> {
        let (side, deadline) = (self.side(host)?, Instant::now() + deadline);
        let about = self.about(side, "asking what it knows");
        let processes = side.processes(services)?;
        let Greeted { link, .. } = self.greeted(side, &side.watch, None, deadline).await?;
        let sent = Instant::now();
        let status = match link.ask(deadline, || HostAsk::Status).await {
            Ok(HostAnswer::Status(status)) => status,
            Ok(_) => return Err(self.distrusted(&link, about.nonsense("it did not say what it knows"))),
            Err(why) => return Err(about.unanswered(why)),
        };
        let clock = Clock::compared(status.clock.boot_id, status.clock.wall_ms, sent.elapsed());
        let mut unknown: Vec<Process> = Vec::new();
        for process in processes {
            let known = status.processes.iter().any(|known| known.name == process.name);
            if !known && !unknown.iter().any(|other| other.name == process.name) {
                unknown.push(process);
            }
        }
        let running = status.processes.iter().filter(|known| !known.fact.state.proven_stopped());
        let running = running.map(|known| known.name.clone()).collect();
        Ok(ServiceSurvey { version: tidy(&status.version), clock, unknown, running, self_stop_ms: status.lease_ms })
    }
}
