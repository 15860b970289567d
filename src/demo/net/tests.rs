use super::*;
use crate::ssh::server::Forward;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener};
use tokio::time::timeout;

/// Long enough for anything that is to happen, on loopback.
const SOON: Duration = Duration::from_secs(10);
/// What does not come within this does not come.
const NEVER: Duration = Duration::from_millis(400);

/// A host that says back what it hears.
async fn host(name: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join(name)).unwrap();
    std::fs::create_dir_all(dir.path().join("net")).unwrap();
    let listener = UnixListener::bind(card(dir.path(), name)).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    dir
}

async fn front(dir: &TempDir, name: &str) -> Front {
    Front::open("127.97.1.1".parse().unwrap(), card(dir.path(), name)).await.unwrap()
}

async fn says_back(stream: &mut TcpStream) {
    stream.write_all(b"x").await.unwrap();
    let mut said = [0];
    timeout(SOON, stream.read_exact(&mut said)).await.expect("an answer in time").unwrap();
}

async fn connects(front: &Front) -> bool {
    matches!(timeout(NEVER, TcpStream::connect(front.address())).await, Ok(Ok(_)))
}

#[tokio::test]
async fn a_frozen_front_gives_no_answer_at_all_and_what_it_carried_goes_on_afterwards() {
    let dir = host("north1").await;
    let front = front(&dir, "north1").await;
    assert!(timeout(NEVER, TcpStream::connect(front.address())).await.is_err(), "it begins frozen, and refuses nobody");
    front.set(true, false).await;
    let mut kept = TcpStream::connect(front.address()).await.unwrap();
    says_back(&mut kept).await;
    for _ in 0..3 {
        front.set(false, false).await;
        for _ in 0..3 {
            assert!(timeout(NEVER, TcpStream::connect(front.address())).await.is_err(), "no answer: neither taken nor refused");
        }
        kept.write_all(b"y").await.unwrap();
        let mut said = [0];
        assert!(timeout(NEVER, kept.read_exact(&mut said)).await.is_err(), "nothing moves");
        front.set(true, false).await;
        timeout(SOON, kept.read_exact(&mut said)).await.expect("it goes on").unwrap();
        assert_eq!(&said, b"y");
        assert!(connects(&front).await);
    }
}

#[tokio::test]
async fn a_connection_that_waits_gets_through_once_the_wire_is_mended() {
    let dir = host("north1").await;
    let front = front(&dir, "north1").await;
    let address = front.address();
    let waiting = tokio::spawn(async move { TcpStream::connect(address).await });
    assert!(
        timeout(NEVER, async {
            while !waiting.is_finished() {
                tokio::task::yield_now().await
            }
        })
        .await
        .is_err()
    );
    front.set(true, false).await;
    let mut stream = timeout(SOON, waiting).await.expect("the kernel tries again").unwrap().unwrap();
    says_back(&mut stream).await;
}

#[tokio::test]
async fn connections_of_another_life_are_reset_once_the_wire_is_open_again_and_not_before() {
    let dir = host("north1").await;
    let front = front(&dir, "north1").await;
    front.set(true, false).await;
    let mut kept = TcpStream::connect(front.address()).await.unwrap();
    says_back(&mut kept).await;
    front.set(false, true).await;
    let mut said = [0];
    assert!(timeout(NEVER, kept.read(&mut said)).await.is_err(), "it does not even hear of its end");
    front.set(true, false).await;
    let error = timeout(SOON, kept.read(&mut said)).await.expect("it hears of it now").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    // At once, where the wire stays open.
    let mut kept = TcpStream::connect(front.address()).await.unwrap();
    says_back(&mut kept).await;
    front.set(true, true).await;
    assert!(timeout(SOON, kept.read(&mut said)).await.expect("it hears of it").is_err());
}

#[tokio::test]
async fn a_host_reaches_others_without_their_fronts_and_a_silent_one_never_answers() {
    let dir = host("north1").await;
    let front = front(&dir, "north1").await;
    let fronts: BTreeMap<SocketAddr, String> = [(front.address(), "north1".to_owned())].into();
    let office = Card::new(dir.path(), "office1", fronts);
    let (ip, port) = (front.address().ip().to_string(), front.address().port());
    let mut stream = timeout(SOON, office.tcp(&ip, port)).await.unwrap().unwrap();
    stream.write_all(b"z").await.unwrap();
    let mut said = [0];
    timeout(SOON, stream.read_exact(&mut said)).await.unwrap().unwrap();
    std::fs::write(silent(dir.path(), "north1"), "").unwrap();
    assert!(timeout(NEVER, office.tcp(&ip, port)).await.is_err(), "neither taken nor refused");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = timeout(SOON, office.tcp("127.0.0.1", closed)).await.unwrap().err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_host_that_lies_runs_nothing_and_says_that_everything_is_fine() {
    let dir = host("north1").await;
    let own = Card::new(dir.path(), "north1", BTreeMap::new());
    assert_eq!(own.instead(b"rm").await, None);
    std::fs::write(lies(dir.path(), "north1"), "").unwrap();
    assert_eq!(own.instead(b"rm").await, Some(0));
    let mut stream = own.unix("/nowhere").await.unwrap();
    stream.write_all(b"{}\n").await.unwrap();
    let mut said = [0; 10];
    timeout(SOON, stream.read_exact(&mut said)).await.unwrap().unwrap();
    assert_eq!(&said, b"everything");
}
