//! A planned switchover of five ordered systemd units, from the command to all of them running on the other side; the peer is
//! Pacemaker with the same units and with its Dummy agents. `cargo bench --bench switchover [-- --reps N]`, as root.

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
use support::floor::Floor;
use support::ground::moment;
use support::options::{Options, bench};
use support::ours::{Ours, Settings, units};
use support::peer::{self, Class, Peer};
use support::proc::Child;

const COUNT: usize = 5;
const LONGEST: Duration = Duration::from_secs(90);

const OURS: &str = "switchtower, systemd units";
const FLOOR: &str = "  the ten jobs alone, beside systemd";
const DUMMY: &str = "Pacemaker, Dummy agents";
const SYSTEMD: &str = "Pacemaker, systemd units";

fn main() -> ExitCode {
    bench("switchover", |options| {
        let mut table = Table::new("switchover: five ordered services, from the command to all running on the other side", "ms");
        ours(options, &mut table);
        if options.peer() {
            theirs(options, &mut table);
        }
        table.target(OURS, 100.0);
        table.ratio(OURS, DUMMY);
        table.ratio(OURS, SYSTEMD);
        table.show();
    })
}

fn ours(options: Options, table: &mut Table) {
    let ours = Ours::boot(COUNT);
    ours.configure(&Settings { ordered: true, ..Settings::default() });
    table.row(FLOOR, floor(&ours, options.reps(20)));
    let _monitor = ours.monitor();
    let (mut real, mut ended, mut outage) = (Sample::default(), Sample::default(), Sample::default());
    for round in 0..options.reps(20) {
        let (words, from, to) = if round % 2 == 0 {
            (["switchover", "--confirm", "south"], "a1", "b1")
        } else {
            (["switchback", "--confirm", "north"], "b1", "a1")
        };
        let (old, new) = (ours.side(from), ours.side(to));
        let mut command = ours.cluster.command(&words);
        let began = Instant::now();
        let mut running = Child::spawn("switchover", &mut command, ours.cluster.lab.dir());
        let arrived = moment(LONGEST, || new.all()).unwrap_or_else(|| panic!("nothing arrived: {}", running.stderr()));
        assert_eq!(old.count(), 0, "nothing is left on {from} when all runs on {to}");
        assert!(moment(LONGEST, || running.status().is_some()).is_some(), "the command ends");
        ended.add_time(began.elapsed());
        real.add_time(arrived - began);
        outage.add(ours.reported_outage());
        ours.well();
    }
    table.row(OURS, real);
    table.row("  until the command has ended", ended);
    table.row("  outage that its report tells", outage);
}

/// The same jobs without a monitor, as often there as back.
fn floor(ours: &Ours, reps: usize) -> Sample {
    let mut floor = Floor::of(&ours.ground.bus("a1"), &ours.ground.bus("b1"));
    let mut sample = Sample::default();
    for _ in 0..reps.next_multiple_of(2) {
        sample.add_time(floor.moved(&units(COUNT)));
    }
    sample
}

fn theirs(options: Options, table: &mut Table) {
    let lab = match peer::lab(&["h1", "h2"]) {
        Ok(lab) => lab,
        Err(why) => return table.say(format!("no peer: {why}")),
    };
    let mut peer = Peer::form(lab, &["h1", "h2"]);
    for (class, name, reps) in [(Class::Dummy, DUMMY, 5), (Class::Systemd, SYSTEMD, 3)] {
        peer.group(class, COUNT, "10s", None);
        let mut sample = Sample::default();
        for _ in 0..options.peer_reps(reps) {
            let (from, to) = peer.settled();
            let new = peer.side(to);
            let began = Instant::now();
            let mut running = peer.tool(from, &["crm_resource", "--move", "-r", "group", "-N", to]);
            match moment(LONGEST, || new.all()) {
                Some(arrived) => sample.add_time(arrived - began),
                None => table.say(format!("{name}: a move took longer than {LONGEST:?}")),
            }
            running.ends_within(LONGEST);
            peer.run(from, &["crm_resource", "--clear", "-r", "group"]);
        }
        table.row(name, sample);
    }
    table.say(format!("peer: {}; two nodes, monitor interval 10 s", peer.version()));
}
