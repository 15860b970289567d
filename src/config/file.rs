//! Reading the configuration file from disk, and refusing one that others could have written.
//!
//! Called by what loads files only. Whoever may write the configuration decides what the monitor does on every host, so the
//! file and all that is above it are checked (`way`) before the content is believed. Blocks; not for asynchronous code.

use super::problem::Problem;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

mod way;

pub(super) use way::Owners;
use way::{Way, too_open};

/// Largest file that is read, in bytes.
const MAX_SIZE: u64 = 4 << 20;

/// The text of the file at `path`, if it and everything above it belongs to `owners` and nobody else may write it.
///
/// # Errors
/// Every reason there is not to use it.
pub(super) fn read(path: &Path, owners: Owners) -> Result<String, Vec<Problem>> {
    let unreadable = |error: &io::Error| {
        vec![of_file(
            format!("cannot be read: {error}"),
            "without it nothing is known of the cluster",
            "give the path of a file that this account may read",
        )]
    };
    let way = Way::of(path).map_err(|e| unreadable(&e))?;
    let mut file = open(&way.real).map_err(|e| unreadable(&e))?;
    let about = file.metadata().map_err(|e| unreadable(&e))?;
    if !about.is_file() {
        return Err(vec![of_file("no ordinary file", "a configuration is read from a file", "give the path of a file")]);
    }
    let mut problems = Vec::from_iter(too_open(&way.real, &about, owners));
    problems.extend(way.passed.iter().rev().filter_map(|(path, about)| too_open(path, about, owners)));
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
