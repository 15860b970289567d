//! Commands as streams, and tunnels.

use std::time::Duration;

use switchtower::ssh::{CommandLine, ExitStatus, Pool, Sign, SshError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{options, say, target};
use crate::support::sshd::{Sshd, until};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_stream_carries_bytes_both_ways_and_tells_how_it_ended() {
    let sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let script = CommandLine::script("echo \"with $1\" >&2; cat; exit 4", ["a 'word'"]);
    let stream = host.stream(&script, SOON).await.unwrap();
    let sent: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
    let (mut from, mut to) = tokio::io::split(stream);
    let writing = {
        let sent = sent.clone();
        tokio::spawn(async move {
            to.write_all(&sent).await.unwrap();
            to.shutdown().await.unwrap();
            to
        })
    };
    let mut got = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), from.read_to_end(&mut got)).await.unwrap().unwrap();
    assert!(got == sent, "{} bytes came back of {}", got.len(), sent.len());
    let stream = from.unsplit(writing.await.unwrap());
    assert_eq!(tokio::time::timeout(SOON, stream.ended()).await.unwrap().unwrap(), ExitStatus::Code(4));
    assert_eq!(stream.stderr_tail(), b"with a 'word'\n");
}

#[tokio::test]
async fn a_dropped_stream_ends_its_command_and_frees_its_session() {
    let sshd = Sshd::start("MaxSessions 10");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    for round in 0..3 {
        let mut streams = Vec::new();
        for _ in 0..9 {
            let stubborn = CommandLine::script("trap '' TERM; echo up; while :; do sleep 11111; done", [""; 0]);
            let mut stream = host.stream(&stubborn, Duration::from_secs(10)).await.unwrap();
            let mut up = [0; 3];
            tokio::time::timeout(SOON, stream.read_exact(&mut up)).await.unwrap().unwrap();
            streams.push(stream);
        }
        drop(streams);
        assert_eq!(say(&host, "free").await.unwrap(), "free\n", "round {round}");
    }
    tokio::task::spawn_blocking(move || until("none of them lives", || sshd.processes_with("11111").is_empty())).await.unwrap();
}

#[tokio::test]
async fn what_left_the_process_group_outlives_its_stream() {
    let sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let script = "setsid sleep 99991 </dev/null >/dev/null 2>&1 & sleep 99992 & echo up; cat";
    let mut stream = host.stream(&CommandLine::script(script, [""; 0]), SOON).await.unwrap();
    let mut up = [0; 3];
    tokio::time::timeout(SOON, stream.read_exact(&mut up)).await.unwrap().unwrap();
    drop(stream);
    tokio::task::spawn_blocking(move || {
        until("the group is gone", || sshd.processes_with("sleep 99992").is_empty());
        assert_eq!(sshd.processes_with("sleep 99991").len(), 1);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_reader_who_sleeps_loses_his_stream_but_not_the_others_time() {
    let sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let mut asleep = host.stream(&CommandLine::new(["yes"]), SOON).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), asleep.ended());
    let beside = async {
        for _ in 0..30 {
            assert_eq!(say(&host, "beside").await.unwrap(), "beside\n");
        }
    };
    let (ended, ()) = tokio::join!(ended, beside);
    assert!(ended.expect("it ends by itself").unwrap_err().to_string().contains("too slowly"));
    let mut rest = Vec::new();
    let error = asleep.read_to_end(&mut rest).await.unwrap_err();
    assert!(rest.len() > 1 << 20 && error.to_string().contains("too slowly"), "{} bytes, {error}", rest.len());
}

#[tokio::test]
async fn a_stream_on_a_lost_connection_ends_with_an_error_not_an_end_of_file() {
    let mut sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let mut stream = host.stream(&CommandLine::new(["cat"]), SOON).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    let mut hello = [0; 5];
    tokio::time::timeout(SOON, stream.read_exact(&mut hello)).await.unwrap().unwrap();
    sshd.stop();
    let error = tokio::time::timeout(SOON, stream.read_to_end(&mut Vec::new())).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert!(matches!(stream.ended().await, Err(SshError::ConnectionLost { .. })));
    assert!(stream.write_all(b"more").await.is_err());
}

#[tokio::test]
async fn tunnels_reach_ports_and_sockets_of_the_host() {
    let sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let mut banner = [0; 8];
    let mut tunnel = host.direct_tcpip("127.0.0.1", sshd.port, SOON).await.unwrap();
    tokio::time::timeout(SOON, tunnel.read_exact(&mut banner)).await.unwrap().unwrap();
    assert_eq!(&banner, b"SSH-2.0-");

    let listener = tokio::net::UnixListener::bind(sshd.path("socket")).unwrap();
    let mut tunnel = host.direct_unix("/mnt/socket", SOON).await.unwrap();
    let (mut there, _) = listener.accept().await.unwrap();
    tunnel.write_all(b"ping").await.unwrap();
    let mut ping = [0; 4];
    tokio::time::timeout(SOON, there.read_exact(&mut ping)).await.unwrap().unwrap();
    drop(tunnel);
    assert_eq!(tokio::time::timeout(SOON, there.read(&mut ping)).await.unwrap().unwrap(), 0, "dropping closes it");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = host.direct_tcpip("127.0.0.1", nobody, SOON).await.unwrap_err();
    assert!(matches!(&error, SshError::NoTunnel { sign: Sign::Life, said, .. } if said == "Connection refused"), "{error}");
}
