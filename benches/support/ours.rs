//! Our cluster as the benchmarks have it: ordered plain units on two hosts, the real monitor beside them, and default
//! settings wherever a benchmark does not say otherwise.

use super::cluster::{Cluster, SOON};
use super::ground::{Ground, Side, Sign};
use super::proc::Child;
use super::service::ServiceSpec;
use serde_json::Value;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

/// No attempt to bring a component back where it is: its loss moves the cluster at once.
pub const NO_RESCUE: &str = "rescue_attempts = 0";

/// What a benchmark changes of the configuration, as TOML.
#[derive(Debug, Default, Clone)]
pub struct Settings {
    /// More keys of `[monitor]`; empty for the defaults.
    pub monitor: String,
    /// Keys of `[failover]`.
    pub failover: String,
    /// More keys of each component.
    pub component: String,
    /// Whether a1 has its power switch as a fence device.
    pub fence: bool,
    /// Each component starts after the one before it.
    pub ordered: bool,
}

/// The keys of `[monitor]` that choose a profile; nothing for the default one, and for one that this version does not have.
pub fn profile(name: &str) -> Option<String> {
    match name {
        "default" => Some(String::new()),
        "fast" => Some("profile = \"fast\"".to_owned()),
        _ => None,
    }
}

/// A cluster of `count` units that run on a1.
pub struct Ours {
    /// Its hosts and the way to its monitor.
    pub cluster: Cluster,
    /// What really runs.
    pub ground: Ground,
    count: usize,
}

impl Ours {
    /// Boots the hosts and starts the units on a1; no monitor runs.
    #[track_caller]
    pub fn boot(count: usize) -> Self {
        let cluster = Cluster::bare(&[]);
        let names = units(count);
        for host in ["a1", "b1"].map(|name| cluster.host(name)) {
            for unit in &names {
                host.write(&format!("/etc/systemd/system/{unit}"), ServiceSpec::Simple.unit_file(unit).as_bytes());
            }
            host.sh("systemctl daemon-reload");
        }
        let ground = Ground::of(&cluster.lab);
        let ours = Self { cluster, ground, count };
        ours.cluster.host("a1").sh(&format!("systemctl start {}", names.join(" ")));
        ours
    }

    /// Writes the configuration. Settings that are not named have their defaults.
    pub fn configure(&self, settings: &Settings) {
        let lab = &self.cluster.lab;
        let mut text = format!(
            "[cluster]\nname = \"shop\"\nprimary = \"north\"\nsecondary = \"south\"\n\
             [monitor]\nstate_dir = {:?}\nrun_dir = {:?}\n{}\n[failover]\n{}\n\
             [ssh]\nconfig = \"/dev/null\"\nagent = false\nknown_hosts = [{:?}]\nidentities = [{:?}]\n",
            lab.dir().join("state"),
            lab.dir().join("run"),
            settings.monitor,
            settings.failover,
            lab.known_hosts(),
            lab.ssh_key(),
        );
        for (host, site) in [("a1", "north"), ("b1", "south")] {
            let address = lab.host(host).ip();
            write!(text, "[hosts.{host}]\nsite = \"{site}\"\nuser = \"root\"\naddress = \"{address}\"\n").unwrap();
            if settings.fence && host == "a1" {
                writeln!(text, "fence = {{ command = {:?}, timeout = \"10s\" }}", lab.power_switch(host)).unwrap();
            }
        }
        for number in 1..=self.count {
            let after = if number > 1 && settings.ordered { format!("after = [\"svc{}\"]\n", number - 1) } else { String::new() };
            let place = |host: &str| format!("{{ host = \"{host}\", unit = \"svc{number}.service\" }}");
            let (primary, secondary, more) = (place("a1"), place("b1"), &settings.component);
            write!(text, "[components.svc{number}]\n{after}{more}\nprimary = {primary}\nsecondary = {secondary}\n").unwrap();
        }
        std::fs::write(self.cluster.config(), text).unwrap();
        std::fs::set_permissions(self.cluster.config(), std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// Starts the monitor; returns when all is well and each host has seen the other.
    #[track_caller]
    pub fn monitor(&self) -> Child {
        let child = self.cluster.monitor();
        self.well();
        child
    }

    /// Waits until everything runs where it is wanted, no run is open, and each host has seen the other.
    #[track_caller]
    pub fn well(&self) {
        let seen = |host: &Value| host["answers"] == true && host["seen_by"].as_array().is_some_and(|by| !by.is_empty());
        self.cluster.wait_for("all is well", |status| {
            let hosts = status["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(seen));
            hosts && status["verdict"] == "ok" && self.over(status)
        });
    }

    fn over(&self, status: &Value) -> bool {
        status["open_runs"].as_array().is_some_and(Vec::is_empty)
    }

    /// What runs on a host.
    pub fn side(&self, host: &str) -> Side {
        let signs: Vec<Sign> = units(self.count).into_iter().map(Sign::Unit).collect();
        self.ground.side(host, &signs)
    }

    /// Waits until a failover to b1 is over.
    #[track_caller]
    pub fn failed_over(&self) {
        self.cluster.wait_for("the failover is over", |status| self.over(status) && status["active"] == "south");
    }

    /// Moves everything back to a1 after a failover, and has the monitor act by itself again.
    #[track_caller]
    pub fn bring_home(&self) {
        self.failed_over();
        let up = |status: &Value| status["hosts"][0]["health"]["health"] == "up";
        self.cluster.wait_for("a1 is up", up);
        self.cluster.expect(0, &["switchback", "--confirm", "north"]);
        self.cluster.expect(0, &["acknowledge", "--confirm", "yes", "--reason", "the next round"]);
        self.well();
        assert!(self.side("a1").all() && self.side("b1").count() == 0, "everything is back on a1 within {SOON:?}");
    }

    /// From then to the time stamp of the first entry of the journal that tells of a decision to act.
    #[track_caller]
    pub fn decided_after(&self, at: SystemTime) -> Duration {
        let at = jiff::Timestamp::try_from(at).unwrap();
        let acts = |entry: &Value| entry["kind"] == "decided" && entry["decision"]["choice"]["choice"] == "act";
        let stamps = self.cluster.entries().into_iter().filter(acts).map(|e| e["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap());
        let first = stamps.into_iter().find(|stamp| *stamp >= at).expect("a decision in the journal");
        first.duration_since(at).unsigned_abs()
    }

    /// What the report of the last run says of the outage, in milliseconds.
    #[track_caller]
    pub fn reported_outage(&self) -> f64 {
        let report: Value = serde_json::from_str(&self.cluster.expect(0, &["--json", "report"]).out).unwrap();
        report["outage"]["ms"].as_f64().unwrap_or_else(|| panic!("no outage in {report}"))
    }
}

/// The names of the units, in their order.
pub fn units(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("svc{number}.service")).collect()
}
