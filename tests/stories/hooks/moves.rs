//! An operator moves a cluster that has hooks, and a failover moves it by itself.

use super::*;
use crate::support::cluster::PROGRAM;
use serde_json::Value;

#[test]
fn hooks_run_before_and_after_everything_else_in_order_and_a_veto_changes_nothing_and_says_its_words() {
    let cluster = Cluster::bare_beside(&["lb"], &["app"]);
    install(&cluster, &["lb"]);
    let lb = cluster.host_table("lb");
    let hooks = [
        hook("drain", "lb", "before", ""),
        hook("ask", "b1", "before", "of = [\"switchover\"]"),
        hook("dns", "lb", "after", ""),
        hook("back", "lb", "before", "of = [\"switchback\"]"),
    ];
    cluster.configure("", &(lb + APP + &hooks.concat()));
    let _monitor = cluster.monitor();
    let status = cluster.wait_for("it is well", |status| status["verdict"] == "ok");
    assert_eq!(status["components"].as_array().unwrap().len(), 1, "a hook has no row");

    // One of them says no.
    cluster.host("lb").sh("touch /etc/hook.fails.run-drain");
    let said = cluster.expect(4, &["switchover", "--confirm", "south"]);
    let veto = "hook drain on lb vetoes: it ended with 3: no capacity [31mleft";
    assert!(said.out.contains("failed (nothing changed)") && said.out.contains(veto), "{}", said.out);
    assert!(!said.out.contains('\u{1b}') && !said.out.contains("and more"), "{:?}", said.out);
    assert_eq!(order(&cluster, &["a1", "b1", "lb"]), ["run-ask", "run-drain", "undo-drain", "undo-ask"]);
    assert_eq!((cluster.running("a1").len(), cluster.running("b1").len()), (1, 0));
    assert!(cluster.expect(0, &["log"]).out.contains(veto), "the journal has it too");

    cluster.host("lb").sh("rm /etc/hook.fails.run-drain; : >/var/log/order");
    cluster.host("b1").sh(": >/var/log/order");
    let shown = cluster.expect(0, &["switchover", "--dry-run"]).out;
    for part in [
        "/usr/local/bin/hook run-drain",
        "hook drain: if it fails, nothing else is done",
        "on failure: /usr/local/bin/hook undo-drain",
        "hook dns: if it fails, the rest goes on; at most 8 s",
        "on failure: not taken back",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    assert_eq!(order(&cluster, &["a1", "b1", "lb"]), ["run-ask", "run-drain", "stop", "start", "run-dns"]);
    let told = cluster.host("lb").sh("grep run-drain /var/log/order");
    assert!(told.contains(" run-drain drain switchover north south shop r"), "{told}");

    // What comes after fails: everything has moved, and it is told.
    cluster.host("lb").sh("touch /etc/hook.fails.run-dns; : >/var/log/order");
    let said = cluster.expect(5, &["switchback", "--confirm", "north"]);
    assert!(
        said.out.contains("failed (partly)") && said.out.contains("hook dns on lb failed: it ended with 3: no capacity"),
        "{}",
        said.out
    );
    assert_eq!(order(&cluster, &["lb"]), ["run-back", "run-drain", "run-dns"]);
    assert_eq!((cluster.running("a1").len(), cluster.running("b1").len()), (1, 0));
    let status = cluster.wait_for("it is well", |status| status["verdict"] == "ok");
    assert_eq!(status["active"], "north");
    let run = format!("r{}", cluster.entries().iter().rfind(|e| e["kind"] == "run-opened").unwrap()["index"]);
    let report = cluster.expect(0, &["report", &run]).out;
    assert!(report.contains("no capacity") && report.contains("measured outage"), "{report}");
}

#[test]
fn a_failover_goes_on_without_a_hook_whose_host_is_gone_and_a_planned_move_does_not() {
    let cluster = Cluster::bare_beside(&["lb"], &["app"]);
    install(&cluster, &["lb"]);
    let hooks = [hook("drain", "lb", "before", ""), hook("ask", "b1", "before", ""), hook("dns", "lb", "after", "")];
    configure_automatic(&cluster, &(cluster.host_table("lb") + APP + &hooks.concat()));
    let _monitor = cluster.monitor();
    cluster.wait_for("it is well", |status| status["verdict"] == "ok");
    cluster.host("lb").power_off();
    let away = |status: &Value| status["hosts"].as_array().unwrap().iter().any(|host| host["name"] == "lb" && host["answers"] == false);
    cluster.wait_for("lb is silent", away);
    let refused = cluster.expect(3, &["switchover", "--confirm", "south"]);
    let words = refused.out + &refused.err;
    assert!(words.contains("hook drain can run on lb: lb does not answer"), "{words}");
    // What is left of the hooks runs, and one that says no does not stop a failover.
    cluster.host("b1").sh("touch /etc/hook.fails.run-ask");
    cluster.host("a1").kill_unit("app.service", "KILL");
    cluster.wait_for("it has moved", |s| s["active"] == "south" && s["open_runs"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(order(&cluster, &["b1"]), ["run-ask", "start"]);
    let opened = cluster.entries().into_iter().rfind(|e| e["kind"] == "run-opened").unwrap();
    assert_eq!(opened["plan"]["command"]["verb"], "failover");
    let run = format!("r{}", opened["index"]);
    let report = cluster.expect(0, &["report", &run]).out;
    for part in ["hook drain is left out: lb does not answer", "hook dns is left out", "hook ask on b1 failed: it ended with 3"] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    assert_eq!(cluster.expect_end(&run), "partly");
}

#[test]
fn words_of_a_hook_arrive_as_they_are_and_a_check_finds_a_program_that_is_not_there() {
    let words = ["a b", r#"it's "quoted""#, "$(touch /run/harm)", "`id`", r"\0101", "*", "", "a  b", "é", "; rm -rf /"];
    let listed: Vec<String> = words.iter().map(|word| format!("'''{word}'''")).collect();
    let args = "#!/bin/sh\nprintf '<%s>' \"$@\" >/run/args\n";
    let with = |program: &str| {
        format!("{APP}[hooks.say]\non = \"b1\"\nwhen = \"before\"\nrun = [{program:?}, {}]\nstatus = [\"/bin/true\"]\n", listed.join(", "))
    };
    let cluster = Cluster::bare(&["app"]);
    install(&cluster, &[]);
    cluster.host("b1").write("/usr/local/bin/args", args.as_bytes());
    cluster.host("b1").sh("chmod 755 /usr/local/bin/args; touch /usr/local/bin/plain");
    let check = || {
        let mut command = cluster.lab.ctl_command(PROGRAM);
        command.arg("--config").arg(cluster.config()).args(["config", "check"]);
        crate::support::cluster::Said::from(crate::support::proc::run(&mut command, std::time::Duration::from_secs(60)))
    };
    for program in ["/usr/local/bin/nothing", "/usr/local/bin/plain"] {
        cluster.configure("", &with(program));
        let said = check();
        assert_eq!(said.code, 3, "{}{}", said.out, said.err);
        for part in ["hooks.say.run", &format!("b1 has no program {program}"), "make it executable"] {
            assert!(said.out.contains(part), "{part} is missing in\n{}{}", said.out, said.err);
        }
    }
    cluster.configure("", &with("/usr/local/bin/args"));
    let said = check();
    assert!(!(said.out.clone() + &said.err).contains("hooks.say"), "{}{}", said.out, said.err);
    let _monitor = cluster.monitor();
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    assert_eq!(cluster.host("b1").sh("cat /run/args"), words.map(|word| format!("<{word}>")).concat());
    assert!(!cluster.host("b1").exec(&["test", "-e", "/run/harm"]).status.success(), "nothing of it was run");
}
