//! The way that everybody takes: all is well, everything is moved to the other site, and back.

use super::SHOP;
use crate::support::cluster::{Cluster, SOON};
use crate::support::console::Console;
use crate::support::wait;

#[test]
fn a_cluster_is_moved_and_moved_back_from_the_console_and_the_hosts_agree() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    let header = console.header();
    for word in ["shop", "OK", "north ACTIVE", "south STANDBY", "data "] {
        assert!(header.contains(word), "{word:?} is not in: {header}");
    }
    assert!(console.acts().contains("OBSERVES ONLY"), "{}", console.acts());
    console.wait_line(&["db", "a1", "live", "a1 active"]);
    let title = b"\x1b]2;shop: north active";
    wait::until("the window's title", SOON, || console.bytes_since_mark().windows(title.len()).any(|w| w == title));

    console.plan("switchover south", "south");
    for word in ["make south active; north gives up its role", "north is ACTIVE; south is STANDBY", "Checks", "checks in order"] {
        assert!(console.contains(word), "{word:?}\n{}", console.text());
    }
    console.keys(&["pagedown", "pagedown", "pagedown", "pagedown"]);
    console.wait_text("How to undo it");
    assert!(console.contains("Outage") && console.contains("point of no return"), "{}", console.text());
    console.send("north");
    console.wait_text("type south to go on: north");
    console.keys(&["enter"]);
    console.wait_text("north is not south");
    cluster.assert_serves("a1");
    assert!(cluster.entries().iter().all(|entry| entry["kind"] != "run-opened"), "a wrong word does nothing");

    console.keys(&["backspace"; 5]);
    console.wait_gone("north is not south");
    console.confirm("south");
    console.wait_line(&["done (run r", "measured outage"]);
    console.wait_line(&["1.", "done", "systemctl stop web.service"]);
    console.wait_line(&["4.", "done", "on b1: systemctl start web.service"]);
    console.wait_header("the header agrees", |header| header.contains("south ACTIVE") && header.contains("north STANDBY"));
    cluster.assert_serves("b1");
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    console.wait_line(&["switchover", "done"]);
    let opened = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    assert_eq!(opened["who"]["uid"], 0, "{opened}");

    // And back, on a large screen and by the menu.
    console.resize(200, 50);
    console.wait_header("all is well again", |header| header.contains("OK") && header.contains("south ACTIVE"));
    console.keys(&["x", "a"]);
    console.wait_line(&["switchback", "role change"]);
    console.keys(&["j"]);
    console.wait_text("> switchback");
    console.keys(&["enter"]);
    console.wait_text("type north to go on");
    assert!(console.contains("make north active; south gives up its role"), "{}", console.text());
    console.confirm("north");
    console.wait_line(&["done (run r", "measured outage"]);
    console.wait_header("it is back", |header| header.contains("OK") && header.contains("north ACTIVE"));
    cluster.assert_serves("a1");
}

#[test]
fn a_cluster_is_stopped_started_and_taken_over_as_it_was_moved_by_hand() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.plan("stop", "north");
    console.confirm("north");
    console.wait_line(&["done (run r"]);
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    assert!(cluster.running("a1").is_empty() && cluster.running("b1").is_empty());
    console.command("switchover south");
    console.wait_text("the cluster is stopped: there is nothing to move");
    console.keys(&["esc"]);
    console.wait_gone("enter runs, esc closes");

    console.plan("start", "north");
    console.confirm("north");
    console.wait_line(&["done (run r"]);
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    console.wait_header("it runs again", |header| header.contains("◉ OK") && header.contains("north ACTIVE"));
    cluster.assert_serves("a1");

    // Somebody moves everything by hand; the console says that it is wrong, and takes it as it is when it is told to.
    cluster.host("a1").sh("systemctl stop web.service db.service");
    cluster.host("b1").sh("systemctl start db.service web.service");
    console.wait_line(&["db", "b1 WRONG"]);
    console.plan("adopt south", "south");
    console.confirm("south");
    console.wait_header("it is taken as it is", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    cluster.assert_serves("b1");
    assert_eq!((cluster.starts("a1", "db"), cluster.starts("b1", "db")), (2, 1), "nothing was started for it");
}
