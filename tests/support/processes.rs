//! A cluster whose hosts run the host service, with processes as components: the shipped unit, under the hosts' own systemd.

use super::cluster::{Cluster, PROGRAM, SOON, Settings};
use super::proc::Child;
use super::wait;
use serde_json::Value;

/// Where the host service's file stands on a host.
const FILE: &str = "/etc/switchtower/host.toml";

/// A cluster with `db`, `app` after it and `sync`, which is active on one side and standby on the other.
pub struct Served {
    /// Its hosts, and the way to its monitor.
    pub cluster: Cluster,
}

impl Served {
    /// Boots hosts and starts the host service on them. Nothing else runs; no monitor does.
    #[track_caller]
    pub fn boot(settings: &Settings<'_>) -> Self {
        let served = Self { cluster: Cluster::bare(&[]) };
        for host in ["a1", "b1"] {
            served.install(host);
        }
        served.configure(settings);
        served
    }

    #[track_caller]
    fn install(&self, host: &str) {
        let host = self.cluster.host(host);
        host.write("/usr/bin/switchtower", &std::fs::read(PROGRAM).unwrap());
        host.write("/etc/systemd/system/switchtower-host.service", include_bytes!("../../config/switchtower-host.service"));
        let process = |name: &str| {
            format!(
                "[processes.{name}]\ncommand = [\"/bin/sh\", \"-c\", 'echo \"$SWITCHTOWER_MODE\" >>/var/log/{name}.starts; exec sleep infinity']\n\
                 ready = \"100ms\"\nstop_timeout = \"2s\"\n"
            )
        };
        let file = format!("[host]\ncluster = \"shop\"\n{}{}{}", process("db"), process("app"), process("sync"));
        host.write(FILE, file.as_bytes());
        host.sh(&format!("chmod 755 /usr/bin/switchtower; chmod 644 {FILE}; systemctl daemon-reload; systemctl start switchtower-host"));
        let up = || host.exec(&["switchtower", "host", "status"]).status.success();
        wait::until("the host service answers", SOON, up);
    }

    /// Writes the configuration anew; `settings.components` are more keys of `db` and `app`.
    pub fn configure(&self, settings: &Settings<'_>) {
        let more = settings.components;
        let table = |name: &str, keys: &str, place: &str| {
            let (primary, secondary) = (format!("{{ host = \"a1\", {place} }}"), format!("{{ host = \"b1\", {place} }}"));
            format!(
                "[components.{name}]\n{keys}\nstart_timeout = \"5s\"\nstop_timeout = \"5s\"\nprimary = {primary}\nsecondary = {secondary}\n"
            )
        };
        let components = format!(
            "{}{}{}",
            table("db", more, "process = \"db\""),
            table("app", &format!("after = [\"db\"]\n{more}"), "process = \"app\""),
            table("sync", "sharing = \"active-standby\"\ntrigger = \"watch\"", "process = \"sync\""),
        );
        self.cluster.configure_all(&Settings { components: &components, ..*settings });
    }

    /// Starts the monitor, and returns when it has heard both hosts.
    #[track_caller]
    pub fn monitor(&self) -> Child {
        let child = self.cluster.monitor_under(&[]);
        let answers = |hosts: &Vec<Value>| hosts.len() == 2 && hosts.iter().all(|host| host["answers"] == true);
        self.cluster.wait_for("both hosts answer", |status| status["hosts"].as_array().is_some_and(answers));
        child
    }

    /// Starts everything on the primary side.
    #[track_caller]
    pub fn start(&self) {
        self.cluster.expect(0, &["start", "--confirm", "north"]);
        self.cluster.wait_for("everything is as it should be", |s| s["verdict"] == "ok");
    }

    /// What the host service says of itself.
    #[track_caller]
    pub fn service(&self, host: &str) -> Value {
        serde_json::from_str(&self.cluster.host(host).sh("switchtower host status --json")).unwrap()
    }

    /// What runs on a host: `NAME` or `NAME@standby`, by the host's own process table.
    #[track_caller]
    pub fn running(&self, host: &str) -> Vec<String> {
        let script = "for p in /proc/[0-9]*; do tr '\\0' '\\n' <$p/environ 2>/dev/null | sed -n 's/^SWITCHTOWER_PROCESS=//p; s/^SWITCHTOWER_MODE=/@/p' | sort | tr -d '\\n'; echo; done | sort -u";
        let lines = self.cluster.host(host).sh(script);
        // `@active` sorts before the name.
        let name = |line: &str| match line.strip_prefix("@standby") {
            Some(name) => format!("{name}@standby"),
            None => line.trim_start_matches("@active").to_owned(),
        };
        let mut names: Vec<String> = lines.lines().filter(|line| !line.is_empty()).map(name).collect();
        names.sort();
        names
    }

    /// The pid of a process on its host.
    #[track_caller]
    pub fn pid(&self, host: &str, name: &str) -> String {
        self.cluster
            .host(host)
            .sh(&format!("grep -lzsx SWITCHTOWER_PROCESS={name} /proc/[0-9]*/environ | cut -d/ -f3 | sort -n | head -n1"))
    }

    /// How often a process was started on a host.
    #[track_caller]
    pub fn starts(&self, host: &str, name: &str) -> usize {
        self.cluster.host(host).sh(&format!("cat /var/log/{name}.starts 2>/dev/null || true")).lines().count()
    }

    /// Everything serves on this host, and the other one follows.
    #[track_caller]
    pub fn assert_serves(&self, host: &str) {
        let other = if host == "a1" { "b1" } else { "a1" };
        assert_eq!((self.running(host), self.running(other)), (all(), vec!["sync@standby".to_owned()]), "on {host}, then on {other}");
    }
}

/// What runs where everything serves.
pub fn all() -> Vec<String> {
    ["app", "db", "sync"].map(str::to_owned).to_vec()
}
