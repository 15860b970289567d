//! A connection over any stream of bytes: requests out, answers and events in, a line each. The transports beside this file
//! open the stream.

use super::{ClientError, Link};
use crate::core::record::Record;
use crate::wire::{ChangesView, Failure, Hello, Incoming, Known, LogView, MAX_LINE, PROTOCOL, Request, Welcome};
use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// Events that came while an answer was waited for; more than so many end the connection.
const MAX_EVENTS: usize = 10_000;
/// What a look at every host may take on top.
const FRESH: Duration = Duration::from_secs(30);

/// What reading a configuration file may take on top.
const RELOAD: Duration = Duration::from_secs(10);

/// A connection to a monitor over a stream.
#[derive(Debug)]
pub struct Talk<S> {
    frames: Framed<S, LinesCodec>,
    welcome: Welcome,
    deadline: Duration,
    last_id: u64,
    events: VecDeque<Record>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Talk<S> {
    /// Says hello on a stream that leads to a monitor; this and every later wait end after `deadline`.
    ///
    /// # Errors
    /// When the other end is not heard, or the two do not speak the same protocol.
    pub(super) async fn begin(stream: S, deadline: Duration) -> Result<Self, ClientError> {
        let frames = Framed::new(stream, LinesCodec::new_with_max_length(MAX_LINE));
        let welcome = Welcome { protocol: 0, version: String::new(), cluster: String::new(), role: crate::core::command::Role::Observer };
        let mut talk = Self { frames, welcome, deadline, last_id: 0, events: VecDeque::new() };
        let client = format!("switchtower {}", env!("CARGO_PKG_VERSION"));
        let answer = talk.call(Request::Hello(Hello { protocol: PROTOCOL, client })).await?;
        talk.welcome = welcome_from(answer)?;
        Ok(talk)
    }

    /// The next line of the monitor.
    async fn line(&mut self) -> Result<String, ClientError> {
        match self.frames.next().await {
            None => Err(ClientError::Lost("the monitor closed it".into())),
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => {
                Err(ClientError::Lost(format!("the monitor sent a line of more than {MAX_LINE} bytes")))
            }
            Some(Err(LinesCodecError::Io(error))) => Err(ClientError::Lost(error.to_string())),
            Some(Ok(line)) => Ok(line),
        }
    }

    /// The answer to a request, in its own shape: that of a large cluster never becomes a value.
    async fn exchange<T: DeserializeOwned>(&mut self, request: Request) -> Result<Option<T>, ClientError> {
        self.last_id = self.last_id.saturating_add(1);
        let id = self.last_id;
        let line = crate::wire::encode(&Incoming::new(id, request));
        self.frames.send(line).await.map_err(|error| ClientError::Lost(error.to_string()))?;
        loop {
            let line = self.line().await?;
            let said: Said<T> = match serde_json::from_str(&line) {
                Ok(said) => said,
                // It may be an answer of another shape, which nobody waits for.
                Err(error) => match parse::<Said<IgnoredAny>>(&line)?.id {
                    Some(other) if other < id => continue,
                    _ => return Err(senseless(&error)),
                },
            };
            match said {
                Said { method: Some(_), params, .. } => self.keep(params)?,
                // An answer that nobody waits for any more.
                Said { id: Some(other), .. } if other < id => {}
                Said { id: Some(other), .. } if other > id => {
                    return Err(ClientError::Garbled(format!("an answer to request {other}, which was never made")));
                }
                Said { result, error, .. } => return error.map_or(Ok(result), |failure| Err(failure.into())),
            }
        }
    }

    async fn in_time<T: DeserializeOwned>(&mut self, request: Request) -> Result<Option<T>, ClientError> {
        let (what, more) = patience(&request);
        let after = self.deadline.saturating_add(more);
        timeout(after, self.exchange(request)).await.map_err(|_| ClientError::TimedOut { what, after })?
    }

    fn keep(&mut self, record: Option<Record>) -> Result<(), ClientError> {
        if self.events.len() >= MAX_EVENTS {
            return Err(ClientError::Lost(format!("more than {MAX_EVENTS} events came before they could be taken")));
        }
        self.events.push_back(event(record)?);
        Ok(())
    }
}

#[async_trait]
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Link for Talk<S> {
    fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    async fn call(&mut self, request: Request) -> Result<Value, ClientError> {
        self.in_time(request).await.map(Option::unwrap_or_default)
    }

    async fn changes(&mut self, known: Option<Known>, fresh: bool) -> Result<ChangesView, ClientError> {
        let answer = self.in_time(Request::Changes { known, fresh }).await?;
        answer.ok_or_else(|| ClientError::Garbled("an answer without a picture".into()))
    }

    async fn entries(&mut self, from: u64, limit: u32) -> Result<LogView, ClientError> {
        let answer = self.in_time(Request::Log { from, limit }).await?;
        answer.ok_or_else(|| ClientError::Garbled("an answer without entries".into()))
    }

    async fn next_event(&mut self) -> Result<Record, ClientError> {
        if let Some(record) = self.events.pop_front() {
            return Ok(record);
        }
        loop {
            let said: Said<IgnoredAny> = parse(&self.line().await?)?;
            if said.method.is_some() {
                return event(said.params);
            }
        }
    }
}

/// A line of the monitor: an answer, or an event. Read at once into what it is: pictures and entries never become values.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Said<T> {
    id: Option<u64>,
    method: Option<String>,
    params: Option<Record>,
    #[serde(default = "Option::default")]
    result: Option<T>,
    error: Option<Failure>,
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, ClientError> {
    serde_json::from_str(line).map_err(|error| senseless(&error))
}

fn senseless(error: &serde_json::Error) -> ClientError {
    ClientError::Garbled(format!("a line that makes no sense: {error}"))
}

/// The name of a request, and how long its answer may take on top of the deadline.
fn patience(request: &Request) -> (&'static str, Duration) {
    match request {
        Request::Hello(_) => ("hello", Duration::ZERO),
        Request::Status { fresh: true } => ("a fresh status", FRESH),
        Request::Status { fresh: false } => ("status", Duration::ZERO),
        Request::Changes { fresh, .. } => ("a picture", if *fresh { FRESH } else { Duration::ZERO }),
        Request::Plan { .. } => ("plan", Duration::ZERO),
        Request::Submit(_) => ("submit", Duration::ZERO),
        Request::Abort { .. } => ("abort", Duration::ZERO),
        Request::Mode { .. } => ("mode", Duration::ZERO),
        Request::Acknowledge { .. } => ("acknowledge", Duration::ZERO),
        Request::Config => ("config", Duration::ZERO),
        Request::Reload(_) => ("reload", RELOAD),
        Request::Run { wait_ms, .. } => ("run", Duration::from_millis(*wait_ms)),
        Request::Log { .. } => ("log", Duration::ZERO),
        Request::Brief => ("brief", Duration::ZERO),
        Request::Follow => ("follow", Duration::ZERO),
        Request::Peer(_) => ("a word of another monitor", Duration::ZERO),
    }
}

fn event(record: Option<Record>) -> Result<Record, ClientError> {
    record.ok_or_else(|| ClientError::Garbled("an event without its entry".into()))
}

/// The version is looked at first: of another protocol nothing else need be readable.
fn welcome_from(answer: Value) -> Result<Welcome, ClientError> {
    let theirs = answer.get("protocol").and_then(Value::as_u64);
    match theirs {
        Some(theirs) if theirs == u64::from(PROTOCOL) => {
            serde_json::from_value(answer).map_err(|error| ClientError::Garbled(format!("a welcome that makes no sense: {error}")))
        }
        Some(theirs) => {
            let version = answer.get("version").and_then(Value::as_str).unwrap_or("unknown");
            Err(ClientError::Protocol { theirs, version: version.chars().take(40).collect() })
        }
        None => Err(ClientError::Garbled("a welcome without its protocol".into())),
    }
}
