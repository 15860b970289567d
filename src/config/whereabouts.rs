//! Where the folders of a monitor are, by a file that may have errors.
//!
//! For clients: the monitor goes on by what it has loaded while somebody writes, and a mistake elsewhere in the file must not
//! take them away. What they need is taken only where it can be read for certain; nothing is guessed. Blocks.

use super::keys::MonitorKeys;
use super::problem::{self, Problems, Severity};
use super::read::{At, Read, Section};
use super::report::Report;
use super::text::{FilePath, SocketFolder};
use super::{file, parse};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// Where a monitor's folders are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Folder of the sockets.
    pub run_dir: PathBuf,
    /// Folder of the journal; `None` where the file has errors and it cannot be told for certain.
    pub state_dir: Option<PathBuf>,
    /// How many errors the file has: not 0 where the monitor could not be started by it.
    pub errors: usize,
}

/// Reads them from the file at `path`, whomever it belongs to. Blocks.
///
/// # Errors
/// Every problem that there is, where the file cannot be read, others than the owners may write it, or it cannot be told where
/// the sockets are.
pub fn whereabouts(path: &Path) -> Result<Whereabouts, Problems> {
    let origin = problem::whole(path);
    match file::read(path, file::Owners::Any) {
        Ok(text) => find(&text, &origin),
        Err(list) => Err(Problems { origin, list }),
    }
}

fn find(text: &str, origin: &str) -> Result<Whereabouts, Problems> {
    let problems = match parse(text, origin) {
        Ok(loaded) => {
            let (run_dir, state_dir) = (loaded.monitor.run_dir, loaded.monitor.state_dir);
            return Ok(Whereabouts { run_dir, state_dir: Some(state_dir), errors: 0 });
        }
        Err(problems) => problems,
    };
    let (table, mistakes) = DeTable::parse_recoverable(text);
    let mut report = Report::new(text);
    let bad = mistakes.iter().map(|mistake| report.line(&mistake.span().unwrap_or_default())).collect();
    let monitor = table.get_ref().get("monitor").and_then(|node| node.get_ref().as_table());
    let usual = MonitorKeys::absent();
    let mut torn = Torn { text, monitor, bad, report: &mut report };
    // A file that is only half written says nothing yet of its own folder: the usual one may be that of another cluster.
    let run_dir = torn.value::<SocketFolder>("run_dir", None).map(|folder| folder.0);
    let state_dir = torn.value::<FilePath>("state_dir", usual.state_dir).map(|folder| folder.0);
    let errors = problems.list.iter().filter(|problem| problem.severity == Severity::Error).count();
    run_dir.map(|run_dir| Whereabouts { run_dir, state_dir, errors }).ok_or(problems)
}

/// What is left of a file with errors.
struct Torn<'a> {
    text: &'a str,
    monitor: Option<&'a DeTable<'a>>,
    /// The lines that are no TOML.
    bad: Vec<usize>,
    report: &'a mut Report,
}

impl Torn<'_> {
    /// The value of a key of `[monitor]`, or the `usual` one where it is not written; `None` where neither is certain.
    fn value<T: Read>(&mut self, name: &str, usual: Option<At<T>>) -> Option<T> {
        // Text before a comment begins. Where the name stands twice, nobody knows which one was meant.
        let mentions = self.text.lines().filter(|line| line.split('#').next().is_some_and(|said| said.contains(name))).count();
        match self.monitor.and_then(|keys| keys.get(name)) {
            Some(node) if mentions == 1 && !self.bad.contains(&self.report.line(&node.span())) => T::read(node, name, self.report),
            None if mentions == 0 && !self.is_misspelt(name) => usual.map(|at| at.value),
            _ => None,
        }
    }

    /// Whether a key of `[monitor]` is probably this one.
    fn is_misspelt(&self, name: &str) -> bool {
        self.monitor.iter().flat_map(|keys| keys.keys()).any(|key| self.report.nearest(key.get_ref(), [name]).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[monitor]\nrun_dir = \"/run/x\"\nstate_dir = \"/var/x\"\n";

    fn found(text: &str) -> Option<(String, Option<String>)> {
        let shown = |path: PathBuf| path.to_string_lossy().into_owned();
        let found = find(text, "test").ok()?;
        assert_ne!(found.errors, 0, "{text}");
        Some((shown(found.run_dir), found.state_dir.map(shown)))
    }

    fn both(run_dir: &str, state_dir: &str) -> Option<(String, Option<String>)> {
        Some((run_dir.to_owned(), Some(state_dir.to_owned())))
    }

    #[test]
    fn a_mistake_elsewhere_hides_neither_folder_whether_it_is_toml_or_not() {
        for mistake in ["[cluster]\nname = 5", "nonsense", "[cluster\nname = \"x\"", "x = \"not closed\ny = 1", "[monitor2]\n"] {
            assert_eq!(found(&format!("{FILE}{mistake}")), both("/run/x", "/var/x"), "{mistake}");
        }
        let usual = "[cluster]\n# state_dir = \"/var/old\"\nname = 5\n[monitor]\nrun_dir = \"/run/x\"";
        assert_eq!(found(usual), both("/run/x", "/var/lib/switchtower"));
        assert_eq!(find(&format!("{FILE}[cluster]\nnama = \"x\"\n[hosts]\n[components]\n"), "test").unwrap().errors, 6);
    }

    #[test]
    fn where_the_folder_of_the_sockets_is_not_certain_none_is_guessed() {
        for text in [
            "[monitor]\nrun_dir = 5",
            "[monitor]\nrun_dir = \"relative\"",
            "[monitor]\nrun_dir = /run/x",
            "[monitor]\nrun_dir = \"/run/x",
            "[monitor]\nrun_dri = \"/run/x\"",
            "[moniter]\nrun_dir = \"/run/x\"",
            "[monitor]\nrun_dir = \"/run/x\"\nrun_dir = \"/run/y\"",
            "run_dir = \"/run/x\"",
            "[cluster]\n# run_dir = \"/run/old\"\nname = 5",
            "[cluster]\nname = \"x\"\n[monit",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        let text = "[monitor]\nrun_dir = \"/run/x\"\nstate_dri = \"/var/x\"";
        assert_eq!(found(text), Some(("/run/x".to_owned(), None)));
    }

    #[test]
    fn a_file_without_errors_says_where_both_are() {
        let text = format!("{FILE}{}", include_str!("../../config/minimal.toml"));
        let found = find(&text, "test").unwrap();
        assert_eq!(found, Whereabouts { run_dir: "/run/x".into(), state_dir: Some("/var/x".into()), errors: 0 });
    }
}
