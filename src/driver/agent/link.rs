//! A session with the guard of agents: requests go in as lines, answers come in any order. One task owns the channel and ends
//! with it; whoever waits for an answer then learns that it will not come.

use super::request::LONGEST;
use super::scripts::{Answer, answer};
use super::verdict::Ended;
use crate::driver::words::tidy;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::sync::CancellationToken;

/// Requests that may wait to be written.
const WAITING: usize = 64;
/// Longest line that is taken, in bytes: an answer with the end of what an agent said.
pub(super) const LONGEST_LINE: usize = 8 * 1024;
/// Writing a request may take this long, on a channel that does not move.
const WRITE: Duration = Duration::from_secs(10);

/// The near end of a session.
pub(super) struct Link {
    orders: mpsc::Sender<Order>,
    life: CancellationToken,
    why: Arc<Mutex<String>>,
}

struct Order {
    nonce: String,
    line: String,
    answer: oneshot::Sender<Ended>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The request was not handed to the channel.
    Unsent(String),
    /// It was, and the channel is gone.
    Lost(String),
    /// It was, and nothing came in time.
    Late,
}

impl Link {
    /// A link over a channel whose far end has just greeted.
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (orders, taken) = mpsc::channel(WAITING);
        let (life, why) = (CancellationToken::new(), Arc::<Mutex<String>>::default());
        let (ours, told) = (life.clone(), why.clone());
        tokio::spawn(async move {
            // In whatever way the task ends, the link is over.
            let _over = ours.clone().drop_guard();
            let reason = serve(stream, taken, &ours).await;
            note(&told, reason);
        });
        Self { orders, life, why }
    }

    pub fn is_open(&self) -> bool {
        !self.life.is_cancelled()
    }

    /// Ends it; what runs on the host is ended by whoever takes it next.
    pub fn close(&self, why: &str) {
        note(&self.why, why.to_owned());
        self.life.cancel();
    }

    pub fn why(&self) -> String {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if why.is_empty() { "its session has ended".to_owned() } else { why }
    }

    /// Whether the far end answers.
    pub async fn ping(&self, nonce: String, deadline: Instant) -> Result<(), Unanswered> {
        let line = format!("ping {nonce}\n");
        self.ask(nonce, line, deadline).await.map(drop)
    }

    /// Sends the line of the request `nonce`, and waits for its answer.
    pub async fn ask(&self, nonce: String, line: String, deadline: Instant) -> Result<Ended, Unanswered> {
        if line.len() > LONGEST {
            return Err(Unanswered::Unsent(format!("its options are longer than {LONGEST} bytes")));
        }
        if !self.is_open() {
            return Err(Unanswered::Unsent(self.why()));
        }
        let (answer, answered) = oneshot::channel();
        if self.orders.try_send(Order { nonce, line, answer }).is_err() {
            return Err(Unanswered::Unsent("too much is being asked there".to_owned()));
        }
        match timeout_at(deadline, answered).await {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(_)) => Err(Unanswered::Lost(self.why())),
            Err(_) => Err(Unanswered::Late),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.life.cancel();
    }
}

/// The first reason counts.
fn note(why: &Mutex<String>, reason: String) {
    let mut why = why.lock().unwrap_or_else(PoisonError::into_inner);
    if why.is_empty() {
        *why = reason;
    }
}

/// Until the channel ends, or nobody is there any more; why.
async fn serve(stream: impl AsyncRead + AsyncWrite, mut orders: mpsc::Receiver<Order>, life: &CancellationToken) -> String {
    let (read, mut write) = tokio::io::split(stream);
    let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(LONGEST_LINE));
    let mut waiting: BTreeMap<String, oneshot::Sender<Ended>> = BTreeMap::new();
    loop {
        tokio::select! {
            () = life.cancelled() => return String::new(),
            line = lines.next() => match line {
                Some(Ok(line)) => {
                    if let Some(Answer::Ended(nonce, ended)) = answer(&line)
                        && let Some(asked) = waiting.remove(&nonce)
                    {
                        // Nobody may be there any more to hear it.
                        let _ = asked.send(ended);
                    }
                }
                Some(Err(error)) => return tidy(&error.to_string()),
                None => return "the far end has ended it".to_owned(),
            },
            order = orders.recv() => {
                let Some(Order { nonce, line, answer }) = order else { return String::new() };
                waiting.retain(|_, asked| !asked.is_closed());
                waiting.insert(nonce, answer);
                let written = tokio::select! {
                    () = life.cancelled() => return String::new(),
                    written = timeout_at(Instant::now() + WRITE, write_whole(&mut write, &line)) => written,
                };
                match written {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return tidy(&error.to_string()),
                    Err(_) => return "it takes no more requests".to_owned(),
                }
            }
        }
    }
}

async fn write_whole(write: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    write.write_all(line.as_bytes()).await?;
    write.flush().await
}

#[cfg(test)]
mod tests {
    use super::super::verdict::How;
    use super::*;
    use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream};

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    async fn next_line(far: &mut BufReader<DuplexStream>) -> String {
        let mut line = String::new();
        far.read_line(&mut line).await.unwrap();
        line
    }

    #[tokio::test]
    async fn answers_find_whoever_asked_in_any_order() {
        let (near, far) = tokio::io::duplex(4096);
        let (link, mut far) = (Arc::new(Link::new(near)), BufReader::new(far));
        let ask = |nonce: &str| {
            let (link, nonce) = (link.clone(), nonce.to_owned());
            tokio::spawn(async move { link.ask(nonce.clone(), format!("do {nonce}\n"), soon()).await })
        };
        let first = ask("n1");
        assert_eq!(next_line(&mut far).await, "do n1\n");
        let second = ask("n2");
        assert_eq!(next_line(&mut far).await, "do n2\n");
        let said = b"noise\nSWITCHTOWER-AGENT n9 1 - - -\nSWITCHTOWER-AGENT n2 7 - - -\nSWITCHTOWER-AGENT n1 0 - - -\n";
        far.get_mut().write_all(said).await.unwrap();
        assert_eq!(second.await.unwrap().unwrap().how, How::Code(7));
        assert_eq!(first.await.unwrap().unwrap().how, How::Code(0));
    }

    #[tokio::test]
    async fn a_channel_that_ends_or_says_nothing_is_told_apart_from_one_that_was_not_used() {
        let (near, far) = tokio::io::duplex(4096);
        let link = Link::new(near);
        let late = link.ask("n1".into(), "do n1\n".into(), Instant::now() + Duration::from_millis(50)).await;
        assert_eq!(late, Err(Unanswered::Late));
        let lost = async {
            tokio::task::yield_now().await;
            drop(far);
        };
        let (asked, ()) = tokio::join!(link.ask("n2".into(), "do n2\n".into(), soon()), lost);
        assert!(matches!(asked, Err(Unanswered::Lost(_))), "{asked:?}");
        assert!(!link.is_open());
        assert!(matches!(link.ask("n3".into(), "do n3\n".into(), soon()).await, Err(Unanswered::Unsent(_))));
    }

    #[tokio::test]
    async fn a_line_without_an_end_ends_the_link() {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let link = Link::new(near);
        far.write_all(&[b'x'; 2 * LONGEST_LINE]).await.unwrap();
        let asked = link.ask("n1".into(), "do n1\n".into(), soon()).await;
        assert!(asked.is_err() && !link.is_open(), "{asked:?}");
    }
}
