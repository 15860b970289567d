//! Lines: JSON-RPC 2.0 requests, answers and notifications.

use super::Request;
use crate::core::command::{Exit, Reason};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest line, in bytes: a status of as many components as a configuration may have takes about half of it.
pub const MAX_LINE: usize = 64 * 1024 * 1024;

/// A line from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Always `2.0`.
    pub jsonrpc: String,
    /// Chosen by the client, repeated in the answer.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub request: Request,
}

impl Incoming {
    /// A request with its number.
    #[must_use]
    pub fn new(id: u64, request: Request) -> Self {
        Self { jsonrpc: "2.0".to_owned(), id, request }
    }
}

/// A line from the monitor: an answer, or a notification without `id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Always `2.0`.
    pub jsonrpc: String,
    /// The request's number; none for a notification, and none where the line could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// `event` for a notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The entry of the journal that a notification is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Or why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// JSON-RPC's number for the kind.
    pub code: i32,
    /// In a sentence.
    pub message: String,
    /// The kind, and each reason with its remedy.
    pub data: Details,
}

/// What stands behind a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The kind.
    pub kind: FailureKind,
    /// Every reason.
    pub reasons: Vec<Reason>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The line is no request, or its parameters do not fit.
    BadRequest,
    /// The command is not carried out; nothing was tried.
    Refused,
    /// Nobody can say at the moment.
    Unknown,
    /// Something inside went wrong.
    Internal,
}

impl FailureKind {
    /// The exit code of a command that ends so.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::BadRequest => Exit::Usage,
            Self::Refused => Exit::Refused,
            Self::Unknown => Exit::Unknown,
            Self::Internal => Exit::Internal,
        }
    }
}

impl Failure {
    /// A failure for these reasons.
    #[must_use]
    pub fn new(kind: FailureKind, reasons: Vec<Reason>) -> Self {
        let code = match kind {
            FailureKind::BadRequest => -32600,
            FailureKind::Internal => -32603,
            FailureKind::Refused => 3,
            FailureKind::Unknown => 6,
        };
        let message = reasons.iter().map(|r| r.what.as_str()).collect::<Vec<_>>().join("; ");
        Self { code, message, data: Details { kind, reasons } }
    }

    /// A failure for one reason.
    pub fn one(kind: FailureKind, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(kind, vec![Reason::new(what, remedy)])
    }
}

impl Outgoing {
    /// The answer to request `id`.
    #[must_use]
    pub fn answer(id: Option<u64>, result: Result<Value, Failure>) -> Self {
        let (result, error) = match result {
            Ok(value) => (Some(value), None),
            Err(failure) => (None, Some(failure)),
        };
        Self { jsonrpc: "2.0".to_owned(), id, method: None, params: None, result, error }
    }

    /// A notification of a new entry.
    #[must_use]
    pub fn event(record: Value) -> Self {
        let method = Some("event".to_owned());
        Self { jsonrpc: "2.0".to_owned(), id: None, method, params: Some(record), result: None, error: None }
    }
}

/// An answer as [`Outgoing::answer`] writes it, from what need not become a value first: pictures are long.
#[must_use]
pub fn answered<T: Serialize>(id: u64, result: &T) -> String {
    #[derive(Serialize)]
    struct Answer<'a, T> {
        jsonrpc: &'a str,
        id: u64,
        result: &'a T,
    }
    encode(&Answer { jsonrpc: "2.0", id, result })
}

/// A line from a value, without the line end.
#[must_use]
pub fn encode<T: Serialize>(value: &T) -> String {
    // Our own types always serialise; an empty line would be answered as a bad request.
    serde_json::to_string(value).unwrap_or_default()
}

/// A value from a line.
///
/// # Errors
/// A [`FailureKind::BadRequest`] that says where the line stops making sense.
pub fn decode<T: for<'de> Deserialize<'de>>(line: &str) -> Result<T, Failure> {
    serde_json::from_str(line).map_err(|error| {
        let what = format!("this line is not understood: {error}");
        Failure::one(FailureKind::BadRequest, what, "send one JSON-RPC 2.0 request a line; `hello` is the first")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::Command;
    use crate::wire::{Hello, PROTOCOL, Submit};
    use proptest::prelude::*;

    #[test]
    fn requests_survive_the_line() {
        let requests = [
            Request::Hello(Hello { protocol: PROTOCOL, client: "x".into() }),
            Request::Status { fresh: true },
            Request::Plan { command: Command::Switchover { to: None }, overrides: vec!["enabled:db@a1".into()] },
            Request::Submit(Submit {
                command: Command::Stop,
                plan: "ab".into(),
                confirm: "north".into(),
                reason: None,
                overrides: Vec::new(),
            }),
            Request::Brief,
            Request::Follow,
        ];
        for request in requests {
            let line = encode(&Incoming::new(7, request.clone()));
            assert!(!line.contains('\n'));
            assert_eq!(decode::<Incoming>(&line).unwrap().request, request, "{line}");
        }
    }

    #[test]
    fn a_request_can_be_written_by_hand() {
        let line = r#"{"jsonrpc":"2.0","id":1,"method":"plan","params":{"command":{"verb":"switchover","to":"south"}}}"#;
        let Request::Plan { command: Command::Switchover { to: Some(site) }, .. } = decode::<Incoming>(line).unwrap().request else {
            panic!("{line}")
        };
        assert_eq!(site.as_str(), "south");
    }

    #[test]
    fn a_decision_is_told_briefly_without_what_grows_with_the_cluster_and_says_so() {
        use crate::core::record::{Body, Record};
        use crate::core::trigger::{Acts, Choice};
        use crate::wire::testing::{decided, note, situation};
        let whole = decided(3, Choice::Quiet, Acts::Nothing, "db is lost", situation("cafe"));
        let brief = whole.briefly().unwrap();
        let (Body::Decided { decision: of_all }, Body::Decided { decision }) = (&whole.body, &brief.body) else { panic!() };
        assert_eq!((&decision.why, decision.brief, of_all.brief), (&of_all.why, true, false));
        assert_eq!((&decision.situation.config, &decision.situation.stance), (&of_all.situation.config, &of_all.situation.stance));
        let text = serde_json::to_string(&brief).unwrap();
        assert!(!text.contains("a1") && text.contains("\"brief\":true"), "{text}");
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), brief);
        assert!(!serde_json::to_string(&whole).unwrap().contains("brief"), "the journal is written as before");
        assert_eq!(note(1).briefly(), None);
    }

    proptest! {
        #[test]
        fn no_line_makes_the_reader_panic(line in "\\PC*") {
            let _ = decode::<Incoming>(&line);
            let _ = decode::<Outgoing>(&line);
        }
    }
}
