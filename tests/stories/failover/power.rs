//! A host loses its power, at any moment between two looks, under the ordinary profile and under the fast one; and what the
//! fast one must not do: act without its evidence, or take a host under load for a lost one.
//!
//! `SWITCHTOWER_POWER_CUTS=12` cuts the power so often and prints how long each took. `SWITCHTOWER_OVERLOAD=3600` keeps the
//! load up for so many seconds.

use super::{NO_RESCUE, SHOP, done, fence_key, holds, host, invocations, is_seen, over, runs, tables};
use crate::support::cluster::{Cluster, SOON, Settings};
use crate::support::proc::Child;
use crate::support::wait;
use jiff::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};

const DEFAULT: &str = "profile = \"default\"";
const FAST: &str = "profile = \"fast\"";

/// A shop with a power switch for a1 where it is `fenced`, and with no quiet time, so that it can move many times.
fn shop(profile: &str, fenced: bool) -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    let fence = if fenced { fence_key(&cluster.lab.power_switch("a1"), "10s") } else { String::new() };
    let components = tables(NO_RESCUE);
    cluster.configure_all(&Settings {
        monitor: profile,
        failover: "quiet = \"0s\"",
        a1: &fence,
        components: &components,
        ..Settings::default()
    });
    cluster
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Cuts the power of a1 at some moment between two looks of a monitor that has just begun; how long it took until everything
/// ran on b1, by the journal.
#[track_caller]
fn cut(cluster: &Cluster, interval_ms: u64) -> Duration {
    let _monitor = cluster.monitor();
    is_seen(cluster, "a1");
    let phase = rand::random_range(0..interval_ms);
    cluster.wait_for("some moment between two looks", |s| host(s, "a1")["age_ms"].as_u64().is_some_and(|age| age >= phase || age < 100));
    let began = Timestamp::now();
    cluster.host("a1").power_off();
    let off = Timestamp::now();
    let status = cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(host(&status, "a1")["health"]["health"], "down");
    assert_eq!(cluster.running("b1").len(), SHOP.len());
    let since = |at: Timestamp| Duration::try_from(at.duration_since(began)).unwrap_or_default();
    let entries = cluster.entries();
    eprintln!("off within {:.2?}", since(off));
    for entry in entries.iter().filter(|e| e["at"].as_str().unwrap().parse::<Timestamp>().unwrap() > began) {
        let took = since(entry["at"].as_str().unwrap().parse().unwrap());
        let [kind, event, step] = ["kind", "event", "step"].map(|key| entry[key].to_string().replace('"', ""));
        eprintln!("{took:.2?} {kind} {event} {step}");
    }
    let closed = entries.iter().rfind(|e| e["event"] == "closed").unwrap();
    assert_eq!(closed["end"]["end"], "done");
    since(closed["at"].as_str().unwrap().parse().unwrap())
}

#[track_caller]
fn back_to_north(cluster: &Cluster) {
    let _monitor = cluster.monitor_under(&[]);
    cluster.host("a1").start();
    cluster.wait_for("a1 is back", |s| host(s, "a1")["health"]["health"] == "up");
    wait::until("it moves back", SOON, || cluster.say(&["switchback", "--confirm", "north"]).code == 0);
    cluster.say(&["acknowledge", "--confirm", "yes", "--reason", "a drill"]);
    cluster.assert_serves("a1");
    cluster.wait_for("it is protected again", |s| over(s) && s["acts"].as_str().is_some_and(|acts| acts.starts_with("AUTO")));
}

/// Cuts the power as often as is asked for, and says how long each took.
#[track_caller]
fn cuts(profile: &str, interval_ms: u64) {
    let cluster = shop(profile, true);
    let mut took = vec![cut(&cluster, interval_ms)];
    for _ in 1..number("SWITCHTOWER_POWER_CUTS", 1) {
        back_to_north(&cluster);
        took.push(cut(&cluster, interval_ms));
    }
    took.sort();
    eprintln!("{profile}: {} cuts, median {:.2?}: {took:.2?}", took.len(), took[took.len() / 2]);
    assert!(runs(&cluster).iter().all(|(_, end)| end == "done"), "{:?}", runs(&cluster));
}

#[test]
fn with_ordinary_settings_everything_runs_elsewhere_some_seconds_after_a_host_has_lost_its_power() {
    cuts(DEFAULT, 2000);
}

#[test]
fn with_the_fast_profile_everything_runs_elsewhere_soon_after_a_host_has_lost_its_power() {
    cuts(FAST, 250);
}

#[test]
fn with_the_fast_profile_a_cut_cable_moves_everything_too_and_the_host_behind_it_is_switched_off_first() {
    let cluster = shop(FAST, true);
    let _monitor = cluster.monitor();
    is_seen(&cluster, "a1");
    cluster.host("a1").cut();
    cluster.wait_for("everything has moved", |s| over(s) && s["active"] == "south");
    assert_eq!(runs(&cluster), [done("failover")]);
    assert!(!cluster.host("a1").is_on());
    assert_eq!(cluster.running("b1").len(), SHOP.len());
}

/// Nothing starts on b1 after a1 has lost its power, for much longer than a move takes.
#[track_caller]
fn holds_back(cluster: &Cluster, why: &str) {
    cluster.host("a1").power_off();
    let long = |s: &Value| host(s, "a1")["age_ms"].as_u64().is_some_and(|age| age > 6_000);
    let held = cluster.wait_for("it holds, long after", |s| holds(s).contains(why) && long(s));
    assert!(over(&held) && held["active"] == "north", "{held}");
    assert!(runs(cluster).is_empty() && cluster.running("b1").is_empty());
}

#[test]
fn with_the_fast_profile_and_no_fence_nothing_is_started_elsewhere() {
    let cluster = shop(FAST, false);
    let _monitor = cluster.monitor();
    is_seen(&cluster, "a1");
    holds_back(&cluster, "no fence device");
}

#[test]
fn with_the_fast_profile_and_nobody_else_who_can_look_nothing_is_started_elsewhere() {
    let cluster = shop(FAST, true);
    cluster.host("b1").sh("echo 'AllowTcpForwarding no' >/etc/ssh/sshd_config.d/00-no-way.conf; systemctl reload-or-restart ssh.service");
    let _monitor = cluster.monitor();
    holds_back(&cluster, "nobody else could say");
}

#[test]
fn with_the_fast_profile_both_cores_under_load_are_no_loss_of_anything() {
    let cluster = shop(FAST, true);
    let _monitor = cluster.monitor();
    is_seen(&cluster, "a1");
    let before = invocations(&cluster, &["a1", "b1"]);
    let busy = "for i in 1 2 3 4; do while :; do :; done & done; wait";
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let load: Vec<Child> = (0..cores)
        .map(|at| Child::spawn(&format!("load{at}"), cluster.lab.ctl_command("sh").args(["-c", busy]), cluster.lab.dir()))
        .collect();
    for name in ["a1", "b1"] {
        cluster.host(name).sh(&format!("systemd-run --quiet --unit=load sh -c '{busy}'"));
    }
    let (began, length) = (Instant::now(), Duration::from_secs(number("SWITCHTOWER_OVERLOAD", 20)));
    let mut worst = 0;
    wait::until_value(
        "the load has lasted",
        length + SOON,
        || cluster.status(),
        |status| {
            for name in ["a1", "b1"] {
                assert_ne!(host(status, name)["health"]["health"], "down", "{status}");
                worst = worst.max(host(status, name)["age_ms"].as_u64().unwrap_or(0));
            }
            assert!(status.is_null() || over(status), "{status}");
            began.elapsed() > length
        },
    );
    eprintln!("under load for {length:?}: the oldest word of a host was {worst} ms old");
    drop(load);
    for name in ["a1", "b1"] {
        cluster.host(name).sh("systemctl stop load.service");
    }
    cluster.wait_for("all is as it was", |s| s["verdict"] == "ok" && over(s));
    assert!(runs(&cluster).is_empty(), "{:?}", runs(&cluster));
    assert_eq!(invocations(&cluster, &["a1", "b1"]), before, "everything has run all the time");
}
