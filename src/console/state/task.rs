//! What was asked for from this console and is not over yet, with or without its dialog.

use super::Order;
use crate::console::event::{Moment, Ticket};
use crate::core::command::End;
use crate::core::plan::StepId;
use crate::core::record::{Body, Record, RunId};
use crate::core::run::StepState;
use crate::wire::{PlanView, RunView, rebuilt};
use crate::words::Outage;

/// How many ended ones are kept, to be looked at again.
const KEPT: usize = 16;
/// Entries of a run that are kept, to measure the outage.
const RECORDS: usize = 4_000;

/// Where something stands that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Handed in; not answered yet.
    Sent,
    /// Handed in, and nobody knows what became of it; why.
    Unknown(String),
    /// Its run is open.
    Open,
    /// Its run is over.
    Over(End),
    /// It was refused, or is certain not to have been taken; why.
    NotTaken(String),
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The question that handed it in.
    pub ticket: Ticket,
    /// In words: `switchover to south`.
    pub what: String,
    /// Since when.
    pub since: Moment,
    /// Where it stands.
    pub progress: Progress,
    /// Its run, once that is known.
    pub run: Option<RunId>,
    /// The run as it was last heard, and when.
    pub view: Option<(Moment, RunView)>,
    /// What was handed in.
    pub order: Order,
    /// The plan, where it was handed in from here.
    pub plan: Option<Box<PlanView>>,
    /// Since when each step that is under way is seen to be.
    pub begun: Vec<(StepId, Moment)>,
    /// When it was last asked for, so that it is not asked for too often.
    pub asked: Moment,
    /// And that was not answered yet.
    pub waits: bool,
    /// Whether everything answered after its end, as the journal tells it.
    pub serving: Option<String>,
    /// Entries of its run, its opening among them.
    records: Vec<Record>,
}

/// All of them, the newest last.
#[derive(Debug, Default)]
pub struct Tasks(Vec<Task>);

impl Tasks {
    /// Something was handed in.
    pub fn begin(&mut self, task: Task) {
        self.0.push(task);
        while self.0.len() > KEPT {
            // What is not known yet is never forgotten for something newer.
            let newest = self.0.len() - 1;
            let Some(over) = self.0.iter().take(newest).position(|task| task.is_over() || task.watches()) else { break };
            self.0.remove(over);
        }
    }

    /// As much as can be followed is under way: nothing more is to be handed in.
    #[must_use]
    pub fn full(&self) -> bool {
        self.0.iter().filter(|task| !task.is_over() && !task.watches()).count() >= KEPT
    }

    /// The one that was handed in under this ticket.
    #[must_use]
    pub fn of(&self, ticket: Ticket) -> Option<&Task> {
        self.0.iter().find(|task| task.ticket == ticket)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, ticket: Ticket) -> Option<&mut Task> {
        self.0.iter_mut().find(|task| task.ticket == ticket)
    }

    /// All, the newest last.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.0.iter()
    }

    /// Forgets those that are not worth keeping.
    pub fn retain(&mut self, keep: impl FnMut(&Task) -> bool) {
        self.0.retain(keep);
    }

    /// All, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Task> {
        self.0.iter_mut()
    }
}

impl Task {
    /// Something that is handed in now, under `ticket`.
    #[must_use]
    pub fn new(ticket: Ticket, order: Order, now: Moment) -> Self {
        Self {
            ticket,
            what: order.words(),
            since: now,
            progress: Progress::Sent,
            run: None,
            view: None,
            order,
            plan: None,
            begun: Vec::new(),
            asked: now,
            waits: false,
            serving: None,
            records: Vec::new(),
        }
    }

    /// It turns a run back: that everything is undone is then what was asked for.
    #[must_use]
    pub fn undoes(&self) -> bool {
        matches!(self.order, Order::Abort(_))
    }

    /// It only watches what somebody else has asked for.
    #[must_use]
    pub fn watches(&self) -> bool {
        matches!(self.order, Order::Watch(_))
    }

    /// Takes in how its run stands; what is heard after the end changes nothing.
    pub fn see(&mut self, now: Moment, view: RunView) {
        let under_way = |state: &StepState| matches!(state, StepState::Running { .. } | StepState::Doubtful { .. });
        self.begun.retain(|(id, _)| view.steps.iter().any(|step| step.id == *id && under_way(&step.state)));
        for step in view.steps.iter().filter(|step| under_way(&step.state)) {
            if !self.begun.iter().any(|(id, _)| *id == step.id) {
                self.begun.push((step.id, now));
            }
        }
        self.view = Some((now, view));
    }

    /// Its run is over: where the entries that were kept tell all of it, they say how each step stands.
    pub fn retell(&mut self, now: Moment) {
        let open = self.view.as_ref().is_none_or(|(_, view)| view.end.is_none());
        let told = self.run.filter(|_| open).and_then(|run| rebuilt(run, &self.records));
        if let Some(view) = told.filter(|view| view.end.is_some()) {
            self.see(now, view);
        }
    }

    /// It is over, and how its run stood at the end was not heard yet: what is known of its steps is from before.
    #[must_use]
    pub fn untold(&self) -> bool {
        matches!(self.progress, Progress::Over(_)) && self.view.as_ref().is_some_and(|(_, view)| view.end.is_none())
    }

    /// What its numbers mean is gone: nobody can say any more what became of it, and why.
    pub fn lose(&mut self, why: &str) {
        (self.run, self.view, self.waits) = (None, None, false);
        self.records.clear();
        self.progress = Progress::Unknown(why.to_owned());
    }

    /// Keeps an entry of its run.
    pub fn keep(&mut self, record: &Record) {
        if self.records.len() < RECORDS && self.records.last().is_none_or(|last| last.index < record.index) {
            self.records.push(record.clone());
        }
    }

    /// Whether an entry of it is such a one.
    pub fn has(&self, such: impl Fn(&Record) -> bool) -> bool {
        self.records.iter().any(such)
    }

    /// The run that was opened by the plan that was handed in, as the journal has it.
    #[must_use]
    pub fn opened(&self) -> Option<RunId> {
        let hash = &self.plan.as_ref()?.hash;
        let opening = self.records.iter().find(|r| matches!(&r.body, Body::RunOpened { hash: h, .. } if h == hash))?;
        Some(RunId(opening.index))
    }

    /// The outage, as far as its entries tell it.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        Outage::measured(&self.records)
    }

    /// Nothing more comes of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.progress, Progress::Over(_) | Progress::NotTaken(_))
    }
}
