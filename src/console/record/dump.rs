//! The last minutes as a file: when somebody asks for it, and when the program panics.

use super::Ring;
use crate::console::event::Moment;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The ring as it is shared: with whoever dumps it, and with the hook of a panic.
pub type Shared = Arc<Mutex<Ring>>;

/// The name of a file that nobody named.
#[must_use]
pub fn name(cluster: Option<&str>, at: jiff::Timestamp) -> String {
    let cluster: String = cluster.unwrap_or("session").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    format!("switchtower-{cluster}-{}.record", at.strftime("%Y%m%dT%H%M%S%3f"))
}

/// Writes the last minutes to `path`, never over anything; `folder` is made before where it is missing.
///
/// # Errors
/// In words, why not.
pub fn dump(ring: &Shared, now: Moment, path: &Path, folder: Option<&Path>) -> Result<(), String> {
    if let Some(folder) = folder {
        own(folder).map_err(|error| format!("{} cannot be made: {error}; name a file", folder.display()))?;
    }
    let lines = ring.lock().unwrap_or_else(PoisonError::into_inner).record(now, "it was written with :dump");
    write(path, &lines).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{} is there already, and nothing is written over it: name another file", path.display()),
        _ => format!("{} cannot be written: {error}", path.display()),
    })
}

/// A folder that nobody else looks into: what is recorded tells how a cluster is made.
fn own(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn write(path: &Path, lines: &[String]) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut file = io::BufWriter::new(file);
    for line in lines {
        file.write_all(line.as_bytes())?;
    }
    file.flush()
}

/// What a panic writes, and where.
struct Will {
    ring: Shared,
    folder: PathBuf,
    begun: Instant,
}

static WILL: Mutex<Option<Will>> = Mutex::new(None);
/// One file is enough: what follows a panic are panics.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// From now on a panic writes the last minutes of `ring`, whose time began at `begun`, into `folder`.
pub fn keep_for_panic(ring: Shared, folder: PathBuf, begun: Instant) {
    *WILL.lock().unwrap_or_else(PoisonError::into_inner) = Some(Will { ring, folder, begun });
}

/// Called by the hook of a panic: writes the last minutes and tells where they are. It waits for nobody: where the ring is
/// being written to at this very moment, nothing is written.
pub fn at_panic() {
    let Ok(will) = WILL.try_lock() else { return };
    let Some(will) = will.as_ref() else { return };
    let Ok(ring) = will.ring.try_lock() else { return };
    if WRITTEN.swap(true, Ordering::SeqCst) {
        return;
    }
    let now = Moment(u64::try_from(will.begun.elapsed().as_millis()).unwrap_or(u64::MAX));
    let lines = ring.record(now, "the program panicked");
    let name = name(ring.cluster(), jiff::Timestamp::now());
    drop(ring);
    let _ = own(&will.folder);
    let said = [will.folder.clone(), std::env::temp_dir()].into_iter().find_map(|folder| {
        let path = folder.join(&name);
        write(&path, &lines).ok()?;
        let shown = crate::words::quoted(&path.to_string_lossy());
        Some(format!("the last minutes of this session are kept for a report of this defect: switchtower console --replay {shown}\n"))
    });
    let said = said.unwrap_or_else(|| "the last minutes of this session could not be written to any file\n".to_owned());
    let _ = io::stderr().write_all(said.as_bytes());
}

#[cfg(test)]
mod tests;
