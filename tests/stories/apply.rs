//! An admin changes the configuration of a cluster whose monitor runs, and systemd looks after that monitor.

use crate::support::cluster::{Cluster, SOON, Settings, table};
use crate::support::proc::{self, Child};
use crate::support::wait;
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];

fn tables() -> String {
    SHOP.iter().map(|(name, after)| table(name, after)).collect()
}

/// Has every unit of the shop stopped, as on a cluster before its first start.
fn stop_all(cluster: &Cluster) {
    cluster.host("a1").sh("systemctl stop app.service db.service");
}

/// The monitor, once it has heard both hosts, whatever runs on them.
fn monitor(cluster: &Cluster) -> Child {
    let child = cluster.monitor_under(&[]);
    cluster.wait_for("the monitor knows both hosts", |status| {
        status["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(|host| host["answers"] == true))
    });
    child
}

/// The invocation of each component on a host.
fn invocations(cluster: &Cluster, host: &str) -> BTreeMap<String, String> {
    SHOP.iter().map(|(name, _)| ((*name).to_owned(), cluster.host(host).invocation_id(&format!("{name}.service")))).collect()
}

fn term(status: &Value) -> u64 {
    status["lease"]["term"].as_u64().unwrap_or_default()
}

/// The steps of a run in the order in which they were sent, as `component host`.
fn dispatched(cluster: &Cluster) -> Vec<String> {
    let entries = cluster.entries();
    let opened = entries.iter().rfind(|e| e["kind"] == "run-opened").expect("a run");
    let steps = opened["plan"]["steps"].as_array().unwrap();
    let run = format!("r{}", opened["index"]);
    let sent = entries.iter().filter(|e| e["run"] == run && e["event"] == "dispatched").map(|e| e["step"].clone());
    let name = |id: Value| {
        let step = steps.iter().find(|s| s["id"] == id).unwrap();
        format!("{} {}", step["component"].as_str().unwrap(), step["host"].as_str().unwrap())
    };
    sent.map(name).collect()
}

#[test]
fn apply_on_a_stopped_cluster_starts_everything_on_the_primary_in_order_and_nothing_on_the_secondary() {
    let cluster = Cluster::boot(&SHOP);
    stop_all(&cluster);
    let _monitor = monitor(&cluster);
    cluster.configure("label = \"\"", &tables());
    cluster.expect(3, &["config", "apply", "--dry-run"]);
    cluster.configure("operators = \"root\"", &tables());
    let shown = cluster.expect(0, &["config", "apply", "--dry-run"]).out;
    assert!(shown.contains("monitor.operators") && shown.contains("app on a1 as active"), "{shown}");
    assert!(cluster.running("a1").is_empty(), "a dry run starts nothing");
    let before = term(&cluster.status());

    let said = cluster.expect(0, &["config", "apply", "--confirm", "north", "--reason", "first start"]);
    cluster.assert_serves("a1");
    assert_eq!(dispatched(&cluster), ["db a1", "app a1"], "in the order of dependencies");
    assert_eq!((cluster.starts("b1", "db"), cluster.starts("b1", "app")), (0, 0));
    assert!(said.out.contains("the configuration holds") && said.out.contains("start the cluster with north active"), "{}", said.out);
    assert!(term(&cluster.status()) > before, "a life has one configuration");
    assert!(cluster.expect(0, &["log"]).out.contains("(first start)"), "who and why stands in the journal");

    let said = cluster.expect(0, &["config", "apply"]);
    assert!(said.out.contains("nothing differs") && said.out.contains("nothing is to be started"), "{}", said.out);
}

#[test]
fn apply_on_a_running_cluster_shows_the_difference_restarts_nothing_and_starts_what_is_new() {
    let cluster = Cluster::boot(&[("db", &[]), ("app", &["db"]), ("cache", &[])]);
    cluster.host("a1").sh("systemctl stop cache.service");
    cluster.configure("", &tables());
    let mut monitor = cluster.monitor();
    let (before, pid) = (invocations(&cluster, "a1"), monitor.pid());
    cluster.configure("observers = \"root\"", &(tables() + &table("cache", &["db"])));
    let said = cluster.expect(3, &["config", "apply"]);
    assert!(
        said.out.contains("components.cache.primary.host: added, \"a1\"") && said.err.contains("--confirm north"),
        "{}{}",
        said.out,
        said.err
    );
    let said = cluster.expect(0, &["--json", "config", "apply", "--confirm", "north"]);
    let said: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&said["outcome"], &said["configuration"]["to_start"][0]["component"]), (&"done".into(), &"cache".into()));
    assert_eq!(said["plan"]["plan"]["steps"].as_array().unwrap().len(), 1, "{said}");
    assert_eq!(invocations(&cluster, "a1"), before, "nothing that ran was restarted");
    assert_eq!((cluster.starts("a1", "cache"), cluster.starts("b1", "cache")), (2, 0));
    assert_eq!((monitor.status(), monitor.pid()), (None, pid));
}

#[test]
fn what_would_harm_is_refused_and_changes_nothing() {
    let cluster = Cluster::boot(&SHOP);
    let mut monitor = cluster.monitor();
    let good = std::fs::read_to_string(cluster.config()).unwrap();
    let before = cluster.status();

    cluster.configure("intervall = \"2s\"", &(tables() + "[components.x]\n"));
    let said = cluster.say(&["config", "apply", "--confirm", "north"]);
    assert!(said.code == 3 && said.err.contains("monitor.intervall") && said.err.contains("components.x"), "{}", said.err);
    monitor.signal(Signal::HUP);
    wait::until("the errors stand in the log", SOON, || monitor.stderr().contains("not reloaded: monitor.intervall"));
    assert!(monitor.stderr().contains("what held goes on to hold"), "{}", monitor.stderr());

    std::fs::write(cluster.config(), good.replace("\"shop\"", "\"other\"")).unwrap();
    let said = cluster.expect(3, &["config", "apply", "--confirm", "north"]);
    assert!(said.err.contains("cluster shop"), "{}", said.err);

    let elsewhere = cluster.lab.dir().join("elsewhere.toml");
    std::fs::write(&elsewhere, &good).unwrap();
    let said = cluster.expect(3, &["config", "apply", "--confirm", "north", "--config", elsewhere.to_str().unwrap()]);
    assert!(said.err.contains("the monitor runs by"), "{}", said.err);
    let now = cluster.status();
    assert_eq!((term(&now), &now["config"]), (term(&before), &before["config"]));

    cluster.configure("", &tables());
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.configure("observers = \"root\"", &tables());
    let said = cluster.expect(3, &["config", "apply", "--confirm", "north"]);
    assert!(said.err.contains("switchtower switchback"), "{}", said.err);
    cluster.assert_serves("b1");
    assert_eq!(monitor.status(), None);
}

#[test]
fn a_hangup_reloads_in_the_same_process_and_leaves_nothing_open_behind() {
    let cluster = Cluster::boot(&SHOP);
    let mut monitor = cluster.monitor();
    let (before, started) = (invocations(&cluster, "a1"), proc::start_time(monitor.pid()));
    let open = |monitor: &Child| std::fs::read_dir(format!("/proc/{}/fd", monitor.pid())).map_or(0, Iterator::count);
    let mut most = 0;
    for round in 0..3 {
        let known = cluster.status();
        cluster.configure(&format!("journal_segments = {}", 5 + round), &tables());
        monitor.signal(Signal::HUP);
        let now = cluster.wait_for("the next life runs by the new file", |status| {
            status["config"] != known["config"] && status["hosts"].as_array().is_some_and(|all| all.iter().all(|h| h["answers"] == true))
        });
        assert_eq!(term(&now), term(&known) + 1);
        if round == 0 {
            most = open(&monitor) + 4;
        }
    }
    assert!(open(&monitor) <= most, "{} files are open, {most} at most after one reload", open(&monitor));
    assert_eq!((monitor.status(), proc::start_time(monitor.pid())), (None, started));
    let name = std::fs::read_to_string(format!("/proc/{}/comm", monitor.pid())).unwrap();
    assert_eq!(name.trim(), "switchtower");
    assert_eq!(invocations(&cluster, "a1"), before);
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
}

#[test]
fn systemd_is_told_of_the_monitors_life() {
    let cluster = Cluster::boot(&SHOP);
    let path = cluster.lab.dir().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (notify, watchdog) = (format!("NOTIFY_SOCKET={}", path.display()), "WATCHDOG_USEC=2000000");
    let mut monitor = cluster.monitor_under(&["env", &notify, watchdog]);
    let mut heard: Vec<String> = Vec::new();
    let mut listen = |what: &str, said: &dyn Fn(&str) -> bool| {
        wait::until(what, SOON, || {
            let mut buffer = [0; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                heard.extend(String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned));
            }
            let at = heard.iter().position(|line| said(line));
            at.map(|at| heard.drain(..=at)).is_some()
        });
    };
    listen("it is ready", &|line| line == "READY=1");
    listen("the status says how the cluster stands", &|line| line.starts_with("STATUS=OK: north serves; will it act?"));
    for _ in 0..3 {
        listen("the watchdog is fed", &|line| line == "WATCHDOG=1");
    }
    cluster.host("a1").sh("systemctl stop app.service");
    listen("the status changes", &|line| line.starts_with("STATUS=DOWN") || line.starts_with("STATUS=DEGRADED"));
    monitor.signal(Signal::HUP);
    listen("it reloads", &|line| line == "RELOADING=1");
    listen("by the clock", &|line| line.strip_prefix("MONOTONIC_USEC=").is_some_and(|us| us.parse::<u64>().is_ok_and(|us| us > 0)));
    listen("the next life is ready", &|line| line == "READY=1");
    listen("and fed", &|line| line == "WATCHDOG=1");
    monitor.signal(Signal::TERM);
    listen("it stops", &|line| line == "STOPPING=1");
    assert_eq!(monitor.ends_within(SOON).code(), Some(0));
}

#[test]
fn the_unit_that_is_shipped_is_one_that_systemd_takes() {
    let cluster = Cluster::boot(&[("db", &[])]);
    let unit = include_str!("../../config/switchtower.service").replace("/usr/bin/switchtower", "/bin/true");
    let host = cluster.host("a1");
    host.write("/etc/systemd/system/switchtower.service", unit.as_bytes());
    let said = host.sh("systemd-analyze verify /etc/systemd/system/switchtower.service 2>&1; echo \"ended with $?\"");
    assert!(said.contains("ended with 0") && !said.contains("switchtower.service:"), "{said}");
    assert_eq!(host.unit_property("switchtower.service", "Type"), "notify");
    let help = proc::run(Command::new(crate::support::cluster::PROGRAM).args(["monitor", "run", "--help"]), Duration::from_secs(20));
    assert!(help.status.success(), "the words of its ExecStart are understood");
}

#[test]
fn a_monitor_that_acts_by_itself_takes_a_new_component_without_moving_the_cluster() {
    let cluster = Cluster::boot(&[("db", &[]), ("app", &["db"]), ("cache", &[])]);
    cluster.host("a1").sh("systemctl stop cache.service");
    let configure = |components: &str| {
        cluster.configure_all(&Settings { components, ..Settings::default() });
    };
    configure(&tables());
    let _monitor = cluster.monitor();
    let before = invocations(&cluster, "a1");
    configure(&(tables() + &table("cache", &["db"])));
    cluster.expect(0, &["config", "apply", "--confirm", "north"]);
    cluster.assert_serves("a1");
    assert_eq!(invocations(&cluster, "a1"), before);
    assert_eq!(cluster.starts("a1", "cache"), 2, "once by hand before, once now");
}
