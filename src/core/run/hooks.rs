//! What is particular to hooks in a run: they are never in doubt for longer than they may take, what may not veto fails without
//! consequences, and while nothing but hooks was begun there is a way back.
//!
//! The machine calls it. Nothing here repeats what nobody can say of whether it was done.

use super::machine::MOST_SENT;
use super::{Found, Run, StepRun, StepState, Way};
use crate::core::command::End;
use crate::core::model::HookCall;
use crate::core::plan::Step;

/// Where a hook in doubt stands after a look. Only its `status` can say that it is to be sent once more.
pub(super) fn settled(hook: &HookCall, was: &StepRun, way: Way, found: Found, detail: &str) -> StepState {
    let unsent = matches!(was.state, StepState::Doubtful { unsent: true, .. });
    let unknown = || {
        let what = if way == Way::Forth { "it ran" } else { "its undo ran" };
        format!("hook {}: unknown whether {what}: {detail}", hook.name)
    };
    let detail = detail.to_owned();
    match (way, found) {
        (Way::Forth, Found::Done) => StepState::Done { detail },
        (Way::Back, Found::Done) => StepState::Undone { detail },
        (_, Found::NotDone) if unsent || (hook.status.is_some() && was.attempts(way) < MOST_SENT) => StepState::Waiting,
        (Way::Forth, Found::NotDone) if hook.status.is_some() => StepState::Failed { detail, ran: false },
        (Way::Forth, _) => StepState::Failed { detail: unknown(), ran: true },
        (Way::Back, _) if unsent => StepState::NotUndone { detail },
        (Way::Back, _) => StepState::NotUndone { detail: unknown() },
    }
}

impl Run {
    /// Nothing was begun but hooks, of which one may yet stop it all: a plan that only goes forward does so from its first
    /// other step on.
    pub(super) fn only_hooks(&self) -> bool {
        let is = |step: &Step, vetoes: bool| step.service.hook().is_some_and(|hook| !vetoes || hook.vetoes);
        let begun = |step: &Step| self.steps.get(&step.id).is_some_and(StepRun::begun);
        self.plan.steps.iter().any(|step| is(step, true)) && !self.plan.steps.iter().any(|step| !is(step, false) && begun(step))
    }

    /// It is over, and all of it is done but hooks that it could go on without.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        let done = |step: &Step| step.may_fail() || matches!(self.state(step.id), Some(StepState::Done { .. }));
        matches!(self.end(), Some(End::Done | End::Partly { .. })) && self.plan.steps.iter().all(done)
    }

    /// Hooks of which something may be left on the way back, since nothing takes them back: in words, for the end.
    pub(super) fn kept_hooks(&self) -> Option<String> {
        let kept = |step: &&Step| {
            let ran = matches!(self.state(step.id), Some(StepState::Done { .. } | StepState::Failed { ran: true, .. }));
            step.undo.is_none() && ran && self.steps.get(&step.id).is_some_and(StepRun::begun)
        };
        let name = |step: &Step| Some(step.service.hook()?.name.to_string());
        let names: Vec<String> = self.plan.steps.iter().filter(kept).filter_map(name).collect();
        (!names.is_empty()).then(|| format!("not taken back, having no undo: hook {}", names.join(", hook ")))
    }
}

#[cfg(test)]
mod tests;
