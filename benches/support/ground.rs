//! What runs on the hosts of a lab by the hosts' own word: the processes in their units' cgroups, the files that an agent
//! without a process keeps, and the CPU time that the kernel has counted. Asks nobody who may be wrong.

use super::lab::{Lab, script};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Between two looks: far below everything that is measured.
const PAUSE: Duration = Duration::from_millis(1);

/// What there is to see of one component.
#[derive(Debug, Clone)]
pub enum Sign {
    /// A unit of this name has a process.
    Unit(String),
    /// This file stands on the host; its path has no leading slash.
    File(String),
}

/// The view of a lab from outside of it.
#[derive(Debug)]
pub struct Ground {
    base: PathBuf,
    groups: PathBuf,
}

impl Ground {
    /// The view of this lab.
    #[track_caller]
    pub fn of(lab: &Lab) -> Self {
        let base = lab.dir().parent().unwrap().to_owned();
        let pin = std::fs::read_to_string(base.join("pin")).unwrap();
        let name = base.file_name().unwrap().to_str().unwrap();
        let groups = inside(pin.split(' ').next().unwrap()).join(format!("sys/fs/cgroup/switchtower-lab.{name}"));
        Self { base, groups }
    }

    /// The same components on one host, to look at often. Made anew when the host was off.
    pub fn side(&self, host: &str, signs: &[Sign]) -> Side {
        let slice = self.groups.join(host).join("payload/system.slice");
        let disk = signs.iter().any(|sign| matches!(sign, Sign::File(_))).then(|| self.leader(host)).flatten();
        let place = |sign: &Sign| match sign {
            Sign::Unit(unit) => Place::Group(slice.join(unit).join("cgroup.procs")),
            Sign::File(path) => Place::File(disk.as_deref().map(|pid| inside(pid).join(path))),
        };
        Side { places: signs.iter().map(place).collect() }
    }

    /// The socket of a host's own D-Bus, out here.
    #[track_caller]
    pub fn bus(&self, host: &str) -> PathBuf {
        inside(&self.leader(host).unwrap()).join("run/dbus/system_bus_socket")
    }

    /// CPU time of everything that ever ran in a host, or as the controller (`ctl`).
    #[track_caller]
    pub fn cpu(&self, host: &str) -> Duration {
        let text = std::fs::read_to_string(self.groups.join(host).join("cpu.stat")).unwrap();
        let used = text.lines().find_map(|line| line.strip_prefix("usage_usec ")).unwrap();
        Duration::from_micros(used.parse().unwrap())
    }

    /// The host's first process, out here; none when it is off.
    fn leader(&self, host: &str) -> Option<String> {
        let output = script("host").arg(&self.base).arg(host).arg("pid").output().ok()?;
        let pid = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!pid.is_empty()).then_some(pid)
    }
}

/// The file system as a process sees it.
fn inside(pid: &str) -> PathBuf {
    Path::new("/proc").join(pid).join("root")
}

#[derive(Debug)]
enum Place {
    Group(PathBuf),
    File(Option<PathBuf>),
}

impl Place {
    fn runs(&self) -> bool {
        match self {
            Self::Group(path) => std::fs::read(path).is_ok_and(|pids| !pids.is_empty()),
            Self::File(path) => path.as_ref().is_some_and(|path| path.exists()),
        }
    }
}

/// Components on one host.
#[derive(Debug)]
pub struct Side {
    places: Vec<Place>,
}

impl Side {
    /// Whether every one runs.
    pub fn all(&self) -> bool {
        // The last one is started last.
        self.places.iter().rev().all(Place::runs)
    }

    /// How many of them run.
    pub fn count(&self) -> usize {
        self.places.iter().filter(|place| place.runs()).count()
    }

    /// Whether this one runs, counted from 0.
    pub fn runs(&self, index: usize) -> bool {
        self.places[index].runs()
    }

    /// Kills the processes of one, or takes the file away that stands for it; returns when that was.
    #[track_caller]
    pub fn kill(&self, index: usize) -> Instant {
        match &self.places[index] {
            Place::Group(path) => {
                let pids = std::fs::read_to_string(path).unwrap();
                let pids: Vec<_> = pids.lines().filter_map(|pid| rustix::process::Pid::from_raw(pid.parse().ok()?)).collect();
                assert!(!pids.is_empty(), "nothing to kill in {}", path.display());
                let now = Instant::now();
                for pid in pids {
                    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                }
                now
            }
            Place::File(path) => {
                let now = Instant::now();
                std::fs::remove_file(path.as_ref().unwrap()).unwrap();
                now
            }
        }
    }
}

/// Looks every millisecond until it holds, and returns when that was; none when the time is over.
pub fn moment(within: Duration, mut holds: impl FnMut() -> bool) -> Option<Instant> {
    let began = Instant::now();
    loop {
        if holds() {
            return Some(Instant::now());
        }
        if began.elapsed() > within {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
