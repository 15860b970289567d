//! A demo that runs for a story, and what can be asked of it from outside, as its user would.

use crate::support::cluster::PROGRAM;
use crate::support::proc::{self, Child};
use crate::support::wait;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;

/// Everything is up within this, also on a machine that is busy with other stories.
pub const UP: Duration = Duration::from_secs(30);
/// Whatever is to happen in it happens within this.
pub const SOON: Duration = Duration::from_secs(30);

/// A demo without a console, in a folder of its own.
pub struct Demo {
    pub place: TempDir,
    pub child: Child,
    pub facts: Value,
}

/// The command that starts one below `place`.
pub fn command(place: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--json", "demo", "--no-console"]).env("TMPDIR", place).env_remove("XDG_RUNTIME_DIR");
    command
}

/// Starts one below `place`, and waits until it has said where everything is.
#[track_caller]
pub fn start(name: &str, place: &Path) -> (Child, Value) {
    let mut child = Child::spawn(name, &mut command(place), place);
    let facts = wait::until_some("the demo says where everything is", UP, || {
        if let Some(status) = child.status() {
            panic!("it has ended: {status}: {}", child.stderr());
        }
        serde_json::from_str::<Value>(child.stdout().lines().next()?).ok()
    });
    (child, facts)
}

impl Demo {
    #[track_caller]
    pub fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let (child, facts) = start("demo", place.path());
        assert_eq!(facts["start"], "everything runs at north");
        Self { place, child, facts }
    }

    pub fn folder(&self) -> PathBuf {
        self.facts["folder"].as_str().unwrap().into()
    }

    /// The program with these words, for this cluster.
    pub fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(self.facts["config"].as_str().unwrap()).args(words);
        proc::run(&mut command, SOON)
    }

    pub fn status(&self) -> Value {
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).unwrap_or_default()
    }

    /// Breaks something, or mends it.
    #[track_caller]
    pub fn apply(&self, id: &str) {
        let output = self.run(&["demo", "break", "--dir", self.folder().to_str().unwrap(), id]);
        assert!(output.status.success(), "{id}: {output:?}");
    }

    /// Uses the power switch of a host; the exit code and what was said.
    pub fn power(&self, host: &str, what: &str) -> (Option<i32>, String) {
        let output = self.run(&["demo", "power", "--dir", self.folder().to_str().unwrap(), host, what]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    /// The page of the web server, where there is one.
    pub fn page(&self) -> String {
        let url = self.facts["web"].as_str().unwrap();
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let mut said = String::new();
        let asked = TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_secs(1)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: demo\r\n\r\n")?;
            stream.read_to_string(&mut said)
        });
        asked.map_or_else(|error| error.to_string(), |_| said)
    }

    /// Waits until everything runs at `site`, nothing is active at the other, all runs are over, and the page says who served it.
    #[track_caller]
    pub fn serves(&self, site: &str, host: &str) {
        wait::until_value(
            &format!("everything is active at {site}"),
            SOON,
            || self.modes(),
            |modes| modes.len() == 4 && modes.iter().all(|(_, at, mode)| (at == site) == (mode == "active")),
        );
        wait::until_value("no run is open", SOON, || self.status()["open_runs"].clone(), |open| open.as_array().is_some_and(Vec::is_empty));
        wait::until_value("the page says who served it", SOON, || self.page(), |page| page.contains(&format!("served by  {host}")));
    }

    /// Component, site and mode of all that are active, or in doubt.
    fn modes(&self) -> Vec<(String, String, String)> {
        let status = self.status();
        let components = status["components"].as_array().cloned().unwrap_or_default();
        let placements = components.iter().flat_map(|component| {
            let name = component["name"].as_str().unwrap().to_owned();
            component["placements"].as_array().unwrap().iter().map(move |placement| (name.clone(), placement.clone())).collect::<Vec<_>>()
        });
        let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
        let modes = placements.map(|(name, placement)| (name, text(&placement["site"]), text(&placement["observed"])));
        modes.filter(|(_, _, mode)| !["stopped", "standby"].contains(&mode.as_str())).collect()
    }

    /// The health of a host, in the monitor's word.
    pub fn health(&self, host: &str) -> String {
        let status = self.status();
        let found = status["hosts"].as_array().and_then(|hosts| hosts.iter().find(|found| found["name"] == host));
        found.map_or_else(String::new, |found| found["health"]["health"].as_str().unwrap_or_default().to_owned())
    }

    /// The lines of the journal.
    pub fn log(&self) -> String {
        String::from_utf8(self.run(&["log", "--from", "1"]).stdout).unwrap()
    }
}

/// Every process whose variables say that it is of the demo in `folder`, with its command line; its keeper is one that
/// has the folder in its words.
pub fn processes(folder: &Path) -> Vec<(u32, String)> {
    let mark = format!("SWITCHTOWER_DEMO={}/", folder.display());
    let pids = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let read =
        |pid: u32, file: &str| String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default()).into_owned();
    pids.filter_map(|pid| {
        let line = read(pid, "cmdline").replace('\0', " ");
        let ours = read(pid, "environ").contains(&mark) || (line.contains(" keeper ") && line.contains(&*folder.to_string_lossy()));
        ours.then_some((pid, line))
    })
    .collect()
}

/// Waits until nothing of the demo in `folder` is left.
#[track_caller]
pub fn gone(folder: &Path) {
    wait::until_value("nothing of it runs", SOON, || processes(folder), Vec::is_empty);
    wait::until("its folder is gone", SOON, || !folder.exists());
}
