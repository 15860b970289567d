//! What breaks around the monitor: its disk, its journal, its hosts, the way to them, its own process.

use super::api::Raw;
use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::proc::Child;
use crate::support::service::ServiceSpec;
use crate::support::wait;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("web", &["db"])];

/// The runs of all services: any start changes one.
fn invocations(cluster: &Cluster) -> Vec<String> {
    let each = SHOP.iter().flat_map(|(c, _)| ["a1", "b1"].map(|host| cluster.host(host).invocation_id(&format!("{c}.service"))));
    each.collect()
}

fn host<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["hosts"].as_array().and_then(|hosts| hosts.iter().find(|h| h["name"] == name)).unwrap_or(&Value::Null)
}

fn verdict(status: &Value) -> &str {
    status["verdict"].as_str().unwrap_or_default()
}

/// Ends the monitor as its service manager does.
#[track_caller]
fn end(monitor: &mut Child) {
    monitor.signal(Signal::TERM);
    assert_eq!(monitor.ends_within(Duration::from_secs(5)).code(), Some(0), "{}", monitor.stderr());
}

/// Fills the file system of `dir`.
fn fill(dir: &Path) {
    let mut file = std::fs::File::create(dir.join("filler")).unwrap();
    for size in [64 * 1024, 4096, 512, 1] {
        let block = vec![0; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// Hands in the same switchover twice at once, so that more than one entry is on its way; the answers.
fn submit_two(cluster: &Cluster) -> [Value; 2] {
    let said = cluster.expect(0, &["--json", "switchover", "--dry-run"]).out;
    let view = serde_json::from_str::<Value>(&said).unwrap()["plan"].clone();
    let mut pair = [0, 1].map(|_| Raw::hello(cluster, "operate.sock"));
    for raw in &mut pair {
        let command = json!({"verb": "switchover", "to": null});
        let submit = json!({"command": command, "plan": view["hash"], "confirm": view["plan"]["confirm"], "reason": null});
        raw.request(7, "submit", submit);
    }
    pair.map(|mut raw| raw.value())
}

/// Takes away the room that the journal has ahead of its end, as on a file system that gives none, and fills the disk.
fn no_room_at_all(cluster: &Cluster, state: &Path) {
    let journal = cluster.journal();
    let length = std::fs::metadata(&journal).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(journal).unwrap().set_len(length).unwrap();
    fill(state);
}

/// Why the journal cannot be written, by the status; empty while it can.
fn broken(status: &Value) -> &str {
    status["lease"]["journal"]["Err"].as_str().unwrap_or_default()
}

/// The status says, at least until the monitor has tried twice more, that nothing is done and why.
#[track_caller]
fn assert_stays_loud(cluster: &Cluster, monitor: &Child) {
    let tries = || monitor.stderr().matches("still cannot be opened").count();
    let before = tries();
    wait::until("the monitor has tried twice more", SOON, || {
        let status = cluster.status();
        assert!(broken(&status).contains("No space left on device") && broken(&status).contains("journal-"), "{status}");
        assert!(status["acts"].as_str().unwrap().starts_with("ACTS ON NOTHING"), "{status}");
        assert_eq!(status["troubles"][0]["key"], "monitor.state_dir", "{status}");
        tries() >= before + 2
    });
}

#[test]
fn a_run_has_room_to_its_end_on_a_disk_that_fills_up_and_without_room_nothing_is_begun() {
    let cluster = Cluster::boot(&SHOP);
    let state = cluster.lab.tmpfs("state", 8 * 1024 * 1024);
    let mut monitor = cluster.monitor();
    fill(&state);
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");

    no_room_at_all(&cluster, &state);
    let before = invocations(&cluster);
    // What is left of a page may be enough for a few entries, but not for many runs.
    end(&mut monitor);
    let mut monitor = cluster.monitor_under(&[]);
    cluster.wait_for("the lack of room is told", |s| !broken(s).is_empty());
    assert_stays_loud(&cluster, &monitor);
    let said = cluster.expect(3, &["switchover", "--confirm", "north"]);
    assert!(said.err.contains("the journal cannot be written"), "{}", said.err);
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("ACTS ON NOTHING") && shown.contains("No space left on device"), "{shown}");
    assert_eq!(invocations(&cluster), before);

    std::fs::remove_file(state.join("filler")).unwrap();
    let well = |s: &Value| verdict(s) == "ok" && s["acts"].as_str().is_some_and(|a| a.starts_with("OBSERVES ONLY"));
    cluster.wait_for("it goes on by itself", well);
    assert_eq!(invocations(&cluster), before);
    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
    end(&mut monitor);
}

#[test]
fn a_disk_that_turns_out_to_be_full_refuses_all_that_wait_and_is_tried_until_it_has_room() {
    let shop: [(&str, &[&str]); 5] = [("db", &[]), ("web", &["db"]), ("mail", &["db"]), ("chat", &["db"]), ("shop", &["web"])];
    let cluster = Cluster::boot(&shop);
    let state = cluster.lab.tmpfs("state", 8 * 1024 * 1024);
    let mut monitor = cluster.monitor();
    let before = invocations(&cluster);
    no_room_at_all(&cluster, &state);
    let answers = submit_two(&cluster);
    assert!(answers.iter().all(|a| a["error"]["message"].as_str().is_some_and(|m| m.contains("No space left on device"))), "{answers:?}");
    assert!(answers.iter().any(|a| a["error"]["data"]["kind"] == "unknown"), "the first one finds it out: {answers:?}");
    assert_stays_loud(&cluster, &monitor);
    assert_eq!(invocations(&cluster), before);

    std::fs::remove_file(state.join("filler")).unwrap();
    cluster.wait_for("the journal can be written again", |s| broken(s).is_empty() && verdict(s) == "ok");
    assert!(cluster.expect(0, &["log"]).out.contains("the journal was opened again"));
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
    assert_eq!(cluster.entries().iter().filter(|e| e["kind"] == "run-opened").count(), 1);
    assert!(!monitor.stderr().contains("another monitor"), "it must not stand in its own way: {}", monitor.stderr());
    end(&mut monitor);
}

#[test]
fn a_torn_journal_goes_on_with_a_note_a_damaged_one_not_at_all_and_nobody_shares_it() {
    let cluster = Cluster::boot(&SHOP);
    let mut monitor = cluster.monitor();
    let before = invocations(&cluster);
    let spare = |name| {
        let mut command = cluster.lab.ctl_command(PROGRAM);
        Child::spawn(name, command.args(["monitor", "run", "--config"]).arg(cluster.config()), cluster.lab.dir())
    };
    let mut second = spare("second");
    assert_eq!(second.ends_within(SOON).code(), Some(1), "{}", second.stderr());
    let said = second.stderr();
    assert!(said.contains("another monitor of this cluster runs") && said.contains(&format!("process {}", monitor.pid())), "{said}");
    assert_eq!(verdict(&cluster.wait_for("the first one still answers", |s| verdict(s) == "ok")), "ok");
    end(&mut monitor);

    let journal = cluster.journal();
    let whole = std::fs::read_to_string(&journal).unwrap();
    let last = whole.lines().last().unwrap();
    std::fs::write(&journal, format!("{whole}{}", &last[..last.len() / 2])).unwrap();
    let mut monitor = cluster.monitor();
    let note = cluster.entries().into_iter().find(|e| e["kind"] == "note").expect("a note");
    let text = note["text"].as_str().unwrap();
    assert!(text.contains("torn") && text.contains(&format!("{} bytes", last.len() / 2)), "{text}");
    assert!(cluster.expect(0, &["log"]).out.contains(text));
    assert_eq!(verdict(&cluster.wait_for("it goes on", |s| verdict(s) == "ok")), "ok");
    end(&mut monitor);

    let mut lines: Vec<String> = std::fs::read_to_string(&journal).unwrap().lines().map(str::to_owned).collect();
    lines[1] = lines[1].replacen("term", "tern", 1);
    std::fs::write(&journal, lines.join("\n") + "\n").unwrap();
    let damaged = std::fs::read(&journal).unwrap();
    let mut third = spare("third");
    assert_eq!(third.ends_within(SOON).code(), Some(1), "{}", third.stderr());
    let said = third.stderr();
    assert!(said.contains(&format!("{}, line 2:", journal.display())), "{said}");
    assert_eq!(std::fs::read(&journal).unwrap(), damaged, "what is damaged is left as it is");
    assert_eq!(invocations(&cluster), before);
    let said = cluster.expect(6, &["status"]);
    assert!(said.err.contains("no monitor answers"), "{}", said.err);
}

#[test]
fn a_host_that_is_cut_off_is_shown_and_named_and_is_back_by_itself() {
    let cluster = Cluster::boot(&SHOP);
    // Nobody else can say what became of b1.
    cluster.host("a1").blind_to(cluster.host("b1"));
    let _monitor = cluster.monitor();
    cluster.wait_for("everything is well", |s| verdict(s) == "ok");
    let before = invocations(&cluster);
    cluster.host("b1").cut();
    let silent = |s: &Value| host(s, "b1")["answers"] == false && verdict(s) != "ok" && s["troubles"][0]["key"] == "hosts.b1";
    let status = cluster.wait_for("b1 is silent", silent);
    assert_eq!(verdict(&status), "unknown", "what is not heard is not called down");
    assert!(host(&status, "b1")["why"].as_str().is_some_and(|why| !why.is_empty()), "{status}");
    let aged = cluster.wait_for("its last word grows old", |s| host(s, "b1")["age_ms"].as_u64() > Some(3_000));
    assert!(aged["components"].as_array().unwrap().iter().all(|c| c["placements"][1]["observed"].is_null()), "{aged}");
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("silent !") && shown.contains("b1 does not answer: "), "{shown}");
    let said = cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(said.err.contains("host b1 answers: it does not: ") && said.err.contains("bring b1 back"), "{}", said.err);
    assert_eq!(invocations(&cluster), before);

    cluster.host("b1").heal();
    cluster.wait_for("b1 is back", |s| verdict(s) == "ok");
    let planned = || cluster.say(&["switchover", "--dry-run"]).code == 0;
    wait::until("it has said that nobody has operated it, and takes acts", SOON, planned);
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
}

#[test]
fn a_host_that_loses_its_power_comes_back_with_nothing_running_and_nothing_is_started() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let status = cluster.wait_for("everything is well", |s| verdict(s) == "ok");
    let boot = host(&status, "a1")["boot_id"].as_str().unwrap().to_owned();
    cluster.wait_for("b1 knows a1", |s| host(s, "a1")["seen_by"][0]["knows_the_way"] == true);
    cluster.host("a1").power_off();
    cluster.wait_for("a1 is down by two signals", |s| host(s, "a1")["answers"] == false && verdict(s) == "down");
    assert!(cluster.running("b1").is_empty());
    cluster.host("a1").start();
    let status = cluster.wait_for("a1 is back in a new boot", |s| {
        host(s, "a1")["answers"] == true && host(s, "a1")["boot_id"].as_str().is_some_and(|id| id != boot)
    });
    assert_eq!(status["active"], "north", "the role stays where it was");
    let status = cluster.wait_for("its components are seen to be down", |s| verdict(s) == "down");
    for component in status["components"].as_array().unwrap() {
        assert_eq!(component["placements"][0]["observed"], "stopped", "{component}");
        assert!(component["placements"][0]["age_ms"].as_u64() < Some(5_000), "{component}");
    }
    assert!(status["troubles"].to_string().contains("should be active and is stopped"), "{status}");
    // It only observes: once the host has said that nobody has operated it, it says what it would do, and that is all.
    cluster.wait_for("what it would do is decided", |s| s["decision"]["acts"] == "would");
    // Two more looks at the host pass, and nothing was started by anybody.
    let decided = || cluster.entries().iter().filter(|e| ["decided", "run-opened"].contains(&e["kind"].as_str().unwrap_or(""))).count();
    let before = decided();
    let age = |s: &Value| host(s, "a1")["age_ms"].as_u64().unwrap_or(u64::MAX);
    for _ in 0..2 {
        cluster.wait_for("time passes", |s| age(s) > 500);
        cluster.wait_for("a1 is looked at again", |s| age(s) < 500);
    }
    assert_eq!(SHOP.map(|(c, _)| (cluster.starts("a1", c), cluster.starts("b1", c))), [(1, 0); 2]);
    assert!(cluster.running("a1").is_empty() && cluster.running("b1").is_empty());
    assert_eq!(decided(), before, "and nothing was decided");
    cluster.expect(0, &["start", "--site", "north", "--confirm", "north"]);
    cluster.assert_serves("a1");
}

#[test]
fn a_monitor_that_is_told_to_end_does_so_and_the_next_life_goes_on_with_the_run() {
    let cluster = Cluster::boot(&SHOP);
    cluster.lab.service_unit("a1", "db.service", ServiceSpec::WontStop(Duration::from_secs(3)));
    cluster.host("a1").sh("systemctl kill -s KILL db.service; systemctl reset-failed db.service; systemctl start db.service");
    let mut monitor = cluster.monitor();
    let mut follower = Child::spawn("follower", &mut cluster.command(&["switchover", "--confirm", "south"]), cluster.lab.dir());
    let status = cluster.wait_for("db is on its way down", |s| s["open_runs"][0]["steps"][1]["state"]["state"] == "running");
    let run = status["open_runs"][0]["run"].as_str().unwrap().to_owned();
    end(&mut monitor);
    assert!(follower.status().is_none(), "who watches waits for the next life");
    let _next = cluster.monitor_under(&[]);
    assert_eq!(follower.ends_within(SOON).code(), Some(0), "{}\n{}", follower.stdout(), follower.stderr());
    assert!(follower.stderr().contains("the monitor answers again"), "{}", follower.stderr());
    cluster.assert_serves("b1");
    assert_eq!(cluster.expect_end(&run), "done");
    assert_eq!(SHOP.map(|(c, _)| cluster.starts("b1", c)), [1, 1], "no step twice");
}

#[test]
fn a_changed_host_key_is_told_in_words_and_nothing_is_moved_there() {
    let cluster = Cluster::boot(&SHOP);
    let known = cluster.lab.known_hosts();
    let right = std::fs::read_to_string(&known).unwrap();
    let key = cluster.lab.dir().join("other");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    let other = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let other: Vec<&str> = other.split(' ').take(2).collect();
    let replaced = |line: &str| match line.split_once(' ') {
        Some((names, _)) if names.starts_with("b1,") => format!("{names} {}\n", other.join(" ")),
        _ => format!("{line}\n"),
    };
    let monitor = cluster.monitor();
    drop(monitor);
    std::fs::write(&known, right.lines().map(replaced).collect::<String>()).unwrap();
    let _monitor = cluster.monitor_under(&[]);
    let status = cluster.wait_for("b1 is not spoken to", |s| host(s, "b1")["answers"] == false && host(s, "a1")["answers"] == true);
    let why = host(&status, "b1")["why"].as_str().unwrap();
    assert!(why.contains("the host key has CHANGED") && why.contains(known.to_str().unwrap()), "{why}");
    let shown = cluster.expect(0, &["status"]).out;
    assert!(shown.contains("b1 does not answer: ") && shown.contains("CHANGED"), "{shown}");
    let said = cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(said.err.contains("host b1 answers") && said.err.contains("CHANGED"), "{}", said.err);
    cluster.assert_serves("a1");

    std::fs::write(&known, right).unwrap();
    cluster.wait_for("b1 is spoken to again", |s| verdict(s) == "ok");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
}
