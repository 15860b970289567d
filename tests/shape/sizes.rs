//! No file grows into a monster, and each one says at its top what it is.

use crate::tree::{self, Source};

/// Lines; most files have fewer than 250.
const MOST: usize = 400;

/// What is wrong with a source, if anything.
fn complaint(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    if lines > MOST {
        return Some(format!("{}: {lines} lines, {MOST} at most: split it by meaning", source.path));
    }
    // The tests beside a file are what the file's own header says.
    if source.path.starts_with("src/") && (source.path.contains("/tests/") || source.path.ends_with("tests.rs")) {
        return None;
    }
    let headed = source.text.lines().next().is_some_and(|line| line.strip_prefix("//! ").is_some_and(|said| said.len() > 10));
    (!headed).then(|| format!("{}: does not begin with a `//!` line that says what it is", source.path))
}

#[test]
fn every_source_is_small_and_says_what_it_is() {
    let sources = ["src", "tests", "benches"].into_iter().flat_map(tree::rust);
    let found: Vec<String> = sources.filter_map(|source| complaint(&source)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_long_or_headless_source_is_found() {
    let source = |text: String| Source { path: "src/x.rs".to_owned(), text };
    let header = "//! What this file is for.\n";
    assert_eq!(complaint(&source(header.to_owned() + &"\n".repeat(MOST - 1))), None);
    assert!(complaint(&source(header.to_owned() + &"\n".repeat(MOST))).unwrap().contains("401 lines"));
    assert_eq!(complaint(&Source { path: "src/core/tests.rs".to_owned(), text: "use super::*;\n".to_owned() }), None);
    for text in ["", "use std::fmt;\n", "//!\n//! Late.\n", "// What this file is for.\n"] {
        assert!(complaint(&source(text.to_owned())).unwrap().contains("does not begin"), "{text}");
    }
}
