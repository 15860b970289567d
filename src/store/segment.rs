//! The files of a journal: `journal-<index of the first entry>.jsonl`, in order.

use super::Torn;
use super::line::{self, Unread};
use crate::core::record::Record;
use crate::store::StoreError;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest file that is read; the writer rotates far below it.
const MAX_FILE: u64 = 1024 * 1024 * 1024;

pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("journal-{first:020}.jsonl"))
}

/// The journal's files with the index of their first entry, oldest first.
pub(super) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(StoreError::io(dir, "list the folder"))? {
        let path = entry.map_err(StoreError::io(dir, "list the folder"))?.path();
        let number =
            path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix("journal-")?.strip_suffix(".jsonl")?.parse().ok());
        if let Some(first) = number {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

/// What a file holds.
pub(super) struct Contents {
    pub(super) records: Vec<(usize, Record)>,
    /// Length of the part that is whole.
    pub(super) good: u64,
    pub(super) torn: Option<Torn>,
}

/// Reads a file to its end. A damaged end is what a crash leaves, and is reported as torn; damage with whole lines after
/// it is an error, and so is a line that is whole but not understood, wherever it stands: somebody else relies on it.
pub(super) fn read(path: &Path) -> Result<Contents, StoreError> {
    read_part(path, 0, usize::MAX)
}

/// The same for at most `most` records from index `from` on. Lines before them, but for the first one, and lines after them
/// are not looked into: whoever follows a run must not have a long journal taken apart while it runs.
pub(super) fn read_part(path: &Path, from: u64, most: usize) -> Result<Contents, StoreError> {
    let mut file = std::fs::File::open(path).map_err(StoreError::io(path, "open it"))?;
    let mut bytes = Vec::new();
    file.by_ref().take(MAX_FILE).read_to_end(&mut bytes).map_err(StoreError::io(path, "read it"))?;
    let mut contents = Contents { records: Vec::new(), good: 0, torn: None };
    let mut bad: Option<(usize, String)> = None;
    let passed = passed(&bytes, from);
    for (number, piece) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        if number < passed {
            contents.good = contents.good.saturating_add(piece.len() as u64);
            continue;
        }
        if contents.records.len() >= most {
            break;
        }
        let parsed = match piece.strip_suffix(b"\n") {
            Some(line) => line::decode(line),
            None => Err(Unread::Broken("it has no end".to_owned())),
        };
        match (parsed, &bad) {
            (Ok(_) | Err(Unread::Foreign(_)), Some((line, why))) => {
                return Err(StoreError::Damaged { path: path.to_owned(), line: *line, why: why.clone() });
            }
            (Ok(record), None) => {
                contents.records.push((number + 1, record));
                contents.good = contents.good.saturating_add(piece.len() as u64);
            }
            (Err(Unread::Foreign(why)), None) => return Err(StoreError::Newer { path: path.to_owned(), line: number + 1, why }),
            (Err(Unread::Broken(why)), None) => bad = Some((number + 1, why)),
            (Err(Unread::Broken(_)), Some(_)) => {}
        }
    }
    contents.torn = bad.map(|(line, why)| Torn { line, why, bytes: bytes.len() as u64 - contents.good });
    Ok(contents)
}

/// How many lines come before entry `from`: one an entry, from the index of the first on.
fn passed(bytes: &[u8], from: u64) -> usize {
    let first = bytes.split(|b| *b == b'\n').next().filter(|_| from > 0).and_then(|line| line::decode(line).ok());
    first.map_or(0, |first| usize::try_from(from.saturating_sub(first.index)).unwrap_or(usize::MAX))
}
