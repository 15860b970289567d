//! Watching hosts, and checking a configuration against them.

use super::*;
use crate::support::service::ServiceSpec;
use std::collections::BTreeSet;
use std::time::Instant;
use switchtower::core::fact::Source;
use switchtower::driver::{AgentHosts, FenceDevices, ProcessHosts};
use switchtower::probe::check::{self, Checked, Finding, Kind};
use switchtower::probe::{Cause, Observation, Watcher, WatcherOptions};
use tokio::sync::mpsc::Receiver;

async fn next(observations: &mut Receiver<Observation>, what: &str, mut wanted: impl FnMut(&Observation) -> bool) -> Observation {
    let found = async {
        loop {
            let observation = observations.recv().await.expect("the watcher goes on");
            if wanted(&observation) {
                return observation;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

fn app_is(observation: &Observation, name: &str, state: State) -> bool {
    let facts = observation.outcome.as_deref().unwrap_or_default();
    observation.host.as_str() == name && facts.iter().any(|(s, fact)| *s == service("app.service") && fact.state == state)
}

/// The live check of hosts without host services and fence devices.
async fn check(systemd: &SystemdHosts, services: &BTreeMap<HostName, Vec<Service>>, deadline: Duration) -> Vec<Finding> {
    let pool = Arc::new(Pool::new(ssh::Options::default()));
    let processes = ProcessHosts::new(pool.clone(), BTreeMap::new(), ClusterName::new("ops").unwrap());
    let agents = AgentHosts::new(pool, BTreeMap::new(), ClusterName::new("ops").unwrap(), SOON);
    let checked = Checked { systemd, processes: &processes, agents: &agents, fences: &FenceDevices::default() };
    check::check(&checked, services, deadline).await
}

fn services(names: &[&str]) -> BTreeMap<HostName, Vec<Service>> {
    names.iter().map(|name| (host(name), vec![service("app.service")])).collect()
}

#[test]
fn a_hung_host_delays_no_other_and_a_killed_unit_is_known_without_waiting_for_a_look() {
    let lab = Lab::boot(&["a1", "b1"]);
    for name in ["a1", "b1"] {
        lab.service_unit(name, "app.service", ServiceSpec::Simple);
        lab.host(name).sh("systemctl start app.service");
    }
    let (a1, b1) = (lab.host("a1"), lab.host("b1"));
    inside(&lab, async {
        let hosts: Arc<dyn Hosts> = driver(&lab, &["a1", "b1"]);
        // Looks are so far apart that what is known soon was told.
        let (watcher, mut seen) = Watcher::start(&hosts, services(&["a1", "b1"]), &WatcherOptions::every(Duration::from_secs(3600)));
        // On a busy machine the first look, with its login, may be too slow; then another one follows at once.
        let mut answered = BTreeSet::new();
        while answered.len() < 2 {
            answered.insert(next(&mut seen, "a first look", |o| o.outcome.is_ok()).await.host);
        }
        b1.freeze();
        let began = Instant::now();
        a1.kill_unit("app.service", "KILL");
        let killed = next(&mut seen, "the kill to be told", |o| app_is(o, "a1", State::Failed)).await;
        eprintln!("told {:?} after the kill was begun", began.elapsed());
        assert_eq!(killed.cause, Cause::Pushed);
        assert_eq!(killed.outcome.unwrap()[0].1.source, Source::Pushed);

        let missing = watcher.refresh(Duration::from_secs(1)).await;
        assert_eq!(missing, BTreeSet::from([host("b1")]));
        let fresh = next(&mut seen, "a fresh look at a1", |o| o.cause == Cause::Asked && o.host == host("a1")).await;
        assert!(fresh.outcome.is_ok());
        b1.thaw();
        watcher.stop().await;
    });
}

#[test]
fn a_host_that_goes_away_is_told_as_silent_and_seen_again_when_it_is_back() {
    let lab = Lab::boot(&["a1"]);
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    let a1 = lab.host("a1");
    inside(&lab, async {
        let hosts: Arc<dyn Hosts> = driver(&lab, &["a1"]);
        let (watcher, mut seen) = Watcher::start(&hosts, services(&["a1"]), &WatcherOptions::every(Duration::from_millis(500)));
        let first = next(&mut seen, "a first look", |o| app_is(o, "a1", State::Inactive)).await;
        let boot_id = first.outcome.unwrap()[0].1.boot_id.clone();
        a1.power_off();
        next(&mut seen, "its silence", |o| o.outcome.is_err()).await;
        a1.start();
        let back = next(&mut seen, "its return", |o| o.outcome.is_ok()).await;
        assert_ne!(back.outcome.unwrap()[0].1.boot_id, boot_id);
        // What it tells by itself comes again too.
        a1.sh("systemctl start app.service");
        next(&mut seen, "the start", |o| app_is(o, "a1", State::Active)).await;
        a1.kill_unit("app.service", "KILL");
        next(&mut seen, "the kill to be told", |o| o.cause == Cause::Pushed && app_is(o, "a1", State::Failed)).await;
        watcher.stop().await;
    });
}

fn kinds(findings: &[Finding], name: &str) -> Vec<(Option<String>, Kind)> {
    findings.iter().filter(|f| f.host.as_str() == name).map(|f| (f.unit.clone(), f.kind)).collect()
}

#[test]
fn a_check_against_real_hosts_finds_what_is_in_the_way() {
    let lab = Lab::boot(&["a1", "b1", "c1"]);
    let (a1, b1, c1) = (lab.host("a1"), lab.host("b1"), lab.host("c1"));
    for host in [a1, b1] {
        lab.service_unit(host.name(), "app.service", ServiceSpec::Simple);
    }
    a1.write("/etc/systemd/system/boots.service", b"[Service]\nExecStart=/bin/sleep 100\n[Install]\nWantedBy=multi-user.target\n");
    a1.write("/etc/systemd/system/woken.service", b"[Service]\nExecStart=/bin/sleep 100\n");
    a1.write("/etc/systemd/system/woken.timer", b"[Timer]\nOnCalendar=2099-01-01\n");
    a1.write("/etc/systemd/system/pulled.service", b"[Service]\nExecStart=/bin/sleep 100\n");
    a1.write("/etc/systemd/system/puller.service", b"[Unit]\nWants=pulled.service\n[Service]\nExecStart=/bin/sleep 100\n");
    a1.sh("systemctl daemon-reload; systemctl enable boots.service; systemctl start woken.timer puller.service; systemctl stop pulled.service");
    b1.sh("mv /usr/bin/flock /usr/bin/flock.away; ln -s /tmp /var/lib/switchtower-guard");
    c1.sh("rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1", "b1", "c1"]);
        let mut asked = services(&["b1", "c1"]);
        let of_a1 = ["app.service", "boots.service", "woken.service", "pulled.service", "missing.service"];
        asked.insert(host("a1"), of_a1.map(service).to_vec());
        let findings = check(&hosts, &asked, SOON).await;
        let unit = |name: &str, kind| (Some(name.to_owned()), kind);
        let expected = [
            unit("missing.service", Kind::UnknownUnit),
            unit("boots.service", Kind::StartsByItself),
            unit("pulled.service", Kind::StartsByItself),
            unit("woken.service", Kind::StartsByItself),
        ];
        assert_eq!(kinds(&findings, "a1"), expected, "{findings:#?}");
        assert_eq!(kinds(&findings, "b1"), [(None, Kind::NoGuard), (None, Kind::MissingTool)], "{findings:#?}");
        assert_eq!(kinds(&findings, "c1"), [(None, Kind::HostKey)], "{findings:#?}");
        assert!(!a1.exec(&["test", "-e", "/var/lib/switchtower-guard"]).status.success(), "a check changes nothing");
        let idle: BTreeMap<_, _> = ["b1", "c1"].map(|name| (host(name), Vec::new())).into();
        let findings = check(&hosts, &idle, SOON).await;
        assert_eq!(kinds(&findings, "b1"), [], "of a host that runs nothing no guard is wanted: {findings:#?}");
        assert_eq!(kinds(&findings, "c1"), [(None, Kind::HostKey)], "but it must let us in: {findings:#?}");

        b1.sh("mv /usr/bin/flock.away /usr/bin/flock; rm /var/lib/switchtower-guard; rm ~/.ssh/authorized_keys");
        c1.power_off();
        let findings = check(&driver(&lab, &["b1", "c1"]), &services(&["b1", "c1"]), Duration::from_secs(3)).await;
        assert_eq!(kinds(&findings, "c1"), [(None, Kind::Unreachable)], "{findings:#?}");
        assert_eq!(kinds(&findings, "b1"), [(None, Kind::LoginRefused)], "{findings:#?}");
    });
}
