//! What lies above the panes: help, the command line, the menu of acts, a filter, a dialog. A stack; the topmost has the keys.

use crate::client::ClientError;
use crate::console::event::{Moment, Ticket};
use crate::core::command::{Class, Command, Reason};
use crate::core::record::RunId;
use crate::wire::{ModeAsk, PlanView, RunView, StatusView};
use std::sync::Arc;
use tui_input::Input;

/// One of them.
#[derive(Debug)]
pub enum Layer {
    /// The keys.
    Help(HelpState),
    /// The command line.
    Palette(PaletteState),
    /// What can be done with what is selected.
    Menu(MenuState),
    /// What can be broken on purpose.
    Break(MenuState),
    /// The filter of the focused list is being typed; what it was before.
    Filter {
        /// What is typed.
        input: Input,
        /// What held before, for `esc`.
        before: String,
    },
    /// An act: its plan, its confirmation, its progress.
    Dialog(Box<Dialog>),
}

/// The help.
#[derive(Debug, Default)]
pub struct HelpState {
    /// What is searched for.
    pub query: Input,
    /// It is being typed.
    pub typing: bool,
    /// Lines that are scrolled away.
    pub scroll: usize,
}

/// The command line.
#[derive(Debug, Default)]
pub struct PaletteState {
    /// What is typed.
    pub input: Input,
    /// Which of the completions is chosen.
    pub chosen: usize,
    /// Somebody went to it on purpose: `enter` then takes it into the line.
    pub moved: bool,
    /// How far back in the history; 0 is what is typed now.
    pub back: usize,
    /// What was typed before the history was looked at.
    pub draft: String,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
}

/// The menu of acts.
#[derive(Debug, Default)]
pub struct MenuState {
    /// Which is chosen, by its line: rows come and go with the runs that are open. The first unless somebody has moved.
    pub chosen: Option<String>,
    /// Why what was chosen last is not opened.
    pub wrong: Option<String>,
}

/// What is to be asked of the monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// A command, with a plan.
    Command {
        /// Which.
        command: Command,
        /// Soft vetoes to be overridden.
        overrides: Vec<String>,
    },
    /// Turning a run back.
    Abort(RunId),
    /// Whether the monitor acts by itself.
    Mode(ModeAsk),
    /// The end of a pause.
    Resume(ModeAsk),
    /// The last automatic failover was seen.
    Acknowledge,
    /// Nothing: a run of somebody else is watched.
    Watch(RunId),
}

impl Order {
    /// How dangerous it is.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Command { command, .. } => command.class(),
            Self::Abort(_) | Self::Mode(_) | Self::Resume(_) | Self::Acknowledge => Class::Nudge,
            Self::Watch(_) => Class::Look,
        }
    }

    /// It is not taken without a reason.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        match self {
            Self::Command { command, .. } => command.needs_reason(),
            order => matches!(order, Self::Mode(ModeAsk::Pause { .. })),
        }
    }

    /// What it is, in words: `switchover to south`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Command { command, .. } => crate::words::asked(command),
            Self::Abort(run) => format!("abort of {run}"),
            Self::Mode(ModeAsk::Automatic) => "automatic".to_owned(),
            Self::Mode(ModeAsk::ObserveOnly) => "observe-only".to_owned(),
            Self::Mode(ModeAsk::Pause { .. }) => "pause".to_owned(),
            Self::Resume(_) => "resume".to_owned(),
            Self::Acknowledge => "acknowledge".to_owned(),
            Self::Watch(run) => format!("run {run}"),
        }
    }
}

/// Which line of a dialog is typed into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field {
    /// The word.
    #[default]
    Word,
    /// The reason.
    Reason,
}

/// An act on its way from the plan to its end. Bound to what it is about, never to what is selected.
#[derive(Debug)]
pub struct Dialog {
    /// What is to be asked.
    pub order: Order,
    /// Where it stands.
    pub stage: Stage,
    /// What was true when the plan was shown.
    pub basis: Option<Arc<StatusView>>,
    /// What has changed since; the word that was typed is gone with it.
    pub changed: Vec<String>,
    /// The word.
    pub word: Input,
    /// Why.
    pub reason: Input,
    /// Which of them is typed into.
    pub field: Field,
    /// Lines that are scrolled away.
    pub scroll: usize,
    /// Which of the reasons that stand in the way is chosen.
    pub chosen: usize,
    /// What `enter` still misses.
    pub said: Option<String>,
    /// When the monitor was last heard while this was open.
    pub heard: Moment,
    /// When it last became another one by itself, under the fingers of whoever types.
    pub shaken: Option<Moment>,
    /// It was not heard for a while: the plan is asked for again once it is.
    pub cut: bool,
}

/// Where a dialog stands.
#[derive(Debug)]
pub enum Stage {
    /// The plan is being asked for.
    Planning(Ticket),
    /// It cannot be done: why. There is nothing to type into.
    Blocked(Vec<Reason>),
    /// The plan could not be had: the monitor does not answer.
    Unplanned(ClientError),
    /// It is shown and waits for its confirmation. `None` where there is nothing to plan: a nudge.
    Asking(Option<Box<PlanView>>),
    /// Everything was typed; it is looked at once more.
    SecondLook {
        /// The plan that was on the screen while it was typed.
        plan: Box<PlanView>,
        /// `enter` does nothing before.
        until: Moment,
        /// The plan was asked for once more, and that was not answered yet.
        asked: Option<Ticket>,
    },
    /// An abort: the run as it stands.
    Turning(Box<RunView>),
    /// Handed in: what becomes of it stands in the tasks.
    Sent(Ticket),
}

impl Dialog {
    /// A dialog about `order`, nothing typed yet.
    #[must_use]
    pub fn new(order: Order, stage: Stage) -> Self {
        Self {
            order,
            stage,
            basis: None,
            changed: Vec::new(),
            word: Input::default(),
            reason: Input::default(),
            field: Field::Word,
            scroll: 0,
            chosen: 0,
            said: None,
            heard: Moment::default(),
            shaken: None,
            cut: false,
        }
    }

    /// The plan that is on the screen and waits for its confirmation.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanView> {
        match &self.stage {
            Stage::Asking(Some(plan)) | Stage::SecondLook { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// The reason, where one was typed.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        Some(self.reason.value().trim()).filter(|reason| !reason.is_empty())
    }
}
