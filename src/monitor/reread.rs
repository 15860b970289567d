//! Reads the configuration file of a running monitor again, beside the state task.

use super::event::{Event, Reload};
use crate::config::{self, Loaded, Problem, Problems, Severity};
use crate::wire::local::group;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// A file that takes longer lies on a disk that hangs.
const READ: Duration = Duration::from_secs(10);

/// Reads and checks the file at `path`, and says what came of it as [`Event::Loaded`]. Must be called within the runtime.
pub fn reread(path: PathBuf, reload: Reload, events: mpsc::Sender<Event>) {
    tokio::spawn(async move {
        let origin = path.display().to_string();
        let read = tokio::task::spawn_blocking(move || load(&path));
        let result = match tokio::time::timeout(READ, read).await {
            Ok(Ok(result)) => result.map(Box::new),
            Ok(Err(_)) => Err(unread(origin, "its reader ended", "report this defect")),
            Err(_) => {
                let why = format!("it was not read within {} s", READ.as_secs());
                Err(unread(origin, &why, "look at the disk that it lies on, then ask again"))
            }
        };
        // The monitor is ending if nobody hears it.
        let _ = events.send(Event::Loaded(reload, result)).await;
    });
}

fn load(path: &Path) -> Result<Loaded, Problems> {
    let loaded = config::load(path)?;
    let settings = &loaded.monitor;
    let groups = [("monitor.operators", &settings.operators), ("monitor.observers", &settings.observers)];
    let list: Vec<Problem> = groups.into_iter().filter_map(|(key, name)| unknown_group(key, name.as_deref()?)).collect();
    if list.is_empty() { Ok(loaded) } else { Err(Problems { origin: path.display().to_string(), list }) }
}

/// What the next life could not give its sockets to.
fn unknown_group(key: &str, name: &str) -> Option<Problem> {
    group(name).is_none().then(|| Problem {
        severity: Severity::Error,
        key: key.to_owned(),
        line: None,
        found: format!("{name:?}"),
        why: "there is no such group on the monitor's host".to_owned(),
        remedy: "make the group, or name another".to_owned(),
    })
}

fn unread(origin: String, why: &str, remedy: &str) -> Problems {
    let (key, found) = (String::new(), "a file that cannot be read".to_owned());
    let problem = Problem { severity: Severity::Error, key, line: None, found, why: why.to_owned(), remedy: remedy.to_owned() };
    Problems { origin, list: vec![problem] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_does_not_exist_is_a_problem_before_the_monitor_depends_on_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        let minimal = include_str!("../../config/minimal.toml");
        std::fs::write(&path, format!("[monitor]\noperators = \"no-such-group\"\nobservers = \"root\"\n{minimal}")).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let problems = load(&path).unwrap_err().list;
        assert_eq!(problems.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["monitor.operators"]);
    }
}
