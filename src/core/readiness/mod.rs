//! Whether a role could change now: checks, each with evidence and remedy, and what they weigh together.
//!
//! The planner asks before it plans, and the monitor keeps the answer warm: what is shown all the time is what would be
//! refused. Facts come in as a [`Picture`](crate::core::fact::Picture); nothing is looked up here.

pub(super) mod checks;
pub(super) mod hooks;
pub(super) mod maintenance;

use super::command::Reason;
use serde::{Deserialize, Serialize};

/// How a check came out, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// In order.
    Ok,
    /// It forbids the plan, unless somebody overrides it by its name.
    #[serde(alias = "warn")]
    SoftVeto,
    /// Nothing is known, and the plan may not go on without knowing.
    Unknown,
    /// It forbids the plan.
    #[serde(alias = "veto")]
    HardVeto,
}

impl Verdict {
    /// The words as they are shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::SoftVeto => "soft veto",
            Self::Unknown => "unknown",
            Self::HardVeto => "hard veto",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it is called where it is overridden, such as `enabled:app@a1`; empty in journals of before it had a name.
    #[serde(default)]
    pub id: String,
    /// What was checked, in words.
    pub name: String,
    /// How it came out.
    pub verdict: Verdict,
    /// Somebody has overridden it, and the plan goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overridden: bool,
    /// On what evidence.
    pub evidence: String,
    /// What to do about it; empty when it is in order.
    pub remedy: String,
}

impl Check {
    fn ok(id: impl Into<String>, name: impl Into<String>, evidence: impl Into<String>) -> Self {
        let (id, name, evidence) = (id.into(), name.into(), evidence.into());
        Self { id, name, verdict: Verdict::Ok, overridden: false, evidence, remedy: String::new() }
    }

    fn bad(
        id: impl Into<String>,
        name: impl Into<String>,
        verdict: Verdict,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (id, name, evidence, remedy) = (id.into(), name.into(), evidence.into(), remedy.into());
        Self { id, name, verdict, overridden: false, evidence, remedy }
    }

    /// It stands in the way of a plan.
    #[must_use]
    pub fn forbids(&self) -> bool {
        self.verdict != Verdict::Ok && !self.overridden
    }
}

/// Marks the soft vetoes that `overrides` names as overridden. A name that no soft veto has is itself a reason to refuse.
pub(super) fn overrule(checks: &mut [Check], overrides: &[String]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for name in overrides {
        match checks.iter_mut().find(|c| c.id == *name) {
            Some(check) if check.verdict == Verdict::SoftVeto => check.overridden = true,
            Some(check) => reasons.push(Reason::new(
                format!("{name} cannot be overridden: it is {}, and only a soft veto can", check.verdict.word()),
                "leave this override out",
            )),
            None => reasons.push(Reason::new(
                format!("there is no check called {} to override", name.chars().filter(|c| !c.is_control()).take(80).collect::<String>()),
                "take its name from the plan that was refused",
            )),
        }
    }
    reasons
}

/// The reasons in `checks` that forbid a plan.
pub(super) fn vetoes(checks: &[Check]) -> Vec<Reason> {
    let reason = |c: &Check| {
        let remedy = match c.verdict {
            Verdict::SoftVeto => format!("{}; or go on regardless with `--override {}`", c.remedy, c.id),
            _ => c.remedy.clone(),
        };
        Reason::new(format!("{}: {}", c.name, c.evidence), remedy)
    };
    checks.iter().filter(|c| c.forbids()).map(reason).collect()
}
