//! The monitor comes back, and is perhaps another one; and who is told about what, how often.

use crate::console::act::kit::{Desk, act_ticket};
use crate::console::effect::Effect;
use crate::console::event::{Answer, Event, LinkEvent, Ticket};
use crate::console::settings::{ForCluster, Settings};
use crate::console::state::{Progress, Size};
use crate::console::theme::Theme;
use crate::console::ui;
use crate::core::command::Role;
use crate::wire::testing::note;
use crate::wire::{PROTOCOL, Verdict, Welcome};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[test]
fn another_cluster_after_a_reconnect_has_its_own_settings() {
    let of = ForCluster { read_only: true, ..ForCluster::default() };
    let settings = Settings { clusters: [("prod".to_owned(), of)].into(), ..Settings::default() };
    let mut desk = Desk::with(settings, Role::Operator);
    desk.down();
    let welcome = Welcome { protocol: PROTOCOL, version: "1".into(), cluster: "prod".into(), role: Role::Operator };
    desk.event(Event::Link(LinkEvent::Up(welcome)));
    desk.picture(|status| status.cluster = "prod".into());
    assert!(desk.state.read_only().is_some());
}

#[test]
fn what_was_known_of_another_journal_is_forgotten_and_what_was_handed_in_is_unknown() {
    let mut desk = Desk::new();
    desk.entries(&(1..=30).map(note).collect::<Vec<_>>());
    desk.switchover();
    desk.types("south");
    let sent = act_ticket(&desk.key("enter"));
    desk.event(Event::Link(LinkEvent::Anew));
    desk.entries(&(1..=3).map(note).collect::<Vec<_>>());
    assert_eq!(desk.state.journal.last(), 3);
    let progress = &desk.state.tasks.of(sent).unwrap().progress;
    assert!(matches!(progress, Progress::Unknown(why) if why.contains("another one")), "{progress:?}");
}

#[test]
fn an_entry_that_comes_late_does_not_hide_the_one_that_is_selected() {
    let mut desk = Desk::new();
    desk.entries(&(1..=5).map(note).collect::<Vec<_>>());
    for key in ["l", "enter", "k"] {
        desk.key(key);
    }
    let at = desk.state.log.selected.unwrap();
    desk.answer(Ticket(90), Answer::Entry(at, Ok(Some(Box::new(note(at))))));
    desk.answer(Ticket(89), Answer::Entry(at + 1, Ok(Some(Box::new(note(at + 1))))));
    assert_eq!(desk.state.raw_entry.as_ref().map(|(of, _)| *of), Some(at));
}

#[test]
fn a_plan_says_what_else_may_be_on_its_way() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let sent = act_ticket(&desk.key("enter"));
    desk.answer(sent, Answer::StillUnknown("lost".into()));
    desk.key("esc");
    desk.switchover();
    desk.state.size = Size { cols: 100, rows: 40 };
    let mut terminal = Terminal::new(TestBackend::new(100, 40)).unwrap();
    terminal.draw(|frame| ui::draw(&desk.state, &Theme::builtin("default").unwrap(), frame)).unwrap();
    let text = crate::console::screen::text(terminal.backend().buffer());
    assert!(text.contains("it is not known yet whether it was taken"), "{text}");
}

#[test]
fn a_verdict_that_comes_and_goes_rings_seldom() {
    let mut desk = Desk::new();
    let mut bells = 0;
    for at in 0..60 {
        desk.pass(500);
        let verdict = if at % 2 == 0 { Verdict::Degraded } else { Verdict::Ok };
        bells += desk.picture(|status| status.verdict = verdict).iter().filter(|effect| matches!(effect, Effect::Bell)).count();
    }
    assert!((1..=7).contains(&bells), "{bells} bells in 30 s");
}

#[test]
fn the_window_is_not_called_well_while_nobody_hears_the_monitor() {
    let effects = Desk::new().down();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Title(title) if title.contains("does not answer"))), "{effects:?}");
}
