//! Where the configuration is, and where the monitor's sockets are.

use super::args::{CONFIG, Globals};
use super::out::Out;
use crate::client::{Rights, Via};
use crate::config::{self, Loaded, Problems};
use crate::words::{Line, Tone};
use std::path::PathBuf;

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
/// When the configuration was named and cannot be used: another monitor than the one that is meant must not be asked.
pub(super) async fn find(globals: &Globals, acting: &str) -> Result<Found, Problems> {
    let via = via(globals, acting);
    if let Some(dir) = &globals.run_dir {
        return Ok(Found { place: Place { run_dir: dir.clone(), via }, note: None });
    }
    if via.is_some() && globals.config.is_none() {
        // What stands on this machine, unnamed, is about a monitor of this machine.
        return Ok(Found { place: Place { run_dir: PathBuf::from(RUN_DIR), via }, note: None });
    }
    let path = config(globals);
    let here = path.exists();
    let (run_dir, note) = chosen(globals.config.is_some(), here, load(path).await)?;
    Ok(Found { place: Place { run_dir, via }, note })
}

fn via(globals: &Globals, acting: &str) -> Option<Via> {
    let hops = globals.via.clone()?;
    let rights = if globals.operate { Rights::Operate } else { Rights::Look(acting.to_owned()) };
    Some(Via { hops, ssh_config: globals.ssh_config.clone(), rights })
}

fn chosen(named: bool, here: bool, loaded: Result<Loaded, Problems>) -> Result<(PathBuf, Option<String>), Problems> {
    match loaded {
        Ok(loaded) => Ok((loaded.monitor.run_dir, None)),
        Err(problems) if named => Err(problems),
        Err(_) => {
            let note = here.then(|| format!("note: {CONFIG} cannot be used, so the monitor is looked for in {RUN_DIR}"));
            Ok((PathBuf::from(RUN_DIR), note))
        }
    }
}

/// Reads the configuration, off the asynchronous thread.
///
/// # Errors
/// As [`config::load`].
pub(super) async fn load(path: PathBuf) -> Result<Loaded, Problems> {
    let origin = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || config::load(&path)).await;
    read.unwrap_or_else(|_| Err(Problems { origin, list: Vec::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Problems {
        Problems { origin: "x".into(), list: Vec::new() }
    }

    #[test]
    fn a_configuration_that_was_named_and_cannot_be_used_is_never_replaced_by_a_guess() {
        assert!(chosen(true, true, Err(broken())).is_err());
    }

    #[test]
    fn who_cannot_read_the_usual_configuration_still_finds_the_usual_folder() {
        assert_eq!(chosen(false, false, Err(broken())).unwrap(), (RUN_DIR.into(), None));
        let (dir, note) = chosen(false, true, Err(broken())).unwrap();
        assert!(dir == std::path::Path::new(RUN_DIR) && note.is_some());
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
