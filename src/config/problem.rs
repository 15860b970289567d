//! What is wrong with a configuration, in a shape for people and for programs.
//!
//! Made by everything in this room, shown by `config check` and by the monitor when it refuses to start. Whatever comes
//! from the file is bounded and escaped here before it is kept, so that showing a problem is always safe.

use serde::Serialize;
use std::fmt::{self, Write as _};

/// How many characters of a value from the file are shown.
const SHOWN: usize = 80;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, and somebody should look at this.
    Warning,
}

/// One problem: where, what was found, why that is wrong and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The key, from the top of the file, as in `components.db.primary.host`; empty for the file as a whole.
    pub key: String,
    /// The line in the file, counted from 1, where there is one to point at.
    pub line: Option<usize>,
    /// What stands there now, bounded and escaped.
    pub found: String,
    /// Why that is wrong.
    pub why: String,
    /// What to do or write instead.
    pub remedy: String,
}

impl Problem {
    /// An error at `key`.
    pub(super) fn error(
        key: impl Into<String>,
        line: Option<usize>,
        found: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Error, key: key.into(), line, found: found.into(), why: why.into(), remedy: remedy.into() }
    }

    /// The same, as something that does not keep the configuration from being used.
    #[must_use]
    pub(super) fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let key = if self.key.is_empty() { "the file" } else { &self.key };
        match self.line {
            Some(line) => writeln!(f, "{word}: {key} (line {line})")?,
            None => writeln!(f, "{word}: {key}")?,
        }
        writeln!(f, "  found    {}", self.found)?;
        writeln!(f, "  why      {}", self.why)?;
        write!(f, "  instead  {}", self.remedy)
    }
}

/// Everything that is wrong with one configuration: at least one error, and the warnings with it, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// Where the configuration came from, usually a path; escaped.
    pub origin: String,
    /// The problems.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.list.iter().filter(|p| p.severity == Severity::Error).count();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "{}: {errors} error{plural}", self.origin)?;
        for problem in &self.list {
            write!(f, "\n\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// `path` escaped, in full: what somebody has to type is not cut.
pub(super) fn whole(path: &std::path::Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// `text` in quotes, escaped and cut to a bounded length.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", bounded(text))
}

/// `text` escaped and cut to a bounded length.
pub(super) fn bounded(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    let left = text.chars().skip(SHOWN).count();
    if left > 0 {
        let _ = write!(shown, "... ({left} characters more)");
    }
    shown
}

/// `key` with one more part; a part that TOML would want in quotes gets them.
pub(super) fn join(key: &str, part: &str) -> String {
    let bare = !part.is_empty() && part.len() <= SHOWN && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let part = if bare { part.to_owned() } else { quoted(part) };
    if key.is_empty() { part } else { format!("{key}.{part}") }
}
