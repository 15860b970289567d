//! What happens when something breaks: what is lost is rescued or moved, what is only unreachable is left alone.

use super::stage::{Demo, SOON};
use crate::support::{proc, wait};
use std::process::Command;

#[test]
fn a_killed_component_is_rescued_where_it_is_and_killed_again_it_moves_the_cluster_which_comes_back_when_told() {
    let demo = Demo::start();
    demo.serves("north", "north1");
    let first = demo.page();
    demo.apply("kill:app");
    wait::until("the monitor has rescued it", SOON, || demo.log().contains("rescue of app"));
    demo.serves("north", "north1");
    demo.apply("kill:app");
    demo.serves("south", "south1");
    let number =
        |page: &str| page.lines().find_map(|line| line.strip_prefix("number     ")?.split(',').next()?.parse::<u64>().ok()).unwrap();
    assert!(number(&demo.page()) > number(&first), "the ledger goes on");
    let back = demo.run(&["switchback", "--confirm", "north"]);
    assert!(back.status.success(), "{back:?}");
    demo.serves("north", "north1");
    demo.apply("crash-monitor");
    wait::until("another monitor looks after it", SOON, || demo.status()["lease"]["term"] == 2);
    demo.serves("north", "north1");
}

#[test]
fn a_host_without_power_is_fenced_and_the_cluster_moves_and_moves_back_when_the_other_one_hangs() {
    let demo = Demo::start();
    assert_eq!(demo.power("north1", "status"), (Some(0), "on\n".to_owned()));
    assert_eq!(demo.power("north1", "off"), (Some(0), "off\n".to_owned()));
    assert_eq!(demo.power("north1", "status"), (Some(2), "off\n".to_owned()));
    demo.serves("south", "south1");
    assert!(demo.log().contains("north1: is off"), "{}", demo.log());
    assert_eq!(demo.health("north1"), "down");
    let acknowledged = demo.run(&["acknowledge", "--confirm", "yes"]);
    assert!(acknowledged.status.success(), "{acknowledged:?}");
    assert_eq!(demo.power("north1", "on"), (Some(0), "on\n".to_owned()));
    wait::until_value("it is heard again", SOON, || demo.health("north1"), |health| health == "up");
    demo.apply("hang:south1");
    demo.serves("north", "north1");
    assert_eq!(demo.power("south1", "status").0, Some(2), "what hung was switched off before anything started elsewhere");
    let nobody = demo.power("north9", "off");
    assert!(nobody.0.is_some_and(|code| code != 0 && code != 2), "{nobody:?}");
}

#[test]
fn a_link_that_is_cut_and_a_host_that_lies_are_broken_probes_and_nothing_moves() {
    let demo = Demo::start();
    for (breaks, mends, why) in
        [("cut:north1", "mend:north1", "office1 sees its SSH server"), ("lie:north1", "honest:north1", "everything is fine")]
    {
        demo.apply(breaks);
        wait::until_value("the probe is broken", SOON, || demo.health("north1"), |health| health == "probe-broken");
        wait::until("that is decided upon", SOON, || demo.log().contains(why));
        assert!(demo.page().contains("served by  north1"), "it serves all the while");
        demo.apply(mends);
        wait::until_value("it is believed again", SOON, || demo.health("north1"), |health| health == "up");
        demo.serves("north", "north1");
    }
    assert!(!demo.log().contains("failover to"), "{}", demo.log());
}

#[test]
fn a_host_is_looked_into_with_openssh() {
    let demo = Demo::start();
    let mut ssh = Command::new("ssh");
    ssh.args(["-F", demo.facts["ssh_config"].as_str().unwrap(), "south1", "echo inside $SWITCHTOWER_DEMO"]).env_remove("SSH_AUTH_SOCK");
    if ssh.output().is_err() {
        return;
    }
    let output = proc::run(&mut ssh, SOON);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("inside {}/south1\n", demo.folder().display()), "{output:?}");
}
