use crate::client::{ClientError, Submitted};
use crate::console::act::kit::{Desk, acting, plan, view};
use crate::console::effect::{Effect, Question};
use crate::console::event::Answer;
use crate::console::state::Stage;
use crate::core::health::Health;
use crate::core::record::RunId;
use proptest::prelude::*;

const KEYS: &[&str] = &[
    "enter",
    "enter",
    "esc",
    "tab",
    "up",
    "down",
    "y",
    "n",
    "q",
    "o",
    "s",
    "o",
    "u",
    "t",
    "h",
    "a",
    ":",
    "j",
    "G",
    "ctrl-c",
    "pagedown",
    "backspace",
    "ctrl-p",
    "w",
    "i",
    "c",
];

fn changed(desk: &mut Desk, which: u8) -> Vec<Effect> {
    desk.picture(|status| match which % 4 {
        0 => status.hosts[0].health.health = Health::Down,
        1 => status.hosts[0].health.health = Health::Up,
        2 => status.open_runs.clear(),
        _ => {}
    })
}

/// Answers whatever is asked for, in one of the ways in which that happens.
fn answered(desk: &mut Desk, effects: &[Effect], how: u8) -> Vec<Effect> {
    let mut all = Vec::new();
    for effect in effects {
        all.extend(match effect {
            Effect::Ask(ticket, Question::Plan { .. }) if !how.is_multiple_of(3) => {
                desk.answer(*ticket, Answer::Planned(Ok(view(&plan()))))
            }
            Effect::Ask(ticket, Question::Plan { .. }) => desk.answer(*ticket, Answer::Planned(Err(ClientError::Lost("x".into())))),
            Effect::Ask(ticket, Question::Submit { .. }) => desk.answer(*ticket, Answer::Submitted(Submitted::As(RunId(5)))),
            _ => Vec::new(),
        });
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_panics_and_nothing_acts_without_its_whole_word(events in proptest::collection::vec((0u8..8, any::<u8>()), 0..120), begin in 0u8..4) {
        let mut desk = Desk::new();
        match begin {
            0 => drop(desk.switchover()),
            1 => drop(desk.line("automatic")),
            2 => drop(desk.line("pause 2h")),
            _ => {}
        }
        for (kind, which) in events {
            let key = KEYS[usize::from(which) % KEYS.len()];
            let typed = matches!(desk.state.layers.last(), Some(crate::console::state::Layer::Dialog(dialog))
                if matches!(dialog.stage, Stage::Asking(Some(_))) && dialog.word.value().trim() == "south" && dialog.changed.iter().all(|_| true));
            let nudge = matches!(desk.state.layers.last(), Some(crate::console::state::Layer::Dialog(dialog))
                if matches!(dialog.stage, Stage::Asking(None) | Stage::Turning(_)));
            let effects = match kind {
                0 => changed(&mut desk, which),
                1 => desk.silence(u64::from(which) * 40),
                2 if which < 40 => desk.down(),
                3 if which < 60 => desk.types("south"),
                _ => desk.key(key),
            };
            if !acting(&effects).is_empty() {
                let by_word = typed && key == "enter" && kind > 1;
                let by_yes = nudge && key == "y" && kind > 1;
                prop_assert!(by_word || by_yes, "{kind} {key}: {effects:?}");
            }
            let more = answered(&mut desk, &effects, which);
            prop_assert!(acting(&more).is_empty());
            let _ = crate::console::ui::act_rest(&desk.state);
        }
    }
}
