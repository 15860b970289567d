use super::*;
use crate::core::plan::Wanted;
use crate::core::record::{Body, Record, Summary, Term};
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;

fn note(index: u64) -> Record {
    Record { index, term: Term(1), at: jiff::Timestamp::UNIX_EPOCH, body: Body::Note { text: format!("entry {index} \"quoted\"\n") } }
}

fn open(dir: &Path) -> Opened {
    Journal::open(dir, Limits { segment_bytes: 600, segments: 3 }).unwrap()
}

fn written(dir: &Path, count: u64) -> std::path::PathBuf {
    let mut opened = open(dir);
    for index in 1..=count {
        opened.journal.append(&[note(index)]).unwrap();
    }
    opened.journal.path().to_owned()
}

#[test]
fn what_was_appended_is_read_back_in_order() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 5);
    let again = open(dir.path());
    assert_eq!(again.ledger.last(), 5);
    assert_eq!(again.torn, None);
    let (records, oldest) = read_from(dir.path(), 3, 2).unwrap();
    assert_eq!((records, oldest), (vec![note(3), note(4)], 1));
}

#[test]
fn the_entries_of_a_run_are_read_without_those_before_and_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 9);
    let text = std::fs::read_to_string(&path).unwrap();
    // Whatever is looked into is an error now.
    let spoiled: String = text
        .lines()
        .map(|line| if line.contains("entry 2") || line.contains("entry 8") { "{}\n".into() } else { format!("{line}\n") })
        .collect();
    std::fs::write(&path, spoiled).unwrap();
    assert_eq!(read_from(dir.path(), 4, 3).unwrap().0, [note(4), note(5), note(6)]);
    assert_eq!(read_from(dir.path(), 9, 3).unwrap().0, [note(9)]);
    assert!(matches!(read_from(dir.path(), 1, 4), Err(StoreError::Damaged { line: 2, .. })));
    assert!(matches!(read_from(dir.path(), 6, 9), Err(StoreError::Damaged { line: 8, .. })));
}

#[test]
fn each_line_is_json_with_its_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 1);
    let text = std::fs::read_to_string(path).unwrap();
    let value: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(value["index"], 1);
    assert_eq!(value["crc"].as_str().unwrap().len(), 8);
}

#[test]
fn a_journal_cut_off_anywhere_in_its_last_line_loses_that_line_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 3);
    let whole = std::fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    for cut in last + 1..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let opened = open(dir.path());
        assert_eq!(opened.ledger.last(), 2, "cut at {cut}");
        assert_eq!(opened.torn.unwrap().line, 3);
        let mut journal = opened.journal;
        journal.append(&[note(3)]).unwrap();
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn damage_with_whole_lines_after_it_is_an_error_that_names_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 3);
    let mut bytes = std::fs::read(&path).unwrap();
    let second = bytes.iter().position(|b| *b == b'\n').unwrap() + 40;
    bytes[second] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = Journal::open(dir.path(), Limits::default()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { line: 2, .. }), "{error}");
}

#[test]
fn a_line_of_a_newer_version_is_never_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 3);
    let old = std::fs::read_to_string(&path).unwrap();
    let rest = "\"index\":4,\"term\":1,\"invented\":\"later\"}";
    let newer = format!("{{\"crc\":\"{:08x}\",{rest}\n", crc32fast::hash(rest.as_bytes()));
    // At the end, and with a line after it that a crash has cut off.
    for text in [format!("{old}{newer}"), format!("{old}{newer}{{\"crc\":")] {
        std::fs::write(&path, &text).unwrap();
        let error = Journal::open(dir.path(), Limits::default()).unwrap_err();
        assert!(matches!(error, StoreError::Newer { line: 4, .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("written by a newer version of the program"), "{said}");
        assert!(said.contains(&format!("journal {}, line 4", path.display())), "{said}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "the file is as it was");
    }
    // Without its end it was never durable, whoever wrote it.
    std::fs::write(&path, format!("{old}{}", newer.trim_end())).unwrap();
    assert_eq!(open(dir.path()).torn.unwrap().line, 4);
}

#[test]
fn an_entry_that_was_taken_out_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), 3);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().enumerate().filter(|(i, _)| *i != 1).map(|(_, l)| l).collect();
    std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    assert!(matches!(Journal::open(dir.path(), Limits::default()), Err(StoreError::Contradiction { line: 2, .. })));
}

#[test]
fn a_second_monitor_is_told_who_holds_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let error = Journal::open(dir.path(), Limits::default()).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
}

#[test]
fn a_rotated_journal_keeps_its_bound_and_its_meaning() {
    let dir = tempfile::tempdir().unwrap();
    let mut opened = open(dir.path());
    let mut index = 0;
    for _ in 0..40 {
        index += 1;
        opened.journal.append(&[note(index)]).unwrap();
        if opened.journal.due() {
            index += 1;
            let summary = Summary { term: Term(1), wanted: Wanted::Active(crate::core::model::Side::Secondary), ..Summary::default() };
            opened.journal.rotate(&super::journal::summary_record(index, jiff::Timestamp::UNIX_EPOCH, summary)).unwrap();
        }
    }
    drop(opened);
    assert_eq!(segment::list(dir.path()).unwrap().len(), 3);
    let again = open(dir.path());
    assert_eq!(again.ledger.last(), index);
    assert_eq!(again.ledger.wanted(), Wanted::Active(crate::core::model::Side::Secondary));
}

#[test]
fn an_entry_that_is_too_long_is_refused_and_nothing_is_written_after_it_until_the_journal_was_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut opened = open(dir.path());
    let long = Body::Note { text: "x".repeat(MAX_RECORD) };
    let error = opened.journal.append(&[Record { body: long, ..note(1) }]).unwrap_err();
    assert!(matches!(error, StoreError::TooLong(_)));
    assert!(matches!(opened.journal.append(&[note(2)]), Err(StoreError::Poisoned(_))), "it would leave a gap");
    drop(opened);
    open(dir.path()).journal.append(&[note(1)]).unwrap();
}

#[test]
fn a_rotation_that_fails_lets_nothing_be_written_until_the_journal_was_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut opened = open(dir.path());
    opened.journal.append(&[note(1)]).unwrap();
    let in_the_way = segment::path(dir.path(), 2).with_extension("new");
    std::fs::create_dir(&in_the_way).unwrap();
    let summary = Summary { term: Term(1), wanted: Wanted::Active(crate::core::model::Side::Secondary), ..Summary::default() };
    let first = super::journal::summary_record(2, jiff::Timestamp::UNIX_EPOCH, summary);
    assert!(matches!(opened.journal.rotate(&first), Err(StoreError::Io { .. })));
    assert!(matches!(opened.journal.append(&[note(3)]), Err(StoreError::Poisoned(_))), "it would leave a gap");
    assert!(matches!(opened.journal.rotate(&first), Err(StoreError::Poisoned(_))));
    drop(opened);
    std::fs::remove_dir(&in_the_way).unwrap();
    let mut again = open(dir.path());
    assert_eq!(again.ledger.last(), 1);
    again.journal.rotate(&first).unwrap();
    again.journal.append(&[note(3)]).unwrap();
    drop(again);
    assert_eq!(open(dir.path()).ledger.last(), 3);
}

#[test]
fn the_scribe_answers_every_batch_in_order_once_it_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    let scribe = Scribe::start(open(dir.path()).journal, move |written| send.send(written).unwrap()).unwrap();
    scribe.append(vec![note(1), note(2)]).unwrap();
    scribe.append(vec![note(3)]).unwrap();
    let answers: Vec<u64> = receive.iter().take(2).map(|w: Written| w.result.map(|()| w.upto).unwrap()).collect();
    assert_eq!(answers, [2, 3]);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), whole in 0u64..3) {
        let dir = tempfile::tempdir().unwrap();
        let path = written(dir.path(), whole);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&bytes).unwrap();
        if let Ok(opened) = Journal::open(dir.path(), Limits::default()) {
            prop_assert_eq!(opened.ledger.last(), whole);
        }
    }
}
