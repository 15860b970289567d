//! The kinds of value that only a process of a host service has: its program, its folder, and when its start is done.
//!
//! Used by the declarations in `keys.rs`.

use crate::config::amount::{Lived, Span};
use crate::config::call;
use crate::config::read::FromText;
use crate::config::text::FilePath;
use crate::core::model::Ready;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The program of a process, by its absolute path.
#[derive(Debug)]
pub(super) struct Program;

impl call::Program for Program {
    const EXAMPLE: &'static str = "[\"/usr/bin/app\", \"--port\", \"8080\"]";
    const WHY: &'static str = "a command begins with the absolute path of a program: a service has no search path to count on";

    fn fits(program: &str) -> bool {
        program.starts_with('/') && !program.ends_with('/')
    }
}

/// The absolute path of a folder.
#[derive(Debug, Serialize)]
pub(super) struct Folder(pub(super) PathBuf);

impl FromText for Folder {
    const WANTED: &'static str = "an absolute path of a folder";
    const EXAMPLE: &'static str = "\"/srv/app\"";

    fn parse(text: &str) -> Result<Self, String> {
        FilePath::parse(text).map(|path| Self(path.0))
    }

    fn constraints() -> Value {
        FilePath::constraints()
    }
}

/// When the start of a process counts as done: `notify`, or a time.
#[derive(Debug)]
pub(super) struct ReadyRule(pub(super) Ready);

const NOTIFY: &str = "notify";

impl FromText for ReadyRule {
    const WANTED: &'static str = "\"notify\", or a time as a number and ms, s, m, h or d";
    const EXAMPLE: &'static str = "\"200ms\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text == NOTIFY {
            return Ok(Self(Ready::Notify));
        }
        let lived = Span::<Lived>::parse(text);
        let lived = lived.map_err(|why| format!("a start is done once the process has said so, or has lived for a time; {why}"))?;
        Ok(Self(Ready::Lives(lived.duration())))
    }

    fn constraints() -> Value {
        json!({ "pattern": "^(notify|[0-9]+(ms|s|m|h|d))$" })
    }
}

impl Serialize for ReadyRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Ready::Notify => to.serialize_str(NOTIFY),
            Ready::Lives(time) => Span::<Lived>::ms(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(to),
        }
    }
}
