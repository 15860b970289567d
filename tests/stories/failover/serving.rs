//! After a move: *switched* when the steps are done, *serving* only when the service answers.

use super::{NO_RESCUE, moved_to, over};
use crate::support::cluster::{Cluster, Settings, table};
use crate::support::service::ServiceSpec;
use serde_json::Value;

const DB: [(&str, &[&str]); 1] = [("db", &[])];
const PORT: u16 = 7070;

/// `db` counts as answering where the file `/run/ready-db` is.
fn shop_of_one(failover: &str) -> Cluster {
    let cluster = Cluster::boot(&DB);
    cluster.host("a1").sh("touch /run/ready-db");
    let components = format!("{}{NO_RESCUE}\naccept = {{ command = [\"test\", \"-e\", \"/run/ready-db\"] }}\n", table("db", &[]));
    cluster.configure_all(&Settings { failover, components: &components, ..Settings::default() });
    cluster
}

fn serving(cluster: &Cluster) -> Vec<Value> {
    cluster.entries().into_iter().filter(|e| e["kind"] == "serving").collect()
}

fn health(status: &Value, side: usize) -> &str {
    status["components"][0]["placements"][side]["health"]["health"].as_str().unwrap_or_default()
}

/// It has switched to b1 and does not answer there, which is said; then it answers, which is said too.
#[track_caller]
fn is_degraded_until_it_answers(cluster: &Cluster, run: &str, answers: impl FnOnce()) {
    let status = cluster.wait_for("it runs and does not answer", |s| over(s) && health(s, 1) == "degraded");
    assert_eq!((&status["verdict"], &status["active"]), (&"degraded".into(), &"south".into()));
    let why = status["components"][0]["placements"][1]["health"]["why"].as_str().unwrap();
    assert!(why.contains("it runs, and does not answer"), "{why}");
    assert_eq!(cluster.running("b1").len(), 1);
    assert!(serving(cluster).is_empty(), "nobody says that it serves");
    let report = cluster.expect(0, &["report", run]).out;
    assert!(!report.contains("serving, "), "{report}");

    answers();
    cluster.wait_for("it answers", |s| s["verdict"] == "ok" && health(s, 1) == "up");
    cluster.wait_for("that it serves is journaled", |_| !serving(cluster).is_empty());
    let entries = serving(cluster);
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((&entries[0]["run"], &entries[0]["failing"]), (&run.into(), &Value::Array(Vec::new())));
    assert!(entries[0]["after_ms"].as_u64().is_some_and(|ms| ms > 0), "{entries:?}");
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains(&format!("run {run}: serving, ")), "{told}");
    let report = cluster.expect(0, &["report", run]).out;
    assert!(report.contains("serving"), "{report}");
}

/// The id of the last run.
fn last_run(cluster: &Cluster) -> String {
    format!("r{}", cluster.entries().iter().rfind(|e| e["kind"] == "run-opened").unwrap()["index"])
}

#[test]
fn after_a_switchover_it_serves_only_when_a_command_on_the_new_host_says_so() {
    let cluster = shop_of_one("mode = \"observe-only\"");
    let _monitor = cluster.monitor();
    cluster.wait_for("it answers on a1", |s| s["verdict"] == "ok" && health(s, 0) == "up");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let run = last_run(&cluster);
    is_degraded_until_it_answers(&cluster, &run, || drop(cluster.host("b1").sh("touch /run/ready-db")));
}

#[test]
fn after_a_failover_too_it_serves_only_when_it_answers() {
    let cluster = shop_of_one("");
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("db.service", "KILL");
    moved_to(&cluster, "south");
    let run = last_run(&cluster);
    is_degraded_until_it_answers(&cluster, &run, || drop(cluster.host("b1").sh("touch /run/ready-db")));
}

#[test]
fn a_port_that_the_new_host_opens_late_makes_it_serve_late() {
    let cluster = Cluster::boot(&DB);
    let accept = format!("accept = {{ tcp = \"{}:{PORT}\" }}\n", cluster.host("b1").ip());
    let components = table("db", &[]) + &accept;
    cluster.configure_all(&Settings { failover: "mode = \"observe-only\"", components: &components, ..Settings::default() });
    let _monitor = cluster.monitor();
    cluster.wait_for("nobody answers at b1's address", |s| health(s, 0) == "degraded");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let run = last_run(&cluster);
    cluster.lab.service_unit("b1", "port.service", ServiceSpec::Serves(PORT));
    is_degraded_until_it_answers(&cluster, &run, || drop(cluster.host("b1").sh("systemctl start port.service")));
}
