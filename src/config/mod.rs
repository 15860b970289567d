//! The configuration file: typed TOML, and every problem of it at once, with key, line and remedy.
//!
//! Called by the monitor and by the command line. Nothing here reaches a host or changes a file: what can only be found
//! out by asking a host is found out elsewhere. The way is one: [`load`] reads the file, [`parse`] takes its text apart
//! into raw sections (declared in `keys.rs`), `check/` holds their values against each other, and what comes out is a
//! [`Loaded`] whose [`Cluster`](crate::core::model::Cluster) is valid.

mod amount;
mod check;
mod content;
mod file;
mod keys;
mod problem;
mod read;
mod report;
mod schema;
mod section;
mod settings;
mod text;

pub use content::{Change, diff};
pub use problem::{Problem, Problems, Severity};
pub use schema::schema;
pub use settings::{HostAccess, Loaded, MonitorSettings, SshSettings};

use keys::Root;
use report::Report;
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;

/// Reads and checks the file at `path`. Blocks.
///
/// # Errors
/// Every problem that there is. A file that cannot be read or that others may write is not looked into, and one that is
/// not TOML is not checked further.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    let origin = path.to_string_lossy();
    let text = file::read(path).map_err(|list| Problems { origin: problem::bounded(&origin), list })?;
    parse(&text, &origin)
}

/// Checks `text`, which comes from `origin`, usually a path.
///
/// # Errors
/// Every problem that there is; a text that is not TOML is not checked further.
pub fn parse(text: &str, origin: &str) -> Result<Loaded, Problems> {
    let mut report = Report::new(text);
    let root = syntax(text, &mut report).map(|table| Root::from_table(table.get_ref(), ("", None), &mut report));
    match root.and_then(|root| check::whole(&root, &mut report)) {
        Some(mut loaded) if !report.has_errors() => {
            loaded.warnings = report.into_problems(origin).list;
            Ok(loaded)
        }
        _ => Err(report.into_problems(origin)),
    }
}

/// The text as TOML; `None` after every error in its syntax was reported.
fn syntax<'t>(text: &'t str, report: &mut Report) -> Option<Spanned<DeTable<'t>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last = None;
    for error in &errors {
        let line = error.span().map(|span| report.line(&span));
        // One mistake often looks like several to the parser.
        if last.replace(line) == Some(line) {
            continue;
        }
        let found = line.and_then(|line| text.lines().nth(line - 1)).map_or_else(|| "nothing".to_owned(), |l| problem::quoted(l.trim()));
        let why = format!("this is not TOML: {}", problem::bounded(error.message()));
        report.add(Problem::error("", line, found, why, "correct this line; the rest is checked once the file is TOML"));
    }
    errors.is_empty().then_some(table)
}

#[cfg(test)]
mod tests;
