//! Who may name whom: every path in every file under `src` is held against `table.rs`.

use std::collections::BTreeSet;

use crate::names::{self, Named, Naming};
use crate::table::{IN_TESTS, NOT_IN_CORE, ONE_MAKER, ROOMS, ROOT_ONLY, Room};
use crate::tree::{self, Source};

/// Every breach of the table in these sources, as `file:line: what`. `crates` are the names of all dependencies.
fn breaches(sources: &[Source], crates: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module("src")).collect();
    let mut found = Vec::new();
    let mut test_modules = BTreeSet::new();
    // Parents first, so that a file whose parent declares it for tests only is known as such.
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by_key(|source| source.module("src").len());
    for source in sources {
        let module = source.module("src");
        let test = (0..=module.len()).any(|end| test_modules.contains(&module[..end]));
        let file = match names::read(&source.text, &module, test) {
            Ok(file) => file,
            Err(error) => {
                found.push(format!("{}:{}: cannot be parsed: {error}", source.path, error.span().start().line));
                continue;
            }
        };
        test_modules.extend(file.test_modules);
        let name = room_of(&source.path);
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            found.push(format!("{}: the table has no room `{name}`", source.path));
            continue;
        };
        let rules = Rules { room, path: &source.path, modules: &modules, crates };
        for naming in &file.namings {
            let breach = rules.breach(naming);
            found.extend(breach.map(|breach| format!("{}:{}: {breach}", source.path, naming.line)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The first folder under `src`, or the file that stands there itself.
fn room_of(path: &str) -> &str {
    path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs")
}

struct Rules<'a> {
    room: &'a Room,
    path: &'a str,
    modules: &'a BTreeSet<Vec<String>>,
    crates: &'a BTreeSet<String>,
}

impl Rules<'_> {
    fn breach(&self, naming: &Naming) -> Option<String> {
        let path = match &naming.named {
            Named::Ours(path) | Named::Theirs(path) => path,
        };
        let (last, home) = ONE_MAKER;
        if path.iter().map(String::as_str).collect::<Vec<_>>().ends_with(last) && !naming.test && !self.path.starts_with(home) {
            return Some(format!("only {home} may name `{}`", last.join("::")));
        }
        match &naming.named {
            Named::Ours(path) => self.ours(path, naming),
            Named::Theirs(path) => self.theirs(path, naming),
        }
    }

    fn ours(&self, path: &[String], naming: &Naming) -> Option<String> {
        let (own, text) = (self.room.name, path.join("::"));
        let Some(other) = path.first() else {
            // `use super::*` in a root file, or an alias of the root, would hide what is named later.
            return (own != "app").then(|| "the root of the crate is not to be imported as a whole".to_owned());
        };
        if other == own || (own == "lib" && path.len() == 1 && !naming.glob) {
            return None;
        }
        if !self.room.rooms.contains(&other.as_str()) {
            return Some(format!("{own} may not name {other} (crate::{text})"));
        }
        let inner = path.get(..2).is_some_and(|path| self.modules.contains(path)) || path.len() == 1 && naming.glob;
        (ROOT_ONLY.contains(&(own, other)) && inner)
            .then(|| format!("{own} may name only what stands at the root of {other} (crate::{text})"))
    }

    fn theirs(&self, path: &[String], naming: &Naming) -> Option<String> {
        let (own, first, text) = (self.room.name, path.first()?.as_str(), path.join("::"));
        if matches!(first, "std" | "core" | "alloc") || NOT_IN_CORE.iter().any(|banned| banned.split("::").next() == Some(first)) {
            let std_text = path.iter().map(String::as_str).collect::<Vec<_>>();
            let banned = NOT_IN_CORE.iter().find(|banned| {
                let banned: Vec<&str> = banned.split("::").collect();
                // A glob over `std::time` brings `Instant` in under a bare name.
                same_root(&std_text, &banned)
                    && (std_text[1..].starts_with(&banned[1..]) || naming.glob && banned[1..].starts_with(&std_text[1..]))
            });
            if own == "core" && !naming.test && banned.is_some() {
                return Some(format!("the core may not name {text}: such values come in"));
            }
        }
        let allowed = self.room.crates.contains(&first) || naming.test && IN_TESTS.contains(&first);
        (self.crates.contains(first) && !allowed).then(|| format!("{own} may not name the crate {first} ({text})"))
    }
}

/// `core::time` and `std::time` are the same place.
fn same_root(path: &[&str], banned: &[&str]) -> bool {
    path.first() == banned.first() || banned.first() == Some(&"std") && matches!(path.first(), Some(&"core" | &"alloc"))
}

/// Names of all dependencies, as code writes them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = toml::from_str(manifest).unwrap();
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    tables.flat_map(|table| table.keys()).map(|name| name.replace('-', "_")).collect()
}

#[test]
fn rooms_name_only_what_the_table_allows() {
    let crates = dependencies(&std::fs::read_to_string(tree::root().join("Cargo.toml")).unwrap());
    let found = breaches(&tree::rust("src"), &crates);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_table_names_each_room_once_and_nothing_else() {
    let names: BTreeSet<&str> = ROOMS.iter().map(|room| room.name).collect();
    assert_eq!(names.len(), ROOMS.len());
    for room in ROOMS {
        assert!(room.rooms.iter().all(|other| names.contains(other) && *other != room.name), "{}", room.name);
        let outside = ["app", "door", "demo"].iter().filter(|outer| room.rooms.contains(outer)).count();
        assert!(outside == 0 || matches!(room.name, "app" | "main"), "{}", room.name);
    }
}

/// What the checker says of one file beside a `client` room with a module, in a project with tokio, serde and others.
#[cfg(test)]
fn said_of(path: &str, text: &str) -> Vec<String> {
    let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let all = [file("src/client/mod.rs", "pub mod local;"), file("src/client/local.rs", ""), file(path, text)];
    let crates = ["tokio", "serde", "proptest", "jiff", "rand"].map(str::to_owned).into();
    breaches(&all, &crates)
}

#[test]
fn a_forbidden_name_is_found_however_it_is_written() {
    let cases = [
        ("src/core/a.rs", "fn f() { crate::store::open(); }", "core may not name store"),
        ("src/core/a.rs", "use crate::{model::X, store::{self, line::Line}};", "core may not name store"),
        ("src/core/a/b.rs", "use super::super::super::ssh::Pool;", "core may not name ssh"),
        ("src/core/a/b.rs", "fn f(_: super::super::super::ssh::Pool) {}", "core may not name ssh"),
        ("src/core/a.rs", "mod inner { use super::super::super::ssh::Pool; }", "core may not name ssh"),
        ("src/store/mod.rs", "use crate::monitor::*;", "store may not name monitor"),
        ("src/store/mod.rs", "use crate as root; fn f() { root::monitor::f() }", "root of the crate"),
        ("src/store/mod.rs", "use crate::*;", "root of the crate"),
        ("src/store/mod.rs", "use super::*;", "root of the crate"),
        ("src/store/mod.rs", "use crate::ssh as sh;", "store may not name ssh"),
        ("src/wire/mod.rs", "fn f() { format!(\"{}\", crate::ssh::name()); }", "wire may not name ssh"),
        ("src/wire/mod.rs", "fn f() { select! { x = go([crate::ssh::name()]) => {} } }", "wire may not name ssh"),
        ("src/wire/mod.rs", "#[serde(with = \"crate::ssh::text\")] struct A;", "wire may not name ssh"),
        ("src/wire/mod.rs", "fn f() -> Vec<Option<crate::ssh::Pool>> { todo() }", "wire may not name ssh"),
        ("src/wire/mod.rs", "impl crate::ssh::Pool for A {}", "wire may not name ssh"),
        ("src/wire/mod.rs", "#[cfg(test)] mod tests { use crate::ssh::Pool; }", "wire may not name ssh"),
        ("src/monitor/mod.rs", "fn f() { crate::app::main() }", "monitor may not name app"),
        ("src/main.rs", "fn main() { switchtower::monitor::main() }", "main may not name monitor"),
        ("src/attic/mod.rs", "", "no room `attic`"),
        ("src/cli/mod.rs", "use crate::client::local::Socket;", "only what stands at the root of client"),
        ("src/cli/mod.rs", "use crate::client::{Client, local};", "only what stands at the root of client"),
        ("src/cli/mod.rs", "use crate::client; fn f() { client::local::open() }", "only what stands at the root of client"),
        ("src/cli/mod.rs", "use crate::client::*;", "only what stands at the root of client"),
        ("src/core/mod.rs", "use tokio::sync::mpsc;", "core may not name the crate tokio"),
        ("src/core/mod.rs", "fn f() { ::tokio::spawn(x) }", "core may not name the crate tokio"),
        ("src/core/mod.rs", "#[tokio::test] fn f() {}", "core may not name the crate tokio"),
        ("src/core/mod.rs", "extern crate tokio as t;", "core may not name the crate tokio"),
        ("src/core/mod.rs", "use proptest::prelude::*;", "core may not name the crate proptest"),
        ("src/core/mod.rs", "use std::fs;", "core may not name std::fs"),
        ("src/core/mod.rs", "use std::{collections::BTreeMap, time::{Duration, Instant}};", "core may not name std::time::Instant"),
        ("src/core/mod.rs", "use std::time; fn f() { time::Instant::now(); }", "core may not name std::time::Instant"),
        ("src/core/mod.rs", "use std::time::*;", "core may not name std::time"),
        ("src/core/mod.rs", "use std::time as t; fn f() { t::SystemTime::now(); }", "core may not name std::time::SystemTime"),
        ("src/core/mod.rs", "use jiff::Timestamp; fn f() { Timestamp::now(); }", "core may not name jiff::Timestamp::now"),
        ("src/run/mod.rs", "use crate::core::permit::Permit; fn f() { Permit::grant(1) }", "only src/monitor/gate may name"),
        ("src/run/mod.rs", "use crate::core::permit::Permit as P; fn f() { P::grant(1) }", "only src/monitor/gate may name"),
        ("src/monitor/state.rs", "fn f() { g(crate::core::permit::Permit::grant) }", "only src/monitor/gate may name"),
        ("src/run/mod.rs", "use crate::core::permit::Permit; fn f() { <Permit>::grant(1) }", "only src/monitor/gate may name"),
        ("src/run/mod.rs", "fn f( {", "cannot be parsed"),
    ];
    for (path, text, expected) in cases {
        let said = said_of(path, text);
        assert!(said.iter().any(|line| line.starts_with(path) && line.contains(expected)), "{path}: {text}\n{said:?}");
    }
}

#[test]
fn what_is_allowed_is_not_complained_about() {
    let cases = [
        ("src/core/a.rs", "use super::model::Host; use crate::core::plan; fn f() { self::g(); plan::h(); core::mem::drop(1) }"),
        ("src/core/a.rs", "use std::time::Duration; use std::collections::*; use serde::Serialize; fn rand() { let tokio = 1; tokio; }"),
        ("src/core/a.rs", "#[cfg(test)] mod tests { use super::*; use proptest::prelude::*; use std::time::Instant; }"),
        ("src/core/a.rs", "/// Not like [`crate::store::Journal`].\nfn f() -> &'static str { \"crate::store::x\" }"),
        ("src/wire/mod.rs", "use crate::core::{model::*, plan::Plan}; #[derive(serde::Serialize)] struct A;"),
        ("src/cli/mod.rs", "use crate::client::{self, Client}; fn f(c: &client::Client) { client::connect() }"),
        ("src/app.rs", "use crate::client::local::Socket; fn f() { crate::monitor::main() }"),
        ("src/main.rs", "fn main() { switchtower::app::main() }"),
        ("src/lib.rs", "pub mod app; pub mod core;"),
        ("src/monitor/gate.rs", "use crate::core::permit::Permit; fn f() { Permit::grant(1) }"),
        ("src/monitor/gate/lease.rs", "fn f() { crate::core::permit::Permit::grant(1) }"),
        ("src/run/mod.rs", "#[cfg(test)] mod tests { fn f() { crate::core::permit::Permit::grant(1) } }"),
    ];
    for (path, text) in cases {
        assert_eq!(said_of(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_file_declared_for_tests_counts_as_test_code() {
    let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let with = |declared: &str| {
        let parent = file("src/core/a/mod.rs", declared);
        breaches(&[file("src/core/a/tests.rs", "use proptest::prelude::*;"), parent], &["proptest".to_owned()].into())
    };
    assert_eq!(with("#[cfg(test)] mod tests;"), Vec::<String>::new());
    assert_eq!(with("mod tests;").len(), 1);
}
