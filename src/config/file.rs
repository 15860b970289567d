//! Reading the configuration file from disk, and refusing one that others could have written.
//!
//! Called by `load` only. Whoever may write the configuration decides what the monitor does on every host, so file and
//! folder are checked before the content is believed. Blocks; not for asynchronous code.

use super::problem::{Problem, whole};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const MAX_SIZE: u64 = 4 << 20;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// The text of the file at `path`.
///
/// # Errors
/// Every reason there is not to use it.
pub(super) fn read(path: &Path) -> Result<String, Vec<Problem>> {
    let unreadable = |error: &io::Error| {
        vec![of_file(
            format!("cannot be read: {error}"),
            "without it nothing is known of the cluster",
            "give the path of a file that this account may read",
        )]
    };
    let real = path.canonicalize().map_err(|e| unreadable(&e))?;
    let mut file = open(&real).map_err(|e| unreadable(&e))?;
    let about = file.metadata().map_err(|e| unreadable(&e))?;
    if !about.is_file() {
        return Err(vec![of_file("no ordinary file", "a configuration is read from a file", "give the path of a file")]);
    }
    let mut problems = Vec::from_iter(too_open(&real, &about));
    for folder in folders(path, &real) {
        let about = folder.metadata().map_err(|e| unreadable(&e))?;
        if about.mode() & STICKY == 0 {
            problems.extend(too_open(&folder, &about));
        }
    }
    let mut bytes = Vec::new();
    Read::take(&mut file, MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    if bytes.len() as u64 > MAX_SIZE {
        problems.push(of_file("more than 4 MiB", "no configuration is so large", "give the path of a configuration file"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    String::from_utf8(bytes).map_err(|error| vec![not_text(error.as_bytes(), error.utf8_error().valid_up_to())])
}

/// Opened so that a pipe or a device in the place of the file cannot hold the program up.
fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// The folder that the path names, and the one where the file really is, in case a link stands between them.
fn folders(path: &Path, real: &Path) -> Vec<PathBuf> {
    let named = path.parent().map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p }).and_then(|p| p.canonicalize().ok());
    let mut folders: Vec<_> = named.into_iter().chain(real.parent().map(Path::to_path_buf)).collect();
    folders.dedup();
    folders
}

fn too_open(path: &Path, about: &Metadata) -> Option<Problem> {
    let mode = about.mode() & 0o7777;
    (mode & WRITABLE_BY_OTHERS != 0).then(|| {
        let path = whole(path);
        of_file(
            format!("{path} has mode {mode:04o}"),
            "others than its owner may write it, and so decide what is done on every host",
            format!("run: chmod go-w '{path}'"),
        )
    })
}

fn not_text(bytes: &[u8], valid: usize) -> Problem {
    let line = bytes.iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
    let found = format!("a byte that is no UTF-8, at offset {valid}");
    Problem { line: Some(line), ..of_file(found, "TOML is UTF-8 text", "save the file as UTF-8") }
}

fn of_file(found: impl Into<String>, why: &str, remedy: impl Into<String>) -> Problem {
    Problem::error("", None, found, why, remedy)
}

#[cfg(test)]
mod tests;
