//! An operator moves what OCF agents run.

use super::*;
use crate::support::service::ServiceSpec;
use crate::support::wait;
use std::time::Duration;

const IP: &str = "10.45.0.200";

fn vip() -> String {
    component("vip", "", &format!("ocf = \"ocf:heartbeat:IPaddr2\", options = {{ ip = {IP:?}, cidr_netmask = \"24\" }}"))
}

fn has_address(host: &Host) -> bool {
    host.sh("ip -o addr show").contains(&format!(" {IP}/24 "))
}

#[test]
fn a_switchover_moves_a_virtual_address_and_the_unit_that_needs_it_and_back() {
    let web = "[components.web]\nafter = [\"vip\"]\nprimary = { host = \"a1\", unit = \"web.service\" }\nsecondary = { host = \"b1\", unit = \"web.service\" }\n";
    let cluster = cluster(&(vip() + web));
    for host in ["a1", "b1"] {
        cluster.lab.service_unit(host, "web.service", ServiceSpec::Counted);
    }
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    a1.sh(&format!("ip addr add {IP}/24 dev $(ip -o -4 addr show | awk '/10.45/ {{ print $2; exit }}'); systemctl start web.service"));
    let _monitor = cluster.monitor();
    cluster.wait_for("the address is seen", |status| status["verdict"] == "ok");

    cluster.expect(0, &["switchover", "--confirm", "south"]);
    assert_eq!((has_address(a1), has_address(b1)), (false, true));
    assert_eq!((a1.is_active("web.service"), b1.is_active("web.service")), (false, true));
    let status = cluster.wait_for("the picture agrees with what is wanted", |status| status["verdict"] == "ok");
    assert_eq!(status["active"], "south");
    let text = cluster.expect(0, &["--json", "status"]).out;
    assert!(text.contains("IPaddr2 says: running (0)") && text.contains("IPaddr2 says: not running (7)"), "{text}");

    cluster.expect(0, &["switchback", "--confirm", "north"]);
    assert_eq!((has_address(a1), has_address(b1)), (true, false));
    for host in [a1, b1] {
        assert_eq!(host.sh("ls /var/lib/switchtower-guard"), "shop\nshop.agents");
        assert!(!host.sh("ls /var/lib/switchtower-guard/shop.agents").contains("run."), "nothing is under way");
    }
}

#[test]
fn an_agent_that_does_not_start_turns_the_run_back_and_its_reason_is_in_the_report() {
    let agent = |nic: &str| format!("ocf = \"ocf:heartbeat:IPaddr2\", options = {{ ip = {IP:?}, cidr_netmask = \"24\"{nic} }}");
    let cluster = cluster(&sides("vip", "", &agent(""), &agent(", nic = \"nosuch0\"")));
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    a1.sh(&format!("ip addr add {IP}/24 dev $(ip -o -4 addr show | awk '/10.45/ {{ print $2; exit }}')"));
    let _monitor = cluster.monitor();
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert!(said.out.contains("failed (nothing changed)") && said.out.contains("vip.agent on b1"), "{}", said.out);
    assert_eq!((has_address(a1), has_address(b1)), (true, false));
    let report = cluster.expect(0, &["report", "r3"]).out;
    assert!(report.contains("IPaddr2 says: not configured (6)") && report.contains("findif"), "{report}");
}

#[test]
fn a_promotable_agent_runs_on_both_sides_and_only_the_active_one_is_promoted() {
    let stateful = component("pair", "sharing = \"active-standby\"", "ocf = \"ocf:heartbeat:Stateful\"");
    let cluster = cluster(&stateful);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    let state = |host: &Host| host.sh("cat /run/resource-agents/Stateful-pair.state 2>/dev/null || echo stopped");
    a1.sh("echo master >/run/resource-agents/Stateful-pair.state");
    b1.sh("echo slave >/run/resource-agents/Stateful-pair.state");
    let _monitor = cluster.monitor();
    cluster.wait_for("both modes are seen", |status| status["verdict"] == "ok");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    assert_eq!((state(a1).as_str(), state(b1).as_str()), ("slave", "master"));
    cluster.wait_for("the picture agrees with what is wanted", |status| status["verdict"] == "ok");
    cluster.expect(0, &["stop", "--confirm", "south"]);
    assert_eq!((state(a1).as_str(), state(b1).as_str()), ("stopped", "stopped"));
    cluster.expect(0, &["start", "--site", "north", "--confirm", "north"]);
    assert_eq!((state(a1).as_str(), state(b1).as_str()), ("master", "slave"));
}

#[test]
fn what_is_stopped_behind_our_back_is_seen_at_the_next_look_and_started_again() {
    let dummy = component("box", "rescue_attempts = 3", "ocf = \"ocf:heartbeat:Dummy\"");
    let cluster = cluster(&dummy);
    configure_automatic(&cluster, &dummy);
    let a1 = cluster.host("a1");
    let state = "/run/resource-agents/Dummy-box.state";
    a1.sh(&format!("touch {state}"));
    let _monitor = cluster.monitor();
    cluster.wait_for("it is seen", |status| status["verdict"] == "ok");
    a1.sh(&format!("rm {state}"));
    wait::until("it runs again", Duration::from_secs(30), || a1.exec(&["test", "-e", state]).status.success());
    cluster.wait_for("the picture agrees with what is wanted", |status| status["verdict"] == "ok");
    assert_eq!(cluster.status()["active"], "north");
    assert!(!cluster.host("b1").exec(&["test", "-e", state]).status.success(), "nothing has moved");
}

#[test]
fn an_option_with_shell_syntax_arrives_as_it_is_and_a_secret_one_is_on_no_command_line() {
    // An agent of ours, which writes down what it was given.
    let ours = "#!/bin/sh\ncase $1 in\nstart) printf '%s|%s' \"$OCF_RESKEY_words\" \"$OCF_RESKEY_password\" >/run/given; tr '\\0' ' ' </proc/$PPID/cmdline >/run/line; exit 0 ;;\n\
                stop) rm -f /run/given ;;\nmonitor) [ -e /run/given ] || exit 7 ;;\nesac\n";
    let words = r#"it's "quoted" $(touch /run/harm) `id` \0101 *; é"#;
    let secrets = "/etc/app.secrets";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secrets");
    std::fs::write(&file, "password=hunter2 $HOME\n").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let placement = format!("ocf = \"ocf:lab:Keeper\", options = {{ words = '''{words}''' }}, secrets = {:?}", file.display().to_string());
    let cluster = cluster(&component("keeper", "", &placement));
    for host in ["a1", "b1"] {
        cluster.host(host).write("/usr/lib/ocf/resource.d/lab/Keeper", ours.as_bytes());
        cluster.host(host).sh("chmod 755 /usr/lib/ocf/resource.d/lab/Keeper");
    }
    cluster.host("a1").sh("touch /run/given");
    let _monitor = cluster.monitor();
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let b1 = cluster.host("b1");
    assert_eq!(b1.sh("cat /run/given"), format!("{words}|hunter2 $HOME"));
    assert!(!b1.exec(&["test", "-e", "/run/harm"]).status.success(), "nothing of it was run");
    assert!(!b1.sh("cat /run/line").contains("hunter2"), "{}", b1.sh("cat /run/line"));
    for file in std::fs::read_dir(cluster.lab.dir()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let text = std::fs::read(file.path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("hunter2"), "{:?}", file.path());
    }
    assert!(!std::fs::read_to_string(cluster.journal()).unwrap().contains("hunter2"), "{secrets}");
}
