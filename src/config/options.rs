//! Options of a fence agent and of an OCF resource agent, and what may not be one.
//!
//! Used by the declarations in `keys.rs`. A secret does not belong into the configuration: it is refused here by the name
//! of its option, and its value is never shown.

use super::call::Word;
use super::many::hidden;
use super::problem::Problem;
use super::read::{At, Node, Read};
use super::report::Report;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most options of a fence agent.
const MAX_OPTIONS: usize = 100;

/// Options of a fence agent.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Options(pub(super) BTreeMap<String, At<Word>>);

impl Read for Options {
    const WANTED: &'static str = "a table of the agent's options";
    const EXAMPLE: &'static str = "{ ip = \"10.9.0.11\", username = \"admin\" }";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let bound = (MAX_OPTIONS, "options", "an agent takes", "write those that this host needs");
        let read = hidden::<Self, _>(node, key, report, bound, |name, key, line, node, report| {
            option_name(name, key, line, report)?;
            Word::read(node, key, report).map(|value| At { value, line })
        });
        read.map(Self)
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "maxProperties": MAX_OPTIONS,
            "propertyNames": { "pattern": "^[a-z0-9_-]+$", "not": { "enum": RESERVED } },
            "additionalProperties": Word::schema(),
        })
    }
}

/// What an agent is to do is said by the monitor; the second is the older name of the first.
const RESERVED: [&str; 2] = ["action", "option"];

/// `None` after it was reported why there cannot be an option of this name. Its value is not looked at.
fn option_name(name: &str, key: &str, line: Option<usize>, report: &mut Report) -> Option<()> {
    let (found, why, remedy) = if names_secret(name) {
        let remedy = "put it into the file that secrets names, as a line key=value, readable by its owner only";
        ("a value that is not shown", "a configuration is read by many, and this is a secret", remedy)
    } else if RESERVED.contains(&name) {
        ("an action", "what the agent is to do is said at each call", "take it out")
    } else if name.is_empty()
        || name.len() > 64
        || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
    {
        (
            "a name that no option has",
            "an option's name has 1 to 64 lower-case ASCII letters, digits, _ and -",
            "write the name as the agent's own description has it",
        )
    } else {
        return Some(());
    };
    report.add(Problem::error(key, line, found, why, remedy));
    None
}

/// Options of an OCF resource agent.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct OcfOptions(pub(super) BTreeMap<String, At<Word>>);

impl Read for OcfOptions {
    const WANTED: &'static str = "a table of the agent's options";
    const EXAMPLE: &'static str = "{ ip = \"192.0.2.10\", cidr_netmask = \"24\" }";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let bound = (MAX_OPTIONS, "options", "an agent takes", "write those that this agent needs");
        let read = hidden::<Self, _>(node, key, report, bound, |name, key, line, node, report| {
            ocf_option_name(name, key, line, report)?;
            Word::read(node, key, report).map(|value| At { value, line })
        });
        read.map(Self)
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "maxProperties": MAX_OPTIONS,
            "propertyNames": { "pattern": "^[A-Za-z0-9_]{1,64}$" },
            "additionalProperties": Word::schema(),
        })
    }
}

/// `None` after it was reported why an OCF agent cannot have an option of this name. Its value is not looked at.
fn ocf_option_name(name: &str, key: &str, line: Option<usize>, report: &mut Report) -> Option<()> {
    let (found, why, remedy) = if names_secret(name) {
        (
            "a value that is not shown",
            "a configuration is read by many, and this is a secret",
            "put it into a file of its own, as a line key=value, readable by its owner only, and write secrets = with its path beside ocf",
        )
    } else if name.to_ascii_lowercase().starts_with("crm_meta_") {
        ("a name that is not an agent's", "the monitor tells the agent these by itself", "take it out")
    } else if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        (
            "a name that no option has",
            "it becomes a part of a variable's name: it has 1 to 64 ASCII letters, digits and _",
            "write the name as the agent's own description has it",
        )
    } else {
        return Some(());
    };
    report.add(Problem::error(key, line, found, why, remedy));
    None
}

/// Whether an option of this name, or a line with this text, probably holds a secret. A script that fetches one does not.
pub(super) fn names_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.ends_with("_script") && ["passw", "secret", "token"].iter().any(|part| text.contains(part))
}
