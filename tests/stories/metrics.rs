//! Figures for Prometheus from a real monitor: they say what `status` says, and nobody who asks badly is in their way.

use crate::driver::inside;
use crate::support::cluster::{Cluster, SOON, table};
use crate::support::figures::Page;
use crate::support::proc::{self, Child};
use crate::support::wait;
use rustix::process::Signal;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where they are served, on the controller's own loopback.
const AT: &str = "127.0.0.1:9464";
/// A scrape that takes longer has been held up.
const QUICK: Duration = Duration::from_secs(3);

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("web", &["db"])];

fn tables() -> String {
    SHOP.iter().map(|(name, after)| table(name, after)).collect()
}

/// A shop whose monitor serves its figures.
fn shop() -> Cluster {
    let cluster = Cluster::boot(&SHOP);
    cluster.configure(&format!("metrics = \"{AT}\""), &tables());
    cluster
}

/// Connections from the monitor's machine.
fn dial(cluster: &Cluster, count: usize) -> Vec<TcpStream> {
    let all = inside(&cluster.lab, async move { (0..count).map(|_| TcpStream::connect(AT)).collect::<Result<Vec<_>, _>>() });
    let all = all.unwrap_or_else(|error| panic!("nobody listens at {AT}: {error}"));
    for stream in &all {
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
    }
    all
}

/// Asks on a connection of its own: the head of the answer, and its body.
fn ask(cluster: &Cluster, request: &str) -> (String, String) {
    let mut stream = dial(cluster, 1).remove(0);
    stream.write_all(format!("{request} HTTP/1.1\r\nHost: m1\r\nAccept: */*\r\n\r\n").as_bytes()).unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {all:?}"));
    (head.to_ascii_lowercase(), body.to_owned())
}

/// A scrape that must go well, and quickly.
#[track_caller]
fn scrape(cluster: &Cluster) -> Page {
    let began = Instant::now();
    let (head, body) = ask(cluster, "GET /metrics");
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-type: text/plain; version=0.0.4"), "{head}\n{body}");
    assert!(began.elapsed() < QUICK, "{:?}", began.elapsed());
    checked_by_promtool(&body);
    Page::read(&body)
}

/// Where Prometheus' own checker is installed it has a word too.
fn checked_by_promtool(page: &str) {
    let spawned = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut promtool) = spawned else { return };
    promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
}

fn mode(word: &Value) -> f64 {
    match word.as_str() {
        Some("active") => 2.0,
        Some("standby") => 1.0,
        Some("stopped") => 0.0,
        _ => -1.0,
    }
}

/// Every figure that a status has too, as the status has it.
fn figures(status: &Value) -> Vec<(String, f64)> {
    let count = |key: &str| status[key].as_array().unwrap().len() as f64;
    let mut all = vec![
        (format!("switchtower_verdict{{verdict=\"{}\"}}", status["verdict"].as_str().unwrap()), 1.0),
        (format!("switchtower_site_active{{site=\"{}\"}}", status["active"].as_str().unwrap()), 1.0),
        ("switchtower_lease_term".to_owned(), status["lease"]["term"].as_f64().unwrap()),
        ("switchtower_journal_index".to_owned(), status["sequence"].as_f64().unwrap()),
        ("switchtower_open_runs".to_owned(), count("open_runs")),
        ("switchtower_troubles".to_owned(), count("troubles")),
    ];
    for host in status["hosts"].as_array().unwrap() {
        let reachable = host["answers"].as_bool().map_or(-1.0, |answers| f64::from(u8::from(answers)));
        all.push((format!("switchtower_host_reachable{{host=\"{}\"}}", host["name"].as_str().unwrap()), reachable));
    }
    for component in status["components"].as_array().unwrap() {
        for of in component["placements"].as_array().unwrap() {
            let [name, site, host] = [&component["name"], &of["site"], &of["host"]].map(|word| word.as_str().unwrap());
            let labels = format!("{{component=\"{name}\",site=\"{site}\",host=\"{host}\"}}");
            all.push((format!("switchtower_component_wanted{labels}"), mode(&of["wanted"])));
            all.push((format!("switchtower_component_observed{labels}"), mode(&of["observed"])));
            all.push((format!("switchtower_component_as_wanted{labels}"), f64::from(u8::from(of["agrees"] == true))));
        }
    }
    all
}

/// A page that agrees with the status, in a moment in which nothing changes. A page may be a second old.
#[track_caller]
fn agreed(cluster: &Cluster) -> (Page, Value) {
    let look = || {
        let (page, status) = (scrape(cluster), cluster.status());
        let other: Vec<String> = figures(&status)
            .into_iter()
            .filter(|(series, is)| page.is(series) != *is)
            .map(|(series, is)| format!("{series} is {}, in the status {is}", page.is(&series)))
            .collect();
        (other, page, status)
    };
    let (_, page, status) = wait::until_value("figures and status say the same", SOON, look, |(other, ..)| other.is_empty());
    (page, status)
}

#[test]
fn a_scrape_says_what_status_says_before_and_after_a_move_and_a_loss() {
    let cluster = shop();
    let mut monitor = cluster.monitor();
    let (page, _) = agreed(&cluster);
    assert_eq!(page.is("switchtower_site_active{site=\"north\"}"), 1.0);
    assert_eq!(page.is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), 0.0);
    assert_eq!((page.is("switchtower_mode{mode=\"observe-only\"}"), page.is("switchtower_acting")), (1.0, 0.0));
    assert!(page.is("switchtower_host_answer_age_seconds{host=\"a1\"}") < 10.0 && !page.has("switchtower_last_failover_age_seconds"));

    cluster.expect(0, &["switchover", "--confirm", "south"]);
    let (page, _) = agreed(&cluster);
    assert_eq!(page.is("switchtower_site_active{site=\"south\"}"), 1.0);
    assert_eq!(page.is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), 1.0);
    assert_eq!(page.is("switchtower_run_duration_seconds_count{verb=\"switchover\"}"), 1.0);
    assert!(page.is("switchtower_run_duration_seconds_sum{verb=\"switchover\"}") > 0.0);
    assert_eq!(page.is("switchtower_component_observed{component=\"db\",site=\"south\",host=\"b1\"}"), 2.0);

    cluster.host("b1").kill_unit("db.service", "KILL");
    cluster.wait_for("the loss is seen", |s| s["verdict"] == "down" && s["decision"]["acts"] == "would");
    let (page, status) = agreed(&cluster);
    assert_eq!(page.is("switchtower_component_as_wanted{component=\"db\",site=\"south\",host=\"b1\"}"), 0.0);
    assert!(page.is("switchtower_troubles") >= 1.0);
    assert_eq!(page.is("switchtower_missed_entries_total"), 0.0);
    // What is on its way to the disk is decided, and not counted yet.
    wait::until("what the journal has was counted", SOON, || {
        let page = scrape(&cluster);
        let all = page.series().filter(|series| series.starts_with("switchtower_decisions_total{")).map(|series| page.is(series));
        let journaled = cluster.entries().iter().filter(|entry| entry["kind"] == "decided").count();
        page.is("switchtower_decisions_total{choice=\"act\",acts=\"would\"}") >= 1.0 && all.sum::<f64>() as usize == journaled
    });

    // Another life: the same address, and counting begins anew.
    let term = status["lease"]["term"].as_u64().unwrap();
    cluster.configure(&format!("metrics = \"{AT}\"\njournal_segments = 5"), &tables());
    monitor.signal(Signal::HUP);
    cluster.wait_for("the next life", |s| s["lease"]["term"].as_u64() > Some(term));
    let (page, _) = agreed(&cluster);
    assert_eq!(page.is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), 0.0);
}

/// The files that a process has open.
fn open(monitor: &Child) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", monitor.pid())).unwrap().count()
}

#[test]
fn who_asks_for_something_else_or_badly_or_never_is_in_nobodys_way() {
    let cluster = shop();
    let mut monitor = cluster.monitor();
    wait::until("they are served", SOON, || inside(&cluster.lab, async { TcpStream::connect(AT).is_ok() }));
    for request in ["GET /", "GET /metrics/", "GET /favicon.ico", "POST /metrics", "DELETE /metrics", "GET /../etc/passwd"] {
        let (head, _) = ask(&cluster, request);
        assert!(head.starts_with("http/1.1 404 "), "{request}: {head}");
    }
    let before = open(&monitor);
    // More of them than there are places, and each has sent something else.
    let mut guests = dial(&cluster, 200);
    for (at, guest) in guests.iter_mut().enumerate() {
        let _ = match at % 4 {
            0 => Ok(()),
            1 => guest.write_all(b"GET /metrics HTTP/1.1\r\nX-Slow: "),
            2 => guest.write_all(&[0xff; 3000]),
            _ => guest.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        };
    }
    for _ in 0..5 {
        scrape(&cluster);
    }
    assert!(open(&monitor) <= before + 80, "{} files are open, {before} before", open(&monitor));
    let slow = proc::run(&mut cluster.command(&["status"]), QUICK);
    assert!(slow.status.success());

    // A request without end is cut off.
    let mut endless = dial(&cluster, 1).remove(0);
    endless.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    wait::until("it is cut off", SOON, || endless.write_all(b"X-More: and more and more and more and more\r\n").is_err());
    // One that asks and never reads is let go of too.
    let mut deaf = dial(&cluster, 1).remove(0);
    deaf.write_all(b"GET /metrics HTTP/1.1\r\nHost: m1\r\n\r\n").unwrap();
    scrape(&cluster);
    wait::until("all of them are let go of", SOON, || open(&monitor) <= before + 3);
    drop(guests);
    scrape(&cluster);
    assert_eq!(monitor.status(), None);
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
}

#[test]
fn an_address_that_somebody_has_is_told_and_the_monitor_goes_on_without() {
    let cluster = shop();
    let squatter = inside(&cluster.lab, async { TcpListener::bind(AT) }).unwrap();
    let monitor = cluster.monitor();
    let status = cluster.wait_for("the trouble is told", |s| s["troubles"].to_string().contains("monitor.metrics"));
    assert_eq!(status["verdict"], "ok", "watching goes on: {status}");
    let said = cluster.expect(0, &["status"]);
    assert!(said.out.contains("the figures cannot be served at 127.0.0.1:9464: Address already in use"), "{}", said.out);
    assert!(monitor.stderr().contains("ERROR") && monitor.stderr().contains("cannot be served"), "{}", monitor.stderr());
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");

    drop(squatter);
    cluster.wait_for("the trouble is over", |s| s["troubles"].as_array().is_some_and(Vec::is_empty));
    let (page, _) = agreed(&cluster);
    assert_eq!(page.is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), 1.0, "what went on before is counted");
}

#[test]
fn without_the_key_nobody_listens() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    assert!(inside(&cluster.lab, async { TcpStream::connect(AT).is_err() }));
    cluster.configure("metrics = \"0.0.0.0:9464\"", &tables());
    let said = cluster.expect(0, &["config", "check", "--offline"]);
    assert!(said.out.contains("monitor.metrics") && said.out.contains("there is no login"), "{}\n{}", said.out, said.err);
    for wrong in ["9464", "localhost:9464", "127.0.0.1:0", "127.0.0.1", "::1:9464x"] {
        cluster.configure(&format!("metrics = \"{wrong}\""), &tables());
        let said = cluster.expect(3, &["config", "check", "--offline"]);
        assert!(said.out.contains("monitor.metrics") || said.err.contains("monitor.metrics"), "{wrong}: {}\n{}", said.out, said.err);
    }
    for right in ["[::1]:9464", "[::]:9464"] {
        cluster.configure(&format!("metrics = \"{right}\""), &tables());
        cluster.expect(0, &["config", "check", "--offline"]);
    }
}
