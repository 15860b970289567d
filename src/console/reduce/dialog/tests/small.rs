//! What is not on the screen is not answered, and what is on it is true: sizes, changes, and the end of a run.

use crate::console::act::kit::{Desk, acting, entries, run, south};
use crate::console::effect::Effect;
use crate::console::event::{Event, Moment};
use crate::console::settings::Settings;
use crate::console::state::Layer;
use crate::console::term::Raw;
use crate::console::theme::Theme;
use crate::console::workbench::Breakage;
use crate::core::command::{End, Reason, Role};
use crate::core::health::Health;
use crate::wire::Verdict;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn sized(desk: &mut Desk, cols: u16, rows: u16) {
    desk.event(Event::Raw(Raw::Resize(cols, rows)));
}

fn screen(desk: &Desk) -> String {
    let size = desk.state.size;
    let mut terminal = Terminal::new(TestBackend::new(size.cols, size.rows)).unwrap();
    let theme = Theme::builtin("default").unwrap();
    terminal.draw(|frame| crate::console::ui::draw(&desk.state, &theme, frame)).unwrap();
    crate::console::screen::text(terminal.backend().buffer())
}

#[test]
fn nothing_is_confirmed_while_nothing_of_it_is_on_the_screen() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("sou");
    sized(&mut desk, 30, 4);
    let mut effects = desk.types("south");
    effects.extend(desk.event(Event::Raw(Raw::Paste("south".into()))));
    effects.extend(desk.key("enter"));
    assert!(acting(&effects).is_empty() && desk.top() == "dialog");
    assert_eq!(desk.key("q"), [Effect::Quit], "the one line says so");
    sized(&mut desk, 80, 24);
    assert_eq!(desk.dialog().word.value(), "", "what was typed is void");
    assert!(screen(&desk).contains("what was typed is void"), "{}", screen(&desk));
    desk.types("south");
    assert_eq!(acting(&desk.key("enter")).len(), 1);
}

#[test]
fn a_nudge_is_not_answered_unseen_and_closes() {
    let mut desk = Desk::new();
    desk.line("pause 2h kernel update");
    sized(&mut desk, 39, 24);
    assert!(acting(&desk.key("y")).is_empty() && desk.top() == "dialog");
    desk.key("esc");
    assert_eq!(desk.top(), "nothing");
    for key in [":", "a", "?", "/"] {
        desk.key(key);
        assert_eq!(desk.top(), "nothing", "{key} opens nothing that is not seen");
    }
}

#[test]
fn a_dialog_is_answered_once_its_line_and_its_plan_are_seen() {
    for (cols, rows) in [(40, 6), (40, 8)] {
        let mut desk = Desk::new();
        sized(&mut desk, cols, rows);
        desk.switchover();
        assert!(screen(&desk).contains("to be answered"), "{}", screen(&desk));
        desk.types("south");
        assert!(acting(&desk.key("enter")).is_empty(), "{cols}x{rows}");
        let needed = crate::console::ui::act_needs(&desk.state).unwrap();
        sized(&mut desk, needed.cols, needed.rows);
        assert!(screen(&desk).contains("type south to go on"), "{}", screen(&desk));
        desk.types("south");
        assert_eq!(acting(&desk.key("enter")).len(), 1);
    }
}

#[test]
fn nothing_is_broken_that_is_not_seen() {
    let mut desk = Desk::new();
    let offer = Breakage { id: "app".into(), title: "Kill app".into(), about: "it is killed".into() };
    desk.event(Event::Offers(vec![offer]));
    desk.key("!");
    for (cols, rows) in [(30, 4), (40, 6)] {
        sized(&mut desk, cols, rows);
        assert!(desk.key("enter").is_empty() && desk.top() == "break", "{cols}x{rows}");
    }
    sized(&mut desk, 80, 24);
    assert_eq!(desk.key("enter"), [Effect::Break("app".into())]);
}

#[test]
fn what_has_changed_is_brought_into_sight() {
    let mut desk = Desk::new();
    desk.switchover();
    (0..4).for_each(|_| drop(desk.key("down")));
    assert!(desk.dialog().scroll > 0);
    desk.picture(|status| status.hosts[1].health.health = Health::Down);
    assert_eq!(desk.dialog().scroll, 0);
    assert!(screen(&desk).contains("changed since the plan was shown; what was typed is void"), "{}", screen(&desk));
}

#[test]
fn where_nothing_can_be_typed_nothing_is_void() {
    let mut desk = Desk::with(Settings::default(), Role::Observer);
    desk.switchover();
    desk.picture(|status| status.hosts[1].health.health = Health::Down);
    let text = screen(&desk);
    assert!(text.contains("changed since the plan was shown:") && !text.contains("what was typed"), "{text}");
}

#[test]
fn an_override_is_offered_only_where_one_is_possible() {
    let mut desk = Desk::new();
    let asked = desk.line("switchover");
    desk.refused(&asked, vec![Reason::new("b1 answers: it did not", "start b1")]);
    assert!(!screen(&desk).contains("overrides"), "{}", screen(&desk));
}

/// A run of which the end is in the journal while the last picture shows it under way.
fn ended(known: usize) -> Desk {
    let mut desk = Desk::new();
    desk.under_way();
    let records = entries(End::Done);
    desk.picture(|status| (status.open_runs, status.verdict) = (vec![run(&records, 6)], Verdict::Moving));
    assert!(screen(&desk).contains("MOVING") && screen(&desk).contains("running"), "{}", screen(&desk));
    desk.entries(&records[known..]);
    desk
}

#[test]
fn steps_of_a_run_that_is_over_stand_as_the_journal_has_them() {
    let text = screen(&ended(0));
    assert!(text.contains("done") && !text.contains("running") && !text.contains("waiting"), "{text}");
    assert!(!text.contains("MOVING") && !text.contains("not heard"), "{text}");
}

#[test]
fn steps_whose_end_was_not_heard_are_not_said_to_go_on() {
    let text = screen(&ended(1));
    assert!(text.contains("not heard") && !text.contains("running") && !text.contains("waiting"), "{text}");
    assert!(!text.contains("MOVING") && !text.contains("of at most"), "{text}");
}

#[test]
fn until_a_move_is_done_no_side_is_said_to_be_active() {
    let mut desk = Desk::new();
    let records = entries(End::Done);
    desk.picture(|status| {
        status.open_runs = vec![run(&records, 6)];
        status.active = Some(south());
    });
    let header = |desk: &Desk| screen(desk).lines().next().unwrap().to_owned();
    assert!(header(&desk).contains("\u{2192}south") && !header(&desk).contains("ACTIVE"), "{}", header(&desk));
    desk.state.settings.ascii = true;
    assert!(header(&desk).contains("->south"), "{}", header(&desk));
    desk.picture(|status| status.open_runs.clear());
    assert!(header(&desk).contains("south ACTIVE"), "{}", header(&desk));
}

#[test]
fn arrows_on_an_empty_line_bring_back_what_was_typed_before() {
    let mut desk = Desk::new();
    desk.line("pause 2h one");
    desk.key("esc");
    desk.line("pause 3h two");
    desk.key("esc");
    let typed = |desk: &Desk| match desk.state.layers.last() {
        Some(Layer::Palette(palette)) => palette.input.value().to_owned(),
        _ => panic!("no palette"),
    };
    desk.key(":");
    for (key, line) in [("up", "pause 3h two"), ("up", "pause 2h one"), ("down", "pause 3h two"), ("down", "")] {
        desk.key(key);
        assert_eq!(typed(&desk), line, "{key}");
    }
}

#[test]
fn what_is_told_leaves_the_way_to_the_help_on_the_screen() {
    let mut desk = Desk::new();
    desk.state.notices.say(Moment(1_000), crate::words::Tone::Plain, "a word ".repeat(30));
    let last = screen(&desk).lines().last().unwrap().trim_end().to_owned();
    assert!(last.contains("a word") && last.ends_with("? help  : command"), "{last}");
}

#[test]
fn a_silence_is_as_long_as_what_is_shown_is_old_and_what_it_would_do_stays_in_sight() {
    let mut desk = Desk::new();
    desk.silence(13_000);
    desk.down();
    let acts = screen(&desk).lines().nth(1).unwrap().to_owned();
    let known: String = desk.status.acts.chars().take(8).collect();
    assert!(acts.contains("no answer for 13") && acts.contains(&format!("~{known}")), "{acts}");
}

#[test]
fn a_console_that_was_not_told_to_operate_says_so() {
    let settings = Settings { read_only: true, far: true, ..Settings::default() };
    assert_eq!(Desk::with(settings, Role::Operator).state.read_only(), Some("reached with --via, without --operate"));
}
