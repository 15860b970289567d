//! Reading typed values out of parsed TOML without stopping at the first mistake.
//!
//! `section!` declares a table of the file once; from that declaration come the struct, its reader, the list of known
//! keys and the JSON schema, so that they cannot drift apart. Nothing here knows what a cluster is.

use super::problem::{Problem, join, quoted};
use super::report::Report;
use serde::Serialize;
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A piece of the file, with where it stands.
pub(super) type Node<'a> = Spanned<DeValue<'a>>;

/// A value, and the line that it stands on; no line for one that was not written but is the default.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) line: Option<usize>,
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(to)
    }
}

/// Something that can stand in the file.
pub(super) trait Read: Sized {
    /// What it is, with its article: `a time`.
    const WANTED: &'static str;
    /// One as it would be written.
    const EXAMPLE: &'static str;

    /// Reads it from `node`; `None` after at least one error was reported.
    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self>;

    /// What the JSON schema says of it.
    fn schema() -> Value;
}

/// Something that is written as a text.
pub(super) trait FromText: Sized {
    /// See [`Read::WANTED`].
    const WANTED: &'static str;
    /// See [`Read::EXAMPLE`].
    const EXAMPLE: &'static str;

    /// Reads it, or says why not.
    fn parse(text: &str) -> Result<Self, String>;

    /// The JSON schema's constraints on the text.
    fn constraints() -> Value;
}

impl<T: FromText> Read for T {
    const WANTED: &'static str = T::WANTED;
    const EXAMPLE: &'static str = T::EXAMPLE;

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let Some(text) = node.get_ref().as_str() else {
            wrong_type::<Self>(node, key, report);
            return None;
        };
        match T::parse(text) {
            Ok(value) => Some(value),
            Err(why) => {
                let line = Some(report.line(&node.span()));
                report.add(Problem::error(key, line, quoted(text), why, format!("write {}, as in {}", T::WANTED, T::EXAMPLE)));
                None
            }
        }
    }

    fn schema() -> Value {
        let mut schema = T::constraints();
        if let Some(map) = schema.as_object_mut() {
            map.insert("type".into(), json!("string"));
        }
        schema
    }
}

impl Read for bool {
    const WANTED: &'static str = "true or false";
    const EXAMPLE: &'static str = "true";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let value = node.get_ref().as_bool();
        if value.is_none() {
            wrong_type::<Self>(node, key, report);
        }
        value
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

/// A table whose keys are declared with `section!` (see `section.rs`).
pub(super) trait Section: Sized {
    /// What it is when nothing of it is written.
    fn absent() -> Self;

    /// Reads it from `table`, which has the key and stands on the line of `at`.
    fn from_table(table: &DeTable<'_>, at: (&str, Option<usize>), report: &mut Report) -> Self;
}

/// What happens when a key is not written.
pub(super) enum Need<T> {
    /// That is an error.
    Required,
    /// Then it has no value.
    Optional,
    /// Then it has this value.
    Default(T),
}

impl<T> Need<T> {
    /// The value of a key that is not written.
    pub(super) fn absent(self) -> Option<At<T>> {
        match self {
            Self::Default(value) => Some(At { value, line: None }),
            Self::Required | Self::Optional => None,
        }
    }
}

/// Reads one key of the table `section` that stands at `line`.
pub(super) fn field<T: Read>(
    table: &DeTable<'_>,
    (section, line): (&str, Option<usize>),
    name: &str,
    need: Need<T>,
    report: &mut Report,
) -> Option<At<T>> {
    let key = join(section, name);
    match (table.get(name), need) {
        (Some(node), _) => {
            let line = Some(report.line(&node.span()));
            T::read(node, &key, report).map(|value| At { value, line })
        }
        (None, Need::Required) => {
            let remedy = format!("write {}, as in {name} = {}", T::WANTED, T::EXAMPLE);
            report.add(Problem::error(key, line, "nothing", "this key must be there", remedy));
            None
        }
        (None, need) => need.absent(),
    }
}

/// Reports every key of `table` that is not one of `known`.
pub(super) fn unknown_keys(table: &DeTable<'_>, section: &str, known: &[&str], report: &mut Report) {
    for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
        let line = Some(report.line(&key.span()));
        let remedy = match report.nearest(key.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("known here are {}", known.join(", ")),
        };
        let at = join(section, key.get_ref());
        report.add(Problem::error(at, line, quoted(key.get_ref()), "there is no such key here", remedy));
    }
}

/// Reports that something else than a `T` stands at `node`.
pub(super) fn wrong_type<T: Read>(node: &Node<'_>, key: &str, report: &mut Report) {
    let found = match node.get_ref() {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => format!("the number {}", super::problem::bounded(number.as_str())),
        DeValue::Float(number) => format!("the number {}", super::problem::bounded(number.as_str())),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(time) => format!("the date or time {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    let line = Some(report.line(&node.span()));
    let remedy = format!("write {}, as in {}", T::WANTED, T::EXAMPLE);
    report.add(Problem::error(key, line, found, format!("this key takes {}", T::WANTED), remedy));
}
