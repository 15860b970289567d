//! `tests/rows.toml`: what the product has to do, row by row, and the tests that show it. A row without a test says what
//! is missing; a row with tests names ones that exist.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use serde::Deserialize;

use crate::tree::{self, Source};

/// Families of rows and how many each has.
const FAMILIES: &[(&str, usize)] = &[("DM", 14), ("FE", 12), ("CO", 9), ("OP", 9), ("DK", 13), ("MD", 13), ("HR", 8), ("P", 13)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    /// The row in one sentence.
    says: String,
    /// Paths of tests, such as `stories::switchover::NAME`, `shape::rows::NAME` or `core::run::tests::NAME`.
    shown_by: Vec<String>,
    /// What is not shown yet.
    left: Option<String>,
}

/// The paths of all tests: those in `src` by their module, those in a folder of `tests` with its name in front.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in tree::rust("src").iter().chain(&tree::rust("tests")) {
        let folder = if source.path.starts_with("src/") { "src" } else { "tests" };
        let mut module = source.module(folder);
        // `tests/stories/main.rs` is the root of the crate `stories`.
        if folder == "tests" && module.last().is_some_and(|last| last == "main") {
            module.pop();
        }
        let names = tests_in(source);
        found.extend(names.into_iter().map(|name| module.iter().cloned().chain([name]).collect::<Vec<_>>().join("::")));
    }
    found
}

/// The tests of one file, with the modules inside it before their names.
fn tests_in(source: &Source) -> Vec<String> {
    let file = syn::parse_file(&source.text).unwrap_or_else(|e| panic!("{}: {e}", source.path));
    let mut names = Vec::new();
    collect(&file.items, "", &mut names);
    names
}

fn collect(items: &[syn::Item], module: &str, names: &mut Vec<String>) {
    let is_test = |attribute: &syn::Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test");
    for item in items {
        match item {
            syn::Item::Fn(item) if item.attrs.iter().any(is_test) => names.push(format!("{module}{}", item.sig.ident)),
            syn::Item::Mod(item) => {
                let inner = item.content.as_ref().map_or(&[][..], |(_, items)| items);
                collect(inner, &format!("{module}{}::", item.ident), names);
            }
            syn::Item::Macro(item) if item.mac.path.segments.last().is_some_and(|last| last.ident == "proptest") => {
                names.extend(functions(item.mac.tokens.clone()).into_iter().map(|name| format!("{module}{name}")));
            }
            _ => {}
        }
    }
}

/// The functions directly inside a `proptest!` block.
fn functions(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let named = |pair: &[TokenTree]| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "fn" => Some(name.to_string()),
        _ => None,
    };
    tokens.windows(2).filter_map(named).collect()
}

/// What is wrong with the rows, given the tests that exist.
fn complaints(rows: &[Row], tests: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        let mut say = |what: String| found.push(format!("{}: {what}", row.id));
        if !seen.insert(row.id.clone()) {
            say("stands twice".to_owned());
        }
        if !is_sentence(&row.says) {
            say("`says` is one sentence".to_owned());
        }
        if row.shown_by.is_empty() && !row.left.as_deref().is_some_and(is_sentence) {
            say("has no test, so `left` says in a sentence what is missing".to_owned());
        }
        for test in row.shown_by.iter().filter(|test| !tests.contains(*test)) {
            say(format!("there is no test {test}"));
        }
    }
    let all = FAMILIES.iter().flat_map(|(family, count)| (1..=*count).map(move |number| format!("{family}-{number}")));
    let all: BTreeSet<String> = all.collect();
    found.extend(all.difference(&seen).map(|id| format!("{id}: is missing")));
    found.extend(seen.difference(&all).map(|id| format!("{id}: is no row")));
    found
}

fn is_sentence(text: &str) -> bool {
    text.len() > 10 && text.ends_with('.')
}

fn parse(text: &str) -> Vec<Row> {
    toml::from_str::<File>(text).unwrap_or_else(|e| panic!("tests/rows.toml: {e}")).row
}

#[test]
fn every_row_is_shown_by_tests_that_exist_or_says_what_is_left() {
    let rows = parse(&std::fs::read_to_string(tree::root().join("tests/rows.toml")).unwrap());
    let found = complaints(&rows, &tests());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn tests_are_found_in_every_place_where_they_stand() {
    let known = tests();
    let here = concat!(module_path!(), "::tests_are_found_in_every_place_where_they_stand");
    assert!(known.contains(here), "{here} is not among {known:#?}");
    assert!(known.contains("stories::lab::a_small_file_system_gets_full"));
    let text = "#[test] fn a() {} fn no() {} mod tests { #[tokio::test(flavor = \"x\")] async fn b() {} \
                proptest! { #![x] #[test] fn c(n in 0..3) { fn_call(); } #[test] fn d(s in \".*\") {} } }";
    let names = tests_in(&Source { path: "src/x.rs".to_owned(), text: text.to_owned() });
    assert_eq!(names, ["a", "tests::b", "tests::c", "tests::d"]);
}

#[test]
fn a_bad_row_is_complained_about() {
    let row = |id: &str, shown_by: &str, left: &str| {
        format!("[[row]]\nid = \"{id}\"\nsays = \"It does something.\"\nshown_by = [{shown_by}]\n{left}\n")
    };
    let text =
        row("DM-1", "", "") + &row("DM-2", "\"x::y\"", "") + &row("DM-2", "\"x::z\"", "") + &row("ZZ-1", "", "left = \"All of it.\"");
    let found = complaints(&parse(&text), &["x::y".to_owned()].into()).join("\n");
    for expected in ["DM-1: has no test", "DM-2: stands twice", "DM-2: there is no test x::z", "ZZ-1: is no row", "FE-12: is missing"] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(!found.contains("DM-1: is missing") && !found.contains("no test x::y"), "{found}");
}
