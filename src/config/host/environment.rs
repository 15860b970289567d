//! The variables of a process's environment, and which of them are not for the file to say.
//!
//! Used by the declarations in `keys.rs`. A value is never shown: it may be a password.

use crate::config::call::Word;
use crate::config::many::hidden;
use crate::config::problem::Problem;
use crate::config::read::{FromText, Node, Read};
use crate::config::report::Report;
use crate::core::model::MODE_VARIABLE;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most variables of a process.
const MAX_VARIABLES: usize = 100;
/// Longest name of one, in bytes.
const MAX_NAME: usize = 100;
/// The socket of a process that says when it is ready.
const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";
/// What names of variables of the host service itself begin with.
const OWN: &str = "SWITCHTOWER_";

/// Variables by name.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Environment(pub(super) BTreeMap<String, String>);

impl Read for Environment {
    const WANTED: &'static str = "a table of variables";
    const EXAMPLE: &'static str = "{ LANG = \"C.UTF-8\" }";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let bound = (MAX_VARIABLES, "variables", "a process has", "put what the program needs into a file of its own");
        let read = hidden::<Self, _>(node, key, report, bound, |name, key, line, node, report| {
            name_of(name, key, line, report)?;
            value(node, key, report)
        });
        read.map(Self)
    }

    fn schema() -> Value {
        let names = json!({ "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": MAX_NAME, "not": { "pattern": format!("^({NOTIFY_SOCKET}$|{OWN})") } });
        json!({ "type": "object", "maxProperties": MAX_VARIABLES, "propertyNames": names, "additionalProperties": Word::schema() })
    }
}

/// `None` after it was reported why there cannot be a variable of this name.
fn name_of(name: &str, key: &str, line: Option<usize>, report: &mut Report) -> Option<()> {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let (found, why, remedy) = if name == NOTIFY_SOCKET || name.starts_with(OWN) {
        let why = format!("the host service says it itself: {MODE_VARIABLE} is the mode, {NOTIFY_SOCKET} the socket to say READY=1 on");
        ("a variable of the host service", why, "take it out")
    } else if name.len() > MAX_NAME || !name.bytes().all(|b| letter(b) || b.is_ascii_digit()) || !name.bytes().next().is_some_and(letter) {
        let why = format!("a variable's name has 1 to {MAX_NAME} ASCII letters, digits and _, and does not start with a digit");
        ("a name that no variable has", why, "write the name as the program reads it")
    } else {
        return Some(());
    };
    report.add(Problem::error(key, line, found, why, remedy));
    None
}

/// The value at `node`; `None` after it was reported that there is none, without a word of what stands there.
fn value(node: &Node<'_>, key: &str, report: &mut Report) -> Option<String> {
    let why = match node.get_ref().as_str().map(Word::parse) {
        Some(Ok(word)) => return Some(word.0),
        Some(Err(why)) => why,
        None => format!("a variable takes {}", <Word as Read>::WANTED),
    };
    let line = Some(report.line(&node.span()));
    let remedy = format!("write {}, as in {}", <Word as Read>::WANTED, Environment::EXAMPLE);
    report.add(Problem::error(key, line, "a value that is not shown", why, remedy));
    None
}
