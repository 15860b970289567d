//! The socket of the demo's main process: the power switch of its hosts, which the fence command uses, and its
//! workbench for other terminals. Both sides of it.

use super::breakage::Bench;
use super::error::DemoError;
use super::machine::Machine;
use crate::console::{Breakage, Workbench};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const SOCKET: &str = "power.sock";
/// The longest line, in bytes.
const LONGEST: u64 = 64 * 1024;
/// How long a question may take to come.
const QUESTION: Duration = Duration::from_secs(5);
/// How long switching may take.
const ANSWER: Duration = Duration::from_secs(25);
/// Connections at a time; more wait.
const CONNECTIONS: usize = 16;
/// After a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks what can be broken.
const OFFERS: &str = "offers";
/// Has it broken.
const APPLY: &str = "apply";

/// What is asked, a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    verb: String,
    what: String,
}

/// The answer, a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
enum Answer {
    Power { on: bool },
    Offers { offers: Vec<(String, String, String)> },
    Applied { done: String },
    Refused { why: String },
}

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

/// Asks the demo in `dir` to switch `host`; whether the host is on afterwards.
///
/// # Errors
/// When nobody answers, or it was not done.
pub async fn power(dir: &Path, host: &str, switch: Switch) -> Result<bool, DemoError> {
    match ask(dir, &Question { verb: switch.word().to_owned(), what: host.to_owned() }).await? {
        Answer::Power { on } => Ok(on),
        other => Err(odd(dir, &other)),
    }
}

/// What can be broken in the demo in `dir`.
///
/// # Errors
/// When nobody answers.
pub async fn offers(dir: &Path) -> Result<Vec<Breakage>, DemoError> {
    match ask(dir, &Question { verb: OFFERS.to_owned(), what: String::new() }).await? {
        Answer::Offers { offers } => Ok(offers.into_iter().map(|(id, title, about)| Breakage { id, title, about }).collect()),
        other => Err(odd(dir, &other)),
    }
}

/// Has something broken or mended in the demo in `dir`; what was done, in a sentence.
///
/// # Errors
/// When nobody answers, or it was not done.
pub async fn apply(dir: &Path, id: &str) -> Result<String, DemoError> {
    match ask(dir, &Question { verb: APPLY.to_owned(), what: id.to_owned() }).await? {
        Answer::Applied { done } => Ok(done),
        other => Err(odd(dir, &other)),
    }
}

fn odd(dir: &Path, answer: &Answer) -> DemoError {
    let why = match answer {
        Answer::Refused { why } => why.clone(),
        _ => "it answers something else".to_owned(),
    };
    DemoError::Asked { dir: dir.to_owned(), why }
}

async fn ask(dir: &Path, question: &Question) -> Result<Answer, DemoError> {
    let fail = |why: String| DemoError::Asked { dir: dir.to_owned(), why };
    let question = serde_json::to_string(question).map_err(|error| fail(error.to_string()))?;
    let exchange = async {
        let mut stream = UnixStream::connect(dir.join(SOCKET)).await?;
        stream.write_all(format!("{question}\n").as_bytes()).await?;
        line(&mut stream).await
    };
    let answer = timeout(ANSWER, exchange).await.map_err(|_| fail(format!("no answer within {ANSWER:?}")))?;
    serde_json::from_str(&answer.map_err(|error| fail(error.to_string()))?).map_err(|error| fail(error.to_string()))
}

/// Answers at the switch until it is dropped.
pub(super) async fn serve(machine: Arc<Machine>) -> Result<std::convert::Infallible, DemoError> {
    let path = machine.layout().dir.join(SOCKET);
    let listener = UnixListener::bind(&path).map_err(DemoError::file("listen at", &path))?;
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = room.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let machine = machine.clone();
                tokio::spawn(async move {
                    attend(stream, machine).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn attend(mut stream: UnixStream, machine: Arc<Machine>) {
    let Ok(Ok(question)) = timeout(QUESTION, line(&mut stream)).await else { return };
    let answer = match serde_json::from_str(&question) {
        Ok(question) => done(&question, &machine).await.unwrap_or_else(|why| Answer::Refused { why }),
        Err(error) => Answer::Refused { why: format!("the question makes no sense: {error}") },
    };
    let Ok(answer) = serde_json::to_string(&answer) else { return };
    // Whoever does not wait for the answer asks again.
    let _ = timeout(QUESTION, stream.write_all(format!("{answer}\n").as_bytes())).await;
}

async fn done(Question { verb, what }: &Question, machine: &Arc<Machine>) -> Result<Answer, String> {
    let bench = Bench::new(machine.clone());
    match verb.as_str() {
        OFFERS => {
            let offers = bench.offers().into_iter().map(|Breakage { id, title, about }| (id, title, about));
            return Ok(Answer::Offers { offers: offers.collect() });
        }
        APPLY => return bench.apply(what).await.map(|done| Answer::Applied { done }),
        "off" => machine.off(what).await?,
        "on" => machine.on(what).await?,
        "status" => {}
        _ => return Err(format!("nobody can {verb:?}")),
    }
    machine.state(what).map(|state| Answer::Power { on: state.on })
}

async fn line(from: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut said = String::new();
    BufReader::new(from.take(LONGEST)).read_line(&mut said).await?;
    said.strip_suffix('\n').map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
