//! The console of a cluster of hundreds of hosts, in a real terminal: how fast it answers keys, and what it costs while
//! nothing happens and while much does. It prints budgets beside figures and fails nothing.
//!
//! `cargo bench --bench console -- --hosts 500 --components 20 --keys 500 --idle 60`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and ends with a panic that says why"
)]

#[path = "support/fleet.rs"]
mod fleet;
#[path = "../tests/support/mod.rs"]
mod support;

use fleet::{Fleet, Shape, cost, wait};
use std::time::{Duration, Instant};
use support::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchtower");
/// The terminal.
const SIZE: (u16, u16) = (200, 50);
/// How a frame ends.
const FRAME: &[u8] = b"\x1b[?2026l";
/// A component dies so often while much happens; each death is several entries, and each of them a picture.
const BUSY_MS: u64 = 50;

struct Asked {
    shape: Shape,
    keys: usize,
    idle: Duration,
}

fn asked() -> Asked {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let number = |name: &str, or: usize| after(name).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{name} takes a number")));
    let (hosts, idle) = if cfg!(debug_assertions) { (50, 10) } else { (500, 60) };
    let shape = Shape { hosts: number("--hosts", hosts), components: number("--components", 20), interval: Duration::from_secs(2) };
    Asked { shape, keys: number("--keys", 500), idle: Duration::from_secs(number("--idle", idle) as u64) }
}

fn main() {
    if fleet::simulates() {
        return;
    }
    let Asked { shape, keys, idle } = asked();
    println!("{} hosts, {} components, a terminal of {}x{}", shape.hosts, shape.hosts * shape.components, SIZE.0, SIZE.1);
    println!("{:44} {:>14}   budget", "", "measured");
    let say = |what: &str, is: String, budget: &str| println!("{what:44} {is:>14}   {budget}");
    say("first frame, nobody answers", millis(first_frame()), "< 100 ms");

    let fleet = Fleet::new(shape);
    let mut simulator = fleet.simulator();
    let mut monitor = fleet.monitor(PROGRAM);
    wait("every host answers", Duration::from_secs(300), || {
        assert!(monitor.runs(), "the monitor ended: {}", fleet.log());
        fleet.figures().is_ok_and(|page| page.count("switchtower_host_reachable{", 1.0) == shape.hosts)
    });
    let began = Instant::now();
    let mut console = console(&fleet.run_dir().display().to_string(), fleet.dir.path());
    console.wait_within("a picture", Duration::from_secs(60), |screen| screen.rows(0, SIZE.0).any(|row| row.contains("c00001")));
    say("first picture", millis(began.elapsed()), "");

    let mut times: Vec<Duration> = (0..keys).map(|n| key(&mut console, ["j", "k", "j", "j"][n % 4])).collect();
    times.sort();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or_default();
    say("key to frame, p50", millis(at(0.5)), "");
    say("key to frame, p99", millis(at(0.99)), "< 16 ms");

    let quiet = spell(&mut console, idle);
    say("idle: CPU", format!("{:.2} %", quiet.cpu), "< 0.5 %");
    say("idle: bytes to the terminal a second", format!("{:.0}", quiet.bytes), "< 200");
    say("idle: frames a second", format!("{:.2}", quiet.frames), "1");
    say("idle: sleeps of its threads a second", format!("{:.1}", quiet.sleeps), "a few for each tick");
    simulator.say(&format!("every {BUSY_MS}"));
    let busy = spell(&mut console, idle.min(Duration::from_secs(20)));
    say("busy: CPU", format!("{:.2} %", busy.cpu), "< 5 %");
    say("busy: bytes to the terminal a second", format!("{:.0}", busy.bytes), "");
    say("busy: frames a second", format!("{:.1}", busy.frames), "<= 30");
    say("memory", format!("{:.1} MiB", cost(console.pid()).rss as f64 / f64::from(1 << 20)), "< 50 MiB");
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn console(run_dir: &str, home: &std::path::Path) -> Pty {
    let home = home.display().to_string();
    let env = [("HOME", home.as_str()), ("XDG_CONFIG_HOME", home.as_str()), ("XDG_STATE_HOME", home.as_str())];
    Pty::spawn(PROGRAM, &["--run-dir", run_dir, "console"], &env, SIZE.0, SIZE.1)
}

/// From the start of the program to its first whole frame, where no monitor is.
fn first_frame() -> Duration {
    let home = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    let console = console("/nonexistent/switchtower", home.path());
    until(|| ends(&console.bytes_since_mark()) > 0);
    began.elapsed()
}

/// From a key to the end of the next frame.
fn key(console: &mut Pty, name: &str) -> Duration {
    console.mark();
    let began = Instant::now();
    console.keys(&[name]);
    until(|| ends(&console.bytes_since_mark()) > 0);
    began.elapsed()
}

fn ends(bytes: &[u8]) -> usize {
    bytes.windows(FRAME.len()).filter(|window| *window == FRAME).count()
}

fn until(mut good: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !good() {
        assert!(Instant::now() < until, "no frame within 20 s");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// What the console does within some time, a second.
struct Spell {
    cpu: f64,
    bytes: f64,
    frames: f64,
    sleeps: f64,
}

fn spell(console: &mut Pty, time: Duration) -> Spell {
    // What was begun before is over then.
    std::thread::sleep(Duration::from_secs(2));
    console.mark();
    let (ticks, sleeps, began) = (console.cpu_ticks(), console.sleeps(), Instant::now());
    std::thread::sleep(time);
    let seconds = began.elapsed().as_secs_f64();
    let bytes = console.bytes_since_mark();
    Spell {
        cpu: (console.cpu_ticks() - ticks) as f64 / seconds,
        bytes: bytes.len() as f64 / seconds,
        frames: ends(&bytes) as f64 / seconds,
        sleeps: (console.sleeps() - sleeps) as f64 / seconds,
    }
}
