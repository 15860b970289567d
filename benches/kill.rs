//! One of five services is killed with -9: until the monitor knows, and until all five run again, in place or on the other
//! side; the peer is Pacemaker, which asks every second. `cargo bench --bench kill [-- --reps N]`, as root.

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
use std::time::{Duration, SystemTime};
use support::figures::{Sample, Table};
use support::ground::moment;
use support::options::{Options, bench};
use support::ours::{NO_RESCUE, Ours, Settings};
use support::peer::{self, Class, Peer};

const COUNT: usize = 5;
/// The one in the middle, counted from 0.
const KILLED: usize = 2;
const LONGEST: Duration = Duration::from_secs(90);

const KNOWN: &str = "switchtower: known and decided";
const MOVED: &str = "switchtower: all on the other side";
const RESCUED: &str = "switchtower: rescued in place";
const CASES: [(Class, Option<u32>, &str, usize); 4] = [
    (Class::Dummy, None, "Pacemaker, Dummy: restarted in place", 5),
    (Class::Dummy, Some(1), "Pacemaker, Dummy: all on the other side", 5),
    (Class::Systemd, None, "Pacemaker, systemd: restarted in place", 2),
    (Class::Systemd, Some(1), "Pacemaker, systemd: all on the other side", 2),
];

fn main() -> ExitCode {
    bench("kill", |options| {
        let mut table = Table::new("kill: one of five ordered services is killed with -9", "ms");
        moved(options, &mut table);
        rescued(options, &mut table);
        if options.peer() {
            theirs(options, &mut table);
        }
        table.target(KNOWN, 20.0);
        table.target(MOVED, 250.0);
        for (_, threshold, name, _) in CASES {
            table.ratio(if threshold.is_some() { MOVED } else { RESCUED }, name);
        }
        table.show();
    })
}

/// No rescue attempts: the loss moves everything.
fn moved(options: Options, table: &mut Table) {
    let ours = Ours::boot(COUNT);
    ours.configure(&Settings { ordered: true, component: NO_RESCUE.to_owned(), ..Settings::default() });
    let _monitor = ours.monitor();
    let (mut known, mut arrived, mut outage) = (Sample::default(), Sample::default(), Sample::default());
    for _ in 0..options.reps(10) {
        let (old, new) = (ours.side("a1"), ours.side("b1"));
        let at = SystemTime::now();
        let began = old.kill(KILLED);
        let all = moment(LONGEST, || new.all()).expect("everything moves");
        assert_eq!(old.count(), 0, "nothing is left on a1 when all runs on b1");
        arrived.add_time(all - began);
        known.add_time(ours.decided_after(at));
        ours.failed_over();
        outage.add(ours.reported_outage());
        ours.bring_home();
    }
    table.row(KNOWN, known);
    table.row(MOVED, arrived);
    table.row("  outage that its report tells", outage);
}

/// The loss is made good where it was, as the first one is by default; here as often as there are rounds.
fn rescued(options: Options, table: &mut Table) {
    let ours = Ours::boot(COUNT);
    let mut sample = Sample::default();
    ours.configure(&Settings { ordered: true, component: "rescue_attempts = 100".to_owned(), ..Settings::default() });
    let _monitor = ours.monitor();
    for _ in 0..options.reps(10) {
        let side = ours.side("a1");
        let began = side.kill(KILLED);
        assert!(moment(LONGEST, || !side.runs(KILLED)).is_some(), "it is gone");
        sample.add_time(moment(LONGEST, || side.all()).expect("everything runs again") - began);
        ours.well();
    }
    table.row(RESCUED, sample);
}

fn theirs(options: Options, table: &mut Table) {
    let lab = match peer::lab(&["h1", "h2"]) {
        Ok(lab) => lab,
        Err(why) => return table.say(format!("no peer: {why}")),
    };
    let mut peer = Peer::form(lab, &["h1", "h2"]);
    for (class, threshold, name, reps) in CASES {
        peer.group(class, COUNT, "1s", threshold);
        let mut sample = Sample::default();
        for _ in 0..options.peer_reps(reps) {
            let (active, other) = peer.settled();
            let (old, new) = (peer.side(active), peer.side(other));
            // At any time between two of its checks.
            std::thread::sleep(Duration::from_millis(rand::random_range(0..1_000)));
            let began = old.kill(KILLED);
            assert!(moment(LONGEST, || !old.runs(KILLED)).is_some(), "it is gone");
            let target = if threshold.is_some() { &new } else { &old };
            match moment(LONGEST, || target.all()) {
                Some(all) => sample.add_time(all - began),
                None => table.say(format!("{name}: it took longer than {LONGEST:?}")),
            }
            peer.settled();
            peer.forget_failures();
        }
        table.row(name, sample);
    }
    table.say(format!("peer: {}; two nodes, monitor interval 1 s", peer.version()));
    table.say("peer: it restarts in place unless migration-threshold is 1, with which it moves the group".to_owned());
}
