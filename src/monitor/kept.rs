//! Copies of the configurations that the monitor has gone by, so that a decision can be made again after the file was edited.
//!
//! Called at the begin of each life, which is after each reload too. A copy is for its own account only, whatever rights the
//! file has. That there is none keeps nothing from going on.

use crate::config::{Loaded, copy_path};
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// So many copies are kept.
const MOST: usize = 50;
/// Far more files than ever are in the folder.
const MOST_LISTED: usize = 10_000;
/// What a copy is called until it is whole.
const NEW: &str = "new";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot {what}: {error}", path.display())]
struct KeptError {
    path: PathBuf,
    what: &'static str,
    error: io::Error,
}

impl KeptError {
    fn of(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self { path, what, error }
    }
}

/// Keeps a copy of what was loaded, on a thread of its own, and says in the log where that fails. Must be called within the
/// runtime.
pub(super) fn keep_beside(loaded: &Loaded) {
    let Some(path) = copy_path(&loaded.monitor.state_dir, &loaded.hash) else { return };
    let source = loaded.source.clone();
    // Nobody waits for it: a disk that hangs must not keep the monitor from beginning.
    drop(tokio::task::spawn_blocking(move || {
        if let Err(error) = keep(&path, source.as_str()) {
            tracing::warn!("no copy of the configuration is kept, so `replay` will need the file as it is now: {error}");
        }
    }));
}

/// Puts a copy with this text at `path`, on stable storage, and removes what is too many.
fn keep(path: &Path, text: &str) -> Result<(), KeptError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    own_folder(folder).map_err(KeptError::of(folder, "have a folder for this account only"))?;
    let new = path.with_extension(NEW);
    write(&new, text).map_err(KeptError::of(&new, "bring it to stable storage"))?;
    fs::rename(&new, path).map_err(KeptError::of(path, "put it in place"))?;
    let done = File::open(folder).and_then(|folder| folder.sync_all());
    done.map_err(KeptError::of(folder, "bring the folder to stable storage"))?;
    thin(folder, path).map_err(KeptError::of(folder, "remove old copies"))
}

/// Makes the folder, or takes away what others might do in one that is there.
fn own_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let about = folder.symlink_metadata()?;
    if !about.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if about.mode() & 0o077 != 0 { fs::set_permissions(folder, Permissions::from_mode(0o700)) } else { Ok(()) }
}

fn write(new: &Path, text: &str) -> io::Result<()> {
    // What a crash has left; it never was in place.
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes what crashes have left, and the oldest copies where there are too many; never `present`.
fn thin(folder: &Path, present: &Path) -> io::Result<()> {
    let mut copies: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)?.take(MOST_LISTED) {
        let path = entry?.path();
        match path.extension().and_then(OsStr::to_str) {
            Some(NEW) => fs::remove_file(&path)?,
            Some("toml") if path != present => copies.push((path.symlink_metadata()?.modified()?, path)),
            _ => {}
        }
    }
    copies.sort();
    let too_many = (copies.len() + 1).saturating_sub(MOST);
    copies.into_iter().take(too_many).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o7777
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_is_whole_and_for_its_own_account_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("configs");
        let path = folder.join("a.toml");
        keep(&path, "first").unwrap();
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        fs::write(folder.join("a.new"), "torn").unwrap();
        fs::write(folder.join("b.new"), "torn").unwrap();
        keep(&path, "second").unwrap();
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(&folder)), ("second", vec!["a.toml".to_owned()]));
    }

    #[test]
    fn the_oldest_copies_go_and_never_the_present_one() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..60 {
            let path = dir.path().join(format!("{at:02}.toml"));
            fs::write(&path, "x").unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(1000 - at);
            File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        }
        thin(dir.path(), &dir.path().join("00.toml")).unwrap();
        let left = names(dir.path());
        assert_eq!(left.len(), MOST);
        assert_eq!((left[0].as_str(), left[1].as_str()), ("00.toml", "11.toml"));
    }

    #[test]
    fn what_keeps_a_copy_from_being_kept_is_said_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("configs");
        fs::write(&folder, "no folder").unwrap();
        let why = keep(&folder.join("a.toml"), "x").unwrap_err().to_string();
        assert!(why.starts_with(&format!("{}: cannot have a folder for this account only", folder.display())), "{why}");
        assert_eq!(fs::read_to_string(&folder).unwrap(), "no folder");
    }
}
