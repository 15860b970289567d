//! The verbs of the command line, through one host and through a jump.

use super::{RUN, Way, opened};
use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::proc::Child;
use crate::support::service::ServiceSpec;
use crate::support::sshd::keygen;
use crate::support::wait;
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

#[test]
fn every_verb_that_looks_works_through_hosts_and_says_the_same_as_on_the_monitors_own() {
    let mut way = Way::through_a_jump();
    let cluster = way.shop("");
    let _monitor = cluster.monitor();
    for via in ["mon1", "jump1,mon1", "inner"] {
        for (words, shown) in [
            (&["status"][..], "north ACTIVE"),
            (&["log"], "took term 1"),
            (&["why", "db"], "db"),
            (&["mode"], "observe-only"),
            (&["switchover", "--dry-run"], "dry run: nothing was done"),
            (&["health"], "shop"),
        ] {
            let said = way.expect(0, via, words);
            assert!(said.out.contains(shown), "{via} {words:?}\n{}", said.out);
        }
    }
    let status: Value = serde_json::from_str(&way.expect(0, "jump1,mon1", &["--json", "status"]).out).unwrap();
    let here = cluster.status();
    assert_eq!((&status["cluster"], &status["lease"], &status["config"]), (&here["cluster"], &here["lease"], &here["config"]));

    let jump = way.jump.as_mut().unwrap();
    jump.stop();
    let said = way.expect(6, "jump1,mon1", &["status"]);
    assert!(said.err.contains("mon1: cannot be reached through jump1") && said.err.contains("refused"), "{}", said.err);
    assert!(way.expect(6, "inner", &["status"]).err.contains("through jump1"), "the configuration has a jump of its own");
    way.expect(0, "mon1", &["status"]);
    let said = way.expect(3, "jump1,mon1", &["health"]);
    assert!(said.out.contains("UNKNOWN") && said.out.contains("jump1"), "{}", said.out);
}

#[test]
fn nothing_is_done_there_unless_operate_was_said() {
    let way = Way::to("");
    let cluster = way.shop("");
    let _monitor = cluster.monitor();
    let before = cluster.entries().len();
    for words in
        [&["switchover", "--confirm", "south"][..], &["stop", "--confirm", "north"], &["pause", "--reason", "x", "--confirm", "yes"]]
    {
        let said = way.expect(3, "mon1", words);
        assert!(said.err.contains("refused; nothing was tried") && said.err.contains("--operate was not given"), "{}", said.err);
        assert!(said.err.contains("do: run: switchtower --via mon1 --operate --run-dir /mnt/run --ssh-config "), "{}", said.err);
    }
    assert_eq!((cluster.entries().len(), opened(&cluster)), (before, 0), "not even a refusal reached the monitor");
    cluster.assert_serves("a1");

    // Confirmed by no terminal and no word: the line that would do it can be given as it is shown.
    let said = way.expect(3, "mon1", &["--operate", "switchover"]);
    let line = said.err.lines().find_map(|line| Some(line.split_once("then run: ")?.1)).expect("a line").to_owned();
    assert!(line.contains("--via mon1 --operate --ssh-config"), "{line}");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let done = Command::new(PROGRAM).args(words).output().unwrap();
    assert!(done.status.success(), "{line}\n{}", String::from_utf8_lossy(&done.stderr));
    cluster.assert_serves("b1");
    let run = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    assert_eq!(run["who"]["uid"], 0, "the journal has the account that logged in there, by the kernel's word");
    let said = way.expect(0, "mon1", &["report"]);
    assert!(said.out.contains("switchover"), "{}", said.out);
}

#[test]
fn an_account_there_may_do_what_the_sockets_let_it_do() {
    let mut way = Way::to("");
    let account = |name: &str, uid: u32| format!("{name}:*:{uid}:{uid}::/:/bin/sh\n");
    let tree = |file: &str| std::fs::read_to_string(format!("/etc/{file}")).unwrap();
    // Debian's own groups have the same numbers everywhere.
    let root = "root:*:0:0:root:/root:/bin/sh\nsshd:*:102:65534::/run/sshd:/usr/sbin/nologin\n";
    std::fs::write(way.mon.path("passwd"), root.to_owned() + &account("watch", 4711) + &account("ops", 4712) + &account("guest", 4713))
        .unwrap();
    let groups =
        tree("group").lines().filter(|line| !line.starts_with("daemon:") && !line.starts_with("games:")).collect::<Vec<_>>().join("\n");
    std::fs::write(way.mon.path("group"), groups + "\ndaemon:x:1:ops\ngames:x:60:watch\n").unwrap();
    way.mon.stop();
    way.mon.boot();
    let cluster = way.shop("operators = \"daemon\"\nobservers = \"games\"");
    let _monitor = cluster.monitor();

    way.write_config("watch");
    assert!(way.expect(0, "mon1", &["status"]).out.contains("north ACTIVE"));
    assert!(way.expect(0, "mon1", &["--operate", "status"]).out.contains("north ACTIVE"), "who may only look may look all the same");
    let said = way.expect(3, "mon1", &["--operate", "switchover", "--confirm", "south"]);
    assert!(said.err.contains("this user may not open mon1:/mnt/run/operate.sock (mode 0660, group daemon)"), "{}", said.err);
    assert!(said.err.contains("act as a member of the group daemon"), "{}", said.err);

    way.write_config("guest");
    let said = way.expect(3, "mon1", &["status"]);
    assert!(said.err.contains("mon1:/mnt/run/observe.sock (mode 0660, group games"), "{}", said.err);
    assert_eq!(opened(&cluster), 0);

    way.write_config("ops");
    let said = way.expect(3, "mon1", &["status"]);
    assert!(said.err.contains("an operator's account looks with --operate"), "{}", said.err);
    way.expect(0, "mon1", &["--operate", "switchover", "--confirm", "south"]);
    let run = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    assert_eq!(run["who"]["uid"], 4712);
    cluster.assert_serves("b1");
    keygen(&way.mon.path("stranger"), &[]);
    std::fs::copy(way.mon.path("stranger.pub"), way.mon.path("authorized_keys")).unwrap();
    let said = way.expect(3, "mon1", &["status"]);
    assert!(said.err.contains("login as ops refused") && said.err.contains("nobody is asked for a password"), "{}", said.err);
}

/// A verb that goes on for a while, with its output in files.
fn begin(way: &Way, cluster: &Cluster, words: &[&str]) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["--via", "mon1", "--run-dir", RUN, "--ssh-config"]).arg(way.config()).args(words);
    Child::spawn(words.last().unwrap(), &mut command, cluster.lab.dir())
}

#[test]
fn a_lost_connection_loses_no_entry_and_no_end_of_a_run() {
    let mut way = Way::to("");
    let cluster = way.shop("");
    cluster.lab.service_unit("a1", "web.service", ServiceSpec::WontStop(Duration::from_secs(4)));
    cluster.host("a1").sh("systemctl kill -s KILL web.service; systemctl reset-failed web.service; systemctl start web.service");
    let _monitor = cluster.monitor();
    let events = begin(&way, &cluster, &["log", "--follow"]);
    cluster.expect(0, &["pause", "--reason", "heard", "--confirm", "yes"]);
    wait::until("it is heard", SOON, || events.stdout().contains("heard"));
    let mut moving = begin(&way, &cluster, &["--operate", "switchover", "--to", "south", "--confirm", "south"]);
    wait::until("the run is open", SOON, || opened(&cluster) == 1);

    way.mon.stop();
    cluster.expect(0, &["resume", "--reason", "unheard", "--confirm", "yes"]);
    way.mon.boot();
    let ended = moving.ends_within(SOON * 2);
    assert_eq!(ended.code(), Some(0), "{}\n{}", moving.stdout(), moving.stderr());
    cluster.assert_serves("b1");
    wait::until("what was written meanwhile is told", SOON, || events.stdout().contains("unheard"));
    assert_eq!((events.stdout().matches("unheard").count(), opened(&cluster)), (1, 1));
}
