//! The content of a configuration in one spelling: for its hash, and for saying what changed between two of them.
//!
//! Nothing here is read or written. Comments, order, layout and spelled-out defaults are gone before anything here sees the content.

use super::problem::join;
use super::settings::Loaded;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// A key whose value differs between two configurations.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The key, as in `components.db.start_timeout`.
    pub key: String,
    /// The value before, as JSON; `None` for a key that was not there.
    pub before: Option<String>,
    /// The value after, as JSON; `None` for a key that is gone.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{}: {before} -> {after}", self.key),
            (None, Some(after)) => write!(f, "{}: added, {after}", self.key),
            (Some(before), None) => write!(f, "{}: removed, was {before}", self.key),
            (None, None) => write!(f, "{}", self.key),
        }
    }
}

/// What differs between two configurations, by key.
#[must_use]
pub fn diff(before: &Loaded, after: &Loaded) -> Vec<Change> {
    changes(&before.content, &after.content)
}

/// The same for the contents alone, of which one may have come from another process.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let (before, after) = (leaves(before), leaves(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    changed.map(|key| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() }).collect()
}

/// SHA-256 of the content in hexadecimal.
pub(super) fn hash(content: &Value) -> String {
    let mut hasher = Sha256::new();
    for (key, value) in leaves(content) {
        hasher.update(format!("{key} = {value}\n"));
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a monitor with the state folder `state_dir` keeps a copy of the file with this hash; `None` for what is no hash.
#[must_use]
pub fn copy_path(state_dir: &Path, hash: &str) -> Option<PathBuf> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    is_hash.then(|| state_dir.join("configs").join(format!("{hash}.toml")))
}

/// Every value that is no table, as JSON, by its key.
fn leaves(content: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![(String::new(), content)];
    while let Some((key, value)) = open.pop() {
        match value {
            Value::Object(table) => open.extend(table.iter().map(|(name, value)| (join(&key, name), value))),
            leaf => drop(found.insert(key, leaf.to_string())),
        }
    }
    found
}
