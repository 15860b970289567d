//! An admin checks a configuration before running by it.

use crate::support::cluster::{Cluster, table};
use serde_json::Value;

/// The problems that a check reports, as `severity key`.
fn problems(cluster: &Cluster, code: i32) -> Vec<String> {
    let said = cluster.expect(code, &["--json", "config", "check"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    let line = |p: &Value| format!("{} {}", p["severity"].as_str().unwrap(), p["key"].as_str().unwrap());
    value["problems"].as_array().unwrap().iter().map(line).collect()
}

/// The check runs where the monitor will: beside the hosts.
fn inside(cluster: &Cluster, words: &[&str]) -> crate::support::cluster::Said {
    let mut command = cluster.lab.ctl_command(crate::support::cluster::PROGRAM);
    command.arg("--config").arg(cluster.config()).args(words);
    crate::support::proc::run(&mut command, std::time::Duration::from_secs(60)).into()
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
