//! Somebody who clears up after a demo that was killed: a process of its own, which waits for the end of the main one
//! and then kills what is left of it and removes its folder.

use super::error::DemoError;
use super::folder;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// What it is told when there is nothing to clear up.
const DONE: &str = "done";

/// The main process's side; dropped, it says that all is done.
#[derive(Debug)]
pub(super) struct Keeper {
    child: Child,
    line: Option<ChildStdin>,
}

impl Keeper {
    /// Starts one for the demo at `dir`. It shares nothing with the others: no mark, no session, no log.
    pub(super) fn begin(program: &Path, dir: &Path) -> Result<Self, DemoError> {
        let mut command = Command::new(program);
        command.args(["demo", "keeper", "--dir"]).arg(dir).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| DemoError::Start { what: "the keeper".to_owned(), why: error.to_string() })?;
        let line = child.stdin.take();
        Ok(Self { child, line })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(mut line) = self.line.take() {
            // One that is gone needs not to be told.
            let _ = writeln!(line, "{DONE}");
        }
        let _ = self.child.wait();
    }
}

/// The keeper itself: waits for the line of the main process or for its end. Blocks.
pub fn keep(dir: &Path) {
    // Where this fails it leads its session already.
    let _ = rustix::process::setsid();
    let mut said = String::new();
    let heard = BufReader::new(std::io::stdin().take(64)).read_line(&mut said);
    if heard.is_err() || said.trim() != DONE {
        folder::remove(dir);
    }
}
