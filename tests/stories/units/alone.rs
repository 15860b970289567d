//! No monitor is left: everything is moved by hand, and one that comes back takes it as it is told.

use super::*;

#[test]
fn a_cluster_that_was_moved_by_hand_without_a_monitor_is_found_so_told_and_not_undone() {
    let cluster = shop();
    let mut monitor = cluster.monitor();
    held(&cluster);
    monitor.kill();
    let_go(&cluster);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    let before = kept(a1).0;

    let planned = try_hand(a1, &["stop", "--unit", "app.service", "--reason", "disk 3 smokes", "--dry-run", "--json"]);
    assert_eq!(planned.code, 0, "{}", planned.err);
    let planned: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!((&planned["outcome"], &planned["cluster"]), (&"planned".into(), &"shop".into()));
    let unconfirmed = try_hand(a1, &["stop", "--unit", "app.service", "--reason", "x"]);
    assert_eq!(unconfirmed.code, 3, "{}", unconfirmed.out);
    assert!(
        unconfirmed.err.contains("host stop --unit app.service --cluster shop --reason x --confirm app.service"),
        "{}",
        unconfirmed.err
    );
    assert_eq!((kept(a1).0, cluster.running("a1").len()), (before, 2), "nothing was done for these");

    let stopped = hand(a1, 0, "stop", "app.service", &[]);
    assert!(stopped.out.contains("done: is inactive (dead)"), "{}", stopped.out);
    assert!(stopped.out.contains(&format!("the term of this host is {} now", before + 1)), "{}", stopped.out);
    hand(a1, 0, "stop", "db.service", &["--cluster", "shop"]);
    hand(b1, 0, "start", "db.service", &[]);
    let started = hand(b1, 0, "start", "app.service", &["--json"]);
    let started: Value = serde_json::from_str(&started.out).unwrap();
    assert_eq!((&started["done"], &started["recorded"], &started["outcome"]), (&true.into(), &true.into(), &"done".into()), "{started}");
    cluster.assert_serves("b1");
    assert!(is_by_hand(a1) && is_by_hand(b1));
    assert_eq!((kept(a1).0, kept(b1).0), (before + 2, before + 2));

    let monitor = cluster.monitor_under(&[]);
    let status = wait_for_pause(&cluster, &["a1", "b1"]);
    assert!(status["acts"].as_str().unwrap().contains("disk 3 smokes"), "{}", status["acts"]);
    assert!(status["lease"]["term"].as_u64().unwrap() > before + 2, "{}", status["lease"]);
    cluster.wait_for("both hosts are looked at", |s| s["hosts"].as_array().unwrap().iter().all(|h| h["answers"] == true));
    cluster.assert_serves("b1");
    let mut told = deeds(&cluster);
    told.sort();
    let by = |host: &str, what: &str| (host.to_owned(), what.to_owned(), "root".to_owned(), "disk 3 smokes".to_owned());
    let expected = [
        by("a1", "stop app.service: done, is inactive (dead)"),
        by("a1", "stop db.service: done, is inactive (dead)"),
        by("b1", "start app.service: done, is active (running)"),
        by("b1", "start db.service: done, is active (running)"),
    ];
    assert_eq!(told, expected);
    let log = cluster.expect(0, &["log"]).out;
    assert!(log.contains("a1 was operated by hand under term") && log.contains("stop db.service: done"), "{log}");
    assert_eq!(runs(&cluster), 0);

    // Once more by another life of the monitor: it was told once.
    drop(monitor);
    let _monitor = cluster.monitor_under(&[]);
    cluster.wait_for("the next life is paused too", |s| s["stance"]["mode"] == "paused" && s["hosts"][0]["answers"] == true);
    assert_eq!(deeds(&cluster).len(), 4);
    cluster.expect(0, &["adopt", "--site", "south", "--confirm", "south"]);
    cluster.expect(0, &["resume", "--confirm", "yes"]);
    cluster.wait_for("it is as it should be", |s| s["verdict"] == "ok" && s["active"] == "south");
    cluster.assert_serves("b1");
    assert_eq!((cluster.starts("a1", "app"), cluster.starts("b1", "app")), (1, 1));
}

#[test]
fn a_monitor_that_dies_before_it_has_journaled_it_leaves_it_for_the_next_one() {
    let cluster = shop();
    let mut monitor = cluster.monitor();
    held(&cluster);
    monitor.kill();
    let_go(&cluster);
    let a1 = cluster.host("a1");
    hand(a1, 0, "stop", "app.service", &[]);
    let state = cluster.lab.dir().join("state");
    let copy = cluster.lab.dir().join("kept");
    assert!(std::process::Command::new("cp").arg("-a").arg(&state).arg(&copy).status().unwrap().success());
    let mut second = cluster.monitor_under(&[]);
    wait_for_pause(&cluster, &["a1"]);
    second.kill();
    assert_eq!(deeds(&cluster).len(), 1);
    let term = kept(a1).0;
    let_go(&cluster);
    // As if it had ended in between: its journal does not have it, and the host keeps it still.
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::rename(&copy, &state).unwrap();
    a1.sh(&format!("echo '{term} 0000000000000000' >{FOLDER}/term; sed -i 's/^\\(deed\\|end\\) [0-9]*/\\1 {term}/' {FOLDER}/hand"));
    let _third = cluster.monitor_under(&[]);
    wait_for_pause(&cluster, &["a1"]);
    assert_eq!(deeds(&cluster).len(), 1);
    assert!(kept(a1).0 > term && !cluster.running("a1").contains("app"));
}
