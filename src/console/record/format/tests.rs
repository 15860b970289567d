use super::*;
use crate::core::command::Role;
use crate::words::testing::{note, shop_status};
use proptest::prelude::*;

fn any_entry() -> impl Strategy<Value = Entry> {
    let text = any::<String>;
    let welcome =
        (text(), text()).prop_map(|(version, cluster)| Entry::Up(Welcome { protocol: 1, version, cluster, role: Role::Observer }));
    let picture = (text(), text(), any::<u64>())
        .prop_map(|(acts, cluster, sequence)| Entry::Picture(Box::new(StatusView { acts, cluster, sequence, ..shop_status() })));
    let again = prop::collection::vec(any::<Option<u64>>(), 0..40).prop_map(|ages| Entry::Again(Again { at: shop_status().at, ages }));
    let down = (text(), text(), any::<u64>()).prop_map(|(why, remedy, retry_ms)| Entry::Down { why, remedy, retry_ms });
    prop_oneof![
        welcome,
        picture,
        again,
        down,
        prop::collection::vec((1..1_000_000_u64).prop_map(note), 0..4).prop_map(Entry::Entries),
        prop::collection::vec((1..1_000_000_u64).prop_map(note), 0..4).prop_map(Entry::Opened),
        any::<u64>().prop_map(Entry::Gap),
        Just(Entry::Anew),
        text().prop_map(Entry::Action),
        text().prop_map(Entry::Asked),
        any::<(u16, u16)>().prop_map(|(cols, rows)| Entry::Resize(cols, rows)),
        any::<u64>().prop_map(Entry::LeftOut),
        text().prop_map(Entry::End),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was_on_one_line(ms in 0..LONGEST_MS, what in any_entry()) {
        let text = line(ms, &super::super::json(&what).unwrap());
        prop_assert_eq!(text.matches('\n').count(), 1);
        prop_assert_eq!(Line::read(text.trim_end_matches('\n').as_bytes()), Some(Line { ms, what }));
    }

    #[test]
    fn garbage_is_no_line_and_no_header(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Line::read(&bytes), None);
        prop_assert!(Header::read(&bytes).is_err());
    }
}

#[test]
fn a_header_of_something_else_or_of_a_newer_version_is_refused_in_words() {
    let header = |format: &str, version: u32| {
        let rest = r#""cluster":null,"started":"2026-01-01T00:00:00Z","program":"0.1.0","cols":80,"rows":24"#;
        Header::read(format!("{{\"format\":\"{format}\",\"version\":{version},{rest}}}").as_bytes())
    };
    assert_eq!(header(FORMAT, VERSION).unwrap().cols, 80);
    assert_eq!(header("asciicast", 2), Err(NotARecord::Foreign));
    assert_eq!(header(FORMAT, 0), Err(NotARecord::Foreign));
    let newer = header(FORMAT, 9).unwrap_err();
    assert!(newer.to_string().contains("version 9") && newer.to_string().contains("newer"), "{newer}");
    assert_eq!(Header::read(br#"{"format":"switchtower session record","version":1}"#), Err(NotARecord::Foreign));
}

#[test]
fn a_time_that_no_clock_shows_is_no_line() {
    assert_eq!(Line::read(format!("{{\"ms\":{},\"what\":\"anew\"}}", u64::MAX).as_bytes()), None);
    assert_eq!(Line::read(br#"{"ms":5,"what":"anew"}"#), Some(Line { ms: 5, what: Entry::Anew }));
    assert_eq!(wall(jiff::Timestamp::MAX, 1_000), jiff::Timestamp::MAX);
}
