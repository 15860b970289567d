//! One client: lines in, lines out. Whatever it sends or does not read, it hurts nobody but itself.

use crate::core::fact::Fact;
use crate::core::model::Process;
use crate::host::desk::{Caller, Desk};
use crate::host::rules::{Refusal, refusal};
use crate::wire::host::{HOST_MAX_LINE, HOST_OPEN, HostAnswer, HostAsk, HostIncoming, HostOutgoing, HostRefusal, HostRefusalKind};
use crate::wire::local;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec};

/// A client that has not said hello by then is gone.
const HELLO: Duration = Duration::from_secs(10);
/// A client that does not take a line within this time is cut off.
const WRITE: Duration = Duration::from_secs(10);
/// Time for a client that is turned away to read why.
const FAREWELL: Duration = Duration::from_secs(1);
/// Lines that wait to be written.
const LINES: usize = 64;

type Reader = FramedRead<OwnedReadHalf, LinesCodec>;
type Writer = FramedWrite<OwnedWriteHalf, LinesCodec>;

/// Tells a client that there is no place for it.
pub(super) async fn full(stream: UnixStream) {
    let (mut reader, mut writer) = framed(stream);
    let busy = refused(None, *refusal(HostRefusalKind::Busy, "too many clients are connected: close one, or try again in a moment"));
    if tokio::time::timeout(WRITE, writer.send(line(&busy))).await.is_ok() {
        let _ = tokio::time::timeout(FAREWELL, reader.next()).await;
    }
}

fn framed(stream: UnixStream) -> (Reader, Writer) {
    let (read, write) = stream.into_split();
    let codec = || LinesCodec::new_with_max_length(HOST_MAX_LINE);
    (FramedRead::new(read, codec()), FramedWrite::new(write, codec()))
}

/// Serves one client until it goes or breaks the rules.
pub(super) async fn serve(desk: Arc<Desk>, stream: UnixStream) {
    let Ok(peer) = stream.peer_cred() else { return };
    let uid = peer.uid();
    let Ok(who) = tokio::task::spawn_blocking(move || who(uid)).await else { return };
    let (reader, writer) = framed(stream);
    let (lines, queue) = mpsc::channel(LINES);
    let caller = Caller::new(who);
    let client = Client { desk, caller, reader, lines, open: JoinSet::new(), following: None };
    let mut writing = std::pin::pin!(write(writer, queue));
    tokio::select! {
        // What is queued is written to its end, where it is taken.
        () = client.work() => writing.await,
        // It does not read, or is gone.
        () = &mut writing => {}
    }
}

/// Writes what is queued; ends when the client does not take it in time, or when nothing more comes.
async fn write(mut writer: Writer, mut queue: mpsc::Receiver<HostOutgoing>) {
    while let Some(outgoing) = queue.recv().await {
        if !matches!(tokio::time::timeout(WRITE, writer.send(line(&outgoing))).await, Ok(Ok(()))) {
            return;
        }
    }
}

fn line(outgoing: &HostOutgoing) -> String {
    // Every part of it can be written as JSON.
    serde_json::to_string(outgoing).unwrap_or_default()
}

fn refused(id: Option<u64>, refusal: HostRefusal) -> HostOutgoing {
    HostOutgoing::Refused { id, refusal }
}

struct Client {
    desk: Arc<Desk>,
    caller: Caller,
    reader: Reader,
    lines: mpsc::Sender<HostOutgoing>,
    open: JoinSet<(u64, Result<HostAnswer, Refusal>)>,
    following: Option<Following>,
}

/// What is told without being asked.
struct Following {
    processes: BTreeSet<Process>,
    changes: broadcast::Receiver<(Process, Fact)>,
}

impl Client {
    async fn work(mut self) {
        if self.hello().await {
            while self.turn().await {}
        }
    }

    /// The first line must be a hello that is welcome.
    async fn hello(&mut self) -> bool {
        let Ok(Some(line)) = tokio::time::timeout(HELLO, self.reader.next()).await else { return false };
        match line.map_err(|error| error.to_string()).and_then(|line| read(&line).map_err(|(_, why)| why)) {
            Ok(HostIncoming { id, ask: HostAsk::Hello(hello) }) => {
                let answer = self.desk.hello(hello, &mut self.caller);
                let welcome = answer.is_ok();
                self.say(outgoing(id, answer)).await && welcome
            }
            Ok(HostIncoming { id, .. }) => self.bad(Some(id), "the first question is not hello".to_owned()).await,
            Err(why) => self.bad(None, why).await,
        }
    }

    /// Takes what comes next; false at the end.
    async fn turn(&mut self) -> bool {
        tokio::select! {
            line = self.reader.next() => match line {
                Some(Ok(line)) => self.question(&line).await,
                Some(Err(error)) => self.bad(None, format!("{error}: lines are UTF-8 text of at most {HOST_MAX_LINE} bytes")).await,
                None => false,
            },
            Some(ended) = self.open.join_next() => match ended {
                Ok((id, answer)) => self.say(outgoing(id, answer)).await,
                Err(_) => false,
            },
            told = change(&mut self.following) => self.say(told).await,
        }
    }

    async fn question(&mut self, line: &str) -> bool {
        let HostIncoming { id, ask } = match read(line) {
            Ok(incoming) => incoming,
            Err((id, why)) => return self.bad(id, why).await,
        };
        if self.open.len() >= HOST_OPEN {
            let busy = refusal(HostRefusalKind::Busy, format!("{HOST_OPEN} questions are open on this connection: wait for an answer"));
            return self.say(refused(Some(id), *busy)).await;
        }
        if let HostAsk::Follow { processes } = &ask {
            // From here on nothing is missed; what is not known is refused below.
            let processes = processes.iter().cloned().collect();
            self.following = Some(Following { processes, changes: self.desk.shared.changes.subscribe() });
        }
        let answer = self.desk.ask(ask, &mut self.caller);
        self.open.spawn(async move { (id, answer.await) });
        true
    }

    /// Says why a line is of no use; the connection is of none after that.
    async fn bad(&mut self, id: Option<u64>, why: String) -> bool {
        self.say(refused(id, *refusal(HostRefusalKind::BadRequest, why))).await;
        false
    }

    /// Queues a line; false when nobody writes any more.
    async fn say(&self, outgoing: HostOutgoing) -> bool {
        self.lines.send(outgoing).await.is_ok()
    }
}

fn outgoing(id: u64, answer: Result<HostAnswer, Refusal>) -> HostOutgoing {
    match answer {
        Ok(answer) => HostOutgoing::Answer { id, answer },
        Err(refusal) => refused(Some(id), *refusal),
    }
}

/// A question, or its number, where that can be read, and why it cannot.
fn read(line: &str) -> Result<HostIncoming, (Option<u64>, String)> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    serde_json::from_str(line).map_err(|error| {
        let id = serde_json::from_str::<Numbered>(line).ok().map(|numbered| numbered.id);
        (id, format!("this is no question of the protocol of host services: {error}"))
    })
}

async fn change(following: &mut Option<Following>) -> HostOutgoing {
    let Some(following) = following else { return std::future::pending().await };
    loop {
        match following.changes.recv().await {
            Ok((process, fact)) if following.processes.contains(&process) => return HostOutgoing::Changed { process, fact },
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return HostOutgoing::Resync,
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// User `uid` in words: name and number. Blocks on the disk for a moment.
fn who(uid: u32) -> String {
    local::user(uid).map_or_else(|| format!("user {uid}"), |name| format!("{name} (user {uid})"))
}
