//! Hosts that lie, hang and die: nothing waits longer than it said.

use std::time::{Duration, Instant};

use switchtower::ssh::{CommandLine, Options, Pool, SshError, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{check, limits, options, say, target};
use crate::support::sshd::{Sshd, until};

fn quick() -> Options {
    Options { connect_timeout: Duration::from_millis(700), ..options() }
}

/// How long a listener that behaves like this holds up a connect, and what is said then.
async fn held_up_by<F, Fut>(behave: F) -> (Duration, SshError)
where
    F: Fn(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    held_up_within(quick(), behave).await
}

async fn held_up_within<F, Fut>(options: Options, behave: F) -> (Duration, SshError)
where
    F: Fn(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(behave(stream));
        }
    });
    let begun = Instant::now();
    let error = Pool::new(options).get(&Target { port: Some(port), ..Target::new("127.0.0.1") }).await.unwrap_err();
    serving.abort();
    (begun.elapsed(), error)
}

#[tokio::test]
async fn listeners_that_stall_end_at_the_deadline() {
    let silent = held_up_by(|stream| async move {
        let _kept = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let slow = held_up_by(|mut stream| async move {
        for byte in b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n".iter().cycle() {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            // This slowness is what the story is about, no wait for anything.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let chatty = held_up_by(|mut stream| async move { while stream.write_all(&[b'x'; 100]).await.is_ok() {} }).await;
    let no_kex = held_up_by(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    for (name, (took, error)) in [("silent", silent), ("slow", slow), ("no key exchange", no_kex)] {
        assert!(took < Duration::from_secs(5), "{name}: {took:?}");
        assert!(error.is_deadline() && error.to_string().contains("banner"), "{name}: {error}");
    }
    assert!(chatty.0 < Duration::from_secs(5), "{:?} {}", chatty.0, chatty.1);
}

#[tokio::test]
async fn a_listener_that_hangs_up_or_does_not_exist_says_so() {
    // A host that hangs up is tried again, so the deadline must not be what ends it on a busy machine.
    let (_, error) = held_up_within(options(), |stream| async move { drop(stream) }).await;
    assert!(matches!(&error, SshError::Connect { .. }) && error.to_string().contains("hung up"), "{error}");
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = Pool::new(quick()).get(&Target { port: Some(gone), ..Target::new("127.0.0.1") }).await.unwrap_err();
    assert!(matches!(&error, SshError::Connect { .. }) && error.to_string().contains("refused"), "{error}");
    let error = Pool::new(quick()).get(&Target::new("no-such-host.invalid")).await.unwrap_err();
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn a_connection_is_replaced_after_the_server_died() {
    let mut sshd = Sshd::start("");
    let pool = Pool::new(options());
    let target = target(&sshd);
    let first = pool.get(&target).await.unwrap();
    let waiting = {
        let host = first.clone();
        tokio::spawn(async move { host.exec(&CommandLine::new(["sleep", "33331"]), limits(30)).await })
    };
    let sshd = tokio::task::spawn_blocking(move || {
        until("it runs", || !sshd.processes_with("33331").is_empty());
        sshd.stop();
        sshd.boot();
        sshd
    })
    .await
    .unwrap();
    let lost = tokio::time::timeout(Duration::from_secs(2), waiting).await.expect("it fails promptly").unwrap().unwrap_err();
    assert!(matches!(&lost, SshError::ConnectionLost { .. }), "{lost}");
    assert!(first.is_closed());
    assert_eq!(say(&pool.get(&target).await.unwrap(), "again").await.unwrap(), "again\n");
    drop(sshd);
}

#[tokio::test]
async fn a_host_that_hangs_is_given_up_after_its_keepalives() {
    let sshd = Sshd::start("");
    let pool = Pool::new(Options { keepalive_interval: Duration::from_millis(300), keepalive_max: 2, ..options() });
    let host = pool.get(&target(&sshd)).await.unwrap();
    let waiting = {
        let host = host.clone();
        tokio::spawn(async move { host.exec(&CommandLine::new(["sleep", "22221"]), limits(30)).await })
    };
    let sshd = tokio::task::spawn_blocking(move || {
        until("it runs", || !sshd.processes_with("22221").is_empty());
        sshd.freeze(true);
        sshd
    })
    .await
    .unwrap();
    let begun = Instant::now();
    let lost = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("it is noticed").unwrap().unwrap_err();
    assert!(matches!(&lost, SshError::ConnectionLost { reason, .. } if reason.contains("Keepalive")), "{lost}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let why = tokio::time::timeout(Duration::from_secs(1), host.closed()).await.expect("who waits for the end is told");
    assert!(why.contains("Keepalive"), "{why}");

    // Frozen, it still accepts TCP connections.
    let hung = Pool::new(quick()).get(&target(&sshd)).await.unwrap_err();
    assert!(hung.is_deadline(), "{hung}");
    sshd.freeze(false);
    check(&pool, &target(&sshd)).await.unwrap();
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_connection() {
    let sshd = Sshd::start("LogLevel VERBOSE");
    let pool = Pool::new(options());
    let target = target(&sshd);
    let said = futures_util::future::join_all((0..20).map(|_| check(&pool, &target))).await;
    assert!(said.into_iter().all(|said| said.is_ok()));
    assert_eq!(sshd.log().matches("Accepted publickey").count(), 1, "{}", sshd.log());

    // One that gives up does not spoil it for the others.
    pool.drop_connection(&target).await;
    let impatient = tokio::time::timeout(Duration::from_millis(1), pool.get(&target));
    let (gone, there) = tokio::join!(impatient, check(&pool, &target));
    assert!(gone.is_err());
    there.unwrap();
}
