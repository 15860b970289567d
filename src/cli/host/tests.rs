use super::hand::{Hand, carry_out};
use super::status::status;
use crate::cli::Look;
use crate::cli::args::{Cli, HandArgs, HostVerb, Verb, command};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::core::command::Exit;
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{ClusterName, Process, ProcessMode};
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::wire::host::{
    HOST_PROTOCOL, HostAnswer, HostAsk, HostByHand, HostClock, HostIncoming, HostOutcome, HostOutgoing, HostProcess, HostRefusal,
    HostRefusalKind, HostStatus, Keeper,
};
use clap::FromArgMatches;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::mpsc;

fn clock() -> HostClock {
    HostClock { boot_id: "b".into(), boot_ms: 1, wall_ms: 1 }
}

fn host_status(heard_ms: Option<u64>, lease_ms: Option<u64>) -> HostStatus {
    let process = Process { mode: ProcessMode::Standby, ..Process::active("app").unwrap() };
    let fact = Fact {
        state: State::Active,
        invocation: None,
        detail: "running, pid 7".into(),
        enablement: String::new(),
        source: Source::Supervisor,
        boot_id: "b".into(),
        self_stop_ms: None,
    };
    HostStatus {
        version: "1".into(),
        cluster: ClusterName::new("shop").unwrap(),
        clock: clock(),
        keeper: Some(Keeper { term: Term(4), identity: "0123456789abcdef".into(), by_hand: None }),
        heard_ms,
        lease_ms,
        processes: vec![HostProcess { name: process.name.clone(), process, fact }],
    }
}

/// A socket at which somebody answers one client: the status, and this to whoever acts by hand.
struct Service {
    _dir: tempfile::TempDir,
    socket: PathBuf,
    asked: mpsc::Receiver<HostByHand>,
}

fn service(state: HostStatus, to_hand: Result<HostOutcome, HostRefusalKind>) -> Service {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        for line in BufReader::new(stream.try_clone().unwrap()).lines() {
            let HostIncoming { id, ask } = serde_json::from_str(&line.unwrap()).unwrap();
            let answer = match ask {
                HostAsk::Hello(hello) => {
                    assert_eq!((hello.protocol, hello.cluster), (HOST_PROTOCOL, None));
                    let (version, cluster) = (state.version.clone(), state.cluster.clone());
                    Ok(HostAnswer::Welcome { protocol: HOST_PROTOCOL, version, cluster, clock: clock() })
                }
                HostAsk::Status => Ok(HostAnswer::Status(state.clone())),
                HostAsk::ByHand(hand) => {
                    tell.send(hand).unwrap();
                    to_hand.clone().map(|outcome| HostAnswer::ByHand { term: Term(5), outcome })
                }
                other => panic!("{other:?}"),
            };
            let outgoing = match answer {
                Ok(answer) => HostOutgoing::Answer { id, answer },
                Err(kind) => HostOutgoing::Refused { id: Some(id), refusal: HostRefusal { kind, message: "a monitor was heard".into() } },
            };
            writeln!(&stream, "{}", serde_json::to_string(&outgoing).unwrap()).unwrap();
        }
    });
    Service { _dir: dir, socket, asked }
}

fn done() -> Result<HostOutcome, HostRefusalKind> {
    Ok(HostOutcome::Done { detail: "running, pid 8".into() })
}

/// What a command line asks for.
fn hand(words: &str) -> Hand {
    let words = ["switchtower", "host"].into_iter().chain(words.split(' '));
    let cli = Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
    match cli.verb {
        Some(Verb::Host(HostVerb::Start { mode, hand })) => Hand { action: Action::Start, mode: Some(mode.into()), args: hand },
        Some(Verb::Host(HostVerb::Stop { hand })) => Hand { action: Action::Stop, mode: None, args: hand },
        other => panic!("{other:?}"),
    }
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<String>,
}

async fn act(service: &Service, words: &str, answer: Option<&'static str>, json: bool) -> Got {
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::who(answer);
    let exit = carry_out(&service.socket, hand(words), &mut person, &mut out).await;
    Got { exit, text: stdout.text(), said: stderr.text(), asked: person.asked }
}

#[tokio::test]
async fn an_act_by_hand_asks_for_the_name_and_says_what_it_means() {
    for (answer, exit) in [("app\n", Exit::Done), ("y\n", Exit::Refused), ("\n", Exit::Refused)] {
        let service = service(host_status(None, Some(15_000)), done());
        let got = act(&service, "start app --reason fire", Some(answer), false).await;
        assert_eq!(got.exit, exit, "{}", got.said);
        assert_eq!(got.asked, ["Type app to go on, anything else to leave everything as it is: "]);
        for words in [
            "shop: start app.process by hand",
            "no monitor is left",
            "a newer term",
            "heard no monitor for 15 s: what you start before that is stopped too",
            "as the standby one",
        ] {
            assert!(got.text.contains(words), "{words}: {}", got.text);
        }
        let asked = service.asked.try_recv().ok();
        assert_eq!(asked.is_some(), exit == Exit::Done);
        if let Some(asked) = asked {
            let process = Process::active("app").unwrap();
            let expected = HostByHand { process, action: Action::Start, reason: "fire".into(), timeout_ms: 60_000, despite_monitor: false };
            assert_eq!(asked, expected);
            assert!(got.text.ends_with("done: running, pid 8\nthe term of this host is 5 now\n"), "{}", got.text);
        }
    }
}

#[tokio::test]
async fn without_a_terminal_the_line_to_use_is_shown_and_a_dry_run_does_nothing() {
    let first = service(host_status(None, None), done());
    let got = act(&first, "stop app --reason fire --despite-monitor", None, false).await;
    assert_eq!(got.exit, Exit::Refused);
    let line = "run: switchtower host stop app --file /etc/switchtower/host.toml --reason fire --despite-monitor --confirm app";
    assert!(got.said.contains(line), "{}", got.said);
    let second = service(host_status(None, None), done());
    let got = act(&second, "start app --mode standby --reason fire --dry-run", None, true).await;
    let document: serde_json::Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!(
        (got.exit, &document["outcome"], &document["what"]),
        (Exit::Done, &"planned".into(), &"start app@standby.process by hand".into())
    );
    assert!(first.asked.try_recv().is_err() && second.asked.try_recv().is_err());
}

#[tokio::test]
async fn what_runs_is_what_is_stopped() {
    let service = service(host_status(None, None), done());
    let got = act(&service, "stop app --reason fire --confirm app", None, false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert_eq!(service.asked.try_recv().unwrap().process.mode, ProcessMode::Standby);
}

#[tokio::test]
async fn every_end_has_its_exit_code() {
    let failed = Ok(HostOutcome::Failed { detail: "exit code 1".into() });
    for (name, answer, exit, words) in [
        ("app", failed, Exit::Partly, "failed: exit code 1"),
        ("app", Err(HostRefusalKind::MonitorHeard), Exit::Refused, "a monitor was heard"),
        ("other", done(), Exit::Refused, "there are: app"),
    ] {
        let service = service(host_status(Some(2000), None), answer);
        let got = act(&service, &format!("start {name} --reason fire --confirm {name} --despite-monitor"), None, false).await;
        assert_eq!(got.exit, exit, "{}", got.said);
        assert!(got.said.contains(words), "{}", got.said);
    }
    let nobody = Service { _dir: tempfile::tempdir().unwrap(), socket: "/dev/null/x".into(), asked: mpsc::channel().1 };
    assert_eq!(act(&nobody, "stop app --reason fire --confirm app", None, false).await.exit, Exit::Refused);
    let mut out = caught(Look::PIPE).out;
    assert_eq!(status(&nobody.socket, &mut out).await, Exit::Unknown);
}

#[tokio::test]
async fn the_status_says_who_took_the_host_and_what_runs() {
    let service = service(host_status(Some(2500), Some(15_000)), done());
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    assert_eq!(status(&service.socket, &mut out).await, Exit::Done);
    let expected = "host service 1 of cluster shop\nterm 4: taken by the monitor's life 0123456789abcdef\na monitor was heard 2 s ago\n\
        active processes stop by themselves once no holder of the lease is heard for 15 s\n  app: active, as the standby one  running, pid 7\n";
    assert_eq!(stdout.text(), expected);
}

#[test]
fn a_reason_is_needed_and_a_process_gets_its_words_as_they_are() {
    let parse = |words: &[&str]| command().try_get_matches_from(["switchtower", "host"].iter().chain(words));
    assert!(parse(&["start", "app"]).is_err());
    let matches = parse(&["child", "--parent", "7", "--", "/bin/x", "--file", "-h", "a b"]).unwrap();
    let Some(Verb::Host(HostVerb::Child { parent, command })) = Cli::from_arg_matches(&matches).unwrap().verb else { panic!() };
    assert_eq!((parent, command), (7, ["/bin/x", "--file", "-h", "a b"].map(Into::into).to_vec()));
    let HandArgs { wait, .. } = hand("stop app --reason x").args;
    assert_eq!(wait, 60);
}
