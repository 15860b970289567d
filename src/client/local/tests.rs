use super::*;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::Role;
use crate::core::record::{Body, Record, RunId, Term};
use crate::wire::{Failure, FailureKind, Incoming, MAX_LINE, Outgoing, PROTOCOL, Request, Welcome, decode, encode};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

const SOON: Duration = Duration::from_secs(5);
const AT_ONCE: Duration = Duration::from_millis(100);

/// A monitor that answers each request of one connection with the lines that `says` makes of it; an empty list ends it.
fn monitor(path: &Path, says: impl Fn(Incoming) -> Vec<String> + Send + 'static) -> tokio::task::JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, says).await;
    })
}

async fn serve(stream: UnixStream, says: impl Fn(Incoming) -> Vec<String>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let answers = says(decode(&line).unwrap());
        if answers.is_empty() {
            return;
        }
        for answer in answers {
            if write.write_all(format!("{answer}\n").as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

fn answer(id: u64, value: impl serde::Serialize) -> String {
    encode(&Outgoing::answer(Some(id), Ok(serde_json::to_value(value).unwrap())))
}

fn welcome(id: u64) -> String {
    answer(id, Welcome { protocol: PROTOCOL, version: "0.1.0".into(), cluster: "shop".into(), role: Role::Operator })
}

fn event(index: u64) -> String {
    let record = Record { index, term: Term(1), at: jiff::Timestamp::UNIX_EPOCH, body: Body::Note { text: "hello".into() } };
    encode(&Outgoing::event(serde_json::to_value(record).unwrap()))
}

/// Says hello as it should, and leaves the rest to `rest`.
fn polite(rest: impl Fn(u64, Request) -> Vec<String> + Send + 'static) -> impl Fn(Incoming) -> Vec<String> + Send + 'static {
    move |incoming| match incoming.request {
        Request::Hello(_) => vec![welcome(incoming.id)],
        request => rest(incoming.id, request),
    }
}

async fn connect(path: &Path, deadline: Duration) -> Result<Box<dyn Link>, ClientError> {
    Local::connect(path, deadline).await.map(|link| Box::new(link) as Box<dyn Link>)
}

fn socket() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("operate.sock");
    (dir, path)
}

#[tokio::test]
async fn a_call_gets_its_own_answer_and_keeps_the_events_that_came_before_it() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, polite(|id, _| vec![event(7), answer(id - 1, "late"), event(8), answer(id, RunId(5))]));
    let mut link = connect(&path, SOON).await.unwrap();
    assert_eq!(link.welcome().cluster, "shop");
    assert_eq!(link.call(Request::Follow).await.unwrap(), Value::from("r5"));
    assert_eq!(link.next_event().await.unwrap().index, 7);
    assert_eq!(link.next_event().await.unwrap().index, 8);
}

#[tokio::test]
async fn a_refusal_comes_through_with_its_reasons() {
    let (_dir, path) = socket();
    let refused =
        |id, _| vec![encode(&Outgoing::answer(Some(id), Err(Failure::one(FailureKind::Refused, "host a1 is silent", "bring it back"))))];
    let _monitor = monitor(&path, polite(refused));
    let error = connect(&path, SOON).await.unwrap().status(false).await.unwrap_err();
    assert_eq!(error.reasons()[0].remedy, "bring it back");
    assert_eq!(error.exit() as u8, 3);
}

#[tokio::test]
async fn a_monitor_of_another_protocol_is_refused_in_words() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, |incoming| vec![answer(incoming.id, json!({"protocol": 99, "version": "9.0", "unheard": true}))]);
    let error = connect(&path, SOON).await.err().unwrap();
    assert_eq!(error, ClientError::Protocol { theirs: 99, version: "9.0".into() });
    assert!(error.to_string().contains("speaks protocol 99, this program speaks 1"), "{error}");
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_the_connection_with_an_error_that_says_so() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, polite(|_, _| vec!["x".repeat(MAX_LINE + 2)]));
    let error = connect(&path, SOON).await.unwrap().status(false).await.unwrap_err();
    assert!(matches!(&error, ClientError::Lost(why) if why.contains(&format!("{MAX_LINE} bytes"))), "{error}");
}

#[tokio::test]
async fn a_line_that_is_no_answer_is_told_from_a_lost_connection() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, polite(|_, _| vec!["{\"jsonrpc\":".into()]));
    let error = connect(&path, SOON).await.unwrap().status(false).await.unwrap_err();
    assert!(matches!(error, ClientError::Garbled(_)), "{error}");
}

#[tokio::test]
async fn a_connection_that_ends_is_lost_and_its_end_is_unknown() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, polite(|_, _| Vec::new()));
    let error = connect(&path, SOON).await.unwrap().status(false).await.unwrap_err();
    assert!(matches!(error, ClientError::Lost(_)), "{error}");
    assert_eq!(error.exit() as u8, 6);
}

#[tokio::test]
async fn a_monitor_that_says_nothing_times_out() {
    let (_dir, path) = socket();
    let _listener = UnixListener::bind(&path).unwrap();
    let error = connect(&path, AT_ONCE).await.err().unwrap();
    assert_eq!(error, ClientError::TimedOut { what: "hello", after: AT_ONCE });
    assert_eq!(error.exit() as u8, 6);
}

#[tokio::test]
async fn a_wait_for_a_run_is_added_to_the_deadline() {
    let (_dir, path) = socket();
    let _monitor = monitor(&path, polite(|id, _| vec![event(id)]));
    let mut link = connect(&path, AT_ONCE).await.unwrap();
    let error = link.run(None, Duration::from_millis(150)).await.unwrap_err();
    assert_eq!(error, ClientError::TimedOut { what: "run", after: Duration::from_millis(250) });
}

#[tokio::test]
async fn no_socket_and_a_socket_without_a_listener_both_mean_that_no_monitor_runs() {
    let (_dir, path) = socket();
    let missing = connect(&path, SOON).await.err().unwrap();
    drop(UnixListener::bind(&path).unwrap());
    let stale = connect(&path, SOON).await.err().unwrap();
    for (error, word) in [(missing, "no such socket"), (stale, "nobody listens")] {
        assert!(matches!(error, ClientError::NotRunning { .. }) && error.to_string().contains(word), "{error}");
        assert!(error.reasons()[0].remedy.contains("switchtower monitor run"));
    }
}

#[tokio::test]
async fn who_may_only_look_is_let_in_to_look_and_told_why_not_to_act() {
    let dir = tempfile::tempdir().unwrap();
    let sockets = Sockets::new(dir.path().to_owned(), SOON);
    let _monitor = monitor(&sockets.observe(), polite(|id, _| vec![answer(id, 1)]));
    let error = sockets.dial(Role::Operator).await.err().unwrap();
    assert!(error.to_string().contains("operate.sock"), "{error}");
    assert!(sockets.dial(Role::Observer).await.is_ok());
}

#[tokio::test]
async fn a_closed_socket_says_its_mode_and_the_group_that_it_lets_in() {
    let (_dir, path) = socket();
    let _listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o660)).unwrap();
    let error = sockets::denied(&path).await;
    assert!(error.to_string().contains("operate.sock (mode 0660, group "), "{error}");
    assert!(error.reasons()[0].remedy.starts_with("act as a member of the group "), "{error:?}");
    assert_eq!(error.exit() as u8, 3);
}
