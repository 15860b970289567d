//! Break-glass on hosts whose components are units of systemd, and that have no host service: somebody acts on the host itself
//! with nothing but the program, and a monitor that comes back finds a newer term, tells who did what and why, and undoes nothing.

mod alone;
mod record;
mod watched;

use crate::support::cluster::{Cluster, PROGRAM, SOON, Said, Settings, table};
use crate::support::host::Host;
use crate::support::wait;
use serde_json::Value;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];
const FOLDER: &str = "/var/lib/switchtower-guard/shop";

/// A cluster on north whose hosts have the program and nothing else; a monitor of it acts by itself.
fn shop() -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    let components: String = SHOP.iter().map(|(name, after)| table(name, after)).collect();
    cluster.configure_all(&Settings { components: &components, ..Settings::default() });
    for host in ["a1", "b1"] {
        cluster.host(host).write("/usr/bin/switchtower", &std::fs::read(PROGRAM).unwrap());
        cluster.host(host).sh("chmod 755 /usr/bin/switchtower");
    }
    cluster
}

/// `switchtower host` with these words, on the host itself.
fn try_hand(host: &Host, words: &[&str]) -> Said {
    let all: Vec<&str> = ["switchtower", "host"].iter().chain(words).copied().collect();
    Said::from(host.exec(&all))
}

/// The same to a unit, with a reason, confirmed.
#[track_caller]
fn hand(host: &Host, code: i32, verb: &str, unit: &str, more: &[&str]) -> Said {
    let words = [&[verb, "--unit", unit, "--reason", "disk 3 smokes", "--confirm", unit], more].concat();
    let said = try_hand(host, &words);
    assert_eq!(said.code, code, "{words:?}\n{}\n{}", said.out, said.err);
    said
}

/// The term that a host keeps, and whose it is.
fn kept(host: &Host) -> (u64, String) {
    let line = host.sh(&format!("cat {FOLDER}/term"));
    let (term, identity) = line.split_once(' ').unwrap();
    (term.parse().unwrap(), identity.to_owned())
}

fn is_by_hand(host: &Host) -> bool {
    kept(host).1 == "0000000000000000"
}

/// Waits until no guard runs on the hosts any more, as it is soon after their monitor was killed.
fn let_go(cluster: &Cluster) {
    for host in ["a1", "b1"].map(|host| cluster.host(host)) {
        wait::until("nobody holds the host", SOON, || host.exec(&["flock", "-n", &format!("{FOLDER}/lock"), "true"]).status.success());
    }
}

/// Waits until the guards of a monitor run on both hosts.
fn held(cluster: &Cluster) {
    for host in ["a1", "b1"].map(|host| cluster.host(host)) {
        wait::until("the host is held", SOON, || !host.exec(&["flock", "-n", &format!("{FOLDER}/lock"), "true"]).status.success());
    }
}

/// Waits until the monitor is paused for what was done by hand, and a host has taken its newer term.
#[track_caller]
fn wait_for_pause(cluster: &Cluster, hosts: &[&str]) -> Value {
    let status = cluster.wait_for("the monitor is paused", |s| s["stance"]["mode"] == "paused");
    for host in hosts {
        wait::until("the host has taken a newer term", SOON, || !is_by_hand(cluster.host(host)));
    }
    status
}

/// What the journal tells of acts by hand: host, what, who, why.
fn deeds(cluster: &Cluster) -> Vec<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = cluster.entries().into_iter().filter(|e| e["kind"] == "by-hand");
    told.map(|e| (text(&e["host"]), text(&e["what"]), text(&e["who"]["user"]), text(&e["reason"]))).collect()
}

/// The runs of the journal that a monitor began.
fn runs(cluster: &Cluster) -> usize {
    cluster.entries().iter().filter(|e| e["kind"] == "run-opened").count()
}
