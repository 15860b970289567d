use super::*;
use crate::ssh::{CommandLine, ExitStatus, Limits, Sign, SshError};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

const SOON: Duration = Duration::from_secs(10);
const LIMITS: Limits = Limits { deadline: SOON, max_output: 1 << 20 };

#[tokio::test]
async fn a_command_gives_its_output_its_status_and_knows_its_variables() {
    let stage = Stage::start().await;
    let (_pool, connection) = stage.connect().await;
    let script = CommandLine::script("echo out $STAGE; echo err >&2; pwd; exit 7", [""; 0]);
    let output = connection.exec(&script, LIMITS).await.unwrap();
    assert_eq!(output.status, ExitStatus::Code(7));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("out demo\n{}\n", stage.dir.path().display()));
    assert_eq!(output.stderr, b"err\n");
}

#[tokio::test]
async fn a_large_output_comes_whole_and_input_goes_through() {
    let stage = Stage::start().await;
    let (_pool, connection) = stage.connect().await;
    let limits = Limits { max_output: 10 << 20, ..LIMITS };
    let output = connection.exec(&CommandLine::new(["head", "-c", "5000000", "/dev/zero"]), limits).await.unwrap();
    assert_eq!(output.stdout.len(), 5_000_000);
    let mut stream = connection.stream(&CommandLine::new(["wc", "-c"]), SOON).await.unwrap();
    stream.write_all(&vec![b'x'; 3_000_000]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert_eq!(said.trim(), "3000000");
    assert_eq!(stream.ended().await.unwrap(), ExitStatus::Code(0));
}

#[tokio::test]
async fn a_command_that_a_signal_ends_says_so() {
    let stage = Stage::start().await;
    let (_pool, connection) = stage.connect().await;
    let stream = connection.stream(&CommandLine::script("kill -KILL $$", [""; 0]), SOON).await.unwrap();
    assert_eq!(stream.ended().await.unwrap(), ExitStatus::Signal("KILL".into()));
}

#[tokio::test]
async fn what_a_closed_channel_ran_is_ended_with_all_that_it_started() {
    let stage = Stage::start().await;
    let (_pool, connection) = stage.connect().await;
    let text = "echo $$ > first; sh -c 'trap \"\" TERM; echo $$ > second; while :; do sleep 0.1; done'; :";
    let stream = connection.stream(&CommandLine::script(text, [""; 0]), SOON).await.unwrap();
    let (first, second) = (stage.path("first"), stage.path("second"));
    until("both processes", || runs(&first) && runs(&second)).await;
    drop(stream);
    until("the end of both", || !runs(&first) && !runs(&second)).await;
}

#[tokio::test]
async fn the_end_of_the_connection_ends_what_ran_on_it() {
    let stage = Stage::start().await;
    let (pool, connection) = stage.connect().await;
    let stream = connection.stream(&CommandLine::script("echo $$ > first; sleep 1000", [""; 0]), SOON).await.unwrap();
    let first = stage.path("first");
    until("the process", || runs(&first)).await;
    stage.stop.cancel();
    until("its end", || !runs(&first)).await;
    assert!(stream.ended().await.is_err());
    drop((pool, connection));
}

#[tokio::test]
async fn tunnels_lead_to_ports_and_sockets_and_a_refused_one_is_told_in_the_systems_words() {
    let stage = Stage::start().await;
    let (_pool, connection) = stage.connect().await;
    let listener = UnixListener::bind(stage.path("echo.sock")).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut read, mut write) = stream.split();
            let _ = tokio::io::copy(&mut read, &mut write).await;
        }
    });
    let mut tunnel = connection.direct_unix(stage.path("echo.sock").to_str().unwrap(), SOON).await.unwrap();
    tunnel.write_all(b"hello").await.unwrap();
    tunnel.shutdown().await.unwrap();
    let mut said = String::new();
    tunnel.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "hello");
    let mut own = connection.direct_tcpip("127.0.0.1", stage.port, SOON).await.unwrap();
    let mut banner = [0; 8];
    own.read_exact(&mut banner).await.unwrap();
    assert_eq!(&banner, b"SSH-2.0-");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = connection.direct_tcpip("127.0.0.1", free, SOON).await.unwrap_err();
    assert!(matches!(&error, SshError::NoTunnel { sign: Sign::Life, said, .. } if said == "Connection refused"), "{error:?}");
    let error = connection.direct_unix(stage.path("nobody.sock").to_str().unwrap(), SOON).await.unwrap_err();
    assert!(matches!(error, SshError::Refused { .. }), "{error}");
}

/// Connects nowhere, ever; and answers one command by itself.
struct Void;

#[async_trait::async_trait]
impl Forward for Void {
    async fn tcp(&self, _: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        match port {
            1 => Err(io::ErrorKind::TimedOut.into()),
            _ => std::future::pending().await,
        }
    }

    async fn unix(&self, _: &str) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(tokio::io::empty()))
    }

    async fn instead(&self, line: &[u8]) -> Option<u32> {
        line.windows(3).any(|word| word == b"lie").then_some(0)
    }
}

#[tokio::test]
async fn a_tunnel_that_nobody_answers_holds_up_nothing_else_and_a_time_out_is_silence() {
    let stage = Stage::with(Arc::new(Void)).await;
    let (_pool, connection) = stage.connect().await;
    let waiting = connection.clone();
    let slow = tokio::spawn(async move { waiting.direct_tcpip("192.0.2.1", 22, SOON).await });
    let output = connection.exec(&CommandLine::new(["echo", "meanwhile"]), LIMITS).await.unwrap();
    assert_eq!(output.stdout, b"meanwhile\n");
    let error = connection.direct_tcpip("192.0.2.1", 1, SOON).await.unwrap_err();
    assert!(matches!(&error, SshError::NoTunnel { sign: Sign::Silence, .. }), "{error:?}");
    assert!(!slow.is_finished());
    slow.abort();
    let output = connection.exec(&CommandLine::new(["echo", "lie"]), LIMITS).await.unwrap();
    assert_eq!((output.status, output.stdout), (ExitStatus::Code(0), Vec::new()), "it was answered, and did not run");
}

#[tokio::test]
async fn a_key_that_is_not_on_the_list_is_refused_at_once() {
    let stage = Stage::start().await;
    let pool = Pool::new(Options { config_file: Some("none".into()), use_agent: false, ..Options::default() });
    let began = std::time::Instant::now();
    let error = pool.get(&stage.target("stranger")).await.unwrap_err();
    assert!(matches!(error, SshError::Auth { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}
