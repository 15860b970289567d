//! One client: lines in, lines out. Whatever it sends, it hurts nobody but itself.

use super::{Api, Door};
use crate::core::command::Role;
use crate::core::record::{Actor, Record};
use crate::monitor::event::{Event, PairEvent, Show, Shown};
use crate::store;
use crate::wire::{Failure, FailureKind, Incoming, LogView, MAX_LINE, Outgoing, PROTOCOL, Request, Welcome, answered, decode, encode};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::{broadcast, oneshot};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// The longest line of a client, in bytes: far more than any request needs, and little enough to be read in a moment by
/// everybody at once.
const MAX_REQUEST: usize = 64 * 1024;
/// A client that has not said hello by then is gone.
const HELLO: Duration = Duration::from_secs(10);
/// A client that does not take a line within this time is cut off.
const WRITE: Duration = Duration::from_secs(10);
/// Time for a client that is turned away to finish its first line.
const FAREWELL: Duration = Duration::from_secs(1);
/// Longer than any request may take.
const ANSWER: Duration = Duration::from_secs(90);
/// The most entries in one answer.
const MOST_ENTRIES: u32 = 1000;
/// Most bytes of entries in one answer, well below what a line may have.
const MOST_BYTES: usize = 8 << 20;

type Lines = Framed<UnixStream, LinesCodec>;

/// Tells a client that there is no place for it, and lets it finish its first line, so that it gets to read this.
pub(super) async fn full(stream: UnixStream) {
    let mut lines = framed(stream, MAX_REQUEST);
    let failure = Failure::one(FailureKind::Unknown, "too many clients are connected", "close one, or try again in a moment");
    if send(&mut lines, &Outgoing::answer(None, Err(failure))).await {
        // Whether it says something or not is the same.
        let _ = tokio::time::timeout(FAREWELL, lines.next()).await;
    }
}

fn framed(stream: UnixStream, most: usize) -> Lines {
    Framed::new(stream, LinesCodec::new_with_max_length(most))
}

/// Serves one client until it goes or breaks the rules.
pub(super) async fn serve(api: Api, stream: UnixStream, door: Door) {
    let Some(who) = actor(&stream).await else { return };
    // Entries of the journal come from another monitor, and are longer than any request of a person.
    let most = if door == Door::Peer { MAX_LINE } else { MAX_REQUEST };
    let mut client = Client { api, who, door, lines: framed(stream, most), following: None, brief: false };
    if client.hello().await {
        client.work().await;
    }
}

async fn actor(stream: &UnixStream) -> Option<Actor> {
    let peer = stream.peer_cred().ok()?;
    let uid = peer.uid();
    let user = tokio::task::spawn_blocking(move || crate::wire::local::user(uid).unwrap_or_else(|| uid.to_string())).await.ok()?;
    Some(Actor { user, uid, pid: peer.pid().and_then(|pid| u32::try_from(pid).ok()) })
}

struct Client {
    api: Api,
    who: Actor,
    door: Door,
    lines: Lines,
    following: Option<broadcast::Receiver<Arc<Record>>>,
    /// It wants entries without what decisions rest on.
    brief: bool,
}

/// A request that waits for its answer.
type Pending = (u64, Waits);

enum Waits {
    Answer(oneshot::Receiver<Result<Value, Failure>>),
    Picture(oneshot::Receiver<Shown>),
}

impl Client {
    /// The first line must be a hello of our version.
    async fn hello(&mut self) -> bool {
        let line = match tokio::time::timeout(HELLO, self.lines.next()).await {
            Ok(Some(Ok(line))) => line,
            Ok(Some(Err(error))) => {
                self.unreadable(&error).await;
                return false;
            }
            Ok(None) | Err(_) => return false,
        };
        let (id, answer) = match decode::<Incoming>(&line) {
            Err(failure) => (None, Err(failure)),
            Ok(Incoming { id, request: Request::Hello(hello), .. }) if hello.protocol == PROTOCOL => (Some(id), self.welcome()),
            Ok(Incoming { id, request: Request::Hello(hello), .. }) => {
                let version = env!("CARGO_PKG_VERSION");
                let what = format!("this monitor (version {version}) speaks protocol {PROTOCOL}, the client {}", hello.protocol);
                (Some(id), Err(Failure::one(FailureKind::Refused, what, "use the client of the same version")))
            }
            Ok(Incoming { id, .. }) => {
                (Some(id), Err(Failure::one(FailureKind::BadRequest, "the first request is not hello", "say hello first")))
            }
        };
        let welcome = answer.is_ok();
        send(&mut self.lines, &Outgoing::answer(id, answer)).await && welcome
    }

    /// Says why a line cannot be read; the connection is of no use after that.
    async fn unreadable(&mut self, error: &LinesCodecError) {
        let what = format!("the line cannot be read: {error}");
        let failure = Failure::one(FailureKind::BadRequest, what, format!("send lines of UTF-8 text of at most {MAX_REQUEST} bytes"));
        send(&mut self.lines, &Outgoing::answer(None, Err(failure))).await;
    }

    fn welcome(&self) -> Result<Value, Failure> {
        let role = if self.door == Door::Operate { Role::Operator } else { Role::Observer };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        json(&Welcome { protocol: PROTOCOL, version, cluster: self.api.cluster.clone(), role })
    }

    /// One request at a time; entries go out in between, also while an answer is waited for.
    async fn work(&mut self) {
        let mut pending: Option<Pending> = None;
        loop {
            let line = tokio::select! {
                line = self.lines.next(), if pending.is_none() => match line {
                    Some(Ok(line)) => match self.take(&line, &mut pending).await {
                        Some(answer) => encode(&answer),
                        None => continue,
                    },
                    Some(Err(error)) => return self.unreadable(&error).await,
                    None => return,
                },
                line = answer(&mut pending), if pending.is_some() => {
                    pending = None;
                    line
                }
                entry = next_entry(&mut self.following), if self.following.is_some() => match entry {
                    Ok(record) => {
                        let told = if self.brief { record.briefly().as_ref().map_or_else(|| json(&*record), json) } else { json(&*record) };
                        match told {
                            Ok(value) => encode(&Outgoing::event(value)),
                            Err(failure) => encode(&Outgoing::answer(None, Err(failure))),
                        }
                    }
                    Err(()) => {
                        let failure = Failure::one(FailureKind::Unknown, "this client reads too slowly", "follow again from the last entry you have");
                        send(&mut self.lines, &Outgoing::answer(None, Err(failure))).await;
                        return;
                    }
                },
            };
            if !send_line(&mut self.lines, line).await {
                return;
            }
        }
    }

    /// Takes a line: an answer at once, or a pending one.
    async fn take(&mut self, line: &str, pending: &mut Option<Pending>) -> Option<Outgoing> {
        let incoming = match decode::<Incoming>(line) {
            Ok(incoming) => incoming,
            Err(failure) => return Some(Outgoing::answer(None, Err(failure))),
        };
        let id = incoming.id;
        let answer = match incoming.request {
            Request::Hello(_) => self.welcome(),
            Request::Peer(ask) if self.door == Door::Peer => {
                let (reply, receive) = oneshot::channel();
                if self.api.events.send(Event::Pair(PairEvent::Asked(ask, reply))).await.is_ok() {
                    *pending = Some((id, Waits::Answer(receive)));
                    return None;
                }
                Err(ending())
            }
            _ if self.door == Door::Peer => {
                let remedy = "connect to operate.sock or observe.sock";
                Err(Failure::one(FailureKind::Refused, "this socket is for the other monitor only", remedy))
            }
            Request::Brief => {
                self.brief = true;
                json(&())
            }
            Request::Follow => {
                self.following = Some(self.api.entries.subscribe());
                json(&self.api.durable.load(Ordering::Acquire))
            }
            Request::Log { from, limit } => self.log(from, limit).await,
            Request::Status { fresh: false } => return self.show(Show::Status, id, pending).await,
            Request::Changes { known, fresh } => return self.show(Show::Changes { known, fresh }, id, pending).await,
            request => {
                let (reply, receive) = oneshot::channel();
                let event = Event::Asked { request, who: self.who.clone(), operator: self.door == Door::Operate, reply };
                match self.api.events.send(event).await {
                    Ok(()) => {
                        *pending = Some((id, Waits::Answer(receive)));
                        return None;
                    }
                    Err(_) => Err(ending()),
                }
            }
        };
        Some(Outgoing::answer(Some(id), answer))
    }

    /// Asks for a picture, which everybody may see.
    async fn show(&self, show: Show, id: u64, pending: &mut Option<Pending>) -> Option<Outgoing> {
        let (reply, receive) = oneshot::channel();
        if self.api.events.send(Event::Show(show, reply)).await.is_err() {
            return Some(Outgoing::answer(Some(id), Err(ending())));
        }
        *pending = Some((id, Waits::Picture(receive)));
        None
    }

    async fn log(&self, from: u64, limit: u32) -> Result<Value, Failure> {
        let last = self.api.durable.load(Ordering::Acquire);
        let limit = limit.clamp(1, MOST_ENTRIES);
        let newest = from == 0;
        let from = if newest { last.saturating_sub(u64::from(limit)).saturating_add(1) } else { from };
        let dir = self.api.journal.clone();
        let read = tokio::task::spawn_blocking(move || store::read_from(&dir, from, limit as usize)).await;
        let internal = |what: String| Failure::one(FailureKind::Internal, what, "look at the journal's files");
        let (mut records, oldest) =
            read.map_err(|_| internal("the journal's reader ended".into()))?.map_err(|e| internal(e.to_string()))?;
        records.retain(|record| record.index <= last);
        if self.brief {
            records.iter_mut().for_each(|record| record.briefly().into_iter().for_each(|brief| *record = brief));
        }
        bound(&mut records, newest);
        json(&LogView { records, last, oldest })
    }
}

/// Leaves out what would not fit into one answer: the oldest where the newest were asked for, else the newest. One stays.
fn bound(records: &mut Vec<Record>, newest: bool) {
    let size = |record: &Record| serde_json::to_vec(record).map_or(0, |bytes| bytes.len());
    let mut left = MOST_BYTES;
    let mut fits = |record: &Record| {
        left = left.saturating_sub(size(record));
        left > 0
    };
    let count = if newest { records.iter().rev().take_while(|r| fits(r)).count() } else { records.iter().take_while(|r| fits(r)).count() };
    let count = count.max(1).min(records.len());
    if newest {
        records.drain(..records.len().saturating_sub(count));
    } else {
        records.truncate(count);
    }
}

/// The line of the answer, once it is there.
async fn answer(pending: &mut Option<Pending>) -> String {
    let Some((id, waits)) = pending else { return std::future::pending().await };
    let failure = match waits {
        Waits::Answer(receive) => match tokio::time::timeout(ANSWER, receive).await {
            Ok(Ok(answer)) => return encode(&Outgoing::answer(Some(*id), answer)),
            Ok(Err(_)) => ending(),
            Err(_) => late(),
        },
        Waits::Picture(receive) => match tokio::time::timeout(ANSWER, receive).await {
            Ok(Ok(shown)) => match picture(*id, shown).await {
                Some(line) => return line,
                None => ending(),
            },
            Ok(Err(_)) => ending(),
            Err(_) => late(),
        },
    };
    encode(&Outgoing::answer(Some(*id), Err(failure)))
}

/// A picture as a line. That of a large cluster is long, and nobody else waits for it.
async fn picture(id: u64, shown: Shown) -> Option<String> {
    tokio::task::spawn_blocking(move || match &shown {
        Shown::Status(status) => answered(id, &**status),
        Shown::Changes(changes) => answered(id, &**changes),
    })
    .await
    .ok()
}

fn late() -> Failure {
    let what = "the monitor did not answer in time";
    Failure::one(FailureKind::Unknown, what, "ask again; `switchtower status` shows what is known")
}

async fn next_entry(following: &mut Option<broadcast::Receiver<Arc<Record>>>) -> Result<Arc<Record>, ()> {
    match following {
        Some(receiver) => receiver.recv().await.map_err(|_| ()),
        None => std::future::pending().await,
    }
}

fn ending() -> Failure {
    Failure::one(FailureKind::Unknown, "the monitor is ending", "ask again once it is back")
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value)
        .map_err(|e| Failure::one(FailureKind::Internal, format!("the answer cannot be written: {e}"), "report this defect"))
}

/// Sends a line; false when the client is gone or does not read.
async fn send(lines: &mut Lines, outgoing: &Outgoing) -> bool {
    send_line(lines, encode(outgoing)).await
}

async fn send_line(lines: &mut Lines, line: String) -> bool {
    matches!(tokio::time::timeout(WRITE, lines.send(line)).await, Ok(Ok(())))
}
