//! What the screens look like, and what each piece of them means.

use super::stage::{Stage, troubled, well};
use crate::console::event::Moment;
use crate::console::settings::Settings;
use crate::console::state::Pane;
use crate::console::theme::{Colours, Slot, Theme};
use crate::core::command::{Command, End, Role};
use crate::core::model::Side;
use crate::core::record::RunId;
use crate::core::run::Outcome;
use crate::wire::Verdict;
use crate::words::Tone;
use crate::words::testing::{run_records, run_view, shop_plan};
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

/// Where a text begins.
fn find(buffer: &Buffer, text: &str) -> (u16, u16) {
    let area = buffer.area;
    for y in 0..area.height {
        let row: Vec<&str> = (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
        for x in 0..row.len() {
            if row[x..].concat().starts_with(text) {
                return (u16::try_from(x).unwrap(), y);
            }
        }
    }
    panic!("{text} is not on\n{}", crate::console::screen::text(buffer));
}

fn assert_slot(stage: &Stage, text: &str, slot: Slot) {
    let buffer = stage.buffer();
    let cell = &buffer[find(&buffer, text)];
    let want = stage.theme.style(slot);
    assert_eq!((cell.fg, cell.modifier), (want.fg.unwrap_or_default(), cell.modifier | want.add_modifier), "{text}");
}

#[test]
fn all_is_well_at_the_size_of_the_contract() {
    insta::assert_snapshot!(Stage::new(80, 24).up(well()).journal().text());
}

#[test]
fn what_failed_and_what_is_silent_stands_first() {
    let stage = Stage::new(80, 24).up(troubled()).journal();
    insta::assert_snapshot!(stage.text());
    assert_slot(&stage, "FAILED on a1", Slot::Bad);
    assert_slot(&stage, "LOST 41s", Slot::Lost);
    assert_slot(&stage, "✗ DEGRADED", Slot::Bad);
}

#[test]
fn without_colours_words_and_signs_say_the_same() {
    let mut stage = Stage::new(80, 24).up(troubled());
    let coloured = stage.text();
    stage.theme = Theme::builtin("mono").unwrap().at_level(Colours::None);
    assert_eq!(stage.text(), coloured);
    let buffer = stage.buffer();
    let failed = buffer[find(&buffer, "FAILED")].modifier;
    assert!(failed.intersects(Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED), "{failed:?}");
}

#[test]
fn before_the_first_picture_it_is_said_what_is_waited_for() {
    let mut stage = Stage::new(80, 24);
    stage.later(3_000);
    insta::assert_snapshot!(stage.text());
}

#[test]
fn a_lost_monitor_leaves_what_was_known_and_says_how_old_it_is() {
    let mut stage = Stage::new(80, 24).up(troubled()).journal();
    stage.down();
    stage.later(12_000);
    stage.down();
    let text = stage.text();
    insta::assert_snapshot!(text);
    assert!(text.contains("~FAILED on a1"), "{text}");
}

#[test]
fn a_monitor_that_is_silent_is_not_said_to_act_and_nothing_is_well() {
    let mut stage = Stage::new(80, 24).up(well());
    assert!(stage.text().starts_with("shop  ◉ OK"));
    stage.later(4_000);
    let text = stage.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("◌ ~OK") && lines[0].contains("LATE 4s"), "{text}");
    assert!(lines[1].contains("nothing was heard of the monitor for 4 s") && lines[1].contains("  ~it acts"), "{text}");
}

#[test]
fn a_frozen_screen_stands_still() {
    let mut stage = Stage::new(80, 24).up(well()).journal();
    stage.press(&["space"]);
    let before = stage.text();
    stage.later(12_000);
    stage.picture(troubled());
    let text = stage.text();
    insta::assert_snapshot!(text);
    let below = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(below(&before), below(&text));
    assert_slot(&stage, "FROZEN 12s", Slot::Frozen);
    stage.press(&["space"]);
    assert!(stage.text().contains("FAILED on a1"));
}

#[test]
fn read_only_is_a_word() {
    let mut stage = Stage::new(80, 24);
    stage.welcome(Role::Observer);
    stage.picture(well());
    insta::assert_snapshot!(stage.text().lines().next().unwrap());
    assert_slot(&stage, "READ-ONLY", Slot::ReadOnly);
}

#[test]
fn the_journal_is_filtered_while_one_types() {
    let mut stage = Stage::new(80, 24).up(well()).journal();
    stage.press(&["4", "/", "a", "1"]);
    insta::assert_snapshot!(stage.text());
    stage.press(&["enter"]);
    let buffer = stage.buffer();
    let at = find(&buffer, "a1 answers");
    assert_eq!(buffer[at].modifier & Modifier::REVERSED, stage.theme.style(Slot::Match).add_modifier & Modifier::REVERSED);
    stage.press(&["esc"]);
    assert!(stage.text().contains("4 entries"));
}

#[test]
fn the_detail_opens_below_or_beside() {
    let mut stage = Stage::new(80, 24).up(troubled()).journal();
    stage.press(&["enter"]);
    insta::assert_snapshot!("detail_below", stage.text());
    let mut stage = Stage::new(120, 30).up(troubled()).journal();
    stage.press(&["enter", "enter", "G"]);
    assert_eq!(stage.state.focus, Pane::Detail);
    insta::assert_snapshot!("detail_beside", stage.text());
}

#[test]
fn every_size_has_its_shape() {
    for (cols, rows) in [(200, 50), (120, 30), (70, 20), (50, 12), (40, 6), (30, 4)] {
        let stage = Stage::new(cols, rows).up(troubled()).journal();
        insta::assert_snapshot!(format!("shape_{cols}x{rows}"), stage.text());
    }
}

#[test]
fn help_is_drawn_over_the_panes() {
    let mut stage = Stage::new(80, 24).up(well()).journal();
    stage.press(&["?"]);
    insta::assert_snapshot!("help", stage.text());
    stage.press(&["/", "l", "o", "s", "t", "enter"]);
    insta::assert_snapshot!("help_searched", stage.text());
}

#[test]
fn ascii_is_ascii() {
    let mut stage = Stage::with(Settings { ascii: true, ..Settings::default() }, 80, 24).up(troubled()).journal();
    assert!(stage.text().is_ascii());
    insta::assert_snapshot!(stage.text());
    stage.press(&["enter", "?"]);
    assert!(stage.text().is_ascii());
}

#[test]
fn a_failure_stays_above_the_footer_until_it_was_seen() {
    let mut stage = Stage::new(80, 24).up(well());
    stage.state.notices.keep(Moment(0), Tone::Bad, "switchover to south failed, nothing changed");
    stage.later(60_000);
    assert!(stage.text().contains("✗ switchover to south failed, nothing changed"), "{}", stage.text());
    assert!(stage.text().contains("x: seen"));
    stage.press(&["x"]);
    assert!(!stage.text().contains("failed"));
}

#[test]
fn a_second_in_which_nothing_happens_changes_few_cells() {
    for (cols, rows) in [(80, 24), (200, 50)] {
        let mut stage = Stage::new(cols, rows).up(well()).journal();
        stage.later(400);
        let before = stage.buffer();
        stage.later(1_000);
        let changed = before.diff(&stage.buffer()).len();
        // The digit of the age in the header; all of a row would be more.
        assert!((1..6).contains(&changed), "{changed} cells");
    }
}

#[test]
fn what_is_under_way_is_in_the_header_and_held_components_say_so() {
    let command = Command::Switchover { to: None };
    let mut records = run_records(9, &shop_plan(&command, Some(Side::Primary)), |_| Outcome::Done, End::Done);
    records.truncate(6);
    let mut status = well();
    (status.verdict, status.open_runs) = (Verdict::Moving, vec![run_view(&records).unwrap()]);
    status.components[1].held_by = Some(RunId(9));
    let mut stage = Stage::new(100, 24).up(status);
    let first = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
    assert!(first(&stage).contains("» switchover by alice 2/"), "{}", first(&stage));
    assert_slot(&stage, "» db", Slot::Moving);
    stage.state.size.cols = 80;
    assert!(first(&stage).contains("» switchover by alice 2/"), "{}", first(&stage));
    stage.state.size.cols = 60;
    assert!(first(&stage).contains("» switchover 2/"), "{}", first(&stage));
    assert_slot(&stage, "» MOVING", Slot::Moving);
}

#[test]
fn where_the_detail_has_no_room_beside_the_list_it_takes_its_place() {
    for (cols, rows) in [(70, 20), (50, 12)] {
        let mut stage = Stage::new(cols, rows).up(troubled());
        stage.press(&["enter"]);
        assert!(stage.text().contains("db.service failed"), "{}", stage.text());
        stage.press(&["esc"]);
        assert!(stage.text().contains("FAILED on a1"), "{}", stage.text());
    }
}

#[test]
fn problems_only_leaves_what_is_wrong_unknown_or_from_before() {
    let mut stage = Stage::new(80, 24).up(troubled());
    stage.press(&["p"]);
    let text = stage.text();
    assert!(text.contains("Health, 6 of 7 rows, problems only") && !text.contains("host a1"), "{text}");
    let mut stage = Stage::new(80, 24).up(well());
    stage.press(&["p"]);
    assert!(stage.text().contains("nothing is wrong and nothing is unknown"));
    stage.press(&["p", "/", "z", "z", "enter"]);
    assert!(stage.text().contains("nothing matches /zz/; esc clears the filter"), "{}", stage.text());
}

#[test]
fn protection_that_is_off_is_said_in_the_second_line() {
    let mut status = well();
    status.protection_off = Some("LIMITED since failover r7".into());
    status.stance = crate::core::record::Stance::Automatic;
    status.allow_loopback = true;
    status.acts = "AUTO, LIMITED after a failover: it rescues in place, and moves nothing until a switchback".into();
    let stage = Stage::new(80, 24).up(status.clone());
    let line = stage.text().lines().nth(1).unwrap().to_owned();
    assert!(line.starts_with("▴ LIMITED since failover r7") && line.contains("loopback"), "{line}");
    status.lease.journal = Err("the disk is full".into());
    let line = Stage::new(80, 24).up(status).text().lines().nth(1).unwrap().to_owned();
    assert!(line.contains("✗ journal: the disk is full"), "{line}");
}
