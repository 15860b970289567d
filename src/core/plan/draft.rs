//! A plan before its checks have been weighed, and what people feel of it.

use super::types::{Action, Impact, NoReturn, Plan, Step, longest_way};
use super::{Ground, Wanted};
use crate::core::command::{Command, Refusal};
use crate::core::readiness::{Check, overrule, vetoes};
use std::collections::BTreeSet;

pub(super) struct Draft {
    pub(super) command: Command,
    pub(super) summary: String,
    /// The word that confirms it.
    pub(super) confirm: String,
    pub(super) before: Wanted,
    pub(super) afterwards: Wanted,
    pub(super) no_return: NoReturn,
    pub(super) checks: Vec<Check>,
    pub(super) steps: Vec<Step>,
}

impl Draft {
    /// The plan, if nothing forbids it.
    pub(super) fn finish(mut self, ground: &Ground<'_>) -> Result<Plan, Refusal> {
        let mut reasons = overrule(&mut self.checks, ground.overrides);
        reasons.extend(vetoes(&self.checks));
        if !reasons.is_empty() {
            return Err(Refusal { reasons });
        }
        Ok(Plan {
            command: self.command,
            cluster: ground.cluster.name.clone(),
            summary: self.summary,
            confirm: self.confirm,
            before: self.before,
            afterwards: self.afterwards,
            impact: impact(&self.steps, self.no_return == NoReturn::FromTheStart),
            steps: self.steps,
            no_return: self.no_return,
            checks: self.checks,
            config: ground.config.to_owned(),
        })
    }
}

/// In a plan that only goes `forward` every stop is of something that runs; in others one without a way back is not.
fn impact(steps: &[Step], forward: bool) -> Impact {
    let running = |s: &&Step| s.action == Action::Stop && (s.undo.is_some() || forward);
    let stops: BTreeSet<_> = steps.iter().filter(running).filter_map(|s| s.component.clone()).collect();
    Impact {
        longest_outage_ms: if stops.is_empty() { 0 } else { longest_way(steps, |step| step.timeout_ms) },
        interrupted: stops.into_iter().collect(),
        data_at_risk: Vec::new(),
    }
}
