//! One connection to a host service: questions with their answers, each by a deadline, and what the service tells by
//! itself, from a bounded queue. It knows nothing of terms; what an answer means is the matter of `acts` and `looks`.
//!
//! When the stream ends, when something comes that was not agreed, or when a question has no answer in time, everything on
//! it fails at once and it never comes back: a new one is opened instead.

use super::opens::Stream;
use crate::core::fact::Fact;
use crate::core::model::Process;
use crate::driver::words::tidy;
use crate::wire::host::{HOST_MAX_LINE, HOST_OPEN, HostAnswer, HostAsk, HostClock, HostIncoming, HostOutgoing, HostRefusal};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What room a connection keeps for a line: there are two connections to each of many hosts.
const ROOM: usize = 1024;
/// Changes that may wait for a reader; one that is further behind is told so and looks instead.
const TOLD: usize = 64;

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The service has closed it.
    Closed,
    /// The way is cut, or we have given it up.
    Lost(String),
    /// Something came that was not agreed.
    Nonsense(String),
}

impl End {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Closed => "the host service ended the connection".to_owned(),
            Self::Lost(why) => why.clone(),
            Self::Nonsense(why) => format!("the host service said something else than was agreed: {why}"),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It was not handed to the connection: the service cannot have it.
    Unsent(Failed),
    /// It was, and what became of it is not known.
    Sent(Failed),
    /// The service refused it: nothing was done.
    Refused(HostRefusal),
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failed {
    /// Time is up.
    Deadline(Duration),
    /// The connection is over.
    Over(End),
}

/// Something that the service told by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// A process changed.
    Changed {
        /// Which.
        process: Process,
        /// To what.
        fact: Fact,
        /// When it was heard.
        at: Instant,
    },
    /// Some was dropped.
    Resync,
}

/// What the service's clock said in an answer, and when that was heard here.
#[derive(Debug, Clone)]
pub(super) struct Clocked {
    pub clock: HostClock,
    pub heard: Instant,
}

impl Clocked {
    /// To be made right after the answer has come.
    pub fn now(clock: HostClock) -> Self {
        Self { clock, heard: Instant::now() }
    }
}

/// A connection.
pub(super) struct Link {
    /// Larger than that of every link before it in this process.
    pub number: u64,
    queue: mpsc::Sender<String>,
    shared: Arc<Shared>,
    _ends_with_it: DropGuard,
}

struct Shared {
    state: Mutex<Questions>,
    /// Places for questions, given back when the answer is there.
    places: Arc<Semaphore>,
    told: broadcast::Sender<Arc<Told>>,
    life: CancellationToken,
}

#[derive(Default)]
struct Questions {
    next: u64,
    /// Also those whose asker has gone away: the service still has them open.
    open: BTreeMap<u64, Question>,
    end: Option<End>,
}

struct Question {
    answer: oneshot::Sender<Result<HostAnswer, HostRefusal>>,
    _place: OwnedSemaphorePermit,
}

impl Link {
    /// Speaks on `stream`. Must be called within the runtime.
    pub fn new(number: u64, stream: Box<dyn Stream>) -> Self {
        let life = CancellationToken::new();
        let (queue, lines) = mpsc::channel(HOST_OPEN);
        let (told, _) = broadcast::channel(TOLD);
        let places = Arc::new(Semaphore::new(HOST_OPEN));
        let shared = Arc::new(Shared { state: Mutex::default(), places, told, life: life.clone() });
        // Its owner is this link: it ends with `life`, which ends when the link is dropped, and its own end ends `life`.
        tokio::spawn(carry(stream, lines, shared.clone()));
        Self { number, queue, shared, _ends_with_it: life.drop_guard() }
    }

    /// Asks what `make` gives. It is called when the question has its place in the order of all that goes out on this link,
    /// so a number that it draws is larger than those of the questions before it. No answer in time is the end of the link.
    pub async fn ask(&self, deadline: Instant, make: impl FnOnce() -> HostAsk) -> Result<HostAnswer, Unanswered> {
        let began = Instant::now();
        let late = || Failed::Deadline(deadline.saturating_duration_since(began));
        let place = tokio::select! {
            place = timeout_at(deadline, self.shared.places.clone().acquire_owned()) => match place {
                Ok(Ok(place)) => place,
                Ok(Err(_)) | Err(_) => {
                    self.close("too many questions on it had no answer");
                    return Err(Unanswered::Unsent(late()));
                }
            },
            () = self.shared.life.cancelled() => return Err(Unanswered::Unsent(Failed::Over(self.end()))),
        };
        let answer = self.send(place, make).map_err(|end| Unanswered::Unsent(Failed::Over(end)))?;
        match timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer.map_err(Unanswered::Refused),
            Ok(Err(_)) => Err(Unanswered::Sent(Failed::Over(self.end()))),
            Err(_) => {
                // Whatever still comes on it belongs to a question that is over.
                self.close("a question on it had no answer");
                Err(Unanswered::Sent(late()))
            }
        }
    }

    fn send(
        &self,
        place: OwnedSemaphorePermit,
        make: impl FnOnce() -> HostAsk,
    ) -> Result<oneshot::Receiver<Result<HostAnswer, HostRefusal>>, End> {
        let mut questions = self.shared.questions();
        if let Some(end) = &questions.end {
            return Err(end.clone());
        }
        let id = questions.next;
        questions.next += 1;
        let mut line = serde_json::to_string(&HostIncoming { id, ask: make() }).map_err(|error| End::Lost(error.to_string()))?;
        line.push('\n');
        if line.len() > HOST_MAX_LINE {
            return Err(End::Lost("a question about so many processes is longer than a line may be".to_owned()));
        }
        // There are as many places as the queue is long.
        self.queue.try_send(line).map_err(|_| End::Lost("what is to be sent on it does not leave".to_owned()))?;
        let (answer, receiver) = oneshot::channel();
        questions.open.insert(id, Question { answer, _place: place });
        Ok(receiver)
    }

    /// What is told from now on.
    pub fn told(&self) -> broadcast::Receiver<Arc<Told>> {
        self.shared.told.subscribe()
    }

    /// Ends it at once. Whatever waits on it fails.
    pub fn close(&self, why: &str) {
        self.shared.finish(End::Lost(why.to_owned()));
    }

    /// Ends it, since it cannot be relied on.
    pub fn distrust(&self, why: &str) {
        self.shared.finish(End::Nonsense(why.to_owned()));
    }

    /// Whether it can still be used, as far as is known.
    pub fn is_open(&self) -> bool {
        !self.shared.life.is_cancelled()
    }

    /// Resolves when it is over.
    pub async fn closed(&self) {
        self.shared.life.cancelled().await;
    }

    /// Why it is over.
    pub fn end(&self) -> End {
        self.shared.questions().end.clone().unwrap_or_else(|| End::Lost("it is not over".to_owned()))
    }
}

impl Shared {
    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first end is the one that counts; every open question fails with it.
    fn finish(&self, end: End) {
        let mut questions = self.questions();
        questions.end.get_or_insert(end);
        questions.open.clear();
        drop(questions);
        self.life.cancel();
    }

    /// Takes one line in; why the link must end.
    fn take(&self, line: &str) -> Result<(), String> {
        let said = || format!("{:?}", tidy(line));
        let outgoing: HostOutgoing = serde_json::from_str(line).map_err(|_| said())?;
        let (id, answer) = match outgoing {
            HostOutgoing::Answer { id, answer } => (id, Ok(answer)),
            HostOutgoing::Refused { id: Some(id), refusal } => (id, Err(refusal)),
            HostOutgoing::Refused { id: None, refusal } => (self.only().ok_or_else(|| tidy(&refusal.message))?, Err(refusal)),
            HostOutgoing::Changed { process, fact } => return self.tell(Told::Changed { process, fact, at: Instant::now() }),
            HostOutgoing::Resync => return self.tell(Told::Resync),
        };
        let question =
            self.questions().open.remove(&id).ok_or_else(|| format!("an answer to a question that was not asked: {}", said()))?;
        // Nobody waits for it any more.
        let _ = question.answer.send(answer);
        Ok(())
    }

    /// The question that is open, if it is the only one: what could not be read was this one, then.
    fn only(&self) -> Option<u64> {
        let questions = self.questions();
        if questions.open.len() == 1 { questions.open.keys().next().copied() } else { None }
    }

    fn tell(&self, told: Told) -> Result<(), String> {
        // Nobody listens.
        let _ = self.told.send(Arc::new(told));
        Ok(())
    }
}

/// Ends a link with its task, however that ends.
struct Ends(Arc<Shared>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.finish(End::Lost("what reads from it has died".to_owned()));
    }
}

/// Carries lines both ways until the link ends.
async fn carry(stream: Box<dyn Stream>, lines: mpsc::Receiver<String>, shared: Arc<Shared>) {
    let ends = Ends(shared);
    let (from, to) = tokio::io::split(stream);
    let end = tokio::select! {
        () = ends.0.life.cancelled() => End::Lost("it was let go of".to_owned()),
        end = read(from, &ends.0) => end,
        end = write(to, lines) => end,
    };
    ends.0.finish(end);
}

async fn read(from: impl AsyncRead + Unpin, shared: &Shared) -> End {
    let mut lines = FramedRead::with_capacity(from, LinesCodec::new_with_max_length(HOST_MAX_LINE), ROOM);
    loop {
        let line = match lines.next().await {
            None => return End::Closed,
            Some(Ok(line)) => line,
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => return End::Nonsense("a line longer than 1 MiB".to_owned()),
            Some(Err(LinesCodecError::Io(error))) if error.kind() == std::io::ErrorKind::InvalidData => {
                return End::Nonsense("a line that is no text".to_owned());
            }
            Some(Err(LinesCodecError::Io(error))) => return End::Lost(tidy(&error.to_string())),
        };
        if lines.read_buffer().is_empty() && line.len() > ROOM {
            *lines.read_buffer_mut() = BytesMut::with_capacity(ROOM);
        }
        if let Err(why) = shared.take(&line) {
            return End::Nonsense(why);
        }
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, mut lines: mpsc::Receiver<String>) -> End {
    while let Some(line) = lines.recv().await {
        let sent = async {
            to.write_all(line.as_bytes()).await?;
            to.flush().await
        };
        if let Err(error) = sent.await {
            return End::Lost(tidy(&error.to_string()));
        }
    }
    End::Lost("it was let go of".to_owned())
}
