//! Two monitors, each on a host of the cluster itself: `a1` at north, `b1` at south. They run as services of their hosts'
//! systemd, by one configuration, and log in to each other as root.

use super::cluster::{Cluster, PROGRAM, SOON, Said, Settings};
use super::wait;
use serde_json::Value;

/// The folder of the journals.
const STATE: &str = "/var/lib/switchtower";

/// A cluster with its two monitors.
pub struct Pair {
    /// The cluster; its own configuration is not used by anybody.
    pub cluster: Cluster,
}

impl Pair {
    /// Boots hosts with `components` running on north, and installs the monitors; neither runs. `first` is the one that acts
    /// on an ordinary day.
    #[track_caller]
    pub fn boot(components: &[(&str, &[&str])], first: &str, settings: &Settings<'_>) -> Self {
        let pair = Self { cluster: Cluster::boot(components) };
        pair.configure(first, settings);
        for name in ["a1", "b1"] {
            let (host, lab) = (pair.cluster.host(name), &pair.cluster.lab);
            host.write("/usr/bin/switchtower", &std::fs::read(PROGRAM).unwrap());
            host.write("/etc/systemd/system/switchtower.service", include_bytes!("../../config/switchtower.service"));
            host.write("/etc/switchtower/known_hosts", &std::fs::read(lab.known_hosts()).unwrap());
            host.write("/etc/switchtower/id", &std::fs::read(lab.ssh_key()).unwrap());
            host.sh("chmod 755 /usr/bin/switchtower; chmod 600 /etc/switchtower/id; systemctl daemon-reload");
        }
        pair
    }

    /// Writes the configuration on both hosts.
    #[track_caller]
    pub fn configure(&self, first: &str, settings: &Settings<'_>) {
        let second = if first == "a1" { "b1" } else { "a1" };
        let monitor = format!("hosts = [{first:?}, {second:?}]\n{}", settings.monitor);
        self.cluster.configure_all(&Settings { monitor: &monitor, ..*settings });
        let lab = &self.cluster.lab;
        let work = lab.dir().display().to_string();
        let text = std::fs::read_to_string(self.cluster.config()).unwrap();
        let text = text
            .replace(&format!("{work}/state"), STATE)
            .replace(&format!("{work}/run"), "/run/switchtower")
            .replace(lab.known_hosts().to_str().unwrap(), "/etc/switchtower/known_hosts")
            .replace(lab.ssh_key().to_str().unwrap(), "/etc/switchtower/id");
        for name in ["a1", "b1"] {
            let host = self.cluster.host(name);
            host.write("/etc/switchtower/switchtower.toml", text.as_bytes());
            host.sh("chmod 644 /etc/switchtower/switchtower.toml");
        }
    }

    /// Starts the monitor of a host, and does not wait for what it does.
    #[track_caller]
    pub fn start(&self, host: &str) {
        self.cluster.host(host).sh("systemctl start switchtower.service");
    }

    /// Ends the monitor of a host in an orderly way.
    #[track_caller]
    pub fn stop(&self, host: &str) {
        self.cluster.host(host).sh("systemctl stop switchtower.service");
    }

    /// Starts both, and waits until `acting` acts, the other one follows, and both hosts were heard.
    #[track_caller]
    pub fn begin(&self, acting: &str) {
        self.start("a1");
        self.start("b1");
        self.settled(acting);
    }

    /// Waits until `acting` acts, knows all hosts, and the other one has all of its journal.
    #[track_caller]
    pub fn settled(&self, acting: &str) {
        let other = if acting == "a1" { "b1" } else { "a1" };
        self.wait_for(acting, "it acts, and has heard all hosts", |status| {
            let answers = |host: &Value| host["answers"] == true;
            part(status) == "acting"
                && status["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(answers))
                && status["wanted"]["wanted"] != "unset"
                && status["open_runs"].as_array().is_some_and(Vec::is_empty)
        });
        self.wait_for(other, "it follows", |status| part(status) == "standby");
        self.wait_for(acting, "the other one has the whole journal", |status| {
            status["lease"]["pair"]["behind"] == 0 && status["acts"].as_str().is_some_and(|acts| !acts.starts_with("NOTHING"))
        });
    }

    /// Runs the command line on a host to its end.
    #[track_caller]
    pub fn say(&self, host: &str, words: &[&str]) -> Said {
        let argv: Vec<&str> = std::iter::once("switchtower").chain(words.iter().copied()).collect();
        Said::from(self.cluster.host(host).exec(&argv))
    }

    /// The same, which must end with `code`.
    #[track_caller]
    pub fn expect(&self, host: &str, code: i32, words: &[&str]) -> Said {
        let said = self.say(host, words);
        assert_eq!(said.code, code, "{host}: {words:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// The status as the monitor of a host tells it; null while it does not answer.
    pub fn status(&self, host: &str) -> Value {
        serde_json::from_str(&self.say(host, &["--json", "status"]).out).unwrap_or_default()
    }

    /// Waits until the status at `host` is `good`, and returns it.
    #[track_caller]
    pub fn wait_for(&self, host: &str, what: &str, good: impl FnMut(&Value) -> bool) -> Value {
        wait::until_value(&format!("{host}: {what}"), SOON, || self.status(host), good)
    }

    /// The entries of a host's journal.
    #[track_caller]
    pub fn entries(&self, host: &str) -> Vec<Value> {
        lines(&self.cluster.host(host).sh(&format!("cat {STATE}/journal-*.jsonl")))
    }

    /// Entries that were set aside on a host.
    #[track_caller]
    pub fn aside(&self, host: &str) -> Vec<Value> {
        lines(&self.cluster.host(host).sh(&format!("cat {STATE}/aside-*.jsonl 2>/dev/null || true")))
    }

    /// The verbs of all runs in a host's journal, the oldest first.
    #[track_caller]
    pub fn verbs(&self, host: &str) -> Vec<String> {
        let entries = self.entries(host);
        let opened = entries.iter().filter(|e| e["kind"] == "run-opened");
        opened.map(|e| e["plan"]["command"]["verb"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a monitor does, as far as the pair goes.
pub fn part(status: &Value) -> &str {
    status["lease"]["pair"]["part"].as_str().unwrap_or_default()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
