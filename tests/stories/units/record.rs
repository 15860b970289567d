//! The record of what was done by hand: nothing is done without it, and what cannot be read of it is said.

use super::*;

/// A cluster that a monitor has acted for, and that has none any more.
fn left_alone() -> Cluster {
    let cluster = shop();
    let mut monitor = cluster.monitor();
    held(&cluster);
    monitor.kill();
    let_go(&cluster);
    cluster
}

#[test]
fn on_a_full_disk_nothing_is_done_and_the_term_stays() {
    let cluster = left_alone();
    let a1 = cluster.host("a1");
    a1.sh(&format!("cp -a {FOLDER} /var/tmp/kept; mount -t tmpfs -o size=64k,mode=700 none {FOLDER}; cp -a /var/tmp/kept/. {FOLDER}"));
    a1.sh(&format!("dd if=/dev/zero of={FOLDER}/ballast bs=1k 2>/dev/null || true"));
    let before = kept(a1);
    let refused = hand(a1, 3, "stop", "app.service", &[]);
    assert!(refused.err.contains("cannot be written; nothing was done"), "{}", refused.err);
    assert!(refused.err.contains("make room"), "{}", refused.err);
    assert_eq!((kept(a1), cluster.running("a1").len()), (before, 2));
    a1.sh(&format!("rm {FOLDER}/ballast"));
    hand(a1, 0, "stop", "app.service", &[]);
}

#[test]
fn a_record_that_cannot_be_read_is_said_so_and_pauses_the_monitor_all_the_same() {
    let cluster = left_alone();
    let a1 = cluster.host("a1");
    hand(a1, 0, "stop", "app.service", &[]);
    a1.sh(&format!("truncate -s 12 {FOLDER}/hand"));
    let _monitor = cluster.monitor_under(&[]);
    let status = wait_for_pause(&cluster, &["a1"]);
    assert!(status["acts"].as_str().unwrap().contains(&format!("something that cannot be read in {FOLDER}/hand")), "{}", status["acts"]);
    assert!(!cluster.running("a1").contains("app"));
    assert_eq!(deeds(&cluster).len(), 1);
}

#[test]
fn what_fails_is_recorded_as_that_and_a_line_that_was_torn_harms_no_other() {
    let cluster = left_alone();
    let a1 = cluster.host("a1");
    a1.write("/etc/systemd/system/db.service.d/no.conf", b"[Service]\nExecStartPre=/bin/false\n");
    a1.sh("systemctl daemon-reload");
    hand(a1, 0, "stop", "db.service", &[]);
    // As it is after a power loss in the middle of the last line, here the word how the stop ended.
    a1.sh(&format!("truncate -s -7 {FOLDER}/hand"));
    let failed = hand(a1, 5, "start", "db.service", &[]);
    assert!(failed.err.contains("failed: is failed"), "{}", failed.err);
    let unknown = hand(a1, 3, "start", "no-such.service", &[]);
    assert!(unknown.err.contains("systemd knows no unit no-such.service"), "{}", unknown.err);
    let _monitor = cluster.monitor_under(&[]);
    wait_for_pause(&cluster, &["a1"]);
    let whats: Vec<String> = deeds(&cluster).into_iter().map(|(_, what, ..)| what).collect();
    assert_eq!(whats.len(), 2, "{whats:?}");
    assert!(whats[0].starts_with("stop db.service: ") && whats[1].starts_with("start db.service: failed, is failed"), "{whats:?}");
}

#[test]
fn somebody_who_is_no_root_or_names_another_cluster_or_host_is_told_so() {
    let cluster = shop();
    let a1 = cluster.host("a1");
    let refused = hand(a1, 3, "stop", "app.service", &[]);
    assert!(refused.err.contains("no monitor has ever acted on units of this host"), "{}", refused.err);
    let mut monitor = cluster.monitor();
    held(&cluster);
    monitor.kill();
    let_go(&cluster);
    a1.sh(&format!("mkdir -m 700 {FOLDER}2; cp {FOLDER}/term {FOLDER}2/term"));
    let refused = hand(a1, 3, "stop", "app.service", &[]);
    assert!(refused.err.contains("several clusters have acted on this host: shop, shop2"), "{}", refused.err);
    let refused = hand(a1, 3, "stop", "app.service", &["--cluster", "other"]);
    assert!(refused.err.contains("no monitor of cluster other has acted on this host"), "{}", refused.err);
    let refused =
        a1.exec(&["setpriv", "--reuid=65534", "--clear-groups", "switchtower", "host", "stop", "--unit", "app.service", "--reason", "x"]);
    let refused = Said::from(refused);
    assert!(refused.code == 3 && refused.err.contains("this needs root"), "{} {}", refused.code, refused.err);
    assert_eq!(cluster.running("a1").len(), 2);
}
