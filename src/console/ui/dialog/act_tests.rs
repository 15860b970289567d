use crate::client::Submitted;
use crate::console::act::kit::{Desk, act_ticket, entries, fence_plan, run};
use crate::console::effect::Effect;
use crate::console::event::Answer;
use crate::console::theme::Theme;
use crate::core::command::{End, Reason, Role};
use crate::core::health::Health;
use crate::wire::{Failure, FailureKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// What stands above the panes, as text.
fn screen(desk: &Desk, cols: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
    let theme = Theme::builtin("default").unwrap();
    terminal
        .draw(|frame| {
            super::draw(
                &desk.state,
                &theme,
                frame,
                ratatui::layout::Rect { y: 2.min(rows), height: rows.saturating_sub(2), ..frame.area() },
            )
        })
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let line = |y: u16| (0..cols).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>().trim_end().to_owned();
    (2..rows).map(line).collect::<Vec<_>>().join("\n")
}

fn snap(name: &str, desk: &mut Desk) {
    let text = screen(desk, 80, 24);
    insta::assert_snapshot!(name, text);
    desk.state.settings.ascii = true;
    assert!(screen(desk, 80, 24).is_ascii(), "{name}: {}", screen(desk, 80, 24));
}

#[test]
fn a_plan_and_its_input() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("sou");
    snap("plan", &mut desk);
    desk.state.settings.ascii = false;
    desk.picture(|status| status.hosts[1].health.health = Health::Down);
    snap("plan-changed", &mut desk);
}

#[test]
fn what_is_typed_into_is_seen_whatever_room_there_is() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("sou");
    for (cols, rows) in [(80, 24), (60, 15), (40, 14), (200, 60), (110, 12)] {
        let text = screen(&desk, cols, rows);
        assert!(text.contains("type south to go on: sou"), "{cols}x{rows}\n{text}");
    }
    for (cols, rows) in [(0, 0), (1, 1), (5, 3), (10, 4), (7, 60), (300, 2)] {
        screen(&desk, cols, rows);
    }
}

#[test]
fn a_blocked_plan() {
    let mut desk = Desk::new();
    let asked = desk.line("switchover");
    let reasons = vec![
        Reason::new("b1 answers: it did not answer the last look: connection refused", "start b1, or look at its network"),
        Reason::new("db does not start by itself: it is enabled", "disable it; or go on regardless with `--override enabled:db@a1`"),
    ];
    desk.refused(&asked, reasons);
    desk.key("down");
    snap("blocked", &mut desk);
}

#[test]
fn a_run_and_its_ends() {
    let mut desk = Desk::new();
    desk.under_way();
    let records = entries(End::Done);
    desk.picture(|status| status.open_runs = vec![run(&records, 6)]);
    desk.pass(2_000);
    snap("progress", &mut desk);
    desk.state.settings.ascii = false;
    desk.down();
    desk.silence(30_000);
    snap("unknown", &mut desk);
    desk.state.settings.ascii = false;
    desk.picture(|status| status.open_runs.clear());
    desk.entries(&records);
    desk.answer(crate::console::event::Ticket(999), Answer::Run(crate::core::record::RunId(5), Ok(Box::new(run(&records, records.len())))));
    snap("done", &mut desk);
}

#[test]
fn a_run_that_failed() {
    let mut desk = Desk::new();
    desk.under_way();
    let end =
        End::Partly { why: "step 3, systemctl stop app.service on a1: it did not stop".into(), left: vec!["step 3 is not undone".into()] };
    let records = entries(end);
    desk.entries(&records);
    desk.answer(crate::console::event::Ticket(999), Answer::Run(crate::core::record::RunId(5), Ok(Box::new(run(&records, records.len())))));
    snap("partly", &mut desk);
}

#[test]
fn a_refusal() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let sent: Vec<Effect> = desk.key("enter");
    let failure = Failure::one(FailureKind::Refused, "the plan that was shown is stale", "look at the plan again");
    desk.answer(act_ticket(&sent), Answer::Submitted(Submitted::Refused(failure.into())));
    snap("refused", &mut desk);
}

#[test]
fn a_fence() {
    let mut desk = Desk::new();
    desk.picture(|status| status.hosts[0].answers = Some(false));
    let asked = desk.line("fence a1 by-word");
    desk.planned(&asked, &fence_plan());
    desk.types("c");
    desk.key("tab");
    desk.types("cable pulled");
    snap("fence", &mut desk);
    desk.state.settings.ascii = false;
    desk.key("enter");
    snap("second-look", &mut desk);
}

#[test]
fn a_nudge_and_an_abort() {
    let mut desk = Desk::new();
    desk.line("pause 2h kernel update");
    snap("nudge", &mut desk);
    desk.state.settings.ascii = false;
    desk.key("esc");
    desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 6)]);
    desk.line("abort");
    snap("abort", &mut desk);
}

#[test]
fn the_menu_and_the_palette() {
    let mut desk = Desk::new();
    desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 4)]);
    desk.key("a");
    desk.key("j");
    snap("menu", &mut desk);
    desk.state.settings.ascii = false;
    desk.key("esc");
    desk.key(":");
    desk.types("s");
    desk.key("down");
    snap("palette", &mut desk);
    desk.state.settings.ascii = false;
    desk.key("esc");
    desk.line("fence a1");
    snap("palette-wrong", &mut desk);
}

#[test]
fn a_plan_for_who_may_only_look() {
    let mut desk = Desk::with(crate::console::settings::Settings::default(), Role::Observer);
    desk.switchover();
    snap("read-only", &mut desk);
}
