//! A cluster as an operator has one: a configuration, a monitor beside real hosts, and the command line.
//!
//! Hosts are `a1` (site north, the primary) and `b1` (site south). A component is a unit of its own name on both.

use super::host::Host;
use super::lab::Lab;
use super::proc::{self, Child};
use super::service::ServiceSpec;
use super::wait;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_switchtower");
/// A deadline for what takes a moment, on a machine that is busy.
pub const SOON: Duration = Duration::from_secs(20);

/// A cluster in a lab of its own.
pub struct Cluster {
    /// Its hosts.
    pub lab: Lab,
    components: Vec<String>,
}

/// Parts of a configuration, as TOML.
#[derive(Default)]
pub struct Settings<'a> {
    /// More keys of `[monitor]`; looks are taken every second unless a profile is among them.
    pub monitor: &'a str,
    /// The keys of `[failover]`.
    pub failover: &'a str,
    /// More keys of host a1.
    pub a1: &'a str,
    /// More keys of host b1.
    pub b1: &'a str,
    /// The components' tables.
    pub components: &'a str,
}

/// What a run of the command line said.
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Cluster {
    /// Boots hosts and installs `components`, each with those that it comes after; all of them run on north, and no monitor does.
    #[track_caller]
    pub fn boot(components: &[(&str, &[&str])]) -> Self {
        let lab = Lab::boot(&["a1", "b1"]);
        let names: Vec<String> = components.iter().map(|(name, _)| (*name).to_owned()).collect();
        for name in &names {
            for host in ["a1", "b1"] {
                lab.service_unit(host, &format!("{name}.service"), ServiceSpec::Counted);
            }
            lab.host("a1").sh(&format!("systemctl start {name}.service"));
        }
        let cluster = Self { lab, components: names };
        let tables = components.iter().map(|(name, after)| table(name, after)).collect::<String>();
        cluster.configure("", &tables);
        cluster
    }

    /// Boots hosts without any unit or configuration; `components` are those of which [`Self::running`] tells.
    #[track_caller]
    pub fn bare(components: &[&str]) -> Self {
        Self { lab: Lab::boot(&["a1", "b1"]), components: components.iter().map(|&name| name.to_owned()).collect() }
    }

    /// The same, and these hosts beside the two; [`Cluster::host_table`] puts one into a configuration.
    #[track_caller]
    pub fn bare_beside(more: &[&str], components: &[&str]) -> Self {
        let hosts: Vec<&str> = ["a1", "b1"].iter().chain(more).copied().collect();
        Self { lab: Lab::boot(&hosts), components: components.iter().map(|&name| name.to_owned()).collect() }
    }

    /// The table of a host that stands at no site.
    #[track_caller]
    pub fn host_table(&self, name: &str) -> String {
        format!("[hosts.{name}]\nuser = \"root\"\naddress = {:?}\n", self.lab.host(name).ip())
    }

    /// Writes the configuration anew, with `monitor` as more keys of `[monitor]` and `components` as TOML. The monitor does
    /// nothing by itself.
    pub fn configure(&self, monitor: &str, components: &str) {
        self.configure_all(&Settings { monitor, failover: "mode = \"observe-only\"", components, ..Settings::default() });
    }

    /// Writes the configuration anew.
    pub fn configure_all(&self, settings: &Settings<'_>) {
        let Settings { monitor, failover, a1, b1, components } = settings;
        let (dir, known, key) = (self.lab.dir(), self.lab.known_hosts(), self.lab.ssh_key());
        let interval = if monitor.contains("profile = ") { "" } else { "interval = \"1s\"" };
        let text = format!(
            "[cluster]\nname = \"shop\"\nprimary = \"north\"\nsecondary = \"south\"\n\
             [monitor]\n{interval}\nstate_dir = {:?}\nrun_dir = {:?}\n{monitor}\n[failover]\n{failover}\n\
             [ssh]\nconfig = \"/dev/null\"\nagent = false\nconnect_timeout = \"3s\"\nkeepalive = \"1s\"\nkeepalive_max = 3\n\
             known_hosts = [{known:?}]\nidentities = [{key:?}]\n\
             [hosts.a1]\nsite = \"north\"\nuser = \"root\"\naddress = {:?}\n{a1}\n\
             [hosts.b1]\nsite = \"south\"\nuser = \"root\"\naddress = {:?}\n{b1}\n{components}",
            dir.join("state"),
            dir.join("run"),
            self.lab.host("a1").ip(),
            self.lab.host("b1").ip(),
        );
        std::fs::write(self.config(), text).unwrap();
        std::fs::set_permissions(self.config(), std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.lab.dir().join("switchtower.toml")
    }

    /// A host.
    #[track_caller]
    pub fn host(&self, name: &str) -> &Host {
        self.lab.host(name)
    }

    /// Starts the monitor, and returns when it has heard both hosts and knows which side serves.
    #[track_caller]
    pub fn monitor(&self) -> Child {
        let child = self.monitor_under(&[]);
        self.wait_for("the monitor knows both hosts and the side that serves", |status| {
            let answers = |host: &Value| host["answers"] == true;
            status["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(answers)) && status["wanted"]["wanted"] != "unset"
        });
        child
    }

    /// Starts the monitor behind the words of `wrapper`, such as a tracer, and does not wait.
    #[track_caller]
    pub fn monitor_under(&self, wrapper: &[&str]) -> Child {
        let words: Vec<&str> = wrapper.iter().copied().chain([PROGRAM, "monitor", "run", "--config"]).collect();
        let mut command = self.lab.ctl_command(words[0]);
        command.args(&words[1..]).arg(self.config());
        Child::spawn("monitor", &mut command, self.lab.dir())
    }

    /// The command line with these words, ready to run.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--run-dir").arg(self.lab.dir().join("run")).arg("--config").arg(self.config()).args(words);
        command
    }

    /// Runs the command line to its end, without a terminal.
    #[track_caller]
    pub fn say(&self, words: &[&str]) -> Said {
        Said::from(proc::run(&mut self.command(words), Duration::from_secs(90)))
    }

    /// Runs the command line, which must end with `code`, and returns what it said.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &[&str]) -> Said {
        let said = self.say(words);
        assert_eq!(said.code, code, "{words:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// The status, as a value; null while nobody answers.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.say(&["--json", "status"]).out).unwrap_or_default()
    }

    /// Waits until the status is `good`, and returns it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, good: impl FnMut(&Value) -> bool) -> Value {
        wait::until_value(what, SOON, || self.status(), good)
    }

    /// The components that run on a host, by systemd's own word.
    #[track_caller]
    pub fn running(&self, host: &str) -> BTreeSet<String> {
        self.components.iter().filter(|name| self.host(host).is_active(&format!("{name}.service"))).cloned().collect()
    }

    /// All components run on this host and none on the other.
    #[track_caller]
    pub fn assert_serves(&self, host: &str) {
        let other = if host == "a1" { "b1" } else { "a1" };
        let all: BTreeSet<String> = self.components.iter().cloned().collect();
        assert_eq!((self.running(host), self.running(other)), (all, BTreeSet::new()), "on {host}, then on {other}");
    }

    /// How often a component was started on a host.
    #[track_caller]
    pub fn starts(&self, host: &str, component: &str) -> usize {
        let text = self.host(host).sh(&format!("cat /var/log/{component}.service.starts 2>/dev/null || true"));
        text.lines().count()
    }

    /// The journal's file.
    #[track_caller]
    pub fn journal(&self) -> PathBuf {
        let dir = self.lab.dir().join("state");
        let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).filter(|p| is_journal(p)).collect();
        files.sort();
        files.pop().expect("a journal")
    }

    /// The entries of the journal.
    #[track_caller]
    pub fn entries(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.journal()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "jsonl")
}

/// The table of an exclusive component.
pub fn table(name: &str, after: &[&str]) -> String {
    let place = |host: &str| format!("{{ host = {host:?}, unit = \"{name}.service\" }}");
    let (primary, secondary) = (place("a1"), place("b1"));
    format!(
        "[components.{name}]\nafter = {after:?}\nstart_timeout = \"5s\"\nstop_timeout = \"5s\"\nprimary = {primary}\nsecondary = {secondary}\n"
    )
}

impl Cluster {
    /// How a run that is over ended: `done`, `nothing-changed` or `partly`.
    #[track_caller]
    pub fn expect_end(&self, run: &str) -> String {
        let entries = self.entries();
        let closed = entries.iter().rfind(|e| e["run"] == run && e["event"] == "closed").unwrap_or_else(|| panic!("{run} is not over"));
        closed["end"]["end"].as_str().unwrap().to_owned()
    }
}
