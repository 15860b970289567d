//! The journal as one writer sees it: open and lock, append durably, rotate.

use super::lock::{NoLock, lock};
use super::room::Room;
use super::{StoreError, line, segment};
use crate::core::record::{Body, Ledger, Record, Summary};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How large the journal may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A file is rotated once it is longer than this, in bytes, and no run is open.
    pub segment_bytes: u64,
    /// So many files are kept; the oldest goes.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { segment_bytes: 8 * 1024 * 1024, segments: 16 }
    }
}

/// An end of the journal that a crash has cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
    /// How many bytes were dropped. Nothing was done because of them: an act follows its whole entry.
    pub bytes: u64,
}

/// What opening a journal has shown.
#[derive(Debug)]
pub struct Opened {
    /// The journal, locked.
    pub journal: Journal,
    /// What it adds up to.
    pub ledger: Ledger,
    /// A torn end that was cut off.
    pub torn: Option<Torn>,
}

/// A journal that is open for writing; no other process has it.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    path: PathBuf,
    file: File,
    length: u64,
    limits: Limits,
    room: Room,
    poisoned: bool,
    _lock: File,
}

impl Journal {
    /// Opens the journal in `dir`, making the folder if need be, and reads it. Blocks on the disk.
    ///
    /// # Errors
    /// When another process has it, it cannot be read or written, or is damaged other than at its end.
    pub fn open(dir: &Path, limits: Limits) -> Result<Opened, StoreError> {
        make_private(dir)?;
        let lock = hold(dir)?;
        Self::open_locked(dir, limits, lock)
    }

    /// The same under a lock that is held already.
    pub(super) fn open_locked(dir: &Path, limits: Limits, lock: File) -> Result<Opened, StoreError> {
        let mut ledger = Ledger::default();
        let mut torn = None;
        let files = segment::list(dir)?;
        let newest = files.last().map(|(first, _)| *first);
        for (first, path) in &files {
            let contents = segment::read(path)?;
            for (line, record) in &contents.records {
                ledger.apply(record).map_err(|source| StoreError::Contradiction { path: path.clone(), line: *line, source })?;
            }
            if let Some(end) = contents.torn {
                if Some(*first) != newest {
                    return Err(StoreError::Damaged { path: path.clone(), line: end.line, why: end.why });
                }
                truncate(path, contents.good)?;
                torn = Some(end);
            }
        }
        let path = files.into_iter().next_back().map_or_else(|| segment::path(dir, 1), |(_, path)| path);
        let (file, length) = open_append(dir, &path)?;
        let journal = Self { dir: dir.to_owned(), path, file, length, limits, room: Room::default(), poisoned: false, _lock: lock };
        Ok(Opened { journal, ledger, torn })
    }

    /// The file that is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes room on the disk ahead of the journal's end, as [`Journal::append`] does before a life or a run begins.
    ///
    /// # Errors
    /// When there is not enough.
    pub fn make_room(&mut self) -> Result<(), StoreError> {
        self.room.ahead_of(&self.file, self.length).map_err(StoreError::io(&self.path, "keep room ahead of its end"))
    }

    /// Appends `records` and returns when they are on stable storage. Blocks on the disk. A life or a run begins only with
    /// room for all that will be written of it.
    ///
    /// # Errors
    /// When they are not: the journal must then be opened again before anything else is written, since nobody knows how
    /// much of them is there, and what comes next would not follow.
    pub fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned(self.path.clone()));
        }
        let written = self.write(records);
        self.poisoned = written.is_err();
        written
    }

    fn write(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let text = text(records)?;
        let begins = |record: &Record| matches!(record.body, Body::TermTaken { .. } | Body::RunOpened { .. });
        match self.make_room() {
            Err(error) if records.iter().any(begins) => return Err(error),
            // What was begun goes on in the room that is left.
            Ok(()) | Err(_) => {}
        }
        let written = self.file.write_all(text.as_bytes()).map_err(StoreError::io(&self.path, "append to it"));
        let synced = written.and_then(|()| self.file.sync_data().map_err(StoreError::io(&self.path, "bring it to stable storage")));
        if synced.is_ok() {
            self.length = self.length.saturating_add(text.len() as u64);
        } else {
            // Best effort: what cannot be cut off now is cut off as a torn end, or read back whole, on opening.
            let _ = self.file.set_len(self.length);
        }
        synced
    }

    /// Whether the file is long enough to be rotated.
    #[must_use]
    pub fn due(&self) -> bool {
        self.length >= self.limits.segment_bytes
    }

    /// Begins a new file with `first`, which must hold a summary, and drops the oldest beyond the limit. Blocks on the disk.
    ///
    /// # Errors
    /// When it is not done, wholly or in part: as after an append that failed, the journal must then be opened again,
    /// since an entry that waits behind this one would leave a gap.
    pub fn rotate(&mut self, first: &Record) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned(self.path.clone()));
        }
        let rotated = self.begin_file(first);
        self.poisoned = rotated.is_err();
        rotated
    }

    fn begin_file(&mut self, first: &Record) -> Result<(), StoreError> {
        let path = segment::path(&self.dir, first.index);
        let text = line::encode(first).ok_or(StoreError::TooLong(0))?;
        let temporary = path.with_extension("new");
        let mut file = private().write(true).create(true).truncate(true).open(&temporary).map_err(StoreError::io(&temporary, "make it"))?;
        file.write_all(text.as_bytes()).map_err(StoreError::io(&temporary, "write it"))?;
        file.sync_all().map_err(StoreError::io(&temporary, "bring it to stable storage"))?;
        drop(file);
        std::fs::rename(&temporary, &path).map_err(StoreError::io(&path, "put it in place"))?;
        sync_dir(&self.dir)?;
        let (file, length) = open_append(&self.dir, &path)?;
        // Best effort: gives back the room that the old file will not need.
        let _ = self.file.set_len(self.length);
        (self.file, self.length, self.path, self.room) = (file, length, path, Room::default());
        let files = segment::list(&self.dir)?;
        for (_, old) in files.iter().take(files.len().saturating_sub(self.limits.segments.max(1))) {
            std::fs::remove_file(old).map_err(StoreError::io(old, "remove it"))?;
        }
        Ok(())
    }
}

/// Reads at most `limit` entries from index `from` on, and the index of the oldest that is kept. Needs no lock: a torn end is
/// left out. Blocks on the disk.
///
/// # Errors
/// When a file cannot be read, or what is wanted of it is damaged other than at its end.
pub fn read_from(dir: &Path, from: u64, limit: usize) -> Result<(Vec<Record>, u64), StoreError> {
    let files = segment::list(dir)?;
    let oldest = files.first().map_or(1, |(first, _)| *first);
    let start = files.iter().rposition(|(first, _)| *first <= from).unwrap_or(0);
    let mut records = Vec::new();
    for (_, path) in files.iter().skip(start) {
        let contents = segment::read_part(path, from, limit.saturating_sub(records.len()))?;
        records.extend(contents.records.into_iter().map(|(_, record)| record).filter(|record| record.index >= from));
        if records.len() >= limit {
            break;
        }
    }
    Ok((records, oldest))
}

/// The entry that begins a rotated file.
#[must_use]
pub fn summary_record(index: u64, at: jiff::Timestamp, summary: Summary) -> Record {
    Record { index, term: summary.term, at, body: Body::Summary { summary: Box::new(summary) } }
}

fn text(records: &[Record]) -> Result<String, StoreError> {
    let mut text = String::new();
    for record in records {
        let line = line::encode(record).ok_or(StoreError::TooLong(0))?;
        if line.len() > line::MAX_RECORD {
            return Err(StoreError::TooLong(line.len()));
        }
        text.push_str(&line);
    }
    Ok(text)
}

pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

pub(super) fn make_private(dir: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(StoreError::io(dir, "make the folder"))
}

/// Takes the lock of the journal in `dir`, which whoever writes it holds: no monitor begins there meanwhile. Blocks on the disk.
///
/// # Errors
/// When a monitor holds it, or the folder cannot be written.
pub fn hold(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("journal.lock");
    lock(&path).map_err(|why| match why {
        NoLock::Held(holder) => StoreError::Held { path, holder },
        NoLock::Io(what, error) => StoreError::io(path, what)(error),
    })
}

fn truncate(path: &Path, length: u64) -> Result<(), StoreError> {
    let file = OpenOptions::new().write(true).open(path).map_err(StoreError::io(path, "open it"))?;
    file.set_len(length).map_err(StoreError::io(path, "cut off its torn end"))?;
    file.sync_all().map_err(StoreError::io(path, "bring it to stable storage"))
}

fn open_append(dir: &Path, path: &Path) -> Result<(File, u64), StoreError> {
    let file = private().append(true).create(true).open(path).map_err(StoreError::io(path, "open it for writing"))?;
    let length = file.metadata().map_err(StoreError::io(path, "look at it"))?.len();
    sync_dir(dir)?;
    Ok((file, length))
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(StoreError::io(dir, "bring the folder to stable storage"))
}
