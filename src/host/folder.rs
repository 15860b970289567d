//! The service's own folder: private, locked by one service at a time, with the record of terms in it.
//!
//! Everything here blocks on the disk.

use super::error::HostError;
use crate::store::{NoLock, lock};
use crate::wire::host::Keeper;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Far longer than any record.
const MOST: u64 = 64 * 1024;

/// The folder, locked as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be, and locks it.
    pub(super) fn open(dir: &Path) -> Result<Self, HostError> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(HostError::io(dir, "make the folder"))?;
        // By its true name, since what it started is later known by it.
        let path = dir.canonicalize().map_err(HostError::io(dir, "find the folder"))?;
        Ok(Self { _lock: hold(&path)?, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Who took this host last; `None` before the first time.
    pub(super) fn keeper(&self) -> Result<Option<Keeper>, HostError> {
        let path = record(&self.path);
        let mut text = String::new();
        match File::open(&path) {
            Ok(file) => {
                file.take(MOST).read_to_string(&mut text).map_err(HostError::io(&path, "read it"))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(HostError::io(&path, "open it")(error)),
        }
        serde_json::from_str(&text).map(Some).map_err(|error| HostError::BadRecord { path, why: error.to_string() })
    }
}

fn record(dir: &Path) -> PathBuf {
    dir.join("term")
}

/// Writes who takes this host to the folder at `dir`, and returns once that is on stable storage.
pub(super) fn write_keeper(dir: &Path, keeper: &Keeper) -> Result<(), HostError> {
    let path = record(dir);
    let new = path.with_extension("new");
    let text = serde_json::to_string(keeper).map_err(|error| HostError::io(&path, "write it")(error.into()))?;
    let written = (|| {
        let mut file = private().write(true).create(true).truncate(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_data()
    })();
    written.map_err(HostError::io(&new, "bring it to stable storage"))?;
    std::fs::rename(&new, &path).map_err(HostError::io(&path, "put it in place"))?;
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(HostError::io(dir, "bring the folder to stable storage"))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn hold(dir: &Path) -> Result<File, HostError> {
    let path = dir.join("lock");
    lock(&path).map_err(|why| match why {
        NoLock::Held(holder) => HostError::Held { path, holder },
        NoLock::Io(what, error) => HostError::io(path, what)(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::Term;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_record_outlives_the_service_and_nobody_else_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("a/b");
        let folder = Folder::open(&home).unwrap();
        assert_eq!(folder.keeper().unwrap(), None);
        let keeper = Keeper { term: Term(7), identity: "0123456789abcdef".into(), by_hand: None };
        write_keeper(&home, &keeper).unwrap();
        assert_eq!(folder.keeper().unwrap(), Some(keeper));
        for (path, mode) in [(home.clone(), 0o700), (home.join("term"), 0o600)] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_folder_has_one_service() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path()).unwrap();
        let second = Folder::open(dir.path()).unwrap_err().to_string();
        assert!(second.contains(&format!("as process {}", std::process::id())), "{second}");
        drop(first);
        Folder::open(dir.path()).unwrap();
    }

    #[test]
    fn a_record_that_is_not_understood_is_no_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("term"), "{").unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(matches!(folder.keeper(), Err(HostError::BadRecord { .. })));
    }
}
