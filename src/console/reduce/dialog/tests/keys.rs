use crate::console::act::kit::{Desk, acting, entries, run};
use crate::console::effect::Effect;
use crate::console::event::Event;
use crate::console::state::Stage;
use crate::console::term::Raw;
use crate::core::command::End;

/// Everything that can lie on top, and how it gets there.
fn layers() -> Vec<(&'static str, Desk)> {
    let open = |how: &dyn Fn(&mut Desk)| {
        let mut desk = Desk::new();
        how(&mut desk);
        desk
    };
    vec![
        ("menu", open(&|desk| drop(desk.key("a")))),
        ("palette", open(&|desk| drop(desk.key(":")))),
        ("palette with a line", open(&|desk| drop((desk.key(":"), desk.types("switchover"))))),
        ("planning", open(&|desk| drop(desk.line("switchover")))),
        ("asking", open(&|desk| drop(desk.switchover()))),
        ("typed", open(&|desk| drop((desk.switchover(), desk.types("south"))))),
        ("nudge", open(&|desk| drop(desk.line("automatic")))),
        ("reason", open(&|desk| drop(desk.line("pause")))),
        ("sent", open(&|desk| drop(desk.under_way()))),
        (
            "turning",
            open(&|desk| {
                desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 4)]);
                desk.line("abort");
            }),
        ),
    ]
}

#[test]
fn esc_and_ctrl_c_close_what_is_on_top_and_neither_quit_nor_act() {
    for key in ["esc", "ctrl-c"] {
        for (name, mut desk) in layers() {
            assert_eq!(desk.key(key), Vec::new(), "{key} in {name}");
            assert_eq!(desk.top(), "nothing", "{key} in {name}");
            assert!(desk.key("esc").is_empty(), "at the base it does nothing");
        }
    }
}

#[test]
fn q_closes_what_takes_no_letters_and_is_a_letter_elsewhere() {
    for (name, mut desk) in layers() {
        let closes = ["menu", "planning", "nudge", "sent", "turning"].contains(&name);
        let effects = desk.key("q");
        assert!(acting(&effects).is_empty() && !effects.contains(&Effect::Quit), "{name}");
        assert_eq!(desk.top() == "nothing", closes, "{name}");
    }
}

#[test]
fn pasted_text_goes_into_the_line_and_never_acts() {
    for (name, mut desk) in layers() {
        for text in ["south", "\n", "y", "switchover\n", "south\ny\n"] {
            assert_eq!(desk.event(Event::Raw(Raw::Paste(text.into()))), Vec::new(), "{text:?} in {name}");
        }
    }
    let mut desk = Desk::new();
    desk.switchover();
    desk.event(Event::Raw(Raw::Paste("south".into())));
    assert_eq!(desk.dialog().word.value(), "south");
    assert_eq!(acting(&desk.key("enter")).len(), 1, "a person has pressed enter");
}

#[test]
fn a_long_plan_is_scrolled_while_the_letters_stay_letters() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.key("down");
    desk.key("pagedown");
    let far = desk.dialog().scroll;
    assert!(far > 1);
    (0..20).for_each(|_| drop(desk.key("pagedown")));
    let end = desk.dialog().scroll;
    desk.key("ctrl-u");
    assert!(desk.dialog().scroll < end, "the end is not run past");
    desk.types("jk");
    assert_eq!(desk.dialog().word.value(), "jk");
}

#[test]
fn the_palette_completes_remembers_and_says_what_is_wrong() {
    let mut desk = Desk::new();
    desk.key(":");
    desk.types("switcho");
    desk.key("tab");
    desk.key("tab");
    let input = |desk: &Desk| match desk.state.layers.last() {
        Some(crate::console::state::Layer::Palette(palette)) => palette.input.value().to_owned(),
        _ => String::new(),
    };
    assert_eq!(input(&desk), "switchover south", "the site that serves already is no candidate");
    desk.key("esc");
    assert!(desk.line("fly").is_empty());
    assert_eq!(desk.top(), "palette");
    desk.key("esc");
    desk.line("switchover north");
    assert_eq!(desk.top(), "palette", "it serves already");
    desk.key("esc");
    desk.line("zoom");
    desk.line("zoom");
    desk.line("wrap");
    assert_eq!(desk.state.history, ["zoom", "wrap"]);
    desk.key(":");
    desk.types("pau");
    desk.key("ctrl-p");
    assert_eq!(input(&desk), "wrap");
    desk.key("ctrl-n");
    assert_eq!(input(&desk), "pau");
}

#[test]
fn a_completion_that_was_chosen_is_taken_into_the_line_before_it_runs() {
    let mut desk = Desk::new();
    desk.key(":");
    desk.types("s");
    desk.key("down");
    assert!(desk.key("enter").is_empty());
    assert_eq!(desk.top(), "palette");
}

#[test]
fn the_menu_opens_dialogs_and_says_why_the_rest_cannot_be() {
    let mut desk = Desk::new();
    desk.key("a");
    let asked = desk.key("enter");
    assert!(matches!(desk.stage(), Stage::Planning(_)) && acting(&asked).is_empty());
    let mut desk = Desk::new();
    desk.key("a");
    desk.key("j");
    assert!(desk.key("enter").is_empty(), "north is the primary site, and serves");
    assert_eq!(desk.top(), "menu");
    desk.key("G");
    assert!(desk.key("enter").is_empty());
    assert_eq!(desk.top(), "menu", "a fence is typed");
}

#[test]
fn the_row_that_was_chosen_stays_chosen_when_rows_come_above_it() {
    let mut desk = Desk::new();
    desk.key("a");
    desk.key("G");
    desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 4)]);
    assert!(desk.key("enter").is_empty());
    assert_eq!(desk.top(), "menu");
}
