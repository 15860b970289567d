//! What systemd says by itself. Read from the bus by one task a connection, which never waits for whoever listens.

use super::{SYSTEMD, note};
use crate::driver::words::tidy;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zbus::message::Type;
use zbus::{OwnedObjectPath, OwnedVariant};

/// Something happened to a unit, or to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::driver) enum Event {
    /// A job ended.
    JobRemoved {
        /// Its object path.
        job: String,
        /// `done`, `failed`, `timeout`, …
        result: String,
    },
    /// A unit changed.
    Changed {
        /// Its object path.
        unit: String,
        /// To what.
        change: Change,
        /// When it was read from the bus.
        at: Instant,
    },
}

/// What a unit changed to. systemd sends all of it with every change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::driver) struct Change {
    /// `active`, `failed`, …
    pub active: String,
    /// The unit type's own word.
    pub sub: String,
    /// The start that it is in.
    pub invocation: Option<String>,
    /// Whether something is queued for it.
    pub job: bool,
}

/// The task that reads everything that comes.
pub(super) struct Reader {
    /// The connection name of systemd: others may send what looks like its signals.
    pub systemd: String,
    pub events: broadcast::Sender<Arc<Event>>,
    pub life: CancellationToken,
    pub why: Arc<Mutex<Option<String>>>,
}

impl Reader {
    pub(super) async fn run(self, mut incoming: zbus::MessageStream) {
        let reason = loop {
            let message = tokio::select! {
                message = incoming.next() => message,
                () = self.life.cancelled() => return,
            };
            match message {
                Some(Ok(message)) if message.message_type() == Type::Signal => match self.read(&message) {
                    Some(Heard::Event(event)) => drop(self.events.send(Arc::new(event))),
                    Some(Heard::Restarted) => break "systemd has re-executed itself".to_owned(),
                    None => {}
                },
                Some(Ok(_)) => {}
                Some(Err(error)) => break tidy(&error.to_string()),
                None => break "the host ended it".to_owned(),
            }
        };
        note(&self.why, &reason);
        self.life.cancel();
    }

    fn read(&self, message: &zbus::Message) -> Option<Heard> {
        let header = message.header();
        let (sender, member) = (header.sender()?.as_str(), header.member()?.as_str());
        if member == "NameOwnerChanged" && sender == "org.freedesktop.DBus" {
            let (name, _, _): (String, String, String) = message.body().deserialize().ok()?;
            return (name == SYSTEMD).then_some(Heard::Restarted);
        }
        if sender != self.systemd {
            return None;
        }
        match member {
            "JobRemoved" => {
                let (_, job, _, result): (u32, OwnedObjectPath, String, String) = message.body().deserialize().ok()?;
                Some(Heard::Event(Event::JobRemoved { job: job.to_string(), result: tidy(&result) }))
            }
            "PropertiesChanged" => {
                let unit = header.path()?.to_string();
                let (_, properties, _): (String, HashMap<String, OwnedVariant>, Vec<String>) = message.body().deserialize().ok()?;
                Some(Heard::Event(Event::Changed { unit, change: change(&properties)?, at: Instant::now() }))
            }
            _ => None,
        }
    }
}

enum Heard {
    Event(Event),
    Restarted,
}

fn change(properties: &HashMap<String, OwnedVariant>) -> Option<Change> {
    let word = |name: &str| -> Option<String> { properties.get(name)?.downcast_ref::<&str>().ok().map(tidy) };
    let invocation = properties.get("InvocationID").and_then(|value| <Vec<u8>>::try_from(value.try_clone().ok()?).ok());
    let job = properties.get("Job").and_then(|value| <(u32, OwnedObjectPath)>::try_from(value.try_clone().ok()?).ok());
    Some(Change {
        active: word("ActiveState")?,
        sub: word("SubState")?,
        invocation: invocation.and_then(|bytes| crate::driver::unit::invocation(&bytes)),
        job: job.is_some_and(|(id, _)| id != 0),
    })
}
