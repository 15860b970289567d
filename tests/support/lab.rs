//! A lab for a test: real hosts (systemd, sshd) and a controller on a switch of their own, see `tests/lab/lib.sh`.
//!
//! ```ignore
//! let lab = Lab::boot(&["a1", "b1"]);                           // about a second; needs root
//! lab.service_unit("a1", "app.service", ServiceSpec::Simple);   // installed, not enabled, not started
//! let a1 = lab.host("a1");
//! a1.sh("systemctl start app.service");                         // out of band: not by its network, not by its sshd
//! let mut monitor = lab.ctl_command(env!("CARGO_BIN_EXE_switchtower"));  // runs where it reaches the hosts, by name too
//! let monitor = Child::spawn("monitor", monitor.args(["monitor"]), lab.dir());
//! a1.power_off();                                               // also: freeze/thaw, cut/heal, hide/show, start
//! ```
//!
//! Files of the test go to [`Lab::dir`] (short enough for sockets). The controller's key, the hosts' keys and names are in
//! [`Lab::ssh_config`], [`Lab::ssh_key`] and [`Lab::known_hosts`]. Dropped, or when the test's process dies in any way,
//! the lab takes everything with it, the programs started by [`Lab::ctl_command`] too. Tests that use it stand in
//! `tests/stories/` outside of `local/`: without root `tests/run` leaves them out and says so.

use std::io::{BufRead, BufReader, Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::host::Host;
use super::proc;
use super::service::ServiceSpec;

/// Longer than a first build of the root tree takes.
const BOOT: Duration = Duration::from_secs(150);
/// The scripts have deadlines of their own below this.
pub const VERB: Duration = Duration::from_secs(60);
/// Where labs are kept unless the environment says otherwise; the scripts have the same rule.
const STORE: &str = "/var/cache/switchtower-lab";

/// Hosts and a controller that belong to one test.
#[derive(Debug)]
pub struct Lab {
    base: PathBuf,
    dir: PathBuf,
    pin: u32,
    hosts: Vec<Host>,
    keeper: Child,
    hold: Option<ChildStdin>,
}

impl Lab {
    /// Makes a lab and boots its hosts; returns when each is up and its sshd answers.
    #[track_caller]
    pub fn boot(hosts: &[&str]) -> Self {
        Self::boot_from(None, hosts)
    }

    /// The same, with hosts that boot from another root tree than the tests'.
    #[track_caller]
    pub fn boot_from(tree: Option<&Path>, hosts: &[&str]) -> Self {
        assert!(rustix::process::geteuid().is_root(), "this test needs root for its hosts; tests/run leaves it out without");
        let base = labs().join(format!("{:x}-{:06x}", std::process::id(), rand::random::<u32>() & 0xff_ffff));
        let mut complaints = tempfile::tempfile().unwrap();
        let mut command = script("keep");
        command.envs(tree.map(|tree| ("SWITCHTOWER_LAB_TREE", tree)));
        command.arg(&base).args(hosts).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut keeper = command.stderr(complaints.try_clone().unwrap()).spawn().expect("tests/lab/keep starts");
        let hold = keeper.stdin.take();
        let ready = first_line(keeper.stdout.take().unwrap());
        if ready.recv_timeout(BOOT).ok().as_deref() != Some("ready") {
            drop(hold);
            let mut text = String::new();
            complaints.rewind().unwrap();
            complaints.read_to_string(&mut text).unwrap();
            panic!("no lab: {text}");
        }
        let pin = std::fs::read_to_string(base.join("pin")).unwrap();
        let pin = pin.split(' ').next().unwrap().parse().unwrap();
        let addresses = std::fs::read_to_string(base.join("hosts")).unwrap();
        let hosts = hosts.iter().map(|name| Host::new(name, &addresses, &base)).collect();
        Self { dir: base.join("work"), base, pin, hosts, keeper, hold }
    }

    /// The host of this name.
    #[track_caller]
    pub fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|host| host.name() == name).unwrap_or_else(|| panic!("this lab has no host {name}"))
    }

    /// An empty folder for the test's own files, removed with the lab.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The private key that every host lets in as root.
    pub fn ssh_key(&self) -> PathBuf {
        self.base.join("id")
    }

    /// The hosts' keys, by name and by address.
    pub fn known_hosts(&self) -> PathBuf {
        self.base.join("known_hosts")
    }

    /// A client configuration (`ssh -F`) with the hosts' names, the key and strict checking.
    pub fn ssh_config(&self) -> PathBuf {
        self.base.join("ssh_config")
    }

    /// The controller's address on the switch.
    pub fn controller_ip(&self) -> String {
        address_of("ctl", &std::fs::read_to_string(self.base.join("hosts")).unwrap())
    }

    /// A command that runs `program` as the controller: in its network, with the hosts' names in `/etc/hosts`. The pid is
    /// the program's own; everything it starts ends with the lab.
    pub fn ctl_command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        // The pin's view of the file system: the lab's networks and groups are mounted there only.
        let inside = PathBuf::from(format!("/proc/{}/root", self.pin));
        let group = format!("sys/fs/cgroup/switchtower-lab.{}/ctl/cgroup.procs", self.base.file_name().unwrap().to_str().unwrap());
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", inside.join("run/netns/ctl").display()));
        command.args(["--", "unshare", "--mount", "--propagation", "slave", "--", "sh", "-c"]);
        command.arg("echo $$ >\"$1\" && mount --bind \"$2\" /etc/hosts && shift 2 && exec \"$@\"").arg("sh");
        command.arg(inside.join(group)).arg(self.base.join("hosts")).arg(program);
        command
    }

    /// Installs a unit file on a host that is up. The unit is neither enabled nor started.
    #[track_caller]
    pub fn service_unit(&self, host: &str, unit: &str, spec: ServiceSpec) {
        let host = self.host(host);
        host.write(&format!("/etc/systemd/system/{unit}"), spec.unit_file(unit).as_bytes());
        host.sh("systemctl daemon-reload");
    }

    /// The power switch of a host, as program and arguments of a fence device that is a command.
    #[track_caller]
    pub fn power_switch(&self, host: &str) -> Vec<String> {
        let (program, dir) = (script("power"), self.base.display().to_string());
        vec![program.get_program().to_str().unwrap().to_owned(), dir, self.host(host).name().to_owned()]
    }

    /// A file system of `bytes` in the folder `name` of [`Lab::dir`], for tests of a disk that gets full. Make it before
    /// the program that uses it starts.
    #[track_caller]
    pub fn tmpfs(&self, name: &str, bytes: u64) -> PathBuf {
        let path = self.dir.join(name);
        std::fs::create_dir(&path).unwrap();
        let options = format!("size={bytes},mode=755");
        done(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "lab"]).arg(&path));
        path
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.hold.take());
        for _ in 0..3000 {
            match self.keeper.try_wait() {
                Ok(Some(_)) => return,
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        eprintln!("the lab in {} does not end; tests/lab/sweep removes it", self.base.display());
    }
}

/// The folder that holds all labs of this machine.
pub fn labs() -> PathBuf {
    std::env::var_os("SWITCHTOWER_LAB_DIR").map_or_else(|| PathBuf::from(STORE), PathBuf::from).join("labs")
}

/// One of the scripts in `tests/lab`.
pub fn script(name: &str) -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(name))
}

/// Runs a command that must succeed.
#[track_caller]
pub fn done(command: &mut Command) {
    let output = proc::run(command, VERB);
    assert!(output.status.success(), "{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// The address that goes with a name in a hosts file.
pub fn address_of(name: &str, addresses: &str) -> String {
    let line = addresses.lines().find(|line| line.split(' ').nth(1) == Some(name));
    line.and_then(|line| line.split(' ').next()).unwrap_or_else(|| panic!("no address of {name}")).to_owned()
}

/// The first line of a pipe, by a thread that goes on reading so that the writer never blocks.
fn first_line(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            sender.send(line).ok();
        }
    });
    receiver
}
