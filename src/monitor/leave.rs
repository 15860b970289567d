//! Takes the records of a cluster off its hosts, or looks at them, for `switchtower leave`, which no monitor does. It starts
//! and stops nothing.

use super::targets;
use crate::config::Loaded;
use crate::core::command::Reason;
use crate::core::leaving::{AtHost, Found, Leaving};
use crate::core::model::{HostName, ProcessName};
use crate::driver::{DriverError, Options, ProcessHosts, SystemdHosts};
use crate::ssh::{Pool, short};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// The longest that one host is given, its host service and its records each.
const HOST: Duration = Duration::from_secs(20);
/// Hosts that are asked at a time.
const AT_ONCE: usize = 16;

/// What is on every host of `loaded` that runs something of the cluster, and what has become of it, in the order of their names.
pub async fn leave(loaded: &Loaded, leaving: Leaving) -> Vec<AtHost> {
    let pool = Arc::new(Pool::new(targets::options(loaded)));
    let cluster = &loaded.cluster.name;
    let all = All {
        loaded,
        leaving,
        systemd: &SystemdHosts::new(pool.clone(), targets::targets(loaded), cluster.clone(), Options::default()),
        processes: &ProcessHosts::new(pool, targets::served(loaded), cluster.clone()),
    };
    let hosts: Vec<_> = targets::carries(loaded).into_iter().filter(|(_, c)| c.units || c.agents || c.hooks || c.service).collect();
    let each = hosts.iter().map(|(host, carried)| all.at(host, carried.service, carried.units || carried.agents || carried.hooks));
    let each: Vec<_> = each.collect();
    futures_util::stream::iter(each).buffered(AT_ONCE).collect().await
}

struct All<'a> {
    loaded: &'a Loaded,
    leaving: Leaving,
    systemd: &'a SystemdHosts,
    processes: &'a ProcessHosts,
}

impl All<'_> {
    async fn at(&self, host: &HostName, has_service: bool, has_records: bool) -> AtHost {
        let mut at = AtHost { host: host.clone(), found: Found::Nothing, processes: Vec::new(), service: None };
        let mut self_stop = self.loaded.hosts.get(host).and_then(|access| access.self_stop);
        if has_service {
            match self.service(host).await {
                Ok((running, length)) => {
                    at.processes = running;
                    self_stop = self_stop.or(length);
                }
                Err(error) => at.service = Some(error.to_string()),
            }
        }
        if let Some(length) = self_stop {
            at.found = Found::Left { reason: stops_itself(host, length), unknown: false };
        } else if has_records {
            at.found = self.records(host).await;
        }
        at
    }

    /// What runs there, and after how long alone it is stopped.
    async fn service(&self, host: &HostName) -> Result<(Vec<ProcessName>, Option<Duration>), DriverError> {
        let found = self.processes.survey(host, &[], HOST).await?;
        Ok((found.running, found.self_stop_ms.map(Duration::from_millis)))
    }

    async fn records(&self, host: &HostName) -> Found {
        match self.systemd.leave(host, self.leaving, HOST).await {
            Ok(records) if records.is_empty() => Found::Nothing,
            Ok(records) if self.leaving.remove => Found::Removed { records },
            Ok(records) => Found::Records { records },
            Err(error) => Found::Left { unknown: !error.host_answered(), reason: left(&error) },
        }
    }
}

fn left(error: &DriverError) -> Reason {
    let remedy = if error.host_answered() { "see to that, then run the same again" } else { "run the same again once it answers" };
    Reason::new(error.to_string(), remedy)
}

fn stops_itself(host: &HostName, length: Duration) -> Reason {
    let what =
        format!("{host}: self_stop is set: its host service ends every active process once no monitor was heard for {}", short(&length));
    let remedy = format!(
        "start the monitor again, remove self_stop from [hosts.{host}], run `switchtower config apply`, then stop the monitor and run the same again"
    );
    Reason::new(what, remedy)
}
