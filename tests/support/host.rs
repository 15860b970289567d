//! One host of a lab: what can be done to it from outside (power, cable, hang) and, out of band, on it.
//! Made by [`super::lab::Lab::boot`]; the work is done by `tests/lab/host`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use super::lab::{VERB, address_of, done, script};
use super::proc;

/// One host of a lab.
#[derive(Debug)]
pub struct Host {
    name: String,
    ip: String,
    dir: PathBuf,
    /// Pid and start time of its PID 1, as last seen.
    leader: Mutex<Option<(u32, u64)>>,
}

impl Host {
    /// The host of this name in the lab whose scripts keep it in `dir`; `addresses` is the lab's hosts file.
    pub fn new(name: &str, addresses: &str, dir: &Path) -> Self {
        Self { name: name.to_owned(), ip: address_of(name, addresses), dir: dir.to_owned(), leader: Mutex::new(None) }
    }

    /// Its name, which the controller and the other hosts resolve.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    pub fn ip(&self) -> &str {
        &self.ip
    }

    /// A command that runs on it as root, out of band. Also works while it is cut off; not while it is off.
    #[track_caller]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.leader().to_string(), "--mount", "--uts", "--ipc", "--pid", "--net", "--cgroup", "--"]);
        command.args(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb", program]);
        command
    }

    /// Runs a program on it to its end.
    #[track_caller]
    pub fn exec(&self, argv: &[&str]) -> Output {
        proc::run(self.command(argv[0]).args(&argv[1..]), VERB)
    }

    /// Runs a shell script on it, which must succeed; returns what it printed, trimmed.
    #[track_caller]
    pub fn sh(&self, text: &str) -> String {
        let output = self.exec(&["sh", "-ec", text]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {text}: {}: {stderr}", self.name, output.status);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes a file on it, with its folders.
    #[track_caller]
    pub fn write(&self, path: &str, content: &[u8]) {
        let source = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(source.path(), content).unwrap();
        let mut command = self.command("sh");
        command.args(["-ec", "mkdir -p \"$(dirname \"$1\")\"; cat >\"$1\"", "sh", path]).stdin(source.reopen().unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: writing {path}: {}", self.name, String::from_utf8_lossy(&output.stderr));
    }

    /// Its power fails: no packet leaves it any more, every process is gone, its disk stays as it is.
    #[track_caller]
    pub fn power_off(&self) {
        self.verb("kill");
    }

    /// Boots it; returns when it is up.
    #[track_caller]
    pub fn start(&self) {
        self.verb("start");
    }

    /// Every process stops where it is; connections stay open and nothing answers.
    #[track_caller]
    pub fn freeze(&self) {
        self.verb("freeze");
    }

    /// Ends [`Host::freeze`].
    #[track_caller]
    pub fn thaw(&self) {
        self.verb("thaw");
    }

    /// Pulls its cable: nobody reaches it, it reaches nobody.
    #[track_caller]
    pub fn cut(&self) {
        self.verb("cut");
    }

    /// Ends [`Host::cut`].
    #[track_caller]
    pub fn heal(&self) {
        self.verb("heal");
    }

    /// The controller and this host no longer see each other, while both see the other hosts. Two hidden hosts do not
    /// see each other either.
    #[track_caller]
    pub fn hide(&self) {
        self.verb("hide");
    }

    /// Ends [`Host::hide`].
    #[track_caller]
    pub fn show(&self) {
        self.verb("show");
    }

    /// From now on it does not reach another host, so that it never sees anything of that one.
    #[track_caller]
    pub fn blind_to(&self, other: &Self) {
        self.sh(&format!("ip route add blackhole {}/32", other.ip()));
    }

    /// True while it has power.
    pub fn is_on(&self) -> bool {
        self.find_leader().is_some()
    }

    /// One property of a unit, as `systemctl show` gives it.
    #[track_caller]
    pub fn unit_property(&self, unit: &str, property: &str) -> String {
        self.sh(&format!("systemctl show --value -p {property} -- {unit}"))
    }

    /// True when systemd calls the unit active.
    #[track_caller]
    pub fn is_active(&self, unit: &str) -> bool {
        self.unit_property(unit, "ActiveState") == "active"
    }

    /// The pid of the unit's main process, as seen on the host.
    #[track_caller]
    pub fn unit_pid(&self, unit: &str) -> Option<u32> {
        self.unit_property(unit, "MainPID").parse().ok().filter(|pid| *pid != 0)
    }

    /// The id of the unit's present (or last) run; a new one for each start, empty before the first.
    #[track_caller]
    pub fn invocation_id(&self, unit: &str) -> String {
        self.unit_property(unit, "InvocationID")
    }

    /// Sends a signal (`KILL`, `TERM`) to every process of the unit.
    #[track_caller]
    pub fn kill_unit(&self, unit: &str, signal: &str) {
        self.sh(&format!("systemctl kill --signal={signal} -- {unit}"));
    }

    #[track_caller]
    fn verb(&self, verb: &str) {
        done(script("host").arg(&self.dir).arg(&self.name).arg(verb));
    }

    #[track_caller]
    fn leader(&self) -> u32 {
        self.find_leader().unwrap_or_else(|| panic!("{} is off", self.name))
    }

    /// Its PID 1 as a pid out here, looked up again when the one last seen has ended.
    fn find_leader(&self) -> Option<u32> {
        let mut leader = self.leader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((pid, started)) = *leader
            && proc::start_time(pid) == Some(started)
        {
            return Some(pid);
        }
        let output = script("host").arg(&self.dir).arg(&self.name).arg("pid").output().ok()?;
        let pid = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
        *leader = Some((pid, proc::start_time(pid)?));
        Some(pid)
    }
}
