//! A console in the hand of a test: the shop as it should be, keys by their names, answers as the monitor would give them.

use crate::client::Submitted;
use crate::console::effect::{Effect, Question};
use crate::console::event::{Answer, Event, LinkEvent, Moment, Ticket};
use crate::console::keymap::Key;
use crate::console::reduce::dialog::of;
use crate::console::settings::Settings;
use crate::console::state::{Dialog, Layer, Size, Stage, State};
use crate::console::term::Raw;
use crate::console::update::update;
use crate::core::command::{Command, End, Reason, Role};
use crate::core::model::{HostName, Side, SiteName};
use crate::core::plan::Plan;
use crate::core::record::{Record, RunId};
use crate::core::run::Outcome;
use crate::wire::testing::{run_records, run_view, shop_plan, shop_status};
use crate::wire::{Failure, FailureKind, PROTOCOL, PlanView, RunView, StatusView, Welcome};
use crossterm::event::{KeyEvent, KeyModifiers};

/// A console.
pub struct Desk {
    pub state: State,
    pub status: StatusView,
    now: u64,
}

impl Desk {
    /// It is connected as an operator and has a picture.
    pub fn new() -> Self {
        Self::with(Settings::default(), Role::Operator)
    }

    pub fn with(settings: Settings, role: Role) -> Self {
        let state = State::new(settings, Size { cols: 80, rows: 24 }, jiff::Timestamp::UNIX_EPOCH);
        let mut desk = Self { state, status: shop_status(), now: 1_000 };
        let welcome = Welcome { protocol: PROTOCOL, version: "1".into(), cluster: "c".into(), role };
        desk.event(Event::Link(LinkEvent::Up(welcome)));
        desk.picture(|_| {});
        desk
    }

    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.state, Moment(self.now), jiff::Timestamp::UNIX_EPOCH, event)
    }

    /// A key by its name.
    pub fn key(&mut self, name: &str) -> Vec<Effect> {
        let key = Key::parse(name).unwrap();
        let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        self.event(Event::Raw(Raw::Key(KeyEvent::new(key.code, modifiers))))
    }

    /// Each character as a key.
    pub fn types(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.key(&if c == ' ' { "space".to_owned() } else { c.to_string() })).collect()
    }

    /// A line of the palette.
    pub fn line(&mut self, line: &str) -> Vec<Effect> {
        let mut effects = self.key(":");
        effects.extend(self.types(line));
        effects.extend(self.key("enter"));
        effects
    }

    /// Time goes by in ticks of a second, with a picture each.
    pub fn pass(&mut self, ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for _ in 0..ms / 500 {
            self.now += 500;
            effects.extend(self.picture(|_| {}));
            effects.extend(self.event(Event::Tick));
        }
        effects
    }

    /// Time goes by without anything from the monitor.
    pub fn silence(&mut self, ms: u64) -> Vec<Effect> {
        self.now += ms;
        self.event(Event::Tick)
    }

    /// The next picture, in which this is different.
    pub fn picture(&mut self, change: impl FnOnce(&mut StatusView)) -> Vec<Effect> {
        change(&mut self.status);
        let status = Box::new(self.status.clone());
        self.event(Event::Link(LinkEvent::Picture(status)))
    }

    pub fn down(&mut self) -> Vec<Effect> {
        self.event(Event::Link(LinkEvent::Down { why: "connection refused".into(), remedy: String::new(), retry_ms: 500 }))
    }

    pub fn entries(&mut self, records: &[Record]) -> Vec<Effect> {
        self.event(Event::Link(LinkEvent::Entries(records.to_vec())))
    }

    pub fn answer(&mut self, ticket: Ticket, answer: Answer) -> Vec<Effect> {
        self.event(Event::Answer(ticket, answer))
    }

    /// Answers the question for a plan.
    pub fn planned(&mut self, effects: &[Effect], plan: &Plan) -> Vec<Effect> {
        self.answer(plan_ticket(effects), Answer::Planned(Ok(view(plan))))
    }

    /// Refuses the question for a plan.
    pub fn refused(&mut self, effects: &[Effect], reasons: Vec<Reason>) -> Vec<Effect> {
        let failure = Failure::new(FailureKind::Refused, reasons);
        self.answer(plan_ticket(effects), Answer::Planned(Err(failure.into())))
    }

    pub fn opened(&mut self, effects: &[Effect], run: u64) -> Vec<Effect> {
        self.answer(act_ticket(effects), Answer::Submitted(Submitted::As(RunId(run))))
    }

    pub fn dialog(&self) -> &Dialog {
        of(&self.state).expect("a dialog")
    }

    pub fn stage(&self) -> &Stage {
        &self.dialog().stage
    }

    /// A switchover of which the plan is on the screen.
    pub fn switchover(&mut self) -> Plan {
        let (plan, asked) = (plan(), self.line("switchover"));
        self.planned(&asked, &plan);
        plan
    }

    /// The same, confirmed and opened as run 5.
    pub fn under_way(&mut self) -> Plan {
        let plan = self.switchover();
        self.types("south");
        let sent = self.key("enter");
        self.opened(&sent, 5);
        plan
    }

    pub fn notices(&self) -> Vec<(String, bool)> {
        self.state.notices.at(Moment(self.now)).map(|notice| (notice.text.clone(), notice.stays)).collect()
    }

    pub fn top(&self) -> &'static str {
        match self.state.layers.last() {
            None => "nothing",
            Some(Layer::Help(_)) => "help",
            Some(Layer::Palette(_)) => "palette",
            Some(Layer::Menu(_)) => "menu",
            Some(Layer::Break(_)) => "break",
            Some(Layer::Filter { .. }) => "filter",
            Some(Layer::Dialog(_)) => "dialog",
        }
    }
}

pub fn south() -> SiteName {
    SiteName::new("south").unwrap()
}

/// The plan of a switchover to the south.
pub fn plan() -> Plan {
    shop_plan(&Command::Switchover { to: Some(south()) }, Some(Side::Primary))
}

/// A plan that fences a1.
pub fn fence_plan() -> Plan {
    let command = Command::Fence { host: HostName::new("a1").unwrap(), by_word: true };
    Plan { command, summary: "take a1 as switched off".into(), confirm: "c".into(), steps: Vec::new(), ..plan() }
}

pub fn view(plan: &Plan) -> Box<PlanView> {
    Box::new(PlanView { hash: plan.hash().as_str().to_owned(), plan: plan.clone(), expected: Default::default() })
}

/// The entries of a run of the switchover that ends so.
pub fn entries(end: End) -> Vec<Record> {
    let bad = if end == End::Done { None } else { Some(3) };
    run_records(5, &plan(), |step| if Some(step.0) == bad { Outcome::Failed } else { Outcome::Done }, end)
}

/// The run as it stands after so many entries.
pub fn run(records: &[Record], after: usize) -> RunView {
    run_view(&records[..after.min(records.len())]).unwrap()
}

pub fn acting(effects: &[Effect]) -> Vec<&Question> {
    let mut all = Vec::new();
    for effect in effects {
        match effect {
            Effect::Ask(_, question) if super::acts(question) => all.push(question),
            _ => {}
        }
    }
    all
}

pub fn plan_ticket(effects: &[Effect]) -> Ticket {
    let ticket = |effect: &Effect| match effect {
        Effect::Ask(ticket, Question::Plan { .. }) => Some(*ticket),
        _ => None,
    };
    effects.iter().rev().find_map(ticket).expect("a plan is asked for")
}

pub fn act_ticket(effects: &[Effect]) -> Ticket {
    let ticket = |effect: &Effect| match effect {
        Effect::Ask(ticket, question) if super::acts(question) => Some(*ticket),
        _ => None,
    };
    effects.iter().find_map(ticket).expect("something is handed in")
}
