//! Reasons are typed by people and stand in the monitor's journal, for those who may read that. A record goes further, so they
//! are taken out of what is written into one.

use serde_json::Value;
use std::collections::VecDeque;

/// What stands in the place of a reason.
pub const LEFT_OUT: &str = "(not in this record)";
/// How many reasons are remembered, to find them in sentences that are told without them.
const REMEMBERED: usize = 64;
/// Where the monitor makes sentences of its own, and puts a reason in brackets.
const SENTENCES: [&str; 6] = ["acts", "protection_off", "what", "why", "text", "evidence"];

/// Takes reasons out.
#[derive(Debug, Default)]
pub struct Reasons {
    known: VecDeque<String>,
}

impl Reasons {
    /// Takes every reason out of `value`.
    pub fn take_out(&mut self, value: &mut Value) {
        self.named(value);
        if !self.known.is_empty() {
            self.in_sentences(value, false);
        }
    }

    fn named(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match field {
                        Value::String(text) if name == "reason" => {
                            self.remember(text);
                            LEFT_OUT.clone_into(text);
                        }
                        other => self.named(other),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.named(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn remember(&mut self, text: &str) {
        if text.is_empty() || text == LEFT_OUT || self.known.iter().any(|known| known == text) {
            return;
        }
        self.known.push_back(text.to_owned());
        if self.known.len() > REMEMBERED {
            self.known.pop_front();
        }
    }

    fn in_sentences(&self, value: &mut Value, sentence: bool) {
        match value {
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(name, field)| self.in_sentences(field, SENTENCES.contains(&name.as_str())));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.in_sentences(item, sentence)),
            Value::String(text) if sentence => {
                for known in &self.known {
                    let bracketed = format!("({known})");
                    if text.contains(&bracketed) {
                        *text = text.replace(&bracketed, LEFT_OUT);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reason_is_found_by_its_name_and_in_the_sentences_about_it_later() {
        let mut reasons = Reasons::default();
        let mut entry = json!({"kind": "stance-set", "reason": "ticket 4711", "stance": {"mode": "paused", "reason": "ticket 4711"}});
        reasons.take_out(&mut entry);
        assert!(!entry.to_string().contains("4711"), "{entry}");
        let mut picture =
            json!({"acts": "PAUSED by alice: nothing moves by itself (ticket 4711)", "cluster": "(ticket 4711)", "reason": null});
        reasons.take_out(&mut picture);
        assert_eq!(picture["acts"], "PAUSED by alice: nothing moves by itself (not in this record)");
        assert_eq!(picture["cluster"], "(ticket 4711)", "a name is never another one");
        assert_eq!(picture["reason"], Value::Null);
    }
}
