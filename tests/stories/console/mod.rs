//! The console beside real hosts: what an operator sees there and does there. One file a question.

mod ends;
mod guarded;
mod journey;
mod live;
mod lost;
mod modes;
mod record;
mod rights;
mod runs;
mod terminal;

use crate::support::cluster::{Cluster, Settings, table};
use crate::support::service::ServiceSpec;
use std::time::Duration;

/// A component that others rest on, and one on top of it.
const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("web", &["db"])];

/// Their tables, with these keys in each.
fn tables(more: &str) -> String {
    SHOP.iter().map(|(name, after)| format!("{}{more}\n", table(name, after))).collect()
}

/// A shop that acts by itself.
fn automatic(failover: &str, more: &str) -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    cluster.configure_all(&Settings { failover, components: &tables(more), ..Settings::default() });
    cluster
}

/// A shop in which the first step of a switchover takes so long: `web` on a1 does not obey.
fn slow(time: Duration) -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("a1", "web.service", ServiceSpec::WontStop(time));
    cluster.host("a1").sh("systemctl kill -s KILL web.service; systemctl reset-failed web.service; systemctl start web.service");
    cluster
}

/// The runs that were ever opened.
fn opened(cluster: &Cluster) -> usize {
    cluster.entries().iter().filter(|entry| entry["kind"] == "run-opened").count()
}
