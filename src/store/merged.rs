//! Journals of one cluster as one: those of its monitors, and what was set aside where they went different ways.

use super::{StoreError, segment};
use crate::core::record::Record;
use std::path::{Path, PathBuf};

/// Most folders that are read together.
pub const MOST_JOURNALS: usize = 16;

/// Every entry of the journals in `dirs`, set aside or not, each once, by term and then by index. A torn end is left out, as
/// the monitor that reads it next will. Needs no lock. Blocks on the disk.
///
/// # Errors
/// When a folder has no journal, or one cannot be read or is damaged other than at its end.
pub fn merged(dirs: &[PathBuf]) -> Result<Vec<Record>, StoreError> {
    let mut all: Vec<Record> = Vec::new();
    for dir in dirs {
        let mut paths: Vec<PathBuf> = segment::list(dir)?.into_iter().map(|(_, path)| path).collect();
        paths.extend(aside(dir)?);
        if paths.is_empty() {
            let none = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no journal in it");
            return Err(StoreError::io(dir, "read the folder")(none));
        }
        for path in paths {
            all.extend(segment::read(&path)?.records.into_iter().map(|(_, record)| record));
        }
    }
    let order = |record: &Record| (record.term, record.index, record.at);
    all.sort_by_key(order);
    // Of two that say the same place, both stay unless they are one: a journal that was lost may have begun again.
    all.dedup();
    Ok(all)
}

/// The files of entries that were set aside.
fn aside(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(StoreError::io(dir, "list the folder"))? {
        let path = entry.map_err(StoreError::io(dir, "list the folder"))?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("aside-") && name.ends_with(".jsonl")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::{Body, Term};
    use crate::store::{Journal, Limits, open_cut};

    fn note(term: u64, index: u64, text: &str) -> Record {
        Record { index, term: Term(term), at: jiff::Timestamp::UNIX_EPOCH, body: Body::Note { text: text.into() } }
    }

    #[test]
    fn two_journals_that_went_different_ways_are_read_as_one_by_term_and_index_and_each_entry_once() {
        let (north, south) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let both = [note(2, 1, "a"), note(2, 2, "b")];
        let mut journal = Journal::open(north.path(), Limits::default()).unwrap().journal;
        journal.append(&both).unwrap();
        journal.append(&[note(2, 3, "only north")]).unwrap();
        drop(journal);
        let mut journal = Journal::open(south.path(), Limits::default()).unwrap().journal;
        journal.append(&both).unwrap();
        journal.append(&[note(3, 3, "south took over")]).unwrap();
        let (opened, aside) = open_cut(north.path(), Limits::default(), 2, 3).unwrap();
        let mut journal = opened.journal;
        journal.append(&[note(3, 3, "south took over")]).unwrap();
        assert_eq!(aside, 1);
        let merged = merged(&[north.path().to_owned(), south.path().to_owned()]).unwrap();
        let texts: Vec<_> = merged.iter().map(|r| (r.term.0, r.index)).collect();
        assert_eq!(texts, [(2, 1), (2, 2), (2, 3), (3, 3)]);
    }

    #[test]
    fn a_folder_without_a_journal_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let error = merged(&[dir.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains(dir.path().to_str().unwrap()) && error.contains("no journal"), "{error}");
    }
}
