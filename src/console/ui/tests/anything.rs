//! Any size, any names, any keys: nothing panics, nothing stands outside, no age is negative.

use super::stage::{Stage, troubled, well};
use crate::console::action::TABLE;
use crate::console::event::{Event, LinkEvent};
use crate::console::keymap::Key;
use crate::console::settings::Settings;
use crate::console::term::Raw;
use crate::core::fact;
use crate::core::health::{Health, Judged};
use crate::core::model::Mode;
use crate::core::record::Body;
use crate::wire::{StatusView, Verdict};
use crate::words::testing::record;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

/// What happens.
#[derive(Debug, Clone)]
enum Happens {
    Key(usize),
    Char(char),
    Later(u64),
    Resize(u16, u16),
    Picture(Box<StatusView>),
    Entry(String),
    Down(String),
    Paste(String),
    Mouse(u16, u16, bool),
}

fn any_mode() -> impl Strategy<Value = Option<Mode>> {
    prop::sample::select(vec![None, Some(Mode::Stopped), Some(Mode::Standby), Some(Mode::Active)])
}

fn any_health() -> impl Strategy<Value = Health> {
    prop::sample::select(vec![Health::Up, Health::Degraded, Health::Down, Health::ProbeBroken, Health::Unknown])
}

/// Names and words of any kind: wide, with control characters, very long.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,12}", "[日本語é\u{301}\u{1b}\u{200b}\u{202e}\t\n ]{0,20}", "[a-z-]{60,300}", any::<String>()]
}

fn any_status() -> impl Strategy<Value = StatusView> {
    let one = (any_mode(), any_mode(), any_health(), any::<Option<u64>>(), any::<Option<u64>>(), any_text(), prop::bool::ANY);
    let host = (any_health(), any::<Option<bool>>(), any::<Option<u64>>(), any_text());
    let verdict = prop::sample::select(vec![Verdict::Ok, Verdict::Moving, Verdict::Unknown, Verdict::Degraded, Verdict::Down]);
    let all = (prop::collection::vec(one, 8), prop::collection::vec(host, 2), verdict, any_text(), any_text(), any::<Option<u8>>());
    all.prop_map(|(ones, hosts, verdict, cluster, acts, kept)| {
        let mut status = if kept.is_some() { well() } else { troubled() };
        (status.verdict, status.label, status.protection_off) = (verdict, Some(acts.clone()), kept.map(|_| acts.clone()));
        (status.cluster, status.acts) = (cluster, acts);
        let placements = status.components.iter_mut().flat_map(|c| &mut c.placements);
        for (p, (wanted, observed, health, age, since, text, judged)) in placements.zip(ones) {
            (p.wanted, p.observed, p.age_ms, p.since_ms) = (wanted, observed, age, since);
            (p.agrees, p.state) = (wanted.is_some() && wanted == observed, if judged { fact::State::Failed } else { p.state });
            p.health = judged.then(|| Judged { health, why: text.clone() });
            p.detail = text;
        }
        for (host, (health, answers, age, why)) in status.hosts.iter_mut().zip(hosts) {
            host.health = Judged { health, why: why.clone() };
            (host.answers, host.age_ms, host.why) = (answers, age, Some(why));
        }
        status.components.truncate(usize::from(kept.unwrap_or(9)));
        status
    })
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => (0..TABLE.len()).prop_map(Happens::Key),
        2 => any::<char>().prop_map(Happens::Char),
        1 => (0u64..100_000).prop_map(Happens::Later),
        1 => (0u16..=250, 0u16..=80).prop_map(|(cols, rows)| Happens::Resize(cols, rows)),
        2 => any_status().prop_map(|status| Happens::Picture(Box::new(status))),
        1 => any_text().prop_map(Happens::Entry),
        1 => any_text().prop_map(Happens::Down),
        1 => any_text().prop_map(Happens::Paste),
        1 => (0u16..260, 0u16..90, any::<bool>()).prop_map(|(x, y, wheel)| Happens::Mouse(x, y, wheel)),
    ]
}

fn happen(stage: &mut Stage, index: u64, what: Happens) {
    let event = match what {
        Happens::Key(at) => return drop(stage.press(&TABLE[at].keys[..1])),
        Happens::Char(c) => match Key::parse(&c.to_string()) {
            Ok(key) => return drop(stage.key(key)),
            Err(_) => return,
        },
        Happens::Later(ms) => return stage.later(ms),
        Happens::Resize(cols, rows) => Event::Raw(Raw::Resize(cols, rows)),
        Happens::Picture(status) => Event::Link(LinkEvent::Picture(status)),
        Happens::Entry(text) => Event::Link(LinkEvent::Entries(vec![record(index, Body::Note { text })])),
        Happens::Down(why) => Event::Link(LinkEvent::Down { why, remedy: String::new(), retry_ms: 250 }),
        Happens::Paste(text) => Event::Raw(Raw::Paste(text)),
        Happens::Mouse(column, row, wheel) => {
            stage.state.mouse = true;
            let kind = if wheel { MouseEventKind::ScrollDown } else { MouseEventKind::Down(MouseButton::Left) };
            Event::Raw(Raw::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
        }
    };
    stage.event(event);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_panics_and_nothing_dangerous_is_drawn(
        (cols, rows) in (0u16..=250, 0u16..=80),
        ascii: bool,
        happens in prop::collection::vec(anything(), 0..24),
    ) {
        let mut stage = Stage::with(Settings { ascii, ..Settings::default() }, cols, rows);
        for (index, what) in (1..).zip(happens) {
            happen(&mut stage, index, what);
            let buffer = stage.buffer();
            let size = stage.state.size;
            prop_assert_eq!((buffer.area.width, buffer.area.height), (size.cols, size.rows));
            for cell in &buffer.content {
                prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
            }
            let text = crate::console::screen::text(&buffer);
            prop_assert!(!text.contains("LATE -") && !text.contains("LOST -") && !text.contains("data -"));
        }
    }

    #[test]
    fn what_is_selected_is_always_in_sight(
        texts in prop::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,30}", 1..60),
        (cols, rows, wrap) in (60u16..120, 15u16..40, any::<bool>()),
        moves in prop::collection::vec(prop::sample::select(vec!["j", "k", "g", "G", "ctrl-d", "ctrl-u", "pageup", "f"]), 0..12),
    ) {
        let mut stage = Stage::new(cols, rows).up(well());
        let records = (1..).zip(texts).map(|(index, text)| record(index, Body::Note { text })).collect();
        stage.event(Event::Link(LinkEvent::Entries(records)));
        stage.press(&["4", "z"]);
        if wrap {
            stage.press(&["w"]);
        }
        for key in moves {
            stage.press(&[key]);
            let text = stage.text();
            prop_assert_eq!(text.matches('▸').count(), 1, "after {}\n{}", key, text);
            let row = text.lines().position(|line| line.contains('▸')).unwrap_or_default();
            let place = crate::console::ui::layout::places(&stage.state, stage.state.size).panes[0];
            let below = usize::from(place.list().bottom() - 1);
            let full = stage.state.journal.lines().count() >= usize::from(place.list().height);
            let last = text.lines().nth(below).unwrap_or_default().trim_matches(['│', ' ']);
            prop_assert!(!full || !last.is_empty(), "room is left below\n{}", text);
            let at = crate::console::ui::object_at(&stage.state, &place, u16::try_from(row).unwrap_or(0) - place.list().y);
            prop_assert_eq!(at, stage.state.log.selected.map(crate::console::state::Object::Entry), "a click meets what is drawn");
        }
    }

    #[test]
    fn the_header_always_names_the_verdict_and_the_age(cols in 40u16..200, status in any_status(), lost: bool) {
        let word = status.verdict.word();
        let mut stage = Stage::new(cols, 24).up(status);
        if lost {
            stage.down();
        }
        let text = stage.text();
        let first = text.lines().next().unwrap_or_default();
        prop_assert!(first.contains(word), "{}", first);
        prop_assert!(first.contains(if lost { "LOST 0s" } else { "0s" }), "{}", first);
    }
}
