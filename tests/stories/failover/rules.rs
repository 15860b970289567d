//! Whether a loss moves the cluster is what each component's rule says.

use super::{NO_RESCUE, done, holds, moved_to, runs, two_looks};
use crate::support::cluster::{Cluster, Settings, table};
use crate::support::proc::Child;

const AGENTS: [(&str, &[&str]); 3] = [("agent-a", &[]), ("agent-b", &[]), ("agent-c", &[])];

/// Three agents with the same rule, none of which is rescued, and their monitor.
fn agents(rule: &str) -> (Cluster, Child) {
    let cluster = Cluster::boot(&AGENTS);
    let keys = format!("group = \"agents\"\ntrigger = {rule:?}\n{NO_RESCUE}\n");
    let components: String = AGENTS.iter().map(|(name, after)| table(name, after) + &keys).collect();
    cluster.configure_all(&Settings { components: &components, ..Settings::default() });
    let monitor = cluster.monitor();
    (cluster, monitor)
}

fn kill(cluster: &Cluster, agent: &str) {
    cluster.host("a1").kill_unit(&format!("{agent}.service"), "KILL");
}

/// Kills an agent; nothing moves, and the reason names the agent and the rule.
#[track_caller]
fn moves_nothing(cluster: &Cluster, agent: &str, rule: &str) {
    kill(cluster, agent);
    let said = format!("{agent} is lost, which moves nothing ({rule})");
    let held = cluster.wait_for(&said, |s| holds(s).contains(&said));
    assert_eq!(held["verdict"], "down");
    two_looks(cluster, "a1");
    assert!(runs(cluster).is_empty());
    assert!(cluster.running("b1").is_empty());
    let told = cluster.expect(0, &["why", agent]).out;
    assert!(told.contains("moves nothing"), "{told}");
}

#[test]
fn the_loss_of_all_agents_of_a_group_moves_what_the_loss_of_two_does_not() {
    let (cluster, _monitor) = agents("all-of agents");
    moves_nothing(&cluster, "agent-b", "1 of all 3 of agents are lost");
    moves_nothing(&cluster, "agent-a", "2 of all 3 of agents are lost");
    kill(&cluster, "agent-c");
    moved_to(&cluster, "south");
    cluster.assert_serves("b1");
    assert_eq!(runs(&cluster), [done("failover")]);
}

#[test]
fn the_loss_of_two_agents_moves_what_the_loss_of_one_does_not() {
    let (cluster, _monitor) = agents("2-of agents");
    moves_nothing(&cluster, "agent-c", "1 of agents are lost, 2 would count");
    // One that comes back by hand does not count any more.
    cluster.host("a1").sh("systemctl start agent-c.service");
    cluster.wait_for("it is well again", |s| s["verdict"] == "ok" && holds(s).is_empty());
    moves_nothing(&cluster, "agent-a", "1 of agents are lost, 2 would count");
    kill(&cluster, "agent-b");
    moved_to(&cluster, "south");
    cluster.assert_serves("b1");
    assert_eq!(runs(&cluster), [done("failover")]);
}

#[test]
fn what_is_only_watched_is_shown_and_moves_nothing_even_when_all_of_it_is_lost() {
    let (cluster, _monitor) = agents("watch");
    for (agent, _) in AGENTS {
        moves_nothing(&cluster, agent, "it is only watched");
    }
    assert!(cluster.status()["acts"].as_str().unwrap().contains("acts on: nothing"));
}
