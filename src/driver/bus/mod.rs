//! One connection to a host's D-Bus over any byte stream, with calls that end by a deadline and a bounded stream of
//! events. Owned by a session (guarded or watching); it knows nothing of terms or of states.
//!
//! When the stream ends, when systemd re-executes itself, or when [`Bus::close`] is called, everything on it fails at
//! once and it never comes back: a new session is opened instead.

mod event;
mod handshake;
mod manager;
#[cfg(test)]
pub(super) mod played;
mod socket;

pub(super) use event::{Change, Event};
pub(super) use manager::Ending;

use super::words::tidy;
use event::Reader;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use zbus::message::Flags;
use zbus::zvariant::DynamicType;
use zbus::{Connection, DBusError};

/// Events that may wait for a reader; one that is further behind is told so and asks for the state instead.
const EVENTS: usize = 256;

/// Whom a call is for.
struct Destination<'a> {
    name: &'static str,
    path: &'a str,
    interface: &'static str,
}

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: Destination<'static> =
    Destination { name: SYSTEMD, path: "/org/freedesktop/systemd1", interface: "org.freedesktop.systemd1.Manager" };
const BROKER: Destination<'static> =
    Destination { name: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus" };

/// Why a call did not give an answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BusError {
    /// The connection is gone; whether the call had an effect is not known.
    Lost(String),
    /// No answer in time; whether the call had an effect is not known.
    Deadline(Duration),
    /// The host answered: no.
    Refused {
        /// The error's D-Bus name.
        name: String,
        /// The words with it.
        message: String,
    },
    /// An answer of another shape than was agreed.
    Malformed(String),
}

/// A connection that has said hello and is subscribed to systemd's signals.
pub(super) struct Bus {
    connection: Connection,
    events: broadcast::Sender<Arc<Event>>,
    followed: Mutex<BTreeSet<String>>,
    /// Units that systemd did not have any more when it was last asked for their processes, having been asked for them by name
    /// before.
    forgotten: Mutex<BTreeSet<String>>,
    life: CancellationToken,
    why: Arc<Mutex<Option<String>>>,
    _ends_with_it: DropGuard,
}

impl Bus {
    /// Speaks D-Bus on `stream`, at whose other end `systemd-stdio-bridge` waits.
    pub async fn open<S>(stream: S, deadline: Instant) -> Result<Self, BusError>
    where
        S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
    {
        let began = Instant::now();
        timeout_at(deadline, Self::connect(stream, deadline)).await.unwrap_or_else(|_| Err(BusError::Deadline(deadline - began)))
    }

    async fn connect<S>(mut stream: S, deadline: Instant) -> Result<Self, BusError>
    where
        S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
    {
        let guid = handshake::shake(&mut stream).await.map_err(|error| BusError::Lost(error.to_string()))?;
        let life = CancellationToken::new();
        let wire = socket::Wire { stream, life: life.clone() };
        let connection = zbus::connection::Builder::authenticated_socket(wire, guid.as_str()).build().await.map_err(from_zbus)?;
        let (events, _) = broadcast::channel(EVENTS);
        let why = Arc::<Mutex<Option<String>>>::default();
        let bus = Self {
            connection,
            events,
            followed: Mutex::default(),
            forgotten: Mutex::default(),
            life: life.clone(),
            why,
            _ends_with_it: life.clone().drop_guard(),
        };
        let incoming = zbus::MessageStream::from(&bus.connection);
        bus.call(&BROKER, "Hello", &(), deadline).await?;
        let restarts = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.systemd1'";
        let (owner, matched, subscribed) = tokio::join!(
            bus.ask::<String, _>(&BROKER, "GetNameOwner", &SYSTEMD, deadline),
            bus.call(&BROKER, "AddMatch", &restarts, deadline),
            bus.call(&MANAGER, "Subscribe", &(), deadline),
        );
        matched?;
        subscribed?;
        let reader = Reader { systemd: owner?, events: bus.events.clone(), life, why: bus.why.clone() };
        // Its owner is this bus: it ends with `life`, which ends when the bus is dropped.
        tokio::spawn(reader.run(incoming));
        Ok(bus)
    }

    /// Ends it at once. Whatever waits on it fails.
    pub fn close(&self, why: &str) {
        note(&self.why, why);
        self.life.cancel();
    }

    /// Whether it can still be used, as far as is known.
    pub fn is_open(&self) -> bool {
        !self.life.is_cancelled()
    }

    /// Resolves when it is gone.
    pub async fn closed(&self) {
        self.life.cancelled().await;
    }

    /// Why it is gone.
    pub fn why(&self) -> String {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        why.unwrap_or_else(|| "the host ended it".to_owned())
    }

    /// What comes from now on, about units that are [followed](Self::follow).
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// A method call, sent at once; the answer is awaited until `deadline`. No answer in time, or a caller that goes away
    /// before it came, is the end of the whole bus: a message may have been sent by half.
    async fn call<B>(&self, to: &Destination<'_>, method: &str, body: &B, deadline: Instant) -> Result<zbus::Message, BusError>
    where
        B: serde::Serialize + DynamicType,
    {
        if !self.is_open() {
            return Err(BusError::Lost(self.why()));
        }
        let began = Instant::now();
        let unfinished = Unfinished { bus: self, answered: false };
        let answer = self.connection.call_method(Some(to.name), to.path, Some(to.interface), method, body);
        let answer = timeout_at(deadline, answer).await;
        match answer {
            Ok(answer) => {
                unfinished.done();
                answer.map_err(|error| self.explain(from_zbus(error)))
            }
            Err(_) => Err(BusError::Deadline(deadline.saturating_duration_since(began))),
        }
    }

    /// A method call whose answer has the shape `T`.
    async fn ask<T, B>(&self, to: &Destination<'_>, method: &str, body: &B, deadline: Instant) -> Result<T, BusError>
    where
        T: serde::de::DeserializeOwned + zbus::zvariant::Type,
        B: serde::Serialize + DynamicType,
    {
        let message = self.call(to, method, body, deadline).await?;
        message.body().deserialize().map_err(|error| BusError::Malformed(format!("{method}: {error}")))
    }

    /// A method call that no answer is wanted to. It is on its way before anything that is sent after this returns.
    async fn tell<B>(&self, to: &Destination<'_>, method: &str, body: &B, deadline: Instant) -> Result<(), BusError>
    where
        B: serde::Serialize + DynamicType,
    {
        if !self.is_open() {
            return Err(BusError::Lost(self.why()));
        }
        let builder = zbus::Message::method_call(to.path, method).destination(to.name).interface(to.interface);
        let message = builder.with_flags(Flags::NO_REPLY_EXPECTED).build(body).map_err(from_zbus)?;
        let began = Instant::now();
        let unfinished = Unfinished { bus: self, answered: false };
        match timeout_at(deadline, self.connection.send(&message)).await {
            Ok(sent) => {
                unfinished.done();
                sent.map_err(|error| self.explain(from_zbus(error)))
            }
            Err(_) => Err(BusError::Deadline(deadline.saturating_duration_since(began))),
        }
    }

    /// The reason that was noted says more than a broken pipe.
    fn explain(&self, error: BusError) -> BusError {
        let noted = self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (error, noted) {
            (BusError::Lost(_), Some(why)) => BusError::Lost(why),
            (error, _) => error,
        }
    }
}

/// Ends the bus unless the call came to its end.
struct Unfinished<'a> {
    bus: &'a Bus,
    answered: bool,
}

impl Unfinished<'_> {
    fn done(mut self) {
        self.answered = true;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.bus.close("a call on it was given up");
        }
    }
}

/// Keeps the first reason.
fn note(why: &Mutex<Option<String>>, reason: &str) {
    let mut kept = why.lock().unwrap_or_else(PoisonError::into_inner);
    kept.get_or_insert_with(|| tidy(reason));
}

/// Answers of the message bus itself that say: whoever was asked did not answer.
const NO_ANSWER: [&str; 4] = [
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Timeout",
    "org.freedesktop.DBus.Error.TimedOut",
    "org.freedesktop.DBus.Error.Disconnected",
];

fn from_zbus(error: zbus::Error) -> BusError {
    let (name, message) = match &error {
        zbus::Error::MethodError(name, message, _) => (name.to_string(), message.clone().unwrap_or_default()),
        zbus::Error::FDO(answer) => (answer.name().to_string(), answer.description().unwrap_or_default().to_owned()),
        other => return BusError::Lost(tidy(&other.to_string())),
    };
    if NO_ANSWER.contains(&name.as_str()) {
        return BusError::Lost(tidy(&format!("{name}: {message}")));
    }
    BusError::Refused { name: tidy(&name), message: tidy(&message) }
}
