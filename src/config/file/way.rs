//! The way to a file: every folder and link that is passed until it is reached, and who may change it there.
//!
//! Whoever owns or may write a folder above a file may put another file in its place, and whoever owns a link may point it
//! elsewhere. So all of them are looked at, those that links lead through included. Used by `file` only; blocks.

use super::of_file;
use crate::config::problem::{Problem, whole};
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// As many as the system itself follows.
const MOST_LINKS: usize = 40;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

/// Whose files are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Owners {
    /// Root's, and those of this account. For all who act on what the file says.
    RootAnd(u32),
    /// Anybody's, as long as nobody but the owners may write. For those who do nothing by the file's word, and often belong to
    /// another account than the monitor.
    Any,
}

impl Owners {
    /// Root, and the account that this process acts as.
    pub(in crate::config) fn trusted() -> Self {
        Self::RootAnd(rustix::process::geteuid().as_raw())
    }

    fn believe(self, uid: u32) -> bool {
        match self {
            Self::RootAnd(account) => uid == ROOT || uid == account,
            Self::Any => true,
        }
    }
}

/// Where a path leads.
pub(super) struct Way {
    /// The same without links.
    pub(super) real: PathBuf,
    /// The folders and links on the way, each once, without what it leads to.
    pub(super) passed: Vec<(PathBuf, Metadata)>,
}

impl Way {
    /// Goes the way of `path`.
    ///
    /// # Errors
    /// When it leads nowhere, or in a circle.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut way = Self { real: PathBuf::from("/"), passed: Vec::new() };
        let mut left = Vec::new();
        push(&mut left, &std::path::absolute(path)?);
        way.pass(Path::new("/").symlink_metadata()?);
        let mut links = 0;
        while let Some(part) = left.pop() {
            if part == ".." {
                way.real.pop();
                continue;
            }
            way.real.push(&part);
            let about = way.real.symlink_metadata()?;
            if about.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return Err(rustix::io::Errno::LOOP.into());
                }
                let target = way.real.read_link()?;
                way.pass(about);
                if target.is_absolute() {
                    way.real = PathBuf::from("/");
                } else {
                    way.real.pop();
                }
                push(&mut left, &target);
            } else if about.is_dir() {
                way.pass(about);
            }
        }
        Ok(way)
    }

    fn pass(&mut self, about: Metadata) {
        if !self.passed.iter().any(|(path, _)| *path == self.real) {
            self.passed.push((self.real.clone(), about));
        }
    }
}

/// The parts of `path` before those that are left, the next one last.
fn push(left: &mut Vec<OsString>, path: &Path) {
    let part = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir).then(|| part.as_os_str().to_owned());
    left.extend(path.components().rev().filter_map(part));
}

/// An error where others than `owners` own what is at `path`, or others than its owner may write it.
pub(super) fn too_open(path: &Path, about: &Metadata, owners: Owners) -> Option<Problem> {
    // A link's own mode says nothing, and in a sticky folder everybody may only change what is his own: who owns that is looked at.
    let shared = about.is_symlink() || about.is_dir() && about.mode() & STICKY != 0 && owners.believe(about.uid());
    let open = !shared && about.mode() & WRITABLE_BY_OTHERS != 0;
    let strange = !owners.believe(about.uid());
    if !open && !strange {
        return None;
    }
    let path = whole(path);
    let owner = if about.uid() == ROOT { "root".to_owned() } else { format!("user {}", about.uid()) };
    let (why, remedy) = match (strange, open) {
        (true, true) => ("its owner, and others than its owner, may write it", format!("chown -h root '{path}' && chmod go-w '{path}'")),
        (true, false) => ("its owner is neither root nor the account that reads this", format!("chown -h root '{path}'")),
        (false, _) => ("others than its owner may write it", format!("chmod go-w '{path}'")),
    };
    let found = format!("{path} belongs to {owner} and has mode {:04o}", about.mode() & 0o7777);
    Some(of_file(found, &format!("{why}, and so decide what is done on every host"), format!("run: {remedy}")))
}
