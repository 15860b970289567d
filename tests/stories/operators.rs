//! Operators who type: at the same moment, with an old plan, with a wrong word, with second thoughts.

use super::api::Raw;
use crate::support::cluster::{Cluster, PROGRAM, SOON, Said};
use crate::support::proc::{self, Child};
use crate::support::service::ServiceSpec;
use crate::support::wait;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

const SHOP: [(&str, &[&str]); 3] = [("db", &[]), ("app", &["db"]), ("web", &["app"])];

/// Everything that an act would change: the runs of the services, and the runs of the journal.
fn footprint(cluster: &Cluster) -> (Vec<String>, usize) {
    let ids = SHOP.iter().flat_map(|(c, _)| ["a1", "b1"].map(|host| cluster.host(host).invocation_id(&format!("{c}.service"))));
    (ids.collect(), cluster.entries().iter().filter(|e| e["kind"] == "run-opened").count())
}

/// Gives `app` on a1 a unit that takes so long to stop.
fn app_stops_slowly(cluster: &Cluster, time: Duration) {
    cluster.lab.service_unit("a1", "app.service", ServiceSpec::WontStop(time));
    cluster.host("a1").sh("systemctl kill -s KILL app.service; systemctl reset-failed app.service; systemctl start app.service");
}

/// The hash of the plan of a switchover.
fn hash(cluster: &Cluster) -> String {
    let said = cluster.expect(0, &["--json", "switchover", "--dry-run"]);
    serde_json::from_str::<Value>(&said.out).unwrap()["plan"]["hash"].as_str().unwrap().to_owned()
}

fn switchover(hash: &str, reason: &str) -> Value {
    json!({"command": {"verb": "switchover", "to": null}, "plan": hash, "confirm": "south", "reason": reason})
}

fn is_open(status: &Value) -> bool {
    status["open_runs"].as_array().is_some_and(|runs| !runs.is_empty())
}

#[test]
fn of_two_switchovers_at_once_one_runs_and_the_other_is_told_who_holds_the_cluster() {
    let cluster = Cluster::boot(&SHOP);
    app_stops_slowly(&cluster, Duration::from_millis(500));
    let _monitor = cluster.monitor();
    let hash = hash(&cluster);
    let mut pair = ["first", "second"].map(|_| Raw::hello(&cluster, "operate.sock"));
    for (raw, reason) in pair.iter_mut().zip(["first", "second"]) {
        raw.request(7, "submit", switchover(&hash, reason));
    }
    let answers = pair.map(|mut raw| raw.value());
    let (ran, refused): (Vec<&Value>, Vec<&Value>) = answers.iter().partition(|a| a["error"].is_null());
    assert_eq!((ran.len(), refused.len()), (1, 1), "{answers:?}");
    let run = ran[0]["result"].as_str().unwrap();
    let why = refused[0]["error"]["data"]["reasons"][0]["what"].as_str().unwrap();
    assert_eq!(refused[0]["error"]["data"]["kind"], "refused");
    assert!(why.contains(&format!("run {run}")) && why.contains("by root (uid 0)"), "{why}");

    let said = cluster.expect(3, &["switchover", "--confirm", "south"]);
    assert!(said.err.contains(run) && said.err.contains("by root (uid 0)") && said.err.contains("switchtower abort"), "{}", said.err);
    cluster.wait_for("the run is over", |s| !is_open(s));
    cluster.assert_serves("b1");
    let entries = cluster.entries();
    assert_eq!(entries.iter().filter(|e| e["kind"] == "run-opened").count(), 1);
    let refusal = entries.iter().find(|e| e["kind"] == "refused").unwrap();
    assert_eq!((&refusal["who"]["user"], &refusal["command"]["verb"]), (&json!("root"), &json!("switchover")));
    assert!(refusal["reasons"][0]["what"].as_str().unwrap().contains(run), "{refusal}");
}

#[test]
fn without_the_right_word_or_for_a_stale_plan_nothing_is_done() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let before = footprint(&cluster);
    let shown = hash(&cluster);

    let said = cluster.expect(3, &["switchover", "--reason", "it's a drill"]);
    let line = said.err.lines().find_map(|l| l.split_once("then run: ")).unwrap_or_else(|| panic!("{}", said.err)).1.to_owned();
    assert!(line.contains(&format!("--confirm south --plan {}", &shown[..12])), "{line}");
    for word in ["north", "South", "yes", ""] {
        let said = cluster.expect(3, &["switchover", "--confirm", word]);
        assert!(said.err.contains("not confirmed"), "{word:?}: {}", said.err);
    }
    assert_eq!(footprint(&cluster), before);

    cluster.host("a1").sh("systemctl stop web.service");
    cluster.wait_for("the stop by hand is seen", |s| s["verdict"] == "down");
    let by_hand = footprint(&cluster);
    let said = Said::from(proc::run(&mut shell(&line), SOON));
    assert_eq!(said.code, 3, "{}\n{}", said.out, said.err);
    assert!(said.err.contains("stale"), "{}", said.err);
    let mut raw = Raw::hello(&cluster, "operate.sock");
    let answer = raw.ask("submit", switchover(&shown, "an old plan"));
    assert!(answer["error"]["message"].as_str().unwrap().contains("stale"), "{answer}");
    assert_eq!(footprint(&cluster), by_hand);
    let refusal = cluster.entries().into_iter().find(|e| e["kind"] == "refused").unwrap();
    assert_eq!(refusal["who"]["uid"], 0);
    assert!(refusal["reasons"][0]["what"].as_str().unwrap().contains("stale"), "{refusal}");
    let told = cluster.expect(0, &["log"]).out;
    assert!(told.contains("to root (uid 0): the plan that was shown is stale"), "{told}");

    cluster.host("a1").sh("systemctl start web.service");
    cluster.wait_for("everything is as it was", |s| s["verdict"] == "ok");
    assert_eq!(hash(&cluster), shown, "the same plan is the same plan");
    let said = Said::from(proc::run(&mut shell(&line), SOON));
    assert_eq!(said.code, 0, "{line}\n{}\n{}", said.out, said.err);
    cluster.assert_serves("b1");
    let opened = cluster.entries().into_iter().find(|e| e["kind"] == "run-opened").unwrap();
    assert_eq!(opened["reason"], "it's a drill");
}

/// A line as it was shown, pasted into a shell.
fn shell(line: &str) -> Command {
    let dir = std::path::Path::new(PROGRAM).parent().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", format!("{}:/usr/bin:/bin", dir.display()));
    command
}

#[test]
fn an_abort_before_the_point_of_no_return_brings_everything_back() {
    let cluster = Cluster::boot(&SHOP);
    app_stops_slowly(&cluster, Duration::from_secs(2));
    let _monitor = cluster.monitor();
    let mut follower = Child::spawn("follower", &mut cluster.command(&["switchover", "--confirm", "south"]), cluster.lab.dir());
    let status = cluster.wait_for("app is on its way down", |s| s["open_runs"][0]["steps"][1]["state"]["state"] == "running");
    let run = status["open_runs"][0]["run"].as_str().unwrap().to_owned();
    let said = cluster.expect(3, &["abort", &run]);
    assert!(said.err.contains(&format!("abort {run} --confirm yes")), "{}", said.err);
    let words = ["abort", &run, "--confirm", "yes", "--reason", "second thoughts"];
    let mut aborting = Child::spawn("abort", &mut cluster.command(&words), cluster.lab.dir());
    cluster.wait_for("the run is turned back", |s| s["open_runs"][0]["turned_back"].is_string());
    let said = cluster.expect(3, &["abort", &run, "--confirm", "yes"]);
    assert!(said.err.contains("on its way back already"), "{}", said.err);
    assert_eq!(aborting.ends_within(SOON).code(), Some(0), "{}", aborting.stderr());
    assert!(aborting.stdout().contains("everything is undone"), "{}", aborting.stdout());
    assert_eq!(follower.ends_within(SOON).code(), Some(4), "{}\n{}", follower.stdout(), follower.stderr());
    assert!(follower.stdout().contains("aborted by root (uid 0): second thoughts"), "{}", follower.stdout());
    assert_eq!(cluster.expect_end(&run), "nothing-changed");
    cluster.assert_serves("a1");
    assert_eq!(SHOP.map(|(c, _)| cluster.starts("b1", c)), [0, 0, 0]);

    for words in [&["abort", &run, "--confirm", "yes"][..], &["abort", "r999", "--confirm", "yes"]] {
        cluster.expect(3, words);
    }
    let answer = Raw::hello(&cluster, "operate.sock").ask("abort", json!({"run": run, "reason": null}));
    assert!(answer["error"]["message"].as_str().unwrap().contains("the run is over"), "{answer}");
    cluster.assert_serves("a1");
}

/// The command line at a terminal of its own.
struct Terminal {
    child: Child,
    keys: std::process::ChildStdin,
}

impl Terminal {
    fn open(cluster: &Cluster, name: &str, words: &[&str]) -> Self {
        let command = cluster.command(words);
        let line: Vec<String> =
            std::iter::once(command.get_program()).chain(command.get_args()).map(|w| w.to_str().unwrap().to_owned()).collect();
        // Whatever shell this is, it gives its place to the program: it must not die of the keys itself.
        let mut script = Command::new("script");
        script.args(["-q", "-e", "-f", "-c", &format!("exec {}", line.join(" ")), "/dev/null"]).stdin(Stdio::piped());
        let mut child = Child::spawn_with_input(name, &mut script, cluster.lab.dir());
        let keys = child.stdin().unwrap();
        Self { child, keys }
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        wait::until_value(&format!("the terminal to show {text:?}"), SOON, || self.child.stdout(), |seen| seen.contains(text));
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    #[track_caller]
    fn ends(&mut self) -> i32 {
        self.child.ends_within(SOON).code().unwrap()
    }
}

#[test]
fn at_a_terminal_the_sites_name_is_asked_for_and_only_it_goes_on() {
    let cluster = Cluster::boot(&SHOP);
    app_stops_slowly(&cluster, Duration::from_secs(1));
    let _monitor = cluster.monitor();
    let before = footprint(&cluster);
    for (name, keys) in [("wrong", "north\n"), ("enter", "\n"), ("end", "\u{4}"), ("interrupt", "\u{3}")] {
        let mut terminal = Terminal::open(&cluster, name, &["switchover"]);
        terminal.shows("Type south to go on");
        terminal.press(keys);
        let code = terminal.ends();
        assert!(code == 3 || (name == "interrupt" && code == 130), "{name}: {code}\n{}", terminal.child.stdout());
    }
    assert_eq!(footprint(&cluster), before);

    let mut terminal = Terminal::open(&cluster, "right", &["switchover", "--reason", "typed"]);
    terminal.shows("Type south to go on");
    terminal.press("south\n");
    terminal.shows("step 2 of 6");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 6, "{}", terminal.child.stdout());
    terminal.shows("goes on and is not cancelled");
    cluster.wait_for("the run that nobody watches is over", |s| !is_open(s));
    cluster.assert_serves("b1");

    let mut terminal = Terminal::open(&cluster, "back", &["switchback"]);
    terminal.shows("Type north to go on");
    terminal.press("north\n");
    assert_eq!(terminal.ends(), 0, "{}", terminal.child.stdout());
    cluster.assert_serves("a1");
}
