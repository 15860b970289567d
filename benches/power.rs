//! A host loses its power, or its cable is pulled: until everything runs on the other side. Ours has a fence device that is
//! a command and the other host as a second vantage point; the peer is Pacemaker without fencing.
//! `cargo bench --bench power [-- --reps N]`, as root.

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
use std::time::{Duration, Instant, SystemTime};
use support::figures::{Sample, Table};
use support::ground::{Side, moment};
use support::host::Host;
use support::options::{Options, bench};
use support::ours::{Ours, Settings, profile};
use support::peer::{self, Class, Peer};

const COUNT: usize = 5;
const LONGEST: Duration = Duration::from_secs(90);
/// The profiles, and the target of each.
const PROFILES: [(&str, f64); 2] = [("default", 4_000.0), ("fast", 1_500.0)];

/// How a host is lost.
#[derive(Clone, Copy)]
enum Loss {
    Power,
    Cable,
}

impl Loss {
    const ALL: [Self; 2] = [Self::Power, Self::Cable];

    fn words(self) -> &'static str {
        match self {
            Self::Power => "power lost",
            Self::Cable => "cable pulled",
        }
    }

    /// Does it, on a thread of its own since the lab looks whether the host is off; returns when it began.
    fn strike<'scope>(self, scope: &'scope std::thread::Scope<'scope, '_>, host: &'scope Host) -> (Instant, SystemTime) {
        // At any time between two looks.
        std::thread::sleep(Duration::from_millis(rand::random_range(0..2_000)));
        let began = (Instant::now(), SystemTime::now());
        scope.spawn(move || match self {
            Self::Power => host.power_off(),
            Self::Cable => host.cut(),
        });
        began
    }
}

fn ours_in(profile: &str, loss: Loss) -> String {
    format!("switchtower ({profile}): {}", loss.words())
}

fn theirs_in(loss: Loss) -> String {
    format!("Pacemaker, Dummy, 3 nodes: {}", loss.words())
}

fn main() -> ExitCode {
    bench("power", |options| {
        let mut table = Table::new("power: a host is lost, until five ordered services run on the other side", "ms");
        for (name, _) in PROFILES {
            match profile(name) {
                Some(keys) => ours(options, &mut table, name, &keys),
                None => table.say(format!("the profile {name} is not part of this version")),
            }
        }
        if options.peer() {
            theirs(options, &mut table);
        }
        for loss in Loss::ALL {
            for (name, most) in PROFILES {
                table.target(&ours_in(name, loss), most);
                table.ratio(&ours_in(name, loss), &theirs_in(loss));
            }
        }
        table.show();
    })
}

fn ours(options: Options, table: &mut Table, name: &str, monitor: &str) {
    for loss in Loss::ALL {
        let (mut sample, mut decided) = (Sample::default(), Sample::default());
        for _ in 0..options.reps(5) {
            // A cluster of its own for each round: a fence device is not used twice within a minute.
            let ours = Ours::boot(COUNT);
            ours.configure(&Settings { monitor: monitor.to_owned(), fence: true, ordered: true, ..Settings::default() });
            let _monitor = ours.monitor();
            let (host, new) = (ours.cluster.host("a1"), ours.side("b1"));
            let (at, time) = lost(loss, host, &[new]);
            sample.add_time(time.expect("everything moves"));
            decided.add_time(ours.decided_after(at));
            assert!(!host.is_on(), "it was switched off before anything ran elsewhere");
        }
        table.row(&ours_in(name, loss), sample);
        table.row("  until it was decided", decided);
    }
}

/// Loses a host, and waits until all runs on one of `others`: when that was, and how long it took, unless it took too long.
fn lost(loss: Loss, host: &Host, others: &[Side]) -> (SystemTime, Option<Duration>) {
    std::thread::scope(|scope| {
        let (began, at) = loss.strike(scope, host);
        (at, moment(LONGEST, || others.iter().any(Side::all)).map(|all| all - began))
    })
}

fn theirs(options: Options, table: &mut Table) {
    let nodes = ["h1", "h2", "h3"];
    let lab = match peer::lab(&nodes) {
        Ok(lab) => lab,
        Err(why) => return table.say(format!("no peer: {why}")),
    };
    let mut peer = Peer::form(lab, &nodes);
    peer.group(Class::Dummy, COUNT, "1s", None);
    for loss in Loss::ALL {
        let mut sample = Sample::default();
        for _ in 0..options.peer_reps(3) {
            let (active, _) = peer.settled();
            let others: Vec<Side> = peer.others(active).into_iter().map(|other| peer.side(other)).collect();
            match lost(loss, peer.lab.host(active), &others).1 {
                Some(time) => sample.add_time(time),
                None => table.say(format!("{}: it took longer than {LONGEST:?}", theirs_in(loss))),
            }
            match loss {
                Loss::Power => {
                    peer.lab.host(active).start();
                    peer.join(active);
                }
                Loss::Cable => peer.lab.host(active).heal(),
            }
        }
        table.row(&theirs_in(loss), sample);
    }
    table.say(format!("peer: {}; default token, monitor interval 1 s, no fencing (ours fences)", peer.version()));
}
