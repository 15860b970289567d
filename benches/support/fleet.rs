//! A cluster of many simulated hosts on this machine: its files, the simulator as a process of its own, the real monitor,
//! and what they cost. Used by the benches and by a story. Everything ends with the value.

#![allow(dead_code, reason = "each program that includes this uses a part of it")]

#[path = "fleet_sim.rs"]
pub mod sim;

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sim::Host;
use switchtower::core::model::ProcessName;
use switchtower::ssh::server::KeyPair;

/// Begins the arguments of a simulator.
pub const SIMULATE: &str = "--simulate";
/// How long one request to the monitor's figures may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How large a fleet is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Hosts, half of them at either site.
    pub hosts: usize,
    /// Components a host: so many times as many as there are hosts, each placed on one host of either site.
    pub components: usize,
    /// From one look to the next.
    pub interval: Duration,
}

impl Shape {
    fn total(self) -> usize {
        self.hosts * self.components
    }

    /// The pair of hosts that component `n` is placed on: those of north have even numbers.
    fn places(self, n: usize) -> (usize, usize) {
        let pair = n % (self.hosts / 2).max(1);
        (2 * pair, 2 * pair + 1)
    }

    /// The hosts, simulated: what is placed on those of north runs.
    pub fn hosts(self) -> Vec<Arc<Host>> {
        let mut names = vec![Vec::new(); self.hosts];
        for n in 0..self.total() {
            let (north, south) = self.places(n);
            let name = ProcessName::new(component(n)).expect("a name");
            names[north].push(name.clone());
            names[south].push(name);
        }
        names.into_iter().enumerate().map(|(n, names)| Host::new(names, n % 2 == 0)).collect()
    }
}

fn component(n: usize) -> String {
    format!("c{n:05}")
}

fn host(n: usize) -> String {
    format!("h{n:04}")
}

/// A program that ends with this value.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Running {
    /// Starts it; its output goes to `log`.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = std::fs::File::create(log).expect("a log");
        command.stdin(Stdio::piped()).stderr(file.try_clone().expect("a log")).stdout(file);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        Self { child, stdin }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something.
    pub fn say(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it listens");
        }
    }

    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A fleet: the folder with its files. The simulator and the monitor are started by whoever holds it.
pub struct Fleet {
    pub shape: Shape,
    pub dir: tempfile::TempDir,
    pub net: u8,
    pub metrics: SocketAddr,
}

impl Fleet {
    /// Writes keys and configuration.
    pub fn new(shape: Shape) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let taken = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let net = rand::random_range(130..=250);
        let fleet = Self { shape, dir, net, metrics: taken.expect("a free port") };
        let (client, server) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        client.write(&fleet.path("client")).expect("a key file");
        server.write(&fleet.path("host")).expect("a key file");
        let line = server.public_line().expect("a key");
        let known: String = (0..shape.hosts).map(|n| format!("[{}]:{} {line}\n", sim::address(net, n).ip(), sim::PORT)).collect();
        std::fs::write(fleet.path("known_hosts"), known).expect("a file");
        std::fs::write(fleet.path("ssh_config"), "").expect("a file");
        std::fs::write(fleet.config(), fleet.text()).expect("a file");
        fleet
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The cluster's file.
    pub fn config(&self) -> PathBuf {
        self.path("cluster.toml")
    }

    /// Where the monitor answers.
    pub fn run_dir(&self) -> PathBuf {
        self.path("run")
    }

    fn text(&self) -> String {
        let path = |name: &str| format!("{:?}", self.path(name));
        let mut text = format!(
            "[cluster]\nname = \"{}\"\nprimary = \"north\"\nsecondary = \"south\"\nallow_loopback = true\n\n\
             [monitor]\ninterval = \"{}ms\"\nstate_dir = {}\nrun_dir = {}\nmetrics = \"{}\"\n\n\
             [ssh]\nconfig = {}\nagent = false\nidentities = [{}]\nknown_hosts = [{}]\n",
            sim::CLUSTER,
            self.shape.interval.as_millis(),
            path("state"),
            path("run"),
            self.metrics,
            path("ssh_config"),
            path("client"),
            path("known_hosts"),
        );
        for n in 0..self.shape.hosts {
            let (address, site) = (sim::address(self.net, n), if n % 2 == 0 { "north" } else { "south" });
            let _ = write!(
                text,
                "\n[hosts.{}]\nsite = \"{site}\"\naddress = \"{}\"\nport = {}\nuser = \"fleet\"\nhost_service = \"/run/switchtower-host/socket\"\n",
                host(n),
                address.ip(),
                address.port()
            );
        }
        for n in 0..self.shape.total() {
            let ((north, south), name) = (self.shape.places(n), component(n));
            let _ = write!(
                text,
                "\n[components.{name}]\nkind = \"worker\"\ntrigger = \"watch\"\nrescue_attempts = 100\n\
                 primary = {{ host = \"{}\", process = \"{name}\" }}\nsecondary = {{ host = \"{}\", process = \"{name}\" }}\n",
                host(north),
                host(south)
            );
        }
        text
    }

    /// Starts the simulator, as another life of this very program, and returns once it listens. It is told `every MS` to kill
    /// a component so often, and `every 0` to leave them alone.
    pub fn simulator(&self) -> Running {
        let Shape { hosts, components, .. } = self.shape;
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg(SIMULATE).arg(self.dir.path()).args([self.net.to_string(), hosts.to_string(), components.to_string()]);
        let log = self.path("simulator.log");
        let mut running = Running::start(&mut command, &log);
        wait("the simulator listens", Duration::from_secs(60), || {
            assert!(running.runs(), "the simulator ended: {}", std::fs::read_to_string(&log).unwrap_or_default());
            std::fs::read_to_string(&log).is_ok_and(|text| text.contains("listening"))
        });
        running
    }

    /// Starts the real monitor.
    pub fn monitor(&self, program: &str) -> Running {
        let mut command = Command::new(program);
        command.args(["monitor", "run", "--config"]).arg(self.config()).env("RUST_LOG", "warn");
        // As `config/switchtower.service` has it.
        command.envs([("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_TRIM_THRESHOLD_", "131072")]);
        Running::start(&mut command, &self.path("monitor.log"))
    }

    /// What the monitor has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("monitor.log")).unwrap_or_default()
    }

    /// The monitor's figures.
    ///
    /// # Errors
    /// When it does not answer, or answers that it has none.
    pub fn figures(&self) -> io::Result<Page> {
        let mut stream = TcpStream::connect_timeout(&self.metrics, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        BufReader::new(stream).read_to_string(&mut text)?;
        let first = text.lines().next().unwrap_or_default();
        if first.split(' ').nth(1) != Some("200") {
            return Err(io::Error::other(format!("its page of figures is {first:?}")));
        }
        Ok(Page(text))
    }
}

/// A page of figures.
pub struct Page(String);

impl Page {
    /// The value of the series that is written exactly so.
    pub fn is(&self, series: &str) -> Option<f64> {
        self.0.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.trim().parse().ok())
    }

    /// How many series of this name have this value.
    pub fn count(&self, name: &str, value: f64) -> usize {
        let of = |line: &&str| line.starts_with(name) && line.rsplit_once(' ').is_some_and(|(_, v)| v.trim().parse() == Ok(value));
        self.0.lines().filter(of).count()
    }

    /// The cumulative buckets of a histogram: bound and count.
    pub fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let begin = format!("{name}_bucket{{le=\"");
        let bucket = |line: &str| {
            let (bound, count) = line.strip_prefix(&begin)?.split_once("\"} ")?;
            Some((bound.replace("+Inf", "inf").parse().ok()?, count.trim().parse().ok()?))
        };
        self.0.lines().filter_map(bucket).collect()
    }
}

/// What a process has cost so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Processor time, in seconds.
    pub cpu: f64,
    /// Memory now, in bytes.
    pub rss: u64,
}

/// That of `pid`, all threads together.
pub fn cost(pid: u32) -> Cost {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    // The kernel tells processor time in hundredths of a second.
    Cost { cpu: f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) / 100.0, rss: kib * 1024 }
}

/// Polls until `good`; panics when that takes too long.
#[track_caller]
pub fn wait(what: &str, within: Duration, mut good: impl FnMut() -> bool) {
    let until = Instant::now() + within;
    while !good() {
        assert!(Instant::now() < until, "not within {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Is the simulator, where the program was started as one; `false` where it was not.
pub fn simulates() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [mode, dir, net, hosts, components] = args.as_slice() else { return false };
    if mode != SIMULATE {
        return false;
    }
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let shape = Shape { hosts: number(hosts), components: number(components), interval: Duration::ZERO };
    simulate(Path::new(dir), u8::try_from(number(net)).expect("a number"), shape);
    true
}

/// Simulates until its standard input ends, and obeys what comes there.
fn simulate(dir: &Path, net: u8, shape: Shape) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let every = Arc::new(AtomicU64::new(0));
    let (hosts, pace) = (shape.hosts(), every.clone());
    let host_key = KeyPair::read(&dir.join("host")).expect("a key");
    let authorized = KeyPair::read(&dir.join("client")).and_then(|key| key.public_line()).expect("a key");
    runtime.block_on(sim::listen(net, &hosts, &host_key, &authorized, dir)).expect("an address of its own for each host");
    runtime.spawn(kill_now_and_then(hosts, pace));
    println!("listening");
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        if let Some(ms) = line.strip_prefix("every ").and_then(|ms| ms.parse().ok()) {
            every.store(ms, Ordering::SeqCst);
        }
    }
}

async fn kill_now_and_then(hosts: Vec<Arc<Host>>, every: Arc<AtomicU64>) {
    loop {
        let pause = every.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(if pause == 0 { 100 } else { pause })).await;
        if pause > 0 {
            let host = &hosts[rand::random_range(0..hosts.len() / 2) * 2];
            let names = host.names();
            host.kill(&names[rand::random_range(0..names.len())]);
        }
    }
}
