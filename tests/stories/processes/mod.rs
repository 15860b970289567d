//! Components that are processes of a host service, on real hosts behind a real sshd: they move, are rescued and are fenced
//! like units, and beyond that can stop by themselves and be started by hand.

mod by_hand;
mod leave;
mod moves;
mod self_stop;
mod terms;

use crate::support::cluster::Cluster;
use serde_json::Value;

/// The runs of the journal, as their verbs and ends, the oldest first.
fn runs(cluster: &Cluster) -> Vec<String> {
    let entries = cluster.entries();
    let opened = entries.iter().filter(|e| e["kind"] == "run-opened");
    let told = opened.map(|e| {
        let id = format!("r{}", e["index"]);
        let end = entries.iter().find(|e| e["run"] == id.as_str() && e["event"] == "closed").map(|e| e["end"]["end"].to_string());
        format!("{} {}", e["plan"]["command"]["verb"].as_str().unwrap(), end.unwrap_or_default().trim_matches('"'))
    });
    told.collect()
}

fn over(status: &Value) -> bool {
    status["open_runs"].as_array().is_some_and(Vec::is_empty)
}
