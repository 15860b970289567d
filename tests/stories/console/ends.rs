//! How a switchover ends is said in words that mean one thing each: done, serving, failed with nothing changed; and a
//! check in the way is overridden only where it may be.

use super::{SHOP, opened};
use crate::support::cluster::{Cluster, Settings, table};
use crate::support::console::Console;
use crate::support::service::ServiceSpec;

#[test]
fn switched_is_not_serving_until_the_service_answers() {
    let cluster = Cluster::boot(&[("db", &[])]);
    cluster.host("a1").sh("touch /run/ready-db");
    let components = format!("{}accept = {{ command = [\"test\", \"-e\", \"/run/ready-db\"] }}\n", table("db", &[]));
    cluster.configure_all(&Settings { failover: "mode = \"observe-only\"", components: &components, ..Settings::default() });
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.plan("switchover south", "south");
    console.confirm("south");
    console.wait_line(&["done (run r"]);
    console.wait_header("it runs and does not answer", |header| header.contains("DEGRADED") && header.contains("south ACTIVE"));
    assert!(!console.contains("serving"), "{}", console.text());
    cluster.host("b1").sh("touch /run/ready-db");
    console.wait_line(&["serving"]);
    console.wait_header("it serves", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    console.keys(&["esc"]);
    console.wait_line(&["db", "b1", "live"]);
}

#[test]
fn a_switchover_that_went_back_says_so_and_stays_until_it_was_seen() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("b1", "web.service", ServiceSpec::FailsToStart);
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    console.plan("switchover south", "south");
    console.keys(&["tab"]);
    console.send("a drill");
    console.wait_text("reason, may be left out: a drill");
    console.keys(&["tab"]);
    console.confirm("south");
    console.wait_line(&["failed (nothing changed): step 4, systemctl start web.service on b1"]);
    console.wait_line(&["4.", "undone", "systemctl start web.service"]);
    console.wait_line(&["3.", "undone", "systemctl start db.service"]);
    console.wait_text("reason: a drill");
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    console.wait_line(&["switchover to south: failed (nothing changed)", "x: seen"]);
    console.wait_header("it is where it was", |header| header.contains("◉ OK") && header.contains("north ACTIVE"));
    assert!(console.contains("x: seen"), "it does not go away by itself");
    console.keys(&["x"]);
    console.wait_gone("x: seen");
    cluster.assert_serves("a1");
}

#[test]
fn a_check_in_the_way_is_overridden_by_its_name_where_it_is_soft() {
    let cluster = Cluster::boot(&SHOP);
    cluster.host("a1").sh("mkdir -p /etc/systemd/system/multi-user.target.wants && ln -sf ../web.service /etc/systemd/system/multi-user.target.wants/web.service && systemctl daemon-reload");
    let _monitor = cluster.monitor();
    cluster.wait_for("the enabled unit is seen", |status| status["readiness"]["verdict"] == "soft-veto");
    let console = Console::well(&cluster);
    console.command("switchover south");
    console.wait_line(&["> soft", "web"]);
    console.wait_text("o: go on in spite of enabled:web@a1");
    assert!(!console.contains("type south"), "{}", console.text());
    console.keys(&["y", "enter"]);
    assert_eq!(opened(&cluster), 0);
    console.keys(&["esc"]);
    console.wait_gone("> soft");
    console.command("switchover south");
    console.wait_line(&["> soft", "web"]);
    console.keys(&["o"]);
    console.wait_text("type south to go on");
    console.confirm("south");
    console.wait_line(&["done (run r"]);
    cluster.assert_serves("b1");
    let entry = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    let checks = entry["plan"]["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["id"] == "enabled:web@a1" && check["overridden"] == true), "{checks:#?}");
}
