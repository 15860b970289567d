//! The configuration file: typed TOML, and every problem of it at once, with key, line and remedy.
//!
//! Called by the monitor, by the host service and by the command line. Nothing here reaches a host or changes a file: what can only be found
//! out by asking a host is found out elsewhere. The way is one: [`load`] reads the file, [`parse`] takes its text apart
//! into raw sections (declared in `keys.rs`), `check/` holds their values against each other, and what comes out is a
//! [`Loaded`] whose [`Cluster`](crate::core::model::Cluster) is valid.

mod amount;
mod call;
mod check;
mod choice;
mod content;
mod file;
mod host;
mod keys;
mod many;
mod options;
mod problem;
mod read;
mod report;
mod schema;
mod section;
mod settings;
mod text;
mod trigger;
mod whereabouts;

pub use content::{Change, changes, copy_path, diff};
pub use host::{host_schema, load_host, parse_host};
pub use problem::{Problem, Problems, Severity};
pub use schema::schema;
pub use settings::{HostAccess, HostFile, Loaded, MonitorSettings, Monitors, Source, SshSettings};
pub use whereabouts::{Whereabouts, whereabouts};

use keys::Root;
use read::Section;
use report::Report;
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;

/// Reads and checks the file at `path`. Blocks.
///
/// # Errors
/// Every problem that there is. A file that cannot be read, or that others than root and this account own or may write, is not
/// looked into, and one that is not TOML is not checked further.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    load_of(path, file::Owners::trusted())
}

/// As [`load`], of whomever the file is: for those who do nothing on any host by its word, such as those who know by its hash
/// that it is the one that they want.
///
/// # Errors
/// As [`load`], where others than the owners may write.
pub fn load_of_anybody(path: &Path) -> Result<Loaded, Problems> {
    load_of(path, file::Owners::Any)
}

fn load_of(path: &Path, owners: file::Owners) -> Result<Loaded, Problems> {
    let origin = problem::whole(path);
    match file::read(path, owners) {
        Ok(text) => parse(&text, &origin),
        Err(list) => Err(Problems { origin, list }),
    }
}

/// Checks `text`, which comes from `origin`, usually a path; `origin` is shown as it is.
///
/// # Errors
/// Every problem that there is; a text that is not TOML is not checked further.
pub fn parse(text: &str, origin: &str) -> Result<Loaded, Problems> {
    let mut report = Report::new(text);
    let made = syntax(text, &mut report).and_then(|table| {
        let root = check::apply(Root::from_table(table.get_ref(), ("", None), &mut report));
        let meant = check::Meant::by(table.get_ref(), &report);
        check::whole(&root, meant, &mut report)
    });
    whole_or_defect(made, report, origin).map(|(mut loaded, warnings)| {
        loaded.warnings = warnings;
        loaded.source = Source::from(text);
        loaded
    })
}

/// What was `made` of a file, with the warnings, if there was no error.
fn whole_or_defect<T>(made: Option<T>, mut report: Report, origin: &str) -> Result<(T, Vec<Problem>), Problems> {
    match made {
        Some(made) if !report.has_errors() => Ok((made, report.into_problems(origin).list)),
        _ => {
            if !report.has_errors() {
                report.add(Problem::error(
                    "",
                    None,
                    "values that are right one by one",
                    "they make no whole",
                    "report this as a defect, with the file",
                ));
            }
            Err(report.into_problems(origin))
        }
    }
}

/// The text as TOML; `None` after every error in its syntax was reported.
fn syntax<'t>(text: &'t str, report: &mut Report) -> Option<Spanned<DeTable<'t>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last = None;
    for error in &errors {
        let span = error.span().unwrap_or_default();
        let line = Some(report.line(&span));
        // One mistake often looks like several to the parser, and noise looks like very many.
        if last.replace(line) == Some(line) || report.is_full() {
            continue;
        }
        let begin = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let found = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let found = if options::names_secret(found) {
            "a line that may hold a secret, and is not shown".to_owned()
        } else {
            problem::quoted(found.trim())
        };
        let why = format!("this is not TOML: {}", problem::bounded(error.message()));
        let remedy = "correct this line; the rest is checked once the file is TOML";
        report.add(Problem::error("", line, found, why, remedy));
    }
    errors.is_empty().then_some(table)
}

#[cfg(test)]
mod tests;
