//! The JSON schema and the reader know the same keys, and the examples show all of them.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every key that `schema` describes; tables by name have `NAME` in the place of the name.
fn described(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![(String::new(), schema.clone())];
    while let Some((key, schema)) = open.pop() {
        let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            found.insert(below(name));
            open.push((below(name), inner.clone()));
        }
        if schema["additionalProperties"].is_object() {
            open.push((below("NAME"), schema["additionalProperties"].clone()));
        }
    }
    found
}

#[test]
fn every_key_of_the_schema_is_known_to_the_reader_and_no_other() {
    let keys = described(&schema());
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        // No key takes a date, so each that is known complains about its type, and one letter more is unknown.
        assert!(wrong(&format!("{key} = 1979-05-27")).iter().any(|p| p.key == key && p.why.starts_with("this key takes ")), "{key}");
        assert!(
            wrong(&format!("{key}x = 1979-05-27")).iter().any(|p| p.key == format!("{key}x") && p.why.starts_with("there is no")),
            "{key}x"
        );
    }
}

#[test]
fn every_key_that_the_reader_names_is_in_the_schema() {
    // An unknown key far from all others is answered with the whole list of those that are known in its table.
    let keys = described(&schema());
    let tables = ["", "cluster.", "failover.", "monitor.", "ssh.", "hosts.NAME.", "hosts.NAME.fence."];
    for table in tables.into_iter().chain(["components.NAME.", "components.NAME.accept.", "components.NAME.primary."]) {
        let problems = wrong(&format!("{table}qqqqqqqqqq = 1"));
        let known = problems.iter().find_map(|p| p.remedy.strip_prefix("known here are ")).unwrap();
        let of_schema: BTreeSet<&str> = keys.iter().filter_map(|k| k.strip_prefix(table)).filter(|k| !k.contains('.')).collect();
        assert_eq!(known.split(", ").collect::<BTreeSet<_>>(), of_schema, "in {table}");
    }
}

#[test]
fn every_key_is_described_and_shown_in_an_example() {
    for (schema, text) in [(schema(), examples::ALL.concat()), (host_schema(), examples::HOST.to_owned())] {
        described_and_shown(schema, &text);
    }
}

fn described_and_shown(schema: Value, text: &str) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            assert!(inner["description"].as_str().is_some_and(|doc| doc.len() > 10), "{name} is not described");
            assert!(text.contains(&format!("{name} = ")) || text.contains(&format!("[{name}")), "{name} is in no example");
            open.push(inner.clone());
        }
        open.extend(schema["additionalProperties"].is_object().then(|| schema["additionalProperties"].clone()));
    }
}

#[test]
fn defaults_of_the_schema_are_those_of_the_reader() {
    let (schema, content) = (schema(), right(examples::MINIMAL).content);
    for key in ["monitor", "ssh"] {
        assert_eq!(schema["properties"][key]["default"], content[key]);
    }
    assert_eq!((&content["monitor"]["interval"], &content["monitor"]["silence"]), (&"2s".into(), &"1200ms".into()));
    let failover = serde_json::json!({ "mode": "automatic", "after": "limited", "quiet": "1h" });
    assert_eq!(schema["properties"]["failover"]["default"], failover);
    let component = &schema["properties"]["components"]["additionalProperties"]["properties"];
    for (key, default) in [("trigger", "any"), ("rescue_hold_down", "1m"), ("when_limited", "run")] {
        assert_eq!((&component[key]["default"], &content["components"]["app"][key]), (&default.into(), &default.into()), "{key}");
    }
    assert_eq!(schema["required"], serde_json::json!(["cluster", "hosts", "components"]));
}
