//! What an OCF agent says of itself (`meta-data`), and what is wrong with options that are held against it. Pure.
//!
//! The text comes from a host: it is bounded, nothing of it is believed to be well-formed, and no entity is looked up.

use crate::core::model::OcfAgent;
use crate::driver::words::tidy;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::{BTreeMap, BTreeSet};

/// Longest text that is read, in bytes; real ones have up to some ten thousand.
pub(super) const LONGEST: usize = 256 * 1024;
/// Most parameters and actions that are taken in.
const MOST: usize = 1000;

/// An agent by its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meta {
    /// Its options by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// What it can be told to do.
    pub actions: BTreeSet<String>,
}

/// One option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameter {
    pub required: bool,
    /// `string`, `integer`, `boolean`, …; empty where it does not say.
    pub kind: String,
}

/// Reads what an agent has printed.
pub(super) fn parse(text: &str) -> Result<Meta, String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    // Shells and agents may print before they begin.
    let start = text.find("<?xml").or_else(|| text.find("<resource-agent")).ok_or("there is no XML in it")?;
    let mut reader = Reader::from_str(text.get(start..).unwrap_or_default());
    let (mut meta, mut inside, mut parameter) = (Meta::default(), false, None::<String>);
    loop {
        let event = reader.read_event().map_err(|error| tidy(&format!("it is no XML: {error}")))?;
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            match event {
                Event::End(element) if element.name().as_ref() == "resource-agent" => break,
                Event::Eof => return Err("it ends in the middle".to_owned()),
                _ => continue,
            }
        };
        match element.name().as_ref() {
            "resource-agent" => inside = true,
            "parameter" => {
                parameter = attribute(element, "name")?;
                let required = attribute(element, "required")?.is_some_and(|word| is_true(&word));
                if let Some(name) = &parameter {
                    meta.parameters.insert(name.clone(), Parameter { required, kind: String::new() });
                }
            }
            "content" => {
                let kind = attribute(element, "type")?.unwrap_or_default();
                if let Some(known) = parameter.take().and_then(|name| meta.parameters.get_mut(&name)) {
                    known.kind = kind;
                }
            }
            "action" => meta.actions.extend(attribute(element, "name")?),
            _ => {}
        }
        if meta.parameters.len() + meta.actions.len() > MOST {
            return Err(format!("it has more than {MOST} parameters and actions"));
        }
    }
    if inside { Ok(meta) } else { Err("it describes no resource agent".to_owned()) }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let bad = |error: &dyn std::fmt::Display| tidy(&format!("an attribute of it cannot be read: {error}"));
    let found = element.try_get_attribute(name).map_err(|error| bad(&error))?;
    let value = |found: quick_xml::events::attributes::Attribute<'_>| {
        found.normalized_value(XmlVersion::Implicit1_0).map(|value| tidy(&value)).map_err(|error| bad(&error))
    };
    found.map(value).transpose()
}

/// What is wrong with the options of `agent`, each with the option's name where it has one, why, and what to do. `hidden`
/// are the names of those in its file of secrets.
pub(super) fn mistakes(meta: &Meta, agent: &OcfAgent, hidden: &BTreeSet<String>) -> Vec<(Option<String>, String, String)> {
    let mut found = Vec::new();
    let kind = &agent.kind;
    for name in agent.options.keys().chain(hidden).filter(|name| !meta.parameters.contains_key(*name)) {
        let remedy = nearest(name, meta.parameters.keys()).map_or_else(
            || format!("take it out, or write one that it has: {}", some(meta.parameters.keys())),
            |near| format!("did you mean {near:?}?"),
        );
        found.push((Some(name.clone()), format!("{kind} has no parameter {name:?}"), remedy));
    }
    let given = |name: &&String| agent.options.contains_key(*name) || hidden.contains(*name);
    for (name, _) in meta.parameters.iter().filter(|(name, parameter)| parameter.required && !given(name)) {
        found.push((None, format!("{kind} needs the parameter {name:?}"), format!("write it, as in options = {{ {name} = \"...\" }}")));
    }
    for (name, value) in &agent.options {
        let Some(parameter) = meta.parameters.get(name) else { continue };
        if let Some(wanted) = unfit(&parameter.kind, value) {
            let why = format!("{kind} takes {wanted} for {name:?}, and this is none");
            found.push((Some(name.clone()), why, format!("write {wanted}")));
        }
    }
    found
}

/// What a value should be and is not.
fn unfit(kind: &str, value: &str) -> Option<&'static str> {
    match kind {
        "integer" if value.parse::<i64>().is_err() => Some("a whole number"),
        "boolean" if !is_true(value) && !is_false(value) => Some("true or false"),
        _ => None,
    }
}

/// As `ocf_is_true` has it.
fn is_true(word: &str) -> bool {
    ["yes", "true", "1", "on", "ja"].contains(&word.to_ascii_lowercase().as_str())
}

fn is_false(word: &str) -> bool {
    ["no", "false", "0", "off", "nein"].contains(&word.to_ascii_lowercase().as_str())
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let most = (word.len() / 3).max(1);
    let near = known.filter(|known| known.len().abs_diff(word.len()) <= most);
    let (distance, near) = near.map(|known| (strsim::osa_distance(word, known), known.as_str())).min()?;
    (distance <= most).then_some(near)
}

fn some<'a>(known: impl Iterator<Item = &'a String>) -> String {
    let mut words: Vec<&str> = known.take(13).map(String::as_str).collect();
    if words.len() > 12 {
        words.truncate(12);
        words.push("...");
    }
    words.join(", ")
}

#[cfg(test)]
mod tests;
