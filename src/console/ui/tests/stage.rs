//! A console without a terminal: events in, screens out.

use crate::console::effect::Effect;
use crate::console::event::{Event, LinkEvent, Moment};
use crate::console::keymap::Key;
use crate::console::settings::Settings;
use crate::console::state::{Size, State};
use crate::console::term::Raw;
use crate::console::theme::Theme;
use crate::console::{screen, ui, update};
use crate::core::command::Role;
use crate::core::fact;
use crate::core::health::{Health, Judged};
use crate::core::model::Mode;
use crate::core::record::Body;
use crate::wire::{StatusView, Verdict, Welcome};
use crate::words::testing::{record, shop_status};
use crossterm::event::{KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// A console, and the clock in its hand.
pub struct Stage {
    pub state: State,
    pub ms: u64,
    pub theme: Theme,
}

impl Stage {
    /// Nothing known yet.
    pub fn new(cols: u16, rows: u16) -> Self {
        Self::with(Settings::default(), cols, rows)
    }

    pub fn with(settings: Settings, cols: u16, rows: u16) -> Self {
        let theme = Theme::builtin("default").unwrap();
        Self { state: State::new(settings, Size { cols, rows }, shop_status().at), ms: 0, theme }
    }

    /// The monitor answers, and has said this.
    pub fn up(mut self, status: StatusView) -> Self {
        self.welcome(Role::Operator);
        self.picture(status);
        self
    }

    pub fn welcome(&mut self, role: Role) {
        let welcome = Welcome { protocol: 1, version: "0.1.0".into(), cluster: "shop".into(), role };
        self.event(Event::Link(LinkEvent::Up(welcome)));
    }

    pub fn picture(&mut self, status: StatusView) {
        self.event(Event::Link(LinkEvent::Picture(Box::new(status))));
    }

    /// Entries of every severity.
    pub fn journal(mut self) -> Self {
        let note = |index, text: &str| record(index, Body::Note { text: text.to_owned() });
        let refused = crate::core::command::Reason::new("host a1 is silent", "look at it");
        let command = crate::core::command::Command::Switchover { to: None };
        let records = vec![
            note(1, "the monitor was started"),
            note(2, "a1 answers"),
            record(3, Body::Refused { who: crate::words::testing::alice(), command, reasons: vec![refused] }),
            note(4, "db on a1 was looked at"),
        ];
        self.event(Event::Link(LinkEvent::Entries(records)));
        self
    }

    pub fn down(&mut self) {
        let why = "no connection to m1: connection refused".to_owned();
        let remedy = "is the monitor running?".to_owned();
        self.event(Event::Link(LinkEvent::Down { why, remedy, retry_ms: 3_000 }));
    }

    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        let since = i64::try_from(self.ms).unwrap();
        let wall = shop_status().at + jiff::SignedDuration::from_millis(since);
        update::update(&mut self.state, Moment(self.ms), wall, event)
    }

    pub fn press(&mut self, keys: &[&str]) -> Vec<Effect> {
        keys.iter().flat_map(|key| self.key(Key::parse(key).unwrap())).collect()
    }

    pub fn key(&mut self, key: Key) -> Vec<Effect> {
        let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        self.event(Event::Raw(Raw::Key(KeyEvent::new(key.code, modifiers))))
    }

    /// So many milliseconds later.
    pub fn later(&mut self, ms: u64) {
        self.ms += ms;
        self.event(Event::Tick);
    }

    pub fn buffer(&self) -> Buffer {
        let Size { cols, rows } = self.state.size;
        let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
        terminal.draw(|frame| ui::draw(&self.state, &self.theme, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    pub fn text(&self) -> String {
        screen::text(&self.buffer())
    }
}

/// The shop, served by north.
pub fn well() -> StatusView {
    let mut status = shop_status();
    status.cluster = "shop".into();
    for p in status.components.iter_mut().flat_map(|c| &mut c.placements) {
        p.since_ms = Some(1_047_600_000);
    }
    status.hosts.iter_mut().for_each(|host| host.since_ms = Some(7_500_000));
    status
}

/// The same, with db failed on a1 and b1 silent.
pub fn troubled() -> StatusView {
    let mut status = well();
    status.verdict = Verdict::Degraded;
    let db = status.components.iter_mut().find(|c| c.name.to_string() == "db").unwrap();
    let on_a1 = &mut db.placements[0];
    (on_a1.observed, on_a1.state, on_a1.agrees) = (Some(Mode::Stopped), fact::State::Failed, false);
    on_a1.detail = "db.service failed (exit-code)".into();
    on_a1.health = Some(Judged { health: Health::Down, why: "its host says that it is failed".into() });
    let b1 = status.hosts.iter_mut().find(|h| h.name.to_string() == "b1").unwrap();
    (b1.answers, b1.why, b1.age_ms) = (Some(false), Some("no route to host".into()), Some(41_000));
    b1.health = Judged { health: Health::Unknown, why: "silent to us, and nobody else could say".into() };
    for p in status.components.iter_mut().flat_map(|c| &mut c.placements).filter(|p| p.host.to_string() == "b1") {
        p.age_ms = Some(41_000);
    }
    status
}
