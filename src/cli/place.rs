//! Where the configuration is, and where the monitor's sockets are.

use super::args::{CONFIG, Globals};
use super::out::Out;
use crate::config::{self, Loaded, Problems};
use crate::words::{Line, Tone};
use std::path::PathBuf;

/// Where the sockets are when nobody says otherwise.
const RUN_DIR: &str = "/run/switchtower";

/// The configuration file that is meant.
pub(super) fn config(globals: &Globals) -> PathBuf {
    globals.config.clone().unwrap_or_else(|| PathBuf::from(CONFIG))
}

/// The folder of the sockets, and what is to be told about how it was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    dir: PathBuf,
    note: Option<String>,
}

impl Found {
    /// The folder, once people were told.
    pub(super) fn told(self, out: &mut Out) -> PathBuf {
        if let Some(note) = self.note {
            out.complain(Line::of(Tone::Warn, note));
        }
        self.dir
    }

    /// The folder, for those who may say one line only.
    pub(super) fn silently(self) -> PathBuf {
        self.dir
    }
}

/// Finds the folder of the sockets.
///
/// # Errors
/// When the configuration was named and cannot be used: another monitor than the one that is meant must not be asked.
pub(super) async fn run_dir(globals: &Globals) -> Result<Found, Problems> {
    if let Some(dir) = &globals.run_dir {
        return Ok(Found { dir: dir.clone(), note: None });
    }
    let path = config(globals);
    let here = path.exists();
    chosen(globals.config.is_some(), here, load(path).await)
}

fn chosen(named: bool, here: bool, loaded: Result<Loaded, Problems>) -> Result<Found, Problems> {
    match loaded {
        Ok(loaded) => Ok(Found { dir: loaded.monitor.run_dir, note: None }),
        Err(problems) if named => Err(problems),
        Err(_) => {
            let note = here.then(|| format!("note: {CONFIG} cannot be used, so the monitor is looked for in {RUN_DIR}"));
            Ok(Found { dir: PathBuf::from(RUN_DIR), note })
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
        let silently = Found { dir: RUN_DIR.into(), note: None };
        assert_eq!(chosen(false, false, Err(broken())).unwrap(), silently);
        let noted = chosen(false, true, Err(broken())).unwrap();
        assert!(noted.dir == silently.dir && noted.note.is_some());
    }

    #[tokio::test]
    async fn a_folder_on_the_command_line_needs_no_configuration() {
        let globals = Globals { config: Some("/dev/null/none".into()), run_dir: Some("/run/x".into()), json: false, plain: false };
        assert_eq!(run_dir(&globals).await.unwrap(), Found { dir: "/run/x".into(), note: None });
    }
}
