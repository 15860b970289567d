//! A monitor lives: somebody on the host is told so, and where they go on all the same, it is told, and not undone either.

use super::*;

#[test]
fn while_a_monitor_lives_it_is_refused_and_where_somebody_insists_it_is_told_and_not_undone() {
    let cluster = shop();
    let _monitor = cluster.monitor();
    held(&cluster);
    let a1 = cluster.host("a1");
    let before = kept(a1);
    let refused = hand(a1, 3, "stop", "app.service", &[]);
    assert!(refused.err.contains("a monitor of shop is connected"), "{}", refused.err);
    assert!(refused.err.contains("--despite-monitor"), "{}", refused.err);
    assert_eq!((kept(a1), cluster.running("a1").len()), (before, 2));
    assert!(!a1.exec(&["test", "-e", &format!("{FOLDER}/hand")]).status.success(), "nothing was recorded");

    hand(a1, 0, "stop", "app.service", &["--despite-monitor"]);
    let status = wait_for_pause(&cluster, &["a1"]);
    assert!(status["acts"].as_str().unwrap().contains("disk 3 smokes"), "{}", status["acts"]);
    cluster.wait_for("nothing is under way", |s| s["open_runs"].as_array().is_some_and(Vec::is_empty) && s["hosts"][0]["answers"] == true);
    assert_eq!((cluster.starts("a1", "app"), cluster.starts("b1", "app"), cluster.starts("b1", "db")), (1, 0, 0));
    assert_eq!(deeds(&cluster).len(), 1);

    cluster.expect(0, &["resume", "--confirm", "yes"]);
    cluster.wait_for("app runs again", |s| s["verdict"] == "ok");
    cluster.assert_serves("a1");
}

#[test]
fn what_was_done_while_the_way_to_a_host_was_cut_is_told_before_anything_is_decided_about_it() {
    let cluster = shop();
    let _monitor = cluster.monitor();
    held(&cluster);
    let a1 = cluster.host("a1");
    a1.cut();
    cluster.wait_for("a1 is silent", |s| s["hosts"][0]["answers"] == false);
    hand(a1, 0, "stop", "app.service", &["--despite-monitor"]);
    a1.heal();
    let status = wait_for_pause(&cluster, &["a1"]);
    assert!(status["acts"].as_str().unwrap().contains("stop app.service"), "{}", status["acts"]);
    cluster.wait_for("a1 answers", |s| s["hosts"][0]["answers"] == true && s["open_runs"].as_array().is_some_and(Vec::is_empty));
    assert_eq!((cluster.starts("a1", "app"), cluster.starts("b1", "app"), cluster.starts("b1", "db")), (1, 0, 0));
    assert_eq!((deeds(&cluster).len(), runs(&cluster)), (1, 0));
}
