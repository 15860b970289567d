//! Puts the hooks of a move around its steps: those that come before one after the other, then everything else, then those
//! that come after. The point of no return stays where it is.
//!
//! Called by the planners of moves with a draft that is otherwise complete.

use super::Ground;
use super::draft::Draft;
use super::stepset::StepSet;
use super::types::{Action, NoReturn, Step, StepId, Undo};
use crate::core::model::{Hook, Moving, Service, Side, When, typed};
use crate::core::readiness::{Check, hooks};

/// A move that has hooks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    pub(super) of: Moving,
    pub(super) from: Side,
    pub(super) to: Side,
}

impl Around {
    /// `draft` with the hooks of this move, and with what is to be said of those that cannot run.
    pub(super) fn put(self, mut draft: Draft, ground: &Ground<'_>) -> Draft {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for hook in ground.cluster.hooks.values().filter(|hook| hook.is_for(self.of, self.to)) {
            let hindrance = hooks::hindrance(hook, ground.picture, ground.unguarded, ground.maintenance);
            draft.checks.push(hooks::can_run(hook, self.of, hindrance.as_ref()));
            match (hindrance, hook.when) {
                (Some(found), _) => draft.summary.push_str(&format!("; hook {} is left out: {}", hook.name, found.what)),
                (None, When::Before) => before.push(hook),
                (None, When::After) => after.push(hook),
            }
        }
        if !before.is_empty() {
            make_room(&mut draft, before.len());
        }
        let last = StepId::at(before.len() + draft.steps.len());
        let first: Vec<Step> = before.iter().enumerate().map(|(at, hook)| self.before(hook, at, last, ground)).collect();
        draft.steps.splice(0..0, first);
        for hook in after {
            let waits = ends(&draft.steps);
            let step = self.step(hook, StepId::at(draft.steps.len() + 1), waits, ground);
            draft.steps.push(step);
        }
        draft
    }

    /// The hook that is the `at`-th of those before; it is undone after all else, up to the step `last`.
    fn before(self, hook: &Hook, at: usize, last: StepId, ground: &Ground<'_>) -> Step {
        let id = StepId::at(at + 1);
        let waits = if at == 0 { StepSet::default() } else { [StepId::at(at)].into() };
        let step = self.step(hook, id, waits, ground);
        let undo = hook.undo.as_ref().map(|argv| Undo {
            action: Action::Stop,
            command: typed(argv),
            timeout_ms: hook.timeout_ms,
            after: StepSet::range(StepId::at(at + 2), last),
        });
        Step { undo, ..step }
    }

    fn step(self, hook: &Hook, id: StepId, after: StepSet, ground: &Ground<'_>) -> Step {
        let call = hook.call(self.of, ground.cluster.site(self.from).clone(), ground.cluster.site(self.to).clone());
        Step {
            id,
            component: None,
            side: self.to,
            host: hook.host.clone(),
            command: typed(&hook.run),
            service: Service::Hook(Box::new(call)),
            action: Action::Start,
            timeout_ms: hook.timeout_ms,
            after,
            rivals: Vec::new(),
            in_place: false,
            undo: None,
        }
    }
}

/// The checks of hooks before a move to `to` that somebody asks for, of whatever kind it will be.
pub(super) fn planned_checks(ground: &Ground<'_>, to: Side) -> Vec<Check> {
    let kinds = [Some(Moving::Switchover), (to == Side::Primary).then_some(Moving::Switchback)];
    let kind = |hook: &&Hook| kinds.into_iter().flatten().find(|kind| hook.is_for(*kind, to));
    let check = |hook: &Hook| {
        let hindrance = hooks::hindrance(hook, ground.picture, ground.unguarded, ground.maintenance);
        Some(hooks::can_run(hook, kind(&hook)?, hindrance.as_ref()))
    };
    ground.cluster.hooks.values().filter_map(check).collect()
}

/// Numbers the steps of `draft` anew, behind `count` others of which each waits for the one before it.
fn make_room(draft: &mut Draft, count: usize) {
    let moved = |id: &StepId| StepId::at(usize::from(id.0) + count);
    for step in &mut draft.steps {
        step.id = moved(&step.id);
        step.after = if step.after.is_empty() { [StepId::at(count)].into() } else { step.after.moved(count) };
        if let Some(undo) = &mut step.undo {
            undo.after = undo.after.moved(count);
        }
    }
    if let NoReturn::After { steps } = &mut draft.no_return {
        *steps = steps.iter().map(moved).collect();
    }
}

/// The steps that no other one waits for.
fn ends(steps: &[Step]) -> StepSet {
    let mut waited = StepSet::default();
    steps.iter().for_each(|step| waited.unite(&step.after));
    steps.iter().map(|step| step.id).filter(|id| !waited.contains(id)).collect()
}

#[cfg(test)]
mod tests;
