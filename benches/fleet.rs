//! A monitor of hundreds of hosts: how late its looks begin, and what it costs. The hosts are simulated, in one process; the
//! monitor is the real one. It prints a table and fails nothing.
//!
//! `cargo bench --bench fleet -- --hosts 500 --components 20 --minutes 10`; with `--profile dev` and fewer hosts while the
//! program is changed.

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

use fleet::{Cost, Fleet, Page, Running, Shape, cost, wait};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchtower");
/// A component dies so often.
const DEATHS_MS: u64 = 5_000;
/// The histogram of how late looks began.
const LATE: &str = "switchtower_look_late_seconds";

struct Asked {
    shape: Shape,
    time: Duration,
}

fn asked() -> Asked {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let number = |name: &str, or: f64| after(name).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{name} takes a number")));
    let (hosts, minutes) = if cfg!(debug_assertions) { (50.0, 1.0) } else { (500.0, 10.0) };
    let interval = Duration::from_millis(number("--interval-ms", 2000.0) as u64);
    let shape = Shape { hosts: number("--hosts", hosts) as usize, components: number("--components", 20.0) as usize, interval };
    Asked { shape, time: Duration::from_secs_f64(60.0 * number("--minutes", minutes)) }
}

fn main() {
    if fleet::simulates() {
        return;
    }
    let Asked { shape, time } = asked();
    println!("{} hosts, {} components, a look every {:?}, for {time:?}", shape.hosts, shape.hosts * shape.components, shape.interval);
    let small = base();
    let fleet = Fleet::new(shape);
    let mut simulator = fleet.simulator();
    let began = Instant::now();
    let mut monitor = fleet.monitor(PROGRAM);
    answers(&fleet, &mut monitor);
    println!("every host answers after {:.1} s", began.elapsed().as_secs_f64());
    dry_run(&fleet);
    simulator.say(&format!("every {DEATHS_MS}"));
    let first = fleet.figures().expect("figures");
    let rows = watch(&fleet, &mut monitor, &simulator, time);
    let last = fleet.figures().expect("figures");
    report(shape, small, &rows, (&first, &last));
    println!("the monitor's log: {}", fleet.log().lines().count());
    fleet.log().lines().take(5).for_each(|line| println!("  {line}"));
}

/// Waits until every host has answered.
fn answers(fleet: &Fleet, monitor: &mut Running) {
    let mut told = String::new();
    wait("every host answers", Duration::from_secs(300), || {
        assert!(monitor.runs(), "the monitor ended: {}", fleet.log());
        let page = fleet.figures();
        let said = match &page {
            Ok(page) => format!("{} of {} hosts answer", connected(page), fleet.shape.hosts),
            Err(error) => format!("no figures: {error}; {}", fleet.log()),
        };
        if said != told {
            println!("  {said}");
        }
        told = said;
        page.is_ok_and(|page| connected(&page) == fleet.shape.hosts)
    });
}

fn connected(page: &Page) -> usize {
    page.count("switchtower_host_reachable{", 1.0)
}

/// What a monitor of next to nothing takes.
fn base() -> u64 {
    let fleet = Fleet::new(Shape { hosts: 2, components: 1, interval: Duration::from_secs(2) });
    let _simulator = fleet.simulator();
    let mut monitor = fleet.monitor(PROGRAM);
    answers(&fleet, &mut monitor);
    cost(monitor.pid()).rss
}

/// How long the plan of a switchover takes to be shown.
fn dry_run(fleet: &Fleet) {
    for words in [&["status", "--json"][..], &["switchover", "--dry-run"]] {
        let began = Instant::now();
        let mut command = std::process::Command::new(PROGRAM);
        let output = command.arg("--run-dir").arg(fleet.run_dir()).args(words).output().expect("the program");
        let (took, bytes) = (began.elapsed().as_secs_f64(), output.stdout.len());
        println!("{:24} {took:7.2} s, {bytes} bytes, ends with {:?}", words.join(" "), output.status.code());
        if !output.status.success() {
            println!("  {}", String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default());
        }
    }
}

/// A minute of it.
struct Row {
    monitor: Cost,
    simulator: Cost,
    /// How many answer, or why that is not known.
    hosts: String,
    seconds: f64,
}

fn watch(fleet: &Fleet, monitor: &mut Running, simulator: &Running, time: Duration) -> Vec<Row> {
    let step = (time / 10).clamp(Duration::from_secs(5), Duration::from_secs(60));
    let (until, mut rows) = (Instant::now() + time, Vec::new());
    println!("{:>6} {:>12} {:>12} {:>12} {:>8}", "s", "monitor CPU", "sim CPU", "RSS MiB", "hosts");
    let (mut before, began) = ((cost(monitor.pid()), cost(simulator.pid())), Instant::now());
    while Instant::now() < until && monitor.runs() {
        let from = Instant::now();
        std::thread::sleep(step.min(until.saturating_duration_since(from)));
        let now = (cost(monitor.pid()), cost(simulator.pid()));
        let seconds = from.elapsed().as_secs_f64();
        let hosts = match fleet.figures() {
            Ok(page) => connected(&page).to_string(),
            Err(error) => format!("no figures: {error}"),
        };
        let spent = |now: Cost, before: Cost| 100.0 * (now.cpu - before.cpu) / seconds;
        let (m, s, mib) = (spent(now.0, before.0), spent(now.1, before.1), now.0.rss as f64 / (1 << 20) as f64);
        println!("{:>6.0} {m:>11.1}% {s:>11.1}% {mib:>12.1} {hosts:>8}", began.elapsed().as_secs_f64());
        rows.push(Row { monitor: Cost { cpu: m, ..now.0 }, simulator: Cost { cpu: s, ..now.1 }, hosts, seconds });
        before = (cost(monitor.pid()), cost(simulator.pid()));
    }
    rows
}

fn report(shape: Shape, base: u64, rows: &[Row], (first, last): (&Page, &Page)) {
    let (Some(begin), Some(end)) = (rows.first(), rows.last()) else { return };
    let before = first.buckets(LATE);
    let looks: Vec<(f64, f64)> =
        last.buckets(LATE).into_iter().map(|(le, n)| (le, n - before.iter().find(|b| b.0 == le).map_or(0.0, |b| b.1))).collect();
    let all = looks.last().map_or(0.0, |(_, n)| *n);
    let share = |part: f64| looks.iter().find(|(_, n)| *n >= all * part).map_or(f64::INFINITY, |(le, _)| *le);
    let overdue = |page: &Page| page.is("switchtower_looks_overdue_total").unwrap_or(f64::NAN);
    let mean =
        |of: fn(&Row) -> f64| rows.iter().map(|row| of(row) * row.seconds).sum::<f64>() / rows.iter().map(|r| r.seconds).sum::<f64>();
    // A minute without figures is worse than one with few.
    let least = rows.iter().map(|row| row.hosts.parse::<usize>()).min_by_key(|hosts| hosts.clone().unwrap_or(0));
    let least = least.and_then(Result::ok).map_or_else(|| "no figures".to_owned(), |hosts| hosts.to_string());
    let each = end.monitor.rss.saturating_sub(base) as f64 / shape.hosts as f64 / 1000.0;
    println!("\n{:44} {:>14}   budget", "", "measured");
    let say = |what: &str, is: String, budget: &str| println!("{what:44} {is:>14}   {budget}");
    say("looks", format!("{all:.0}"), "");
    say("late, half of them within", format!("{} s", share(0.5)), "");
    say("late, 99 % within", format!("{} s", share(0.99)), "");
    say("late, all within", format!("{} s", share(1.0)), "one interval");
    say("begun more than an interval late", format!("{}", overdue(last) - overdue(first)), "0");
    say("hosts that answer, least", least, &shape.hosts.to_string());
    say("CPU of the monitor", format!("{:.1} %", mean(|row| row.monitor.cpu)), "");
    say("CPU of the simulator", format!("{:.1} %", mean(|row| row.simulator.cpu)), "");
    say("memory of a monitor of two hosts", format!("{:.1} MB", base as f64 / 1e6), "");
    say("memory after the first step", format!("{:.1} MB", begin.monitor.rss as f64 / 1e6), "");
    say("memory after the last step", format!("{:.1} MB", end.monitor.rss as f64 / 1e6), "bounded");
    say("memory a host", format!("{each:.1} kB"), "< 100 kB");
}
