//! A host service behind a real SSH server: reached, lost, not there, and not allowed. The service is played by hand.

use super::{SOON, host, permit};
use crate::support::sshd::{Sshd, until};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use switchtower::core::fact::{Fact, MissKind, Source, State};
use switchtower::core::model::{ClusterName, HostName, Instance, Process, Service};
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::driver::{Act, DriverError, Hosts, Outcome, ProcessHosts, Push, Served};
use switchtower::ssh::{self, Pool, Target};
use switchtower::wire::host::{HOST_PROTOCOL, HostAnswer, HostAsk, HostClock, HostIncoming, HostOutcome, HostOutgoing, HostStatus};

/// The test's folder, as the server sees it.
const SOCKET: &str = "/mnt/service.sock";

fn app() -> Service {
    Service::Process(Process::active("app").unwrap())
}

fn fact(state: State) -> Fact {
    Fact {
        state,
        invocation: None,
        detail: String::new(),
        enablement: String::new(),
        source: Source::Supervisor,
        boot_id: "boot".into(),
        self_stop_ms: None,
    }
}

/// A driver that reaches host a1 through `sshd`.
fn driver(sshd: &Sshd) -> ProcessHosts {
    let options = ssh::Options { config_file: Some("none".into()), use_agent: false, ..ssh::Options::default() };
    let target = Target {
        user: Some("root".into()),
        address: Some("127.0.0.1".into()),
        port: Some(sshd.port),
        identity_files: vec![sshd.path("id")],
        known_hosts: vec![sshd.path("known_hosts")],
        ..Target::new("a1")
    };
    let served = Served { target, socket: PathBuf::from(SOCKET), self_stop: None };
    ProcessHosts::new(std::sync::Arc::new(Pool::new(options)), [(host("a1"), served)].into(), ClusterName::new("ops").unwrap())
}

/// Answers everything as a host service that runs `app`, until it is told to stop it: then it hangs up.
fn play(at: &Path) {
    let listener = UnixListener::bind(at).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || converse(stream.unwrap()));
        }
    });
}

fn converse(stream: UnixStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let say = |outgoing: &HostOutgoing| {
        let line = serde_json::to_string(outgoing).unwrap() + "\n";
        (&stream).write_all(line.as_bytes())
    };
    let clock = HostClock { boot_id: "boot".into(), boot_ms: 5_000, wall_ms: 0 };
    while let Some(Ok(line)) = lines.next() {
        let HostIncoming { id, ask } = serde_json::from_str(&line).unwrap();
        let answer = match ask {
            HostAsk::Hello(hello) => {
                let cluster = hello.cluster.unwrap();
                HostAnswer::Welcome { protocol: HOST_PROTOCOL, version: "1".into(), cluster, clock: clock.clone() }
            }
            HostAsk::Look(look) => {
                HostAnswer::Looked { facts: look.processes.iter().map(|_| fact(State::Active)).collect(), clock: clock.clone(), deed: None }
            }
            HostAsk::Take(_) => HostAnswer::Taken { clock: clock.clone() },
            HostAsk::Act(act) if act.action == Action::Start => HostAnswer::Acted(HostOutcome::Done { detail: "started".into() }),
            HostAsk::Act(_) => return stream.shutdown(std::net::Shutdown::Both).unwrap(),
            HostAsk::Settle(_) => HostAnswer::Settled { fact: fact(State::Inactive) },
            HostAsk::Follow { .. } => HostAnswer::Following,
            HostAsk::Status => {
                let (version, cluster) = ("1".to_owned(), ClusterName::new("ops").unwrap());
                let (keeper, processes) = (None, Vec::new());
                HostAnswer::Status(HostStatus { version, cluster, clock: clock.clone(), keeper, heard_ms: None, lease_ms: None, processes })
            }
            HostAsk::ByHand(_) => panic!("not asked in this story: {line}"),
        };
        let following = answer == HostAnswer::Following;
        let mut said = say(&HostOutgoing::Answer { id, answer });
        if following {
            said = said.and_then(|()| say(&HostOutgoing::Changed { process: Process::active("app").unwrap(), fact: fact(State::Failed) }));
        }
        if said.is_err() {
            return;
        }
    }
}

fn act(action: Action) -> Act {
    Act { instance: Instance { host: host("a1"), service: app() }, action, timeout: SOON }
}

#[tokio::test]
async fn a_host_service_is_asked_told_and_lost_through_a_tunnel() {
    let sshd = Sshd::start("");
    play(&sshd.path("service.sock"));
    let hosts = driver(&sshd);
    let a1: HostName = host("a1");
    let services = [app()];
    let mut pushes = hosts.pushed(&a1, &services, SOON).await.unwrap();
    let told = tokio::time::timeout(SOON, pushes.next()).await.unwrap();
    assert!(matches!(&told, Push::Changed { fact, .. } if fact.state == State::Failed), "{told:?}");
    let looked = hosts.look(&a1, &services, SOON).await.unwrap();
    assert_eq!(looked[0].1.state, State::Active);
    let began = Instant::now();
    for _ in 0..20 {
        hosts.look(&a1, &services, SOON).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_millis(20 * 40), "no look waits for an acknowledgement: {:?}", began.elapsed());

    let started = hosts.act(permit(4), &act(Action::Start)).await;
    assert_eq!(started, Outcome::Done { detail: "app.process on a1: started".into() });
    let stopped = hosts.act(permit(4), &act(Action::Stop)).await;
    assert!(matches!(stopped, Outcome::Unknown { .. }), "it hung up: {stopped:?}");
    let settled = hosts.settle(&permit(4), &act(Action::Stop).instance, SOON).await.unwrap();
    assert_eq!(settled.state, State::Inactive);

    sshd.freeze(true);
    let error = hosts.look(&a1, &services, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(error.miss().kind, MissKind::Silent, "{error}");
    sshd.freeze(false);
    hosts.look(&a1, &services, SOON).await.unwrap();
}

#[tokio::test]
async fn a_host_whose_service_is_not_there_lives() {
    let sshd = Sshd::start("");
    let hosts = driver(&sshd);
    let a1 = host("a1");
    let missing = hosts.look(&a1, &[app()], SOON).await.unwrap_err();
    drop(UnixListener::bind(sshd.path("service.sock")).unwrap());
    let left_behind = hosts.take(&a1, Term(4), SOON).await.unwrap_err();
    for error in [missing, left_behind] {
        assert!(matches!(error, DriverError::NoHostService { .. }) && error.host_answered(), "{error}");
        assert_eq!(error.miss().kind, MissKind::Broken);
        assert!(error.to_string().contains("systemctl status switchtower-host"), "{error}");
    }
    let act = hosts.act(permit(4), &act(Action::Start)).await;
    assert!(matches!(act, Outcome::NotSent { .. }), "{act:?}");

    std::fs::remove_file(sshd.path("service.sock")).unwrap();
    play(&sshd.path("service.sock"));
    until("the socket is there", || sshd.path("service.sock").exists());
    hosts.look(&a1, &[app()], SOON).await.expect("it is found once it is there");
}

#[tokio::test]
async fn a_server_that_forbids_tunnels_to_sockets_is_told_so() {
    let sshd = Sshd::start("AllowStreamLocalForwarding no");
    play(&sshd.path("service.sock"));
    let error = driver(&sshd).look(&host("a1"), &[app()], SOON).await.unwrap_err();
    assert!(matches!(error, DriverError::NoHostService { .. }), "{error}");
    assert!(error.to_string().contains("connect failed; is") && error.to_string().contains("AllowStreamLocalForwarding"), "{error}");
}
