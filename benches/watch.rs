//! What watching costs: CPU time of both ends (the hosts, and the monitor) for one check of one component, less that of the
//! same hosts without a monitor; the peer is Pacemaker with Dummy agents. `cargo bench --bench watch [-- --seconds N]`, as root.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark ends by panicking where it cannot go on, and prints what it has measured"
)]

mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};
use support::figures::{Sample, Table};
use support::ground::Ground;
use support::options::{Options, bench};
use support::ours::{Ours, Settings};
use support::peer::{self, Class, Peer};

/// Units a host.
const SIZES: [usize; 2] = [20, 50];
/// Time between two looks by default.
const INTERVAL: f64 = 2.0;
/// Time until what a start costs is over.
const CALM: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    bench("watch", |options| {
        let mut table = Table::new("watch: CPU of one check of one component, both ends together, less that of idle hosts", "ms");
        for size in SIZES {
            ours(options, &mut table, size);
        }
        if options.peer() {
            theirs(options, &mut table);
        }
        for size in SIZES {
            table.target(&ours_in(size), 0.5);
        }
        table.ratio(&ours_in(SIZES[1]), &theirs_in(SIZES[1]));
        table.show();
    })
}

fn ours_in(size: usize) -> String {
    format!("switchtower, {size} units a host, every 2 s")
}

fn theirs_in(size: usize) -> String {
    format!("Pacemaker, {size} Dummies, every 1 s")
}

/// CPU time that these groups use in a second, in milliseconds, by group.
fn used(ground: &Ground, groups: &[&str], seconds: u64) -> Vec<f64> {
    // What was just started or stopped is over before the window begins.
    std::thread::sleep(CALM);
    let read = || groups.iter().map(|group| ground.cpu(group)).collect::<Vec<_>>();
    let (began, before) = (Instant::now(), read());
    std::thread::sleep(Duration::from_secs(seconds));
    let (window, after) = (began.elapsed().as_secs_f64(), read());
    after.iter().zip(before).map(|(after, before)| (*after - before).as_secs_f64() * 1e3 / window).collect()
}

fn ours(options: Options, table: &mut Table, size: usize) {
    let ours = Ours::boot(size);
    ours.configure(&Settings::default());
    let seconds = options.seconds(60);
    // The controller's group holds the monitor and nothing else.
    let groups = ["a1", "b1", "ctl"];
    let idle = used(&ours.ground, &groups, seconds / 2 + 1);
    let _monitor = ours.monitor();
    // Each component has a unit on both hosts, and both are checked in each look.
    let checks = 2.0 * size as f64 / INTERVAL;
    let mut sample = Sample::default();
    for _ in 0..options.reps(1) {
        let busy = used(&ours.ground, &groups, seconds);
        let each: Vec<f64> = busy.iter().zip(&idle).map(|(busy, idle)| busy - idle).collect();
        sample.add(each.iter().sum::<f64>() / checks);
        table.say(format!(
            "{}: {checks:.0} checks a second; ms of CPU a second: hosts {:.2} + {:.2}, monitor {:.2}; idle hosts {:.2} + {:.2}",
            ours_in(size),
            each[0],
            each[1],
            each[2],
            idle[0],
            idle[1]
        ));
    }
    table.row(&ours_in(size), sample);
}

fn theirs(options: Options, table: &mut Table) {
    let lab = match peer::lab(&["h1", "h2"]) {
        Ok(lab) => lab,
        Err(why) => return table.say(format!("no peer: {why}")),
    };
    let (size, seconds) = (SIZES[1], options.seconds(60));
    let mut peer = Peer::form(lab, &["h1", "h2"]);
    let groups = ["h1", "h2"];
    let idle: f64 = used(&peer.ground, &groups, seconds / 2 + 1).iter().sum();
    peer.flat(Class::Dummy, size, "1s");
    let mut sample = Sample::default();
    for _ in 0..options.reps(1) {
        let busy: f64 = used(&peer.ground, &groups, seconds).iter().sum();
        sample.add((busy - idle) / size as f64);
    }
    table.row(&theirs_in(size), sample);
    table.say(format!("peer: {}; two nodes, less the same nodes with no resources ({idle:.2} ms of CPU a second)", peer.version()));
}
