use super::*;
use crate::console::record::{Entry, Line};

fn ring() -> Ring {
    let started = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    let (format, cluster) = (super::super::format::FORMAT.to_owned(), Some("shop".to_owned()));
    Ring::new(Header { format, version: 1, cluster, started, program: "0.1.0".into(), cols: 80, rows: 24 })
}

fn put(ring: &mut Ring, at: u64, kind: Kind, what: &str) -> bool {
    ring.push(Kept { at: Moment(at), kind, what: what.into() })
}

/// The times and contents of a record of the ring.
fn told(ring: &Ring, now: u64) -> Vec<(u64, Entry)> {
    let lines = ring.record(Moment(now), "it was asked for");
    assert!(Header::read(lines[0].as_bytes()).is_ok());
    lines[1..].iter().map(|line| Line::read(line.as_bytes()).unwrap()).map(|line| (line.ms, line.what)).collect()
}

fn action(name: &str) -> String {
    format!("{{\"action\":\"{name}\"}}")
}

#[test]
fn what_is_older_than_ten_minutes_goes_with_its_picture_once_the_next_one_is_old_enough() {
    let mut ring = ring();
    for minute in 0..=15_u64 {
        let at = minute * 60_000;
        assert!(put(&mut ring, at, Kind::Whole, &action(&format!("picture-{minute}"))));
        assert!(put(&mut ring, at + 1_000, Kind::Other, &action(&format!("then-{minute}"))));
    }
    let told = told(&ring, 15 * 60_000 + 2_000);
    assert_eq!(told[0], (0, Entry::Action("picture-5".into())), "it begins with a picture");
    assert_eq!(told[1], (1_000, Entry::Action("then-5".into())), "nothing of ten minutes is missing");
    assert_eq!(told.last().unwrap(), &(602_000, Entry::End("it was asked for".into())));
    let header = Header::read(ring.record(Moment(0), "x")[0].as_bytes()).unwrap();
    assert_eq!(header.started.as_second(), 1_700_000_000 + 300, "its time begins with what is kept");
}

#[test]
fn entries_of_the_journal_stay_and_come_first() {
    let mut ring = ring();
    put(&mut ring, 0, Kind::Up, r#"{"up":{"protocol":1,"version":"0.1.0","cluster":"shop","role":"observer"}}"#);
    put(&mut ring, 10, Kind::Journal, "{\"gap\":7}");
    for minute in 0..30_u64 {
        put(&mut ring, 20 + minute * 60_000, Kind::Whole, &action("picture"));
    }
    put(&mut ring, 29 * 60_000 + 40, Kind::Journal, "{\"gap\":9}");
    let told = told(&ring, 29 * 60_000 + 50);
    assert!(matches!(told[0], (0, Entry::Up(_))), "the monitor's own words are kept: {:?}", told[0]);
    assert_eq!(told[1], (0, Entry::Gap(7)));
    assert_eq!(told[2].1, Entry::Action("picture".into()));
    assert_eq!(told[told.len() - 2].1, Entry::Gap(9));
    assert!(told.windows(2).all(|two| two[0].0 <= two[1].0), "time goes on: {told:?}");
    put(&mut ring, 29 * 60_000 + 60, Kind::Anew, "\"anew\"");
    let told = super::tests::told(&ring, 29 * 60_000 + 70);
    assert!(!told.iter().any(|(_, what)| matches!(what, Entry::Gap(_))), "another journal has other entries: {told:?}");
}

#[test]
fn bytes_are_bounded_whatever_comes_and_a_picture_is_asked_for_where_none_is_left() {
    let mut ring = ring();
    let large = action(&"x".repeat(1024 * 1024));
    let mut asked = 0;
    for n in 0..100 {
        let kind = if n == 0 { Kind::Whole } else { Kind::Other };
        asked += u32::from(!put(&mut ring, n, kind, &large));
        put(&mut ring, n, Kind::Journal, &large);
        assert!(ring.size() <= MOST + MOST_OF_JOURNAL + large.len() + EACH, "{}", ring.size());
    }
    assert!(asked >= 1, "what is left has no picture before it");
}

#[test]
fn a_monitor_that_was_never_reached_fills_no_more_than_ten_minutes() {
    let mut ring = ring();
    for n in 0..1_000_u64 {
        put(&mut ring, n * 5_000, Kind::Other, &action("refresh"));
    }
    assert_eq!(told(&ring, 999 * 5_000).len(), 121 + 1);
}
