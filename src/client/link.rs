//! A connection to a monitor, whatever carries it, with a helper for each request.

use super::ClientError;
use crate::core::command::{Command, Role};
use crate::core::record::{Record, RunId};
use crate::wire::{ChangesView, ConfigView, Known, LogView, ModeAsk, PlanView, ReloadAsk, Request, RunView, StatusView, Submit, Welcome};
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Makes connections to one monitor.
#[async_trait]
pub trait Dial: Send + Sync {
    /// A new connection that may do at least what `role` may: an observer takes any that may look.
    ///
    /// # Errors
    /// When there is no monitor, or this user may not talk to it.
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError>;
}

/// A connection on which `hello` has been said.
#[async_trait]
pub trait Link: Send {
    /// What the monitor said of itself and of this connection's role.
    fn welcome(&self) -> &Welcome;

    /// Asks, and waits for the answer until the deadline of the connection.
    ///
    /// Dropping the future loses the answer, not the request: the monitor may carry it out all the same.
    ///
    /// # Errors
    /// The monitor's own refusal as [`ClientError::Failure`], or what became of the connection.
    async fn call(&mut self, request: Request) -> Result<Value, ClientError>;

    /// What is new since the picture `known`; with `fresh`, after a look at every host.
    ///
    /// # Errors
    /// As [`Link::call`].
    async fn changes(&mut self, known: Option<Known>, fresh: bool) -> Result<ChangesView, ClientError> {
        let value = self.call(Request::Changes { known, fresh }).await?;
        serde_json::from_value(value).map_err(|error| ClientError::Garbled(format!("an answer that does not fit its request: {error}")))
    }

    /// Entries of the journal from index `from` on, or the last `limit` ones where it is 0.
    ///
    /// # Errors
    /// As [`Link::call`].
    async fn entries(&mut self, from: u64, limit: u32) -> Result<LogView, ClientError> {
        let value = self.call(Request::Log { from, limit }).await?;
        serde_json::from_value(value).map_err(|error| ClientError::Garbled(format!("an answer that does not fit its request: {error}")))
    }

    /// The next entry of the journal, after [`Request::Follow`] was answered. Waits without end; nothing is lost when
    /// the future is dropped.
    ///
    /// # Errors
    /// When the connection is gone.
    async fn next_event(&mut self) -> Result<Record, ClientError>;
}

impl dyn Link + '_ {
    async fn ask<T: DeserializeOwned>(&mut self, request: Request) -> Result<T, ClientError> {
        let value = self.call(request).await?;
        serde_json::from_value(value).map_err(|error| ClientError::Garbled(format!("an answer that does not fit its request: {error}")))
    }

    /// Everything that is known now; with `fresh`, after a look at every host.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn status(&mut self, fresh: bool) -> Result<StatusView, ClientError> {
        self.ask(Request::Status { fresh }).await
    }

    /// What `command` would do.
    ///
    /// # Errors
    /// As [`Link::call`]; a refusal has every reason.
    pub async fn plan(&mut self, command: Command, overrides: Vec<String>) -> Result<PlanView, ClientError> {
        self.ask(Request::Plan { command, overrides }).await
    }

    /// Has a command carried out; answered once its run is on stable storage.
    ///
    /// # Errors
    /// As [`Link::call`]. After anything but a [`ClientError::Failure`] the run may have been opened.
    pub async fn submit(&mut self, submit: Submit) -> Result<RunId, ClientError> {
        self.ask(Request::Submit(submit)).await
    }

    /// Turns a run back.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn abort(&mut self, run: RunId, reason: Option<String>) -> Result<RunView, ClientError> {
        self.ask(Request::Abort { run, reason }).await
    }

    /// Says whether the monitor is to act by itself; answered once that is on stable storage.
    ///
    /// # Errors
    /// As [`Link::call`]. After anything but a [`ClientError::Failure`] it may hold all the same.
    pub async fn mode(&mut self, mode: ModeAsk, reason: Option<String>) -> Result<(), ClientError> {
        self.ask(Request::Mode { mode, reason }).await
    }

    /// Acknowledges the last automatic failover; its run, once that is on stable storage.
    ///
    /// # Errors
    /// As [`Link::call`]. After anything but a [`ClientError::Failure`] it may be acknowledged all the same.
    pub async fn acknowledge(&mut self, reason: Option<String>) -> Result<RunId, ClientError> {
        self.ask(Request::Acknowledge { reason }).await
    }

    /// The configuration that the monitor runs by.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn config(&mut self) -> Result<ConfigView, ClientError> {
        self.ask(Request::Config).await
    }

    /// Has the configuration file read again; the hash of the configuration that will hold. The connection ends with the
    /// monitor's life.
    ///
    /// # Errors
    /// As [`Link::call`]; a refusal has every problem of the file. After anything but a [`ClientError::Failure`] it may have
    /// been done all the same.
    pub async fn reload(&mut self, ask: ReloadAsk) -> Result<String, ClientError> {
        self.ask(Request::Reload(ask)).await
    }

    /// Where `run`, or the last one, stands: when it is over or `wait` has passed.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn run(&mut self, run: Option<RunId>, wait: Duration) -> Result<RunView, ClientError> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.ask(Request::Run { run, wait_ms }).await
    }

    /// Entries of the journal from index `from` on, or the last `limit` ones where it is 0.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn log(&mut self, from: u64, limit: u32) -> Result<LogView, ClientError> {
        self.entries(from, limit).await
    }

    /// From now on entries come without most of what decisions rest on.
    ///
    /// # Errors
    /// As [`Link::call`]. A monitor that does not know this sends everything.
    pub async fn brief(&mut self) -> Result<(), ClientError> {
        match self.call(Request::Brief).await {
            Ok(_) | Err(ClientError::Failure(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Has new entries sent, for [`Link::next_event`]; the index of the last one before them.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub async fn follow(&mut self) -> Result<u64, ClientError> {
        self.ask(Request::Follow).await
    }
}
