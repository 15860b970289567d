//! Whether those who use the cluster got answers after a run: a run that is done has switched, which is not yet serving.

use crate::core::command::End;
use crate::core::record::{Body, Record};
use crate::core::run::RunEvent;
use crate::words::{all_but_hooks, span};
use serde::Serialize;

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "service")]
pub(in crate::cli) enum Service {
    /// Everything that has an acceptance probe answered.
    Serving {
        /// From the end of the run to the last first answer, in milliseconds.
        after_ms: u64,
    },
    /// Roles were switched, and not everything answered.
    NotServing {
        /// So long it was tried, in milliseconds.
        after_ms: u64,
        /// Components that did not answer, and why.
        failing: Vec<String>,
    },
    /// Roles were switched; the journal does not say whether anything answered.
    Switched,
}

impl Service {
    /// What the records of a run say; nothing where it did not switch roles to their end.
    pub(super) fn of(records: &[Record]) -> Option<Self> {
        let serving = records.iter().find_map(|r| match &r.body {
            Body::Serving { after_ms, failing, .. } if failing.is_empty() => Some(Self::Serving { after_ms: *after_ms }),
            Body::Serving { after_ms, failing, .. } => Some(Self::NotServing { after_ms: *after_ms, failing: failing.clone() }),
            _ => None,
        });
        serving.or_else(|| switched(records).then_some(Self::Switched))
    }
}

/// The run is done, and another side serves than before.
fn switched(records: &[Record]) -> bool {
    let ended = |wanted: fn(&End) -> bool| {
        let is = |r: &Record| matches!(&r.body, Body::Run { event: RunEvent::Closed { end }, .. } if wanted(end));
        records.iter().any(is)
    };
    let (done, partly) = (ended(|end| *end == End::Done), ended(|end| matches!(end, End::Partly { .. })));
    let moves = |r: &Record| match &r.body {
        Body::RunOpened { plan, .. } => {
            let all = done || (partly && all_but_hooks(plan, records));
            all && plan.afterwards.side().is_some_and(|side| plan.before.side() != Some(side))
        }
        _ => false,
    };
    records.iter().any(moves)
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Serving { after_ms } => write!(f, "switched, and serving {} after the end of the run", span(*after_ms)),
            Self::NotServing { after_ms, failing } => {
                write!(f, "switched, and not serving {} after the end of the run: {}", span(*after_ms), failing.join("; "))
            }
            Self::Switched => f.write_str("switched; the journal does not say whether anything answered"),
        }
    }
}
