//! Tests of the whole room: examples, tables of mistakes, and what a reader of the messages sees.

use super::*;

mod agents;
mod examples;
mod failover;
mod fences;
mod hooks;
mod mistakes;
mod monitors;
mod properties;
mod schema;
mod services;

/// The smallest configuration, with `more` after it.
fn minimal_and(more: &str) -> String {
    format!("{}\n{more}", examples::MINIMAL)
}

/// Everything wrong with `text`, which is known to be wrong.
fn wrong(text: &str) -> Vec<Problem> {
    match parse(text, "test.toml") {
        Ok(loaded) => panic!("this was accepted, with the warnings {:?}:\n{text}", loaded.warnings),
        Err(problems) => problems.list,
    }
}

/// A configuration that is known to be right.
fn right(text: &str) -> Loaded {
    parse(text, "test.toml").unwrap_or_else(|problems| panic!("{problems}\n\nin\n{text}"))
}
