use super::kit::{Desk, entries, run};
use super::{TABLE, completions, offers, order};
use crate::console::action;
use crate::console::state::{Object, Order};
use crate::core::command::{Command, End};
use crate::core::model::{HostName, Upkeep, Upkept};
use crate::core::plan::Wanted;
use std::collections::BTreeSet;

fn why(desk: &Desk, line: &str) -> String {
    order(&desk.state, &line.split_whitespace().collect::<Vec<_>>()).unwrap_err()
}

#[test]
fn no_verb_has_the_name_of_a_key_and_no_two_rows_are_written_the_same() {
    let names: BTreeSet<_> = TABLE.iter().map(|row| (row.name, row.takes.usage())).collect();
    assert_eq!(names.len(), TABLE.len());
    assert!(action::TABLE.iter().all(|entry| TABLE.iter().all(|row| row.name != entry.name)));
    assert!(TABLE.iter().all(|row| row.palette_only == (row.class == crate::core::command::Class::Risk)));
}

#[test]
fn what_cannot_be_asked_for_says_why() {
    let mut desk = Desk::new();
    for (line, said) in [
        ("switchover north", "north serves already"),
        ("switchover east", "no site"),
        ("switchover north south", "switchover [SITE]"),
        ("switchback", "north serves already"),
        ("start", "runs already"),
        ("start south", ":switchover south"),
        ("adopt", "name the site"),
        ("adopt north", "serves already"),
        ("abort", "no run is open"),
        ("abort r9", "no run is open"),
        ("resume", "no pause to end"),
        ("observe-only", "only observes already"),
        ("acknowledge", "no failover"),
        ("pause 0s", "no time is none"),
        ("pause 2x", "90s, 30m"),
        ("pause 400d", "365d"),
        ("fence", "a1"),
        ("fence zz", "no host"),
        ("fence b1", "shut it down by itself"),
        ("fly", "no command"),
    ] {
        assert!(why(&desk, line).contains(said), "{line}: {}", why(&desk, line));
    }
    desk.picture(|status| {
        status.wanted = Wanted::Stopped;
        status.active = None;
    });
    assert!(why(&desk, "switchover").contains("stopped"), "an empty target is never sent");
    desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 4)]);
    assert!(why(&desk, "stop").contains("holds the cluster"));
    desk.down();
    assert!(why(&desk, "stop").contains("does not answer"));
}

#[test]
fn a_line_is_completed_by_what_fits_alone() {
    let desk = Desk::new();
    let lines = |typed: &str| completions(&desk.state, typed).into_iter().map(|completion| completion.line).collect::<Vec<_>>();
    assert_eq!(lines("switchover "), ["switchover south"]);
    assert_eq!(lines("fence "), Vec::<String>::new(), "both hosts answer, or have no device");
    assert_eq!(lines("theme l"), ["theme light"]);
    assert_eq!(lines("abort "), Vec::<String>::new());
    assert_eq!(lines("zoo"), ["zoom"]);
    assert!(lines("").len() >= TABLE.len());
}

#[test]
fn the_menu_names_every_verb_and_shows_the_fence_of_what_is_selected() {
    let mut desk = Desk::new();
    let host = Object::Host(HostName::new("b1").unwrap());
    let all = offers(&desk.state, Some(&host));
    assert!(all.iter().any(|offer| offer.line == "switchover south" && offer.why_not.is_none()));
    assert!(all.iter().any(|offer| offer.line == "fence b1" && offer.why_not.is_some()));
    assert!(offers(&desk.state, None).iter().any(|offer| offer.why_not.as_deref() == Some("only by :fence HOST")));
    desk.picture(|status| status.open_runs = vec![run(&entries(End::Done), 4)]);
    let all = offers(&desk.state, None);
    assert_eq!((all[0].line.as_str(), all[1].line.as_str()), ("watch r5", "abort r5"));
    assert!(all[0].why_not.is_none() && all[1].why_not.is_none());
}

#[test]
fn a_maintenance_is_typed_completed_and_offered_for_what_is_selected() {
    let mut desk = Desk::new();
    for (line, said) in [
        ("maintenance", "set NAME unmanaged|standby|drain"),
        ("maintenance set zz standby x", "no host and no component"),
        ("maintenance set db standby x", "standby is for hosts"),
        ("maintenance set a1 asleep x", "no kind"),
        ("maintenance clear a1", "not in maintenance"),
    ] {
        assert!(why(&desk, line).contains(said), "{line}: {}", why(&desk, line));
    }
    let asked = order(&desk.state, &"maintenance set a1 standby 2h new disk".split(' ').collect::<Vec<_>>()).unwrap();
    let what = Upkept::Host(HostName::new("a1").unwrap());
    let command = Command::Maintain { what: what.clone(), kind: Upkeep::Standby, for_ms: Some(7_200_000) };
    assert_eq!((asked.order, asked.reason.as_str()), (Order::Command { command, overrides: Vec::new() }, "new disk"));
    let lines = |desk: &Desk, typed: &str| completions(&desk.state, typed).into_iter().map(|c| c.line).collect::<Vec<_>>();
    assert_eq!(lines(&desk, "maintenance set a"), ["maintenance set a1", "maintenance set app"]);
    assert_eq!(lines(&desk, "maintenance set db "), ["maintenance set db unmanaged"]);
    assert_eq!(lines(&desk, "maintenance clear "), Vec::<String>::new());
    let all = offers(&desk.state, Some(&Object::Host(HostName::new("a1").unwrap())));
    assert!(all.iter().any(|offer| offer.line == "maintenance set a1 drain" && offer.why_not.is_none()));
    desk.picture(|status| status.maintenance = vec![crate::wire::testing::maintained()]);
    let all = offers(&desk.state, Some(&Object::Host(HostName::new("a1").unwrap())));
    assert!(all.iter().any(|offer| offer.line == "maintenance clear a1" && offer.why_not.is_none()));
    assert!(!all.iter().any(|offer| offer.line.starts_with("maintenance set")));
    assert_eq!(lines(&desk, "maintenance clear "), ["maintenance clear a1"]);
}
