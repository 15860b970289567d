//! The way to the service on this host: one question at a time over its socket, each with a deadline.

use crate::core::command::{Exit, Reason};
use crate::wire::host::{
    HOST_MAX_LINE, HOST_PROTOCOL, HostAnswer, HostAsk, HostHello, HostIncoming, HostOutgoing, HostRefusal, HostRefusalKind,
};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// How long an answer may take, on top of what is asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// Nobody is there.
    #[error("no host service answers at {0}: {1}")]
    Away(PathBuf, String),
    /// The socket is for others.
    #[error("you may not use the socket {0}")]
    Denied(PathBuf),
    /// It refuses.
    #[error("{0}")]
    Refused(Box<HostRefusal>),
    /// The answer did not come, or was none.
    #[error("the host service did not answer: {0}")]
    Lost(String),
}

impl LinkError {
    /// The exit code; `acting` where it is then not known what was done.
    pub(super) fn exit(&self, acting: bool) -> Exit {
        match self {
            Self::Away(..) if acting => Exit::Refused,
            Self::Away(..) | Self::Lost(_) => Exit::Unknown,
            Self::Denied(_) | Self::Refused(_) => Exit::Refused,
        }
    }

    /// In words, with a remedy.
    pub(super) fn reason(&self) -> Reason {
        let remedy = match self {
            Self::Away(..) => "start the service, or name its file with --file",
            Self::Denied(_) => "be root, or a member of the group that the service's file names",
            Self::Refused(refusal) => match refusal.kind {
                HostRefusalKind::MonitorHeard => "",
                HostRefusalKind::Record => "make room on its disk, or mend the rights of its folder",
                _ => "`switchtower host status` shows what it knows",
            },
            Self::Lost(_) => "look with `switchtower host status` before you ask again",
        };
        Reason::new(self.to_string(), remedy)
    }
}

/// A connection that is welcome.
#[derive(Debug)]
pub(super) struct Link {
    stream: BufReader<UnixStream>,
    asked: u64,
}

impl Link {
    /// Connects as a person on the host.
    pub(super) async fn open(socket: &Path) -> Result<Self, LinkError> {
        let connected = tokio::time::timeout(PATIENCE, UnixStream::connect(socket)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) if error.kind() == ErrorKind::PermissionDenied => return Err(LinkError::Denied(socket.to_owned())),
            Ok(Err(error)) => return Err(LinkError::Away(socket.to_owned(), error.to_string())),
            Err(_) => return Err(LinkError::Lost("it takes no connection".to_owned())),
        };
        let mut link = Self { stream: BufReader::new(stream), asked: 0 };
        let client = format!("switchtower {}", env!("CARGO_PKG_VERSION"));
        let hello = HostHello { protocol: HOST_PROTOCOL, cluster: None, client };
        match link.ask(HostAsk::Hello(hello), Duration::ZERO).await? {
            HostAnswer::Welcome { .. } => Ok(link),
            _ => Err(odd()),
        }
    }

    /// Asks, and waits for the answer as long as it may `take`, and a little longer.
    pub(super) async fn ask(&mut self, ask: HostAsk, take: Duration) -> Result<HostAnswer, LinkError> {
        self.asked = self.asked.saturating_add(1);
        let question = HostIncoming { id: self.asked, ask };
        let asking = self.exchange(question);
        tokio::time::timeout(take + PATIENCE, asking).await.unwrap_or_else(|_| Err(LinkError::Lost("in time".to_owned())))
    }

    async fn exchange(&mut self, question: HostIncoming) -> Result<HostAnswer, LinkError> {
        let lost = |error: std::io::Error| LinkError::Lost(error.to_string());
        let mut line = serde_json::to_string(&question).map_err(|error| lost(error.into()))?;
        line.push('\n');
        self.stream.write_all(line.as_bytes()).await.map_err(lost)?;
        let mut line = String::new();
        (&mut self.stream).take(HOST_MAX_LINE as u64).read_line(&mut line).await.map_err(lost)?;
        match serde_json::from_str(&line) {
            Ok(HostOutgoing::Answer { id, answer }) if id == question.id => Ok(answer),
            Ok(HostOutgoing::Refused { refusal, .. }) => Err(LinkError::Refused(Box::new(refusal))),
            _ => Err(odd()),
        }
    }
}

/// What is said of an answer to another question.
pub(super) fn odd() -> LinkError {
    LinkError::Lost("it said something else".to_owned())
}
