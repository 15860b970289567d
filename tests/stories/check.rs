//! An admin checks a configuration before running by it.

use crate::support::cluster::{Cluster, PROGRAM, Said, table};
use crate::support::console::{Console, PLAIN};
use crate::support::proc;
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

/// The problems that a check reports, as `severity key`.
fn problems(cluster: &Cluster, code: i32) -> Vec<String> {
    let said = cluster.expect(code, &["--json", "config", "check"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    let line = |p: &Value| format!("{} {}", p["severity"].as_str().unwrap(), p["key"].as_str().unwrap());
    value["problems"].as_array().unwrap().iter().map(line).collect()
}

/// The check runs where the monitor will: beside the hosts.
fn inside(cluster: &Cluster, words: &[&str]) -> Said {
    let mut command = cluster.lab.ctl_command(PROGRAM);
    command.arg("--config").arg(cluster.config()).args(words);
    proc::run(&mut command, Duration::from_secs(60)).into()
}

#[test]
fn a_check_finds_what_is_wrong_on_the_hosts_all_at_once_and_a_mended_cluster_passes() {
    let cluster = Cluster::boot(&[("db", &[]), ("app", &["db"])]);
    let tables = table("db", &[]) + &table("app", &["db"]) + &table("ghost", &[]);
    cluster.configure("", &tables);
    cluster.host("a1").sh("printf '[Install]\\nWantedBy=multi-user.target\\n' >> /etc/systemd/system/db.service; systemctl daemon-reload; systemctl enable db.service");
    let said = inside(&cluster, &["config", "check"]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    for part in ["components.ghost.primary.unit", "components.ghost.secondary.unit", "components.db.primary.unit", "systemctl disable"] {
        assert!(said.out.contains(part), "{part} is missing in\n{}{}", said.out, said.err);
    }
    cluster.host("b1").power_off();
    let said = inside(&cluster, &["config", "check"]);
    assert!(said.out.contains("hosts.b1") && said.out.contains("components.db.primary.unit"), "{}{}", said.out, said.err);

    cluster.host("b1").start();
    cluster.host("a1").sh("systemctl disable db.service");
    cluster.configure("", &(table("db", &[]) + &table("app", &["db"])));
    let said = inside(&cluster, &["config", "check"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(cluster.starts("a1", "db"), 1, "a check restarts nothing");
}

#[test]
fn a_file_with_errors_is_refused_with_every_one_of_them() {
    let cluster = Cluster::boot(&[("db", &[])]);
    cluster.configure("intervall = \"2s\"", &(table("db", &["nothing"]) + &table("bad name", &[]).replace("bad name]", "\"bad name\"]")));
    let keys = problems(&cluster, 3);
    for key in ["monitor.intervall", "components.db.after", "components.\"bad name\""] {
        assert!(keys.iter().any(|k| k.contains(key)), "{key} is missing in {keys:#?}");
    }
    let said = cluster.say(&["config", "check"]);
    assert!(said.err.contains("interval"), "the nearest key is named: {}", said.err);
}

/// What the program says that knows the configuration file and no folder.
fn by_file(cluster: &Cluster, words: &[&str]) -> Said {
    let mut command = Command::new(PROGRAM);
    command.arg("--config").arg(cluster.config()).args(words);
    Said::from(proc::run(&mut command, Duration::from_secs(60)))
}

#[test]
fn a_typo_in_the_file_takes_no_client_away_from_a_monitor_that_runs() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let _monitor = cluster.monitor();
    let right = std::fs::read_to_string(cluster.config()).unwrap();
    std::fs::write(cluster.config(), right.replace("keepalive_max = 3", "keepalive_maxx = 3")).unwrap();
    let file = cluster.config().display().to_string();
    let warning = format!("warning: 1 error in {file}: `switchtower --config {file} config check` tells more");
    for words in [&["status"][..], &["log"], &["why"], &["switchover", "--confirm", "south"]] {
        let said = by_file(&cluster, words);
        assert_eq!(said.code, 0, "{words:?}\n{}{}", said.out, said.err);
        assert!(said.err.starts_with(&warning), "{words:?}\n{}", said.err);
    }
    cluster.assert_serves("b1");
    let health = by_file(&cluster, &["health"]);
    assert!(health.code < 3 && !health.out.contains("UNKNOWN"), "{}{}", health.out, health.err);
    let console = Console::program(&[PROGRAM, "console", "--config", &file], &PLAIN);
    console.wait_line(&["warning: 1 error in"]);
    for words in [&["config", "check", "--offline"][..], &["config", "apply", "--dry-run"]] {
        let said = by_file(&cluster, words);
        assert!(said.code == 3 && said.err.contains("keepalive_maxx"), "{words:?} {}\n{}{}", said.code, said.out, said.err);
    }

    std::fs::write(cluster.config(), right.replace("run_dir =", "run_dri =")).unwrap();
    let said = by_file(&cluster, &["status"]);
    assert!(said.code == 3 && said.err.contains("did you mean run_dir?") && said.err.contains("name --run-dir"), "{}", said.err);
}

#[test]
fn a_file_of_another_account_starts_no_monitor_and_still_says_where_one_is() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let _monitor = cluster.monitor();
    std::os::unix::fs::chown(cluster.config(), Some(1234), None).unwrap();
    for words in [&["monitor", "run"][..], &["config", "check", "--offline"]] {
        let said = by_file(&cluster, words);
        assert_eq!(said.code, 3, "{words:?}\n{}{}", said.out, said.err);
        let found = format!("{} belongs to user 1234 and has mode 0644", cluster.config().display());
        assert!(said.err.contains(&found) && said.err.contains("run: chown -h root"), "{words:?}\n{}", said.err);
    }
    let said = by_file(&cluster, &["status"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
}
