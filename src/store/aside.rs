//! Entries that another journal does not have: they are set aside, whole and readable, when this one becomes its copy.

use super::journal::{hold, make_private, private, sync_dir};
use super::{Journal, Limits, Opened, StoreError, line, segment};
use crate::core::record::Record;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Files of entries that begin in the same place; the last of them is written anew.
const MOST_NAMES: usize = 100;

/// Opens the journal in `dir` with nothing after entry `keep` in it: what stands there goes into a file of its own beside
/// it, `aside-INDEX-TERM.jsonl` by its first entry. The next entry that is appended is to be `first`. Returns how many
/// were set aside too. Blocks on the disk.
///
/// Done again after a crash at any point it comes to the same.
///
/// # Errors
/// As [`Journal::open`].
pub fn open_cut(dir: &Path, limits: Limits, keep: u64, first: u64) -> Result<(Opened, u64), StoreError> {
    make_private(dir)?;
    let lock = hold(dir)?;
    let mut gone: Vec<Record> = Vec::new();
    let mut cuts: Vec<(PathBuf, u64)> = Vec::new();
    for (_, path) in segment::list(dir)? {
        let contents = segment::read(&path)?;
        let stays = contents.records.iter().take_while(|(_, record)| record.index <= keep).count();
        if stays == contents.records.len() && stays > 0 {
            continue;
        }
        let length = length_of(&path, stays)?;
        gone.extend(contents.records.into_iter().skip(stays).map(|(_, record)| record));
        cuts.push((path, length));
    }
    if let Some(record) = gone.first() {
        write(dir, record, &gone)?;
    }
    // The newest goes first, so that no gap is left if this is cut short.
    for (path, length) in cuts.iter().rev() {
        if *length == 0 {
            std::fs::remove_file(path).map_err(StoreError::io(path, "remove it"))?;
            // Before anything older is cut: a gap would be no journal.
            sync_dir(dir)?;
        } else {
            let file = std::fs::OpenOptions::new().write(true).open(path).map_err(StoreError::io(path, "open it"))?;
            file.set_len(*length).map_err(StoreError::io(path, "cut off its end"))?;
            file.sync_all().map_err(StoreError::io(path, "bring it to stable storage"))?;
        }
    }
    sync_dir(dir)?;
    if segment::list(dir)?.is_empty() {
        let path = segment::path(dir, first.max(1));
        private().write(true).create(true).truncate(false).open(&path).map_err(StoreError::io(&path, "make it"))?;
        sync_dir(dir)?;
    }
    let opened = Journal::open_locked(dir, limits, lock)?;
    Ok((opened, gone.len() as u64))
}

/// The length of the first `lines` lines as they stand in the file: another version may have written them in another way than
/// this one would.
fn length_of(path: &Path, lines: usize) -> Result<u64, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io(path, "read it"))?;
    Ok(bytes.split_inclusive(|byte| *byte == b'\n').take(lines).map(|line| line.len() as u64).sum())
}

fn write(dir: &Path, first: &Record, records: &[Record]) -> Result<(), StoreError> {
    let name = |more: &str| dir.join(format!("aside-{:020}-{}{more}.jsonl", first.index, first.term));
    let mut path = name("");
    // What stands there already is never replaced.
    for more in 1..MOST_NAMES {
        if !path.exists() {
            break;
        }
        // Left by an attempt that was cut short, which had removed some of them from the journal already.
        if let Ok(contents) = segment::read(&path)
            && contents.torn.is_none()
            && records.iter().zip(&contents.records).filter(|(record, (_, kept))| *record == kept).count() == records.len()
        {
            return Ok(());
        }
        path = name(&format!(".{more}"));
    }
    let temporary = path.with_extension("new");
    let mut text = String::new();
    for record in records {
        text.push_str(&line::encode(record).ok_or(StoreError::TooLong(0))?);
    }
    let mut file = private().write(true).create(true).truncate(true).open(&temporary).map_err(StoreError::io(&temporary, "make it"))?;
    file.write_all(text.as_bytes()).map_err(StoreError::io(&temporary, "write it"))?;
    file.sync_all().map_err(StoreError::io(&temporary, "bring it to stable storage"))?;
    drop(file);
    std::fs::rename(&temporary, &path).map_err(StoreError::io(&path, "put it in place"))?;
    sync_dir(dir)
}

#[cfg(test)]
mod tests;
