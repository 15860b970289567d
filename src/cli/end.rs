//! How a verb ends: the same outcome as words, as a JSON document, and as an exit code.

use super::out::Out;
use crate::client::ClientError;
use crate::core::command::{Exit, Reason};
use crate::wire::{PlanView, RunView};
use crate::words::{Line, Tone};
use serde::Serialize;

/// The document that a verb ends with under `--json`, where it does not show something of its own.
#[derive(Debug, Default, Serialize)]
pub(super) struct Ended<'a> {
    /// `planned`, `done`, `refused`, `failed-nothing-changed`, `failed-partly`, `unknown` or `error`.
    pub(super) outcome: &'static str,
    /// The exit code.
    pub(super) exit: u8,
    /// Why, each with its remedy.
    pub(super) reasons: Vec<Reason>,
    /// The plan that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<&'a PlanView>,
    /// The run, as the monitor last told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<&'a RunView>,
    /// How long nothing served, in milliseconds, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outage_ms: Option<u64>,
}

impl Ended<'_> {
    /// An end without circumstances.
    pub(super) fn with(exit: Exit) -> Self {
        Self { outcome: word(exit), exit: exit as u8, ..Self::default() }
    }
}

/// The word of `--json` for an exit code.
pub(super) fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Internal | Exit::Usage => "error",
        Exit::Refused => "refused",
        Exit::NothingChanged => "failed-nothing-changed",
        Exit::Partly => "failed-partly",
        Exit::Unknown => "unknown",
    }
}

/// Ends with what the client met.
pub(super) fn client_error(error: &ClientError, out: &mut Out) -> Exit {
    reasons(error.exit(), error.reasons(), out)
}

/// Ends an act of which nothing was tried yet: without a monitor that is certain, so it is a refusal.
pub(super) fn before_act(error: &ClientError, out: &mut Out) -> Exit {
    let exit = if error.unasked() { Exit::Refused } else { error.exit() };
    reasons(exit, error.reasons(), out)
}

/// Ends with reasons, each with its remedy below it. Where something was done before, a refusal of the rest is an end in part.
pub(super) fn reasons(exit: Exit, reasons: Vec<Reason>, out: &mut Out) -> Exit {
    let partly = out.done_before() && matches!(exit, Exit::Refused | Exit::NothingChanged);
    let exit = if partly { Exit::Partly } else { exit };
    lines(exit, &reasons).into_iter().for_each(|line| out.complain(line));
    if out.look().json {
        out.document(&Ended { reasons, ..Ended::with(exit) });
    }
    exit
}

/// Ends with one reason.
pub(super) fn reason(exit: Exit, what: impl Into<String>, remedy: impl Into<String>, out: &mut Out) -> Exit {
    reasons(exit, vec![Reason::new(what, remedy)], out)
}

fn lines(exit: Exit, reasons: &[Reason]) -> Vec<Line> {
    let head = match exit {
        Exit::Refused => "refused; nothing was tried",
        Exit::Unknown => "unknown",
        Exit::Partly => "what was done so far holds; the rest is not done",
        _ => "error",
    };
    let mut lines = vec![Line::of(Tone::Bad, head)];
    for Reason { what, remedy } in reasons {
        lines.push(Line::from(format!("  {what}")));
        if !remedy.is_empty() {
            lines.push(Line::of(Tone::Faint, format!("    do: {remedy}")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Look;
    use crate::cli::testing::{Caught, caught};
    use crate::wire::{Failure, FailureKind};
    use crate::words::joined;

    #[test]
    fn a_refusal_shows_every_reason_with_its_remedy() {
        let reasons = [Reason::new("host a1 is silent", "bring it back"), Reason::new("db is unknown", "wait")];
        assert_eq!(
            joined(&lines(Exit::Refused, &reasons)),
            "refused; nothing was tried\n  host a1 is silent\n    do: bring it back\n  db is unknown\n    do: wait\n"
        );
    }

    #[test]
    fn a_refusal_is_a_json_document_too() {
        let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
        let error = ClientError::Failure(Failure::one(FailureKind::Refused, "no", "ask later"));
        assert_eq!(client_error(&error, &mut out), Exit::Refused);
        let said: serde_json::Value = serde_json::from_str(&stdout.text()).unwrap();
        assert_eq!(said, serde_json::json!({"outcome": "refused", "exit": 3, "reasons": [{"what": "no", "remedy": "ask later"}]}));
    }

    #[test]
    fn every_way_to_end_has_its_exit_code() {
        let socket = std::path::PathBuf::from("/x");
        let failure = |kind| ClientError::Failure(Failure::one(kind, "x", "y"));
        for (error, looking, acting) in [
            (ClientError::NotRunning { socket: socket.clone(), why: String::new() }, 6, 3),
            (ClientError::Denied { socket, guard: None, group: None }, 3, 3),
            (ClientError::LookOnly { host: String::new(), line: String::new() }, 3, 3),
            (ClientError::Unopened { socket: "m:/x".into(), why: String::new(), lasting: true }, 3, 3),
            (ClientError::Unopened { socket: "m:/x".into(), why: String::new(), lasting: false }, 6, 3),
            (ClientError::Protocol { theirs: 2, version: String::new() }, 3, 3),
            (ClientError::Lost(String::new()), 6, 6),
            (ClientError::TimedOut { what: "plan", after: std::time::Duration::ZERO }, 6, 6),
            (failure(FailureKind::BadRequest), 2, 2),
            (failure(FailureKind::Refused), 3, 3),
            (failure(FailureKind::Unknown), 6, 6),
            (failure(FailureKind::Internal), 1, 1),
        ] {
            let mut out = caught(Look::PIPE).out;
            assert_eq!(client_error(&error, &mut out) as u8, looking, "{error}");
            assert_eq!(before_act(&error, &mut out) as u8, acting, "{error}");
        }
    }
}
