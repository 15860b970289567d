//! The JSON schema of the configuration file, for editors; made from the same declarations as the reader.

use super::keys::Root;
use super::read::{Need, Read};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The JSON schema (draft 2020-12) of the configuration file, with what each key is for and its default.
#[must_use]
pub fn schema() -> Value {
    titled(Root::schema(), "Switchtower configuration")
}

/// `schema` of a whole file, called `title`.
pub(super) fn titled(mut schema: Value, title: &str) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".into(), json!(title));
    }
    schema
}

/// The keys of one table, on their way into the schema.
#[derive(Default)]
pub(super) struct Keys {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Keys {
    /// Adds the key `name`, documented by `docs`.
    pub(super) fn add<T: Read + Serialize>(&mut self, name: &'static str, docs: &[&str], need: Need<T>) {
        let mut schema = T::schema();
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".into(), json!(docs.concat().trim()));
            match need {
                Need::Required => self.required.push(name),
                Need::Optional => {}
                Need::Default(value) => drop(serde_json::to_value(value).map(|value| map.insert("default".into(), value))),
            }
        }
        self.properties.insert(name.to_owned(), schema);
    }

    /// The schema of the table.
    pub(super) fn into_schema(self) -> Value {
        json!({ "type": "object", "properties": self.properties, "required": self.required, "additionalProperties": false })
    }
}
