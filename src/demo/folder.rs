//! The folder of a demo: private, short, locked while it lives, and gone afterwards with every process of it. Blocks.

use super::error::DemoError;
use super::marked::{self, Whose};
use rustix::fs::{FlockOperation, flock};
use rustix::process::getuid;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a demo's folder is called.
const NAME: &str = "switchtower-demo-";
const LOCK: &str = "lock";
/// The longest folder to be in, in bytes: the path of a socket has to fit.
const LONGEST: usize = 48;
/// How long processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tries to make a folder while others clear up.
const TRIES: usize = 3;

/// A folder that is in use; dropped, it is removed with every process that has its mark.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// A new one, after those of dead demos of this user were removed.
    pub(super) fn open() -> Result<Self, DemoError> {
        Self::open_in(&places())
    }

    fn open_in(places: &[PathBuf]) -> Result<Self, DemoError> {
        places.iter().for_each(|place| sweep(place));
        let mut tried = Vec::new();
        for place in places {
            match make(place) {
                Ok(folder) => return Ok(folder),
                Err(why) => tried.push(format!("{}: {why}", place.display())),
            }
        }
        Err(DemoError::NoFolder { tried: tried.join(", ") })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Where it may be, best first.
fn places() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute() && private(path));
    let mut places: Vec<PathBuf> = runtime.into_iter().chain([std::env::temp_dir(), PathBuf::from("/tmp")]).collect();
    places.dedup();
    places
}

fn private(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| about.is_dir() && about.uid() == getuid().as_raw() && about.mode() & 0o077 == 0)
}

fn make(place: &Path) -> Result<Folder, String> {
    if place.as_os_str().len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes, so that the paths of sockets in it would not fit"));
    }
    let mut last = String::new();
    for _ in 0..TRIES {
        let path = place.join(format!("{NAME}{:06x}", rand::random_range(0..0x0100_0000)));
        match DirBuilder::new().mode(0o700).create(&path).and_then(|()| lock(&path)) {
            Ok(lock) => return Ok(Folder { path, _lock: lock }),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

/// The lock appears under its name only once it is held, so that nobody takes a new demo for a dead one.
fn lock(path: &Path) -> std::io::Result<File> {
    let new = path.join("lock.new");
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    std::fs::rename(&new, path.join(LOCK))?;
    Ok(file)
}

/// Removes what dead demos of this user have left in `place`.
fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(NAME)) {
        let path = entry.path();
        let own = entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == getuid().as_raw());
        if own && dead(&path) {
            tracing::info!(path = %path.display(), "a dead demo is removed");
            remove(&path);
        }
    }
}

/// Whether nobody holds the lock of the demo at `path`. One that is not locked yet is being made.
fn dead(path: &Path) -> bool {
    File::open(path.join(LOCK)).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
}

/// Kills every process of the demo at `path`, and removes the folder.
pub(super) fn remove(path: &Path) {
    if !marked::kill(&Whose::all(path), PATIENCE) {
        tracing::warn!(path = %path.display(), "processes of the demo could not be killed");
    }
    // What is removed by somebody else meanwhile is removed.
    for _ in 0..TRIES {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => tracing::warn!(path = %path.display(), %error, "is not removed"),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_goes_with_its_owner_and_a_dead_one_is_swept_by_the_next() {
        let place = tempfile::tempdir().unwrap();
        let places = [PathBuf::from(format!("/{}", "x".repeat(80))), place.path().to_owned()];
        let first = Folder::open_in(&places).unwrap();
        assert_eq!(std::fs::metadata(first.path()).unwrap().mode() & 0o777, 0o700);
        std::fs::write(first.path().join("file"), "").unwrap();
        let dead = place.path().join(format!("{NAME}dead"));
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(LOCK), "").unwrap();
        let other = place.path().join("switchtower-other");
        std::fs::create_dir(&other).unwrap();
        let second = Folder::open_in(&places).unwrap();
        assert!(!dead.exists() && first.path().join("file").exists() && other.exists());
        let path = second.path().to_owned();
        drop(second);
        assert!(!path.exists());
        let error = Folder::open_in(&places[..1]).unwrap_err().to_string();
        assert!(error.contains("longer than 48 bytes") && error.contains("set TMPDIR"), "{error}");
    }
}
