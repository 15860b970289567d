//! An operator moves what commands run.

use super::*;
use crate::support::wait;
use std::time::Duration;

#[test]
fn commands_are_told_their_mode_and_a_switchover_changes_it_on_both_sides() {
    let cluster = cluster(&component("app", "sharing = \"active-standby\"", EXEC));
    install_app(&cluster);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    start_app(a1, "active");
    start_app(b1, "standby");
    let _monitor = cluster.monitor();
    cluster.wait_for("both modes are seen", |status| status["verdict"] == "ok");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let mode = |host: &Host| host.sh("cut -d' ' -f1 /run/app");
    assert_eq!((mode(a1).as_str(), mode(b1).as_str()), ("standby", "active"));
    assert!(b1.sh("cat /var/log/app").contains("start active app"), "{}", b1.sh("cat /var/log/app"));
    assert_eq!((told(a1, "start standby"), told(b1, "start active"), told(b1, "stop standby")), (1, 1, 1));
    cluster.wait_for("the picture agrees with what is wanted", |status| status["verdict"] == "ok");
}

#[test]
fn arguments_arrive_as_they_are_and_a_line_break_is_refused_with_its_reason() {
    let words = [r#"it's "quoted""#, "$(touch /run/harm)", "`id`", r"\0101", "*", "", "a  b", "é"];
    let listed: Vec<String> = words.iter().map(|word| format!("'''{word}'''")).collect();
    let command = |what: &str| format!("[\"/usr/local/bin/args\", \"{what}\", {}]", listed.join(", "));
    let exec = format!("exec = {{ start = {}, stop = {}, monitor = {} }}", command("start"), command("stop"), command("monitor"));
    let cluster = cluster(&component("app", "", &exec));
    let ours = "#!/bin/sh\nwhat=$1; shift\ncase $what in\nstart) printf '<%s>' \"$@\" >/run/args ;;\nstop) rm -f /run/args ;;\nmonitor) [ -e /run/args ] || exit 3 ;;\nesac\n";
    for host in ["a1", "b1"] {
        cluster.host(host).write("/usr/local/bin/args", ours.as_bytes());
        cluster.host(host).sh("chmod 755 /usr/local/bin/args");
    }
    cluster.host("a1").sh("touch /run/args");
    let _monitor = cluster.monitor();
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let b1 = cluster.host("b1");
    assert_eq!(b1.sh("cat /run/args"), words.map(|word| format!("<{word}>")).concat());
    assert!(!b1.exec(&["test", "-e", "/run/harm"]).status.success(), "nothing of it was run");

    cluster.configure("", &component("app", "", &EXEC.replace("\"start\"]", "\"a\\nb\"]")));
    let said = cluster.expect(3, &["config", "check"]);
    assert!((said.out + &said.err).contains("no control characters"));
}

#[test]
fn a_start_that_hangs_is_ended_at_its_deadline_with_its_children_and_the_run_is_undone() {
    // One that comes after it: what has begun last is the point of no return, and a start that was killed may have served.
    let front = component("front", "after = [\"app\"]", "ocf = \"ocf:heartbeat:Dummy\"");
    let cluster = cluster(&(component("app", "", EXEC) + &front));
    install_app(&cluster);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    start_app(a1, "active");
    a1.sh("mkdir -p /run/resource-agents && touch /run/resource-agents/Dummy-front.state");
    b1.sh("mkdir -p /run/resource-agents && touch /etc/app.hangs");
    let _monitor = cluster.monitor();
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("failed (nothing changed)") && said.out.contains("did not end in time"), "{}", said.out);
    assert!(!lives(b1, "sleep 47[12]"), "{}", b1.sh("ps -ef"));
    assert!(runs(a1) && !runs(b1));
    assert_eq!((told(b1, "start"), told(a1, "start")), (1, 1));
    cluster.wait_for("the picture agrees with what is wanted", |status| status["verdict"] == "ok");
}

#[test]
fn a_command_that_fails_turns_the_run_back_and_its_last_words_are_told() {
    let cluster = cluster(&component("app", "", EXEC));
    install_app(&cluster);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    start_app(a1, "active");
    b1.sh("touch /etc/app.fails");
    let _monitor = cluster.monitor();
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("app.agent on b1") && said.out.contains("there is no disk for it"), "{}", said.out);
    assert!(runs(a1) && !runs(b1));
}

#[test]
fn a_monitor_that_hangs_makes_its_own_service_unknown_and_no_other() {
    let dummy = component("box", "", "ocf = \"ocf:heartbeat:Dummy\"");
    let cluster = cluster(&(component("app", "", EXEC) + &dummy));
    install_app(&cluster);
    let a1 = cluster.host("a1");
    start_app(a1, "active");
    a1.sh("touch /run/resource-agents/Dummy-box.state");
    let _monitor = cluster.monitor();
    cluster.wait_for("both are seen", |status| status["verdict"] == "ok");
    a1.sh("touch /etc/app.mute");
    let placement = |status: &serde_json::Value, name: &str| {
        let all = status["components"].as_array().cloned().unwrap_or_default();
        let component = all.into_iter().find(|c| c["name"] == name).unwrap_or_default();
        component["placements"].as_array().and_then(|p| p.iter().find(|p| p["host"] == "a1").cloned()).unwrap_or_default()
    };
    let status = wait::until_value(
        "the mute one is unknown",
        Duration::from_secs(60),
        || cluster.status(),
        |status| placement(status, "app")["state"] == "unknown",
    );
    assert_eq!(placement(&status, "box")["state"], "active", "{status}");
    assert_eq!(status["hosts"][0]["answers"], true);
    a1.sh("rm /etc/app.mute; pkill -f 'sleep 47[3]' || true");
    cluster.wait_for("it is seen again", |status| status["verdict"] == "ok");
    assert_eq!(told(a1, "start"), 0, "nothing was restarted");
}
