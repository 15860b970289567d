//! A second fault: the device that should switch the lost host off fails, or does not do what it says.

use super::{NO_RESCUE, SHOP, decisions, ended, fence_key, holds, host, invocations, is_seen, over, runs, tables, two_looks};
use crate::support::cluster::{Cluster, Settings};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A shop whose device for a1 is this script; it notes what it was asked in the file that is returned.
fn shop_with_device(script: &str) -> (Cluster, PathBuf) {
    let cluster = Cluster::boot(&SHOP);
    let (device, asked) = (cluster.lab.dir().join("device"), cluster.lab.dir().join("asked"));
    std::fs::write(&device, format!("#!/bin/sh\necho \"$1\" >>{}\n{script}\n", asked.display())).unwrap();
    std::fs::set_permissions(&device, std::fs::Permissions::from_mode(0o755)).unwrap();
    let fence = fence_key(&[device.display().to_string()], "1s");
    cluster.configure_all(&Settings { a1: &fence, components: &tables(NO_RESCUE), ..Settings::default() });
    (cluster, asked)
}

/// How often the device was asked to switch off.
fn offs(asked: &Path) -> usize {
    std::fs::read_to_string(asked).unwrap_or_default().lines().filter(|line| *line == "off").count()
}

/// a1 falls silent, and its device is of no use: nothing starts on b1, and a1 goes on when it is back, as if nothing had been.
#[track_caller]
fn nothing_takes_over(cluster: &Cluster, asked: &Path, words: &str, end: &str) {
    is_seen(cluster, "a1");
    let before = invocations(cluster, &["a1", "b1"]);
    cluster.host("a1").cut();
    let holding = |s: &Value| over(s) && s["active"] == "north" && holds(s).contains("nothing came of it");
    let held = cluster.wait_for("the device was tried, and it holds", |s| offs(asked) > 0 && holding(s));
    assert!(held["protection_off"].is_null(), "nobody has taken over: {held}");
    // The time of these looks is what it would take to ask the device many times.
    for _ in 0..3 {
        two_looks(cluster, "b1");
    }
    assert_eq!(offs(asked), 1);
    assert_eq!(runs(cluster), [ended("failover", end)]);
    assert!(decisions(cluster).len() <= 8, "{:?}", decisions(cluster));
    assert!(cluster.running("b1").is_empty());
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains(words), "{told}");

    cluster.host("a1").heal();
    let well = |s: &Value| over(s) && s["active"] == "north" && host(s, "a1")["health"]["health"] == "up" && s["verdict"] == "ok";
    let status = cluster.wait_for("a1 is back and serves", well);
    assert_eq!(status["wanted"]["wanted"], "active", "{status}");
    two_looks(cluster, "a1");
    assert_eq!((runs(cluster).len(), offs(asked)), (1, 1), "a host that is back is not switched off");
    assert_eq!(invocations(cluster, &["a1", "b1"]), before, "nothing was started or stopped anywhere");
    cluster.assert_serves("a1");
}

#[test]
fn a_fence_device_that_is_broken_leaves_the_silent_side_in_its_role_and_is_not_asked_over_and_over() {
    let (cluster, asked) = shop_with_device("echo 'the outlet is stuck' >&2; exit 1");
    let _monitor = cluster.monitor();
    nothing_takes_over(&cluster, &asked, "the outlet is stuck", "partly");
}

#[test]
fn a_fence_device_that_says_done_while_its_status_says_on_is_not_believed() {
    let (cluster, asked) = shop_with_device("exit 0");
    let _monitor = cluster.monitor();
    nothing_takes_over(&cluster, &asked, "a1: is still on after", "nothing-changed");
}
