//! A folder that one process uses at a time: a lock file that says whose it is. Blocks on the disk.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Why a lock is not ours.
#[derive(Debug)]
pub enum NoLock {
    /// Another process has it: which, in words that follow a sentence; empty where it has not said.
    Held(String),
    /// The system refuses.
    Io(&'static str, std::io::Error),
}

/// Takes the lock `path`, which is made for its owner alone; it is held for as long as the file is open.
///
/// # Errors
/// When another process holds it, or the file cannot be written.
pub fn lock(path: &Path) -> Result<File, NoLock> {
    let io = |what| move |error| NoLock::Io(what, error);
    let mut options = OpenOptions::new();
    let options = options.mode(0o600).read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(io("open the lock"))?;
    if rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut holder = String::new();
        let _ = Read::by_ref(&mut file).take(20).read_to_string(&mut holder);
        return Err(NoLock::Held(holder.trim().parse::<u32>().map(|pid| format!(", as process {pid}")).unwrap_or_default()));
    }
    let mut write = || {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())
    };
    write().map_err(io("write the lock"))?;
    Ok(file)
}
