//! Where the configuration is, and where the monitor's sockets are.

use super::args::{CONFIG, Globals};
use super::out::Out;
use crate::client::{Rights, Via};
use crate::config::{self, Loaded, Problems, Severity, Whereabouts};
use crate::words::{Line, Tone, count, quoted};
use std::path::{Path, PathBuf};

/// Where the sockets are when nobody says otherwise.
const RUN_DIR: &str = "/run/switchtower";

/// The configuration file that is meant.
pub(super) fn config(globals: &Globals) -> PathBuf {
    globals.config.clone().unwrap_or_else(|| PathBuf::from(CONFIG))
}

/// Where a monitor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder of its sockets, on its own host.
    pub run_dir: PathBuf,
    /// How its host is reached; `None` where it is this one.
    pub via: Option<Via>,
}

/// Where the monitor is, and what is to be told about how it was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    place: Place,
    note: Option<String>,
}

impl Found {
    /// The place, once people were told.
    pub(super) fn told(self, out: &mut Out) -> Place {
        if let Some(note) = self.note {
            out.complain(Line::of(Tone::Warn, note));
        }
        self.place
    }

    /// The place, and what is to be told about how it was found.
    pub(super) fn noted(self) -> (Place, Option<String>) {
        (self.place, self.note)
    }

    /// The place, for those who may say one line only.
    pub(super) fn silently(self) -> Place {
        self.place
    }
}

/// Finds the monitor; `acting` is the line that would act, where this one only looks.
///
/// # Errors
/// When the configuration was named and does not say where the sockets are, not even with errors elsewhere: another monitor than
/// the one that is meant must not be asked.
pub(super) async fn find(globals: &Globals, acting: &str) -> Result<Found, Problems> {
    let via = via(globals, acting);
    if let Some(dir) = &globals.run_dir {
        return Ok(Found { place: Place { run_dir: dir.clone(), via }, note: None });
    }
    if via.is_some() && globals.config.is_none() {
        // What stands on this machine, unnamed, is about a monitor of this machine.
        return Ok(Found { place: Place { run_dir: PathBuf::from(RUN_DIR), via }, note: None });
    }
    let (run_dir, note) = chosen(globals.config.as_deref(), whereabouts(config(globals)).await)?;
    Ok(Found { place: Place { run_dir, via }, note })
}

fn via(globals: &Globals, acting: &str) -> Option<Via> {
    let hops = globals.via.clone()?;
    let rights = if globals.operate { Rights::Operate } else { Rights::Look(acting.to_owned()) };
    Some(Via { hops, ssh_config: globals.ssh_config.clone(), rights })
}

/// The folder of the sockets by what is known of the file, which was `named` or is the usual one.
fn chosen(named: Option<&Path>, found: Result<Whereabouts, Problems>) -> Result<(PathBuf, Option<String>), Problems> {
    match (found, named) {
        (Ok(Whereabouts { run_dir, errors: 0, .. }), _) => Ok((run_dir, None)),
        (Ok(Whereabouts { run_dir, errors, .. }), named) => {
            let file = named.unwrap_or(Path::new(CONFIG)).to_string_lossy().into_owned();
            let option = named.map(|_| format!(" --config {}", quoted(&file))).unwrap_or_default();
            let errors = count(errors, "error");
            // What counts stands first: the console has one line for it, which it cuts.
            let note =
                format!("warning: {errors} in {file}: `switchtower{option} config check` tells more; the monitor is asked all the same");
            Ok((run_dir, Some(note)))
        }
        (Err(problems), Some(_)) => Err(or_folder(problems)),
        (Err(_), None) => {
            let here = Path::new(CONFIG).exists();
            let note = format!("note: {CONFIG} cannot be used, so the monitor is looked for in {RUN_DIR}; --run-dir names another folder");
            Ok((PathBuf::from(RUN_DIR), here.then_some(note)))
        }
    }
}

/// The same problems, with the way on for somebody who only wants to reach the monitor.
fn or_folder(mut problems: Problems) -> Problems {
    let last = problems.list.iter_mut().rfind(|problem| problem.severity == Severity::Error);
    if let Some(problem) = last {
        problem.remedy.push_str("; or name --run-dir, the folder of the monitor's sockets");
    }
    problems
}

async fn whereabouts(path: PathBuf) -> Result<Whereabouts, Problems> {
    read(path, config::whereabouts).await
}

/// Reads the configuration, off the asynchronous thread.
///
/// # Errors
/// As [`config::load`].
pub(super) async fn load(path: PathBuf) -> Result<Loaded, Problems> {
    read(path, config::load).await
}

/// As [`load`], for those who know by its hash that it is the one that they want, whomever it belongs to.
///
/// # Errors
/// As [`config::load_of_anybody`].
pub(super) async fn look(path: PathBuf) -> Result<Loaded, Problems> {
    read(path, config::load_of_anybody).await
}

/// Where the monitor of this file keeps what it knows, if that can be told.
pub(super) async fn state_dir(path: PathBuf) -> Option<PathBuf> {
    whereabouts(path).await.ok()?.state_dir
}

async fn read<T: Send + 'static>(path: PathBuf, how: impl FnOnce(&Path) -> Result<T, Problems> + Send + 'static) -> Result<T, Problems> {
    let origin = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || how(&path)).await;
    read.unwrap_or_else(|_| Err(Problems { origin, list: Vec::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder, and what is said, of a file with this text; the file.
    fn asked(text: &str) -> (Result<(PathBuf, Option<String>), Problems>, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        (chosen(Some(&path), config::whereabouts(&path)), path.display().to_string())
    }

    #[test]
    fn a_mistake_in_the_file_does_not_take_the_monitor_away_and_is_told_in_one_line() {
        let minimal = include_str!("../../config/minimal.toml");
        let head = "[monitor]\nrun_dir = \"/run/x\"\n";
        let (found, path) = asked(&format!("{head}intervall = 5\n{}", minimal.replace("\"shop\"", "5")));
        let (dir, note) = found.unwrap();
        let note = note.unwrap();
        assert_eq!(dir, Path::new("/run/x"));
        let line = format!("warning: 2 errors in {path}: `switchtower --config {path} config check` tells more; ");
        assert!(note.starts_with(&line) && !note.contains('\n'), "{note}");
        assert_eq!(asked(&format!("{head}{minimal}")).0.unwrap(), ("/run/x".into(), None));
    }

    #[test]
    fn a_configuration_that_was_named_and_does_not_say_where_the_sockets_are_is_never_replaced_by_a_guess() {
        let problems = asked("[monitor]\nrun_dir = /run/x").0.unwrap_err();
        assert!(problems.list.last().unwrap().remedy.contains("or name --run-dir"), "{problems}");
        let missing = Path::new("/nowhere/x.toml");
        let problems = chosen(Some(missing), config::whereabouts(missing)).unwrap_err();
        assert!(problems.list.last().unwrap().remedy.contains("or name --run-dir"), "{problems}");
    }

    #[test]
    fn who_cannot_read_the_usual_configuration_still_finds_the_usual_folder() {
        let broken = Problems { origin: "x".into(), list: Vec::new() };
        assert_eq!(chosen(None, Err(broken)).unwrap().0, Path::new(RUN_DIR));
    }

    async fn found(globals: Globals) -> Place {
        find(&globals, "switchtower --via mon1 --operate stop").await.unwrap().silently()
    }

    #[tokio::test]
    async fn a_folder_on_the_command_line_needs_no_configuration() {
        let globals = Globals { config: Some("/dev/null/none".into()), run_dir: Some("/run/x".into()), ..Globals::default() };
        assert_eq!(found(globals).await, Place { run_dir: "/run/x".into(), via: None });
    }

    #[tokio::test]
    async fn on_another_machine_the_usual_folder_is_meant_and_only_looked_at_unless_somebody_says_otherwise() {
        let there = Globals { via: Some("jump1,mon1".parse().unwrap()), ..Globals::default() };
        let place = found(there.clone()).await;
        assert_eq!(place.run_dir, PathBuf::from(RUN_DIR));
        let line = "switchtower --via mon1 --operate stop".to_owned();
        assert!(place.via.is_some_and(|via| via.rights == Rights::Look(line) && via.hops.host() == "mon1"));
        let acting = Globals { operate: true, run_dir: Some("/run/x".into()), ..there };
        let place = found(acting).await;
        assert!(place.run_dir == std::path::Path::new("/run/x") && place.via.is_some_and(|via| via.rights == Rights::Operate));
    }
}
