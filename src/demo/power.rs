//! The power switch of the demonstration's hosts: a socket of the main process, and the fence command that uses it.

use super::error::DemoError;
use super::machine::Machine;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

const SOCKET: &str = "power.sock";
/// The longest line, in bytes.
const LONGEST: u64 = 1024;
/// How long a question may take to come.
const QUESTION: Duration = Duration::from_secs(5);
/// How long switching may take.
const ANSWER: Duration = Duration::from_secs(25);
/// After a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// What can be asked of the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Off, and nothing of the host is left.
    Off,
    /// A new life.
    On,
    /// Which of the two it is.
    Status,
}

impl Switch {
    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Status => "status",
        }
    }
}

/// Asks the demonstration in `dir` to switch `host`; whether the host is on afterwards.
///
/// # Errors
/// When nobody answers, or it was not done.
pub async fn power(dir: &Path, host: &str, switch: Switch) -> Result<bool, DemoError> {
    let fail = |why: String| DemoError::Power { dir: dir.to_owned(), host: host.to_owned(), why };
    let exchange = async {
        let mut stream = UnixStream::connect(dir.join(SOCKET)).await?;
        stream.write_all(format!("{} {host}\n", switch.word()).as_bytes()).await?;
        line(&mut stream).await
    };
    let answer = timeout(ANSWER, exchange).await.map_err(|_| fail(format!("no answer within {ANSWER:?}")))?;
    match answer.map_err(|error| fail(error.to_string()))?.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        said => Err(fail(said.to_owned())),
    }
}

/// Answers at the switch until it is dropped.
pub(super) async fn serve(machine: Arc<Machine>) -> Result<std::convert::Infallible, DemoError> {
    let path = machine.layout().dir.join(SOCKET);
    let listener = UnixListener::bind(&path).map_err(DemoError::file("listen at", &path))?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(attend(stream, machine.clone()))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn attend(mut stream: UnixStream, machine: Arc<Machine>) {
    let Ok(Ok(question)) = timeout(QUESTION, line(&mut stream)).await else { return };
    let answer = match done(&question, &machine).await {
        Ok(true) => "on".to_owned(),
        Ok(false) => "off".to_owned(),
        Err(why) => why,
    };
    // Whoever does not wait for the answer asks again.
    let _ = timeout(QUESTION, stream.write_all(format!("{answer}\n").as_bytes())).await;
}

async fn done(question: &str, machine: &Arc<Machine>) -> Result<bool, String> {
    let (verb, host) = question.split_once(' ').ok_or("say off, on or status, and a host")?;
    match verb {
        "off" => machine.off(host).await?,
        "on" => machine.on(host).await?,
        "status" => {}
        _ => return Err("say off, on or status, and a host".to_owned()),
    }
    machine.state(host).map(|state| state.on)
}

async fn line(from: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut said = String::new();
    BufReader::new(from.take(LONGEST)).read_line(&mut said).await?;
    said.strip_suffix('\n').map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
