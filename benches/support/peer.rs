//! The peer: Corosync and Pacemaker as Debian has them, on hosts of a lab of their own that boot from a tree with both
//! (`benches/lab/peers`). No fencing, which only saves the peer time; everything else has its default where no benchmark
//! says otherwise.

use super::corosync::{corosync, resources};
use super::ground::{Ground, Side, Sign};
use super::host::Host;
use super::lab::Lab;
use super::proc::{self, Child};
use super::service::ServiceSpec;
use super::wait;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A cluster forms, settles, or makes room for another configuration within this time.
const SETTLES: Duration = Duration::from_secs(180);
/// A tool that only tells or asks for something answers within this time.
const TOOL: Duration = Duration::from_secs(60);

/// What the resources are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same plain units as ours.
    Systemd,
    /// Agents that keep a file and have no process.
    Dummy,
}

/// Boots hosts that have the peer installed; otherwise says why there is none.
///
/// # Errors
/// In words, where the tree cannot be made.
pub fn lab(hosts: &[&str]) -> Result<Lab, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lab/peers");
    let output = Command::new(&script).output().map_err(|error| format!("{}: {error}", script.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let tree = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(Lab::boot_from(Some(&tree), hosts))
}

/// A cluster of the peer.
pub struct Peer {
    /// Its hosts.
    pub lab: Lab,
    /// What really runs.
    pub ground: Ground,
    nodes: Vec<&'static str>,
    resources: Vec<Sign>,
}

impl Peer {
    /// Starts both programs everywhere; returns when the cluster has formed. It has no resources.
    #[track_caller]
    pub fn form(lab: Lab, nodes: &[&'static str]) -> Self {
        let ground = Ground::of(&lab);
        let peer = Self { lab, ground, nodes: nodes.to_vec(), resources: Vec::new() };
        let hosts: Vec<&Host> = nodes.iter().map(|name| peer.lab.host(name)).collect();
        let key: Vec<u8> = (0..256).map(|_| rand::random()).collect();
        for host in &hosts {
            host.write("/etc/corosync/corosync.conf", corosync(&hosts).as_bytes());
            host.write("/etc/corosync/authkey", &key);
            host.sh("chmod 400 /etc/corosync/authkey");
        }
        for name in nodes {
            peer.join(name);
        }
        peer.run_first(&["crm_attribute", "-n", "stonith-enabled", "-v", "false"]);
        if nodes.len() == 2 {
            peer.run_first(&["crm_attribute", "-n", "no-quorum-policy", "-v", "ignore"]);
        }
        peer.run_first(&["crm_attribute", "-t", "rsc_defaults", "-n", "resource-stickiness", "-v", "100"]);
        peer.all_online();
        peer
    }

    /// Starts both programs on a host, as after a boot.
    #[track_caller]
    pub fn join(&self, host: &str) {
        self.lab.host(host).sh("systemctl start corosync && systemctl start pacemaker");
    }

    /// Waits until every node is a member.
    #[track_caller]
    pub fn all_online(&self) {
        let want = format!("Online: [ {} ]", self.nodes.join(" "));
        wait::until_value("all nodes are online", SETTLES, || self.said(self.nodes[0], &["crm_mon", "-1"]), |said| said.contains(&want));
    }

    /// One ordered group of `count` resources; with a threshold, so many failures of one move all of it.
    #[track_caller]
    pub fn group(&mut self, class: Class, count: usize, interval: &str, threshold: Option<u32>) {
        let threshold = threshold.map_or_else(|| "INFINITY".to_owned(), |failures| failures.to_string());
        self.run_first(&["crm_attribute", "-t", "rsc_defaults", "-n", "migration-threshold", "-v", &threshold]);
        self.configure(class, count, interval, true);
        self.settled();
    }

    /// `count` resources that know nothing of each other.
    #[track_caller]
    pub fn flat(&mut self, class: Class, count: usize, interval: &str) {
        self.configure(class, count, interval, false);
        let all = || self.nodes.iter().map(|host| self.side(host).count()).sum::<usize>();
        wait::until_value("all resources run", SETTLES, all, |running| *running == count);
        self.idle();
    }

    /// Ends what was configured before, and has these instead.
    #[track_caller]
    fn configure(&mut self, class: Class, count: usize, interval: &str, grouped: bool) {
        // They are stopped before they are taken out: what is not known to run at that moment would go on for ever.
        self.idle();
        self.stop_all(true);
        let none = || self.nodes.iter().all(|host| self.side(host).count() == 0);
        wait::until("nothing runs any more", SETTLES, none);
        self.idle();
        let prefix = if class == Class::Dummy { "dummy" } else { "svc" };
        let names: Vec<String> = (1..=count).map(|number| format!("{prefix}{number}")).collect();
        self.resources = names
            .iter()
            .map(|name| match class {
                Class::Systemd => Sign::Unit(format!("{name}.service")),
                Class::Dummy => Sign::File(format!("run/Dummy-{name}.state")),
            })
            .collect();
        if class == Class::Systemd {
            self.install(&names);
        }
        let kind = |number: usize| match class {
            Class::Systemd => format!("class=\"systemd\" type=\"{}\"", names[number]),
            Class::Dummy => "class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"".to_owned(),
        };
        let xml = resources(&names, kind, interval, grouped);
        self.lab.host(self.nodes[0]).write("/var/tmp/resources.xml", xml.as_bytes());
        self.run_first(&["cibadmin", "--replace", "-o", "resources", "--xml-file", "/var/tmp/resources.xml"]);
        self.stop_all(false);
    }

    fn stop_all(&self, stop: bool) {
        self.run_first(&["crm_attribute", "-n", "stop-all-resources", "-v", if stop { "true" } else { "false" }]);
    }

    fn install(&self, names: &[String]) {
        for host in self.nodes.iter().map(|name| self.lab.host(name)) {
            for name in names {
                let unit = format!("{name}.service");
                host.write(&format!("/etc/systemd/system/{unit}"), ServiceSpec::Simple.unit_file(&unit).as_bytes());
            }
            host.sh("systemctl daemon-reload");
        }
    }

    /// Waits until the whole group runs on one node, nothing of it elsewhere, and nothing is under way; says on which, and
    /// names another one.
    #[track_caller]
    pub fn settled(&self) -> (&'static str, &'static str) {
        self.all_online();
        self.idle();
        let whole = self.resources.len();
        let sides = || self.nodes.iter().map(|host| self.side(host).count()).collect::<Vec<_>>();
        let on_one = |counts: &Vec<usize>| counts.contains(&whole) && counts.iter().sum::<usize>() == whole;
        let counts = wait::until_value("the group runs on one node", SETTLES, sides, on_one);
        self.idle();
        let active = counts.iter().position(|count| *count == whole).unwrap();
        (self.nodes[active], self.nodes[(active + 1) % self.nodes.len()])
    }

    /// Forgets what has failed, so that the next round begins as the first one did.
    #[track_caller]
    pub fn forget_failures(&self) {
        self.run_first(&["crm_resource", "--cleanup"]);
        self.idle();
    }

    /// Waits until the cluster has nothing to do.
    #[track_caller]
    fn idle(&self) {
        let seconds = SETTLES.as_secs().to_string();
        let mut command = self.lab.host(self.nodes[0]).command("crm_resource");
        let output = proc::run(command.args(["--wait", "--timeout", &seconds]), SETTLES * 2);
        assert!(output.status.success(), "crm_resource --wait: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The resources on a host; made anew when the host was off.
    pub fn side(&self, host: &str) -> Side {
        self.ground.side(host, &self.resources)
    }

    /// The nodes but this one.
    pub fn others(&self, host: &str) -> Vec<&'static str> {
        self.nodes.iter().copied().filter(|other| *other != host).collect()
    }

    /// Starts a tool on a host and does not wait.
    #[track_caller]
    pub fn tool(&self, host: &str, words: &[&str]) -> Child {
        Child::spawn(words[0], self.lab.host(host).command(words[0]).args(&words[1..]), self.lab.dir())
    }

    /// Runs a tool on a host, which must succeed.
    #[track_caller]
    pub fn run(&self, host: &str, words: &[&str]) {
        let output = proc::run(self.lab.host(host).command(words[0]).args(&words[1..]), TOOL);
        assert!(output.status.success(), "{words:?} on {host}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same on the first node, which may still be coming up.
    #[track_caller]
    fn run_first(&self, words: &[&str]) {
        let host = self.lab.host(self.nodes[0]);
        let went_well = || proc::run(host.command(words[0]).args(&words[1..]), TOOL).status.success();
        wait::until(&format!("{words:?} succeeds"), SETTLES, went_well);
    }

    fn said(&self, host: &str, words: &[&str]) -> String {
        let output = proc::run(self.lab.host(host).command(words[0]).args(&words[1..]), TOOL);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What is installed.
    pub fn version(&self) -> String {
        let text = "printf '%s %s, %s %s' Pacemaker \"$(dpkg-query -Wf '${Version}' pacemaker)\" Corosync \"$(dpkg-query -Wf '${Version}' corosync)\"";
        self.lab.host(self.nodes[0]).sh(text)
    }
}
