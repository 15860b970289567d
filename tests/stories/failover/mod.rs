//! What the cluster does by itself when something dies, and what it does not. One file a question; what they share is
//! here: a shop of three components that acts by itself, and what its journal tells.

mod again;
mod cold;
mod fence;
mod guard;
mod limited;
mod moves;
mod observe;
mod power;
mod rules;
mod serving;
mod silence;

use crate::support::cluster::{Cluster, Settings, table};
use serde_json::Value;

const SHOP: [(&str, &[&str]); 3] = [("db", &[]), ("app", &["db"]), ("web", &["app"])];

/// No attempt to bring a component back where it is: its loss moves the cluster at once.
const NO_RESCUE: &str = "rescue_attempts = 0";

fn tables(more: &str) -> String {
    SHOP.iter().map(|(name, after)| format!("{}{more}\n", table(name, after))).collect()
}

/// A shop that acts by itself; `more` are keys of every component, `failover` those of the section.
fn shop(failover: &str, more: &str) -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    cluster.configure_all(&Settings { failover, components: &tables(more), ..Settings::default() });
    cluster
}

/// A fence device of a host, as its key; `argv` is called with one word more, and may take so long.
fn fence_key(argv: &[String], timeout: &str) -> String {
    format!("fence = {{ command = {argv:?}, timeout = \"{timeout}\" }}")
}

/// The runs of the journal, as their verbs and ends, the oldest first.
fn runs(cluster: &Cluster) -> Vec<(String, String)> {
    let entries = cluster.entries();
    let opened = entries.iter().filter(|e| e["kind"] == "run-opened");
    opened
        .map(|e| {
            let id = format!("r{}", e["index"]);
            let end = entries.iter().find(|e| e["run"] == id.as_str() && e["event"] == "closed").map(|e| e["end"]["end"].to_string());
            (e["plan"]["command"]["verb"].as_str().unwrap().to_owned(), end.unwrap_or_default().trim_matches('"').to_owned())
        })
        .collect()
}

fn ended(verb: &str, end: &str) -> (String, String) {
    (verb.to_owned(), end.to_owned())
}

fn done(verb: &str) -> (String, String) {
    ended(verb, "done")
}

fn decisions(cluster: &Cluster) -> Vec<Value> {
    cluster.entries().into_iter().filter(|e| e["kind"] == "decided").collect()
}

fn over(status: &Value) -> bool {
    status["open_runs"].as_array().is_some_and(Vec::is_empty)
}

/// Why it holds, in its own words; empty where it does not.
fn holds(status: &Value) -> String {
    let choice = &status["decision"]["choice"];
    if choice["choice"] == "hold" { choice["reasons"].to_string() } else { String::new() }
}

fn host<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["hosts"].as_array().and_then(|hosts| hosts.iter().find(|h| h["name"] == name)).unwrap_or(&Value::Null)
}

/// Waits until another host has had a sign of life of `name`: only from then on its seeing nothing counts.
#[track_caller]
fn is_seen(cluster: &Cluster, name: &str) {
    let saw = |s: &Value| host(s, name)["seen_by"].as_array().is_some_and(|seen| seen.iter().any(|look| look["knows_the_way"] == true));
    cluster.wait_for(&format!("another host has seen {name}"), saw);
}

/// The present or last runs of all components on these hosts: any start changes one.
fn invocations(cluster: &Cluster, hosts: &[&str]) -> Vec<String> {
    let each = hosts.iter().flat_map(|host| SHOP.map(|(c, _)| cluster.host(host).invocation_id(&format!("{c}.service"))));
    each.collect()
}

/// Waits until a host that answers was looked at twice more, so that what was to be decided on it has been.
#[track_caller]
fn two_looks(cluster: &Cluster, name: &str) {
    let age = |status: &Value| host(status, name)["age_ms"].as_u64().unwrap_or(u64::MAX);
    for _ in 0..2 {
        cluster.wait_for("time passes", |s| age(s) > 500);
        cluster.wait_for("the host is looked at again", |s| age(s) < 500);
    }
}

/// Waits until everything has moved to `site` and no run is open.
#[track_caller]
fn moved_to(cluster: &Cluster, site: &str) -> Value {
    cluster.wait_for("everything has moved", |s| over(s) && s["active"] == site)
}
