//! A systemd with one unit, as tests play it, which notes what it is asked for and in how many turns: whatever is asked before
//! it has answered is one turn, a way there and back. For a clock that stands still while anybody has something to do.

use super::Bus;
use super::socket::Wire;
use futures_util::StreamExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use zbus::export::serde::Serialize;
use zbus::message::Flags;
use zbus::zvariant::DynamicType;
use zbus::{Connection, Message, OwnedObjectPath, OwnedVariant, Variant};

/// Its unit.
pub(in crate::driver) const UNIT: &str = "app.service";

const JOB: &str = "/org/freedesktop/systemd1/job/7";
const SYSTEMD: &str = ":1.1";
const GUID: &str = "249ccf4a357447258991dd3f6b0222ce";

/// What is to be seen and set from outside.
#[derive(Clone, Default)]
pub(in crate::driver) struct Stage {
    /// What each turn asked systemd for.
    pub turns: Arc<Mutex<Vec<Vec<String>>>>,
    /// Whether the unit runs; otherwise it is stopped and forgotten.
    pub runs: Arc<AtomicBool>,
}

/// A connection to a systemd whose unit runs, or is stopped and forgotten.
pub(in crate::driver) async fn played(runs: bool) -> (Bus, Stage) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let stage = Stage::default();
    stage.runs.store(runs, Ordering::Relaxed);
    tokio::spawn(Played::play(far, stage.clone()));
    (Bus::open(near, Instant::now() + Duration::from_secs(10)).await.unwrap(), stage)
}

/// systemd with one unit, which it forgets when it is stopped.
struct Played {
    connection: Connection,
    stage: Stage,
}

impl Played {
    /// Answers until the other end is gone. Whatever is asked before it has answered is one turn.
    async fn play(mut stream: DuplexStream, stage: Stage) {
        let (mut login, mut begin) = ([0; 40], [0; 7]);
        stream.read_exact(&mut login).await.unwrap();
        stream.write_all(format!("OK {GUID}\r\n").as_bytes()).await.unwrap();
        stream.read_exact(&mut begin).await.unwrap();
        let wire = Wire { stream, life: CancellationToken::new() };
        let connection = zbus::connection::Builder::authenticated_socket(wire, GUID).build().await.unwrap();
        let mut asked = zbus::MessageStream::from(&connection);
        let played = Self { connection, stage };
        while let Some(Ok(first)) = asked.next().await {
            let mut turn = vec![first];
            while let Ok(Some(Ok(more))) = timeout(Duration::from_millis(1), asked.next()).await {
                turn.push(more);
            }
            played.answer(turn).await;
        }
    }

    async fn answer(&self, turn: Vec<Message>) {
        let words: Vec<String> = turn.iter().filter_map(word).collect();
        if !words.is_empty() {
            self.stage.turns.lock().unwrap().push(words);
        }
        for message in turn {
            self.one(&message).await;
        }
    }

    fn runs(&self) -> bool {
        self.stage.runs.load(Ordering::Relaxed)
    }

    async fn reply<B: Serialize + DynamicType>(&self, to: &Message, body: &B) {
        self.connection.reply(&to.header(), body).await.unwrap();
    }

    async fn one(&self, message: &Message) {
        let header = message.header();
        if header.primary().flags().contains(Flags::NO_REPLY_EXPECTED) {
            return;
        }
        let path = |path: &str| OwnedObjectPath::try_from(path).unwrap();
        match header.member().unwrap().as_str() {
            "Hello" => self.reply(message, &":1.9").await,
            "GetNameOwner" => self.reply(message, &SYSTEMD).await,
            "ListUnitsByNames" => {
                let (active, sub) = if self.runs() { ("active", "running") } else { ("inactive", "dead") };
                let unit = (UNIT, "", "loaded", active, sub, "", path("/unit"), 0u32, "", path("/"));
                self.reply(message, &vec![unit]).await;
            }
            "GetUnitProcesses" if self.runs() => self.reply(message, &vec![("/app", 7u32, "app")]).await,
            "GetUnitProcesses" => {
                let name = "org.freedesktop.systemd1.NoSuchUnit";
                self.connection.reply_error(&header, name, &"Unit app.service not loaded.").await.unwrap();
            }
            "Get" => self.reply(message, &OwnedVariant::try_from(Variant::from(vec![1u8; 16])).unwrap()).await,
            "StartUnit" => self.job(message, true).await,
            "StopUnit" => self.job(message, false).await,
            _ => self.reply(message, &()).await,
        }
    }

    /// The job is over before anybody hears that it has begun.
    async fn job(&self, message: &Message, runs: bool) {
        self.stage.runs.store(runs, Ordering::Relaxed);
        let job = OwnedObjectPath::try_from(JOB).unwrap();
        self.reply(message, &job).await;
        let removed = Message::signal("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "JobRemoved");
        let removed = removed.sender(SYSTEMD).build(&(7u32, job, UNIT, "done")).unwrap();
        self.connection.send(&removed).await.unwrap();
    }
}

/// What systemd was asked for; nothing for what the message bus itself was asked.
fn word(message: &Message) -> Option<String> {
    let header = message.header();
    let of_systemd = header.destination().is_some_and(|name| name.as_str() == "org.freedesktop.systemd1");
    let word = header.member()?.to_string();
    (of_systemd && word != "Subscribe").then_some(word)
}
