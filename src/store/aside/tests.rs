use super::*;
use crate::core::record::{Body, Summary, Term};
use crate::store::read_from;

const LIMITS: Limits = Limits { segment_bytes: 600, segments: 9 };

fn entry(index: u64) -> Record {
    let at = jiff::Timestamp::UNIX_EPOCH;
    if index.is_multiple_of(4) {
        // Every file but the first begins with a summary.
        let summary = Summary { term: Term(index / 4), ..Summary::default() };
        return Record { index, term: Term(index / 4), at, body: Body::Summary { summary: Box::new(summary) } };
    }
    Record { index, term: Term(index / 4), at, body: Body::Note { text: format!("entry {index}") } }
}

/// A journal of entries 1 to 3, 4 to 7, and 8 to `last` in three files.
fn written(dir: &Path, last: u64) {
    let mut journal = Journal::open(dir, LIMITS).unwrap().journal;
    for index in 1..=last {
        let record = entry(index);
        match record.body {
            Body::Summary { .. } => journal.rotate(&record).unwrap(),
            _ => journal.append(&[record]).unwrap(),
        }
    }
}

fn kept(dir: &Path) -> Vec<u64> {
    read_from(dir, 0, 99).unwrap().0.into_iter().map(|record| record.index).collect()
}

/// The files beside the journal, and which entries are in them.
fn asides(dir: &Path) -> Vec<(String, Vec<Record>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!name.ends_with(".new"), "{name} is left over");
        if name.starts_with("aside-") {
            let contents = segment::read(&path).unwrap();
            assert_eq!(contents.torn, None);
            found.push((name, contents.records.into_iter().map(|(_, record)| record).collect()));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn cut(dir: &Path, keep: u64) -> (Opened, u64) {
    open_cut(dir, LIMITS, keep, keep + 1).unwrap()
}

#[test]
fn what_comes_after_any_entry_is_set_aside_whole_and_the_journal_goes_on_from_there() {
    for keep in 1..=10 {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), 10);
        let (mut opened, aside) = cut(dir.path(), keep);
        assert_eq!((aside, opened.ledger.last()), (10 - keep, keep));
        assert_eq!(kept(dir.path()), (1..=keep).collect::<Vec<_>>());
        let gone: Vec<Record> = (keep + 1..=10).map(entry).collect();
        let files = asides(dir.path());
        if gone.is_empty() {
            assert!(files.is_empty());
            continue;
        }
        assert_eq!(files, [(format!("aside-{:020}-{}.jsonl", keep + 1, (keep + 1) / 4), gone)]);
        let next = Record { term: Term(7), ..entry(keep + 1) };
        opened.journal.append(std::slice::from_ref(&next)).unwrap();
        drop(opened);
        assert_eq!(Journal::open(dir.path(), LIMITS).unwrap().ledger.last(), keep + 1);
        assert_eq!(read_from(dir.path(), keep + 1, 1).unwrap().0, [next]);
    }
}

#[test]
fn everything_is_set_aside_and_the_journal_begins_where_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 10);
    let (mut opened, aside) = open_cut(dir.path(), LIMITS, 0, 60).unwrap();
    assert_eq!((aside, opened.ledger.last()), (10, 0));
    let first = entry(60);
    opened.journal.append(std::slice::from_ref(&first)).unwrap();
    drop(opened);
    assert_eq!(read_from(dir.path(), 0, 9).unwrap(), (vec![first], 60));
    assert_eq!(Journal::open(dir.path(), LIMITS).unwrap().ledger.last(), 60);
    assert_eq!(asides(dir.path())[0].1.len(), 10);
}

#[test]
fn an_empty_journal_can_be_begun_anew_and_nothing_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    for first in [1, 40, 1] {
        let (opened, aside) = open_cut(dir.path(), LIMITS, 0, first).unwrap();
        assert_eq!((aside, opened.ledger.last()), (0, 0));
        assert_eq!(opened.journal.path(), segment::path(dir.path(), first));
    }
    assert!(asides(dir.path()).is_empty());
}

#[test]
fn done_again_it_comes_to_the_same_and_another_cut_has_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 10);
    drop(cut(dir.path(), 6));
    let files = asides(dir.path());
    let (opened, aside) = cut(dir.path(), 6);
    assert_eq!((aside, opened.ledger.last()), (0, 6));
    drop(opened);
    assert_eq!(asides(dir.path()), files);
    drop(cut(dir.path(), 2));
    let names: Vec<usize> = asides(dir.path()).into_iter().map(|(_, records)| records.len()).collect();
    assert_eq!(names, [4, 4], "entries 3 to 6, and 7 to 10");
}

#[test]
fn an_attempt_that_was_cut_short_anywhere_is_finished_by_the_next_one_and_loses_nothing() {
    let whole: Vec<Record> = (6..=10).map(entry).collect();
    // Which steps of the first attempt were done: the file beside it, the newest file removed, the end of the other one.
    for done in 0..4 {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), 10);
        if done >= 1 {
            write(dir.path(), &whole[0], &whole).unwrap();
        } else {
            // The machine died while it was being written.
            std::fs::write(dir.path().join("aside-00000000000000000006-1.new"), "{\"crc\":\"00").unwrap();
        }
        if done >= 2 {
            std::fs::remove_file(segment::path(dir.path(), 8)).unwrap();
        }
        if done >= 3 {
            let path = segment::path(dir.path(), 4);
            let length = length_of(&path, 2).unwrap();
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        }
        let (opened, _) = cut(dir.path(), 5);
        assert_eq!(opened.ledger.last(), 5, "{done} steps were done");
        assert_eq!(kept(dir.path()), [1, 2, 3, 4, 5]);
        assert_eq!(asides(dir.path()), [("aside-00000000000000000006-1.jsonl".to_owned(), whole.clone())], "{done} steps were done");
    }
}

#[test]
fn a_torn_end_goes_with_what_is_cut_and_is_cut_off_where_nothing_else_is() {
    for keep in [9, 10, 5] {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), 10);
        let path = segment::path(dir.path(), 8);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"crc\":\"12345678\",\"index\":11,");
        std::fs::write(&path, bytes).unwrap();
        let (opened, aside) = cut(dir.path(), keep);
        assert_eq!((opened.ledger.last(), aside), (keep, 10 - keep));
        assert_eq!(kept(dir.path()), (1..=keep).collect::<Vec<_>>());
        drop(opened);
        assert_eq!(Journal::open(dir.path(), LIMITS).unwrap().torn, None);
    }
}

#[test]
fn lines_that_another_version_has_written_in_its_own_way_are_cut_where_they_end() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 3);
    let path = segment::path(dir.path(), 1);
    let mut text = String::new();
    for index in 1..=3 {
        // The same entry, with a member that this version does not know and would not write.
        let line = line::encode(&entry(index)).unwrap();
        let rest =
            line.trim_end().split_once(',').unwrap().1.replacen("\"index\"", "\"of_old\":\"a long word of no meaning\",\"index\"", 1);
        text.push_str(&format!("{{\"crc\":\"{:08x}\",{rest}\n", crc32fast::hash(rest.as_bytes())));
    }
    std::fs::write(&path, &text).unwrap();
    assert_eq!(kept(dir.path()), [1, 2, 3], "it is read");
    let (opened, aside) = cut(dir.path(), 2);
    assert_eq!((opened.ledger.last(), aside), (2, 1));
    assert_eq!(opened.torn, None);
    let left = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&left) && left.lines().count() == 2);
}

#[test]
fn a_journal_that_somebody_has_open_is_not_cut() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 3);
    let opened = Journal::open(dir.path(), LIMITS).unwrap();
    assert!(matches!(open_cut(dir.path(), LIMITS, 1, 2), Err(StoreError::Held { .. })));
    drop(opened);
    assert_eq!(kept(dir.path()), [1, 2, 3]);
    assert_eq!(cut(dir.path(), 1).1, 2);
}

#[test]
fn what_was_set_aside_is_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 3);
    drop(cut(dir.path(), 1));
    let (name, _) = &asides(dir.path())[0];
    assert_eq!(std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777, 0o600);
}
