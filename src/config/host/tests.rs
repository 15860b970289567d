//! The file of a host service: mistakes one by one, all at once, and what holds for every text.

use super::*;
use crate::config::problem::{Problem, Severity};
use crate::core::model::ProcessName;
use crate::core::model::Ready;
use proptest::prelude::*;
use serde_json::Value;
use std::time::Duration;

const LEAST: &str = "[host]\ncluster = \"shop\"\n[processes.app]\ncommand = [\"/bin/app\"]\n";
const EXAMPLE: &str = include_str!("../../../config/host.toml");

fn right(text: &str) -> HostFile {
    parse_host(text, "host.toml").unwrap_or_else(|problems| panic!("{problems}\n\nin\n{text}"))
}

fn wrong(text: &str) -> Vec<Problem> {
    match parse_host(text, "host.toml") {
        Ok(file) => panic!("this was accepted: {file:?}\n{text}"),
        Err(problems) => problems.list,
    }
}

/// The least, with `keys` for its process.
fn app(keys: &str) -> String {
    LEAST.to_owned() + keys
}

fn process(keys: &str) -> ProcessSpec {
    right(&app(keys)).processes.remove(&ProcessName::new("app").unwrap()).unwrap()
}

#[test]
fn the_least_that_can_be_written_gets_every_default() {
    let file = right(LEAST);
    assert_eq!((file.cluster.as_str(), file.group, file.warnings), ("shop", None, vec![]));
    assert_eq!(file.socket, Path::new("/run/switchtower-host/socket"));
    assert_eq!(file.state_dir, Path::new("/var/lib/switchtower-host"));
    let app = process("");
    assert_eq!((app.command.as_slice(), app.directory, app.environment.len()), (["/bin/app".to_owned()].as_slice(), None, 0));
    assert_eq!((app.ready, app.stop_timeout), (Ready::Lives(Duration::from_millis(200)), Duration::from_secs(10)));
}

#[test]
fn a_start_is_done_by_word_or_by_time() {
    assert_eq!(process("ready = \"notify\"").ready, Ready::Notify);
    assert_eq!(process("ready = \"0s\"").ready, Ready::Lives(Duration::ZERO));
    assert_eq!(process("ready = \"10m\"").ready, Ready::Lives(Duration::from_secs(600)));
}

#[test]
fn each_mistake_is_one_problem_with_its_key_reason_and_remedy() {
    for (keys, key, found, why, remedy) in [
        ("comand = []", "processes.app.comand", "comand", "no such key", "did you mean command?"),
        ("ready = \"Notify\"", "processes.app.ready", "Notify", "has said so, or has lived for a time", "\"notify\", or a time"),
        ("ready = \"11m\"", "processes.app.ready", "11m", "0ms to 10m", "\"200ms\""),
        ("ready = true", "processes.app.ready", "true", "this key takes \"notify\"", "\"200ms\""),
        ("stop_timeout = \"99ms\"", "processes.app.stop_timeout", "99ms", "100ms to 1h", "a time"),
        ("directory = \"srv\"", "processes.app.directory", "srv", "starts with /", "\"/srv/app\""),
        ("environment = [\"A=b\"]", "processes.app.environment", "not shown", "takes a table of variables", "LANG"),
        (
            "environment = { 1A = \"x\" }",
            "processes.app.environment.1A",
            "no variable has",
            "start with a digit",
            "as the program reads it",
        ),
        ("environment = { \"A=B\" = \"x\" }", "processes.app.environment.\"A=B\"", "no variable has", "letters, digits and _", "program"),
        (
            "environment = { SWITCHTOWER_MODE = \"x\" }",
            "processes.app.environment.SWITCHTOWER_MODE",
            "host service",
            "the mode",
            "take it out",
        ),
        ("environment = { NOTIFY_SOCKET = \"x\" }", "processes.app.environment.NOTIFY_SOCKET", "host service", "READY=1", "take it out"),
        ("[hots]\n", "hots", "hots", "no such key", "did you mean host?"),
        ("[processes.\"a b\"]\ncommand = [\"/x\"]", "processes.\"a b\"", "a b", "' '", "a process's name here"),
        ("[processes.\"a.service\"]\ncommand = [\"/x\"]", "processes.\"a.service\"", "a.service", "'.'", "a process's name here"),
        ("[processes.b]\n", "processes.b.command", "nothing", "must be there", "\"/usr/bin/app\""),
        ("[processes.b]\ncommand = [\"app\"]", "processes.b.command[0]", "app", "absolute path", "\"/usr/bin/app\""),
        ("[processes.b]\ncommand = [\"/usr/bin/\"]", "processes.b.command[0]", "/usr/bin/", "absolute path", "\"/usr/bin/app\""),
        ("[processes.b]\ncommand = []", "processes.b.command", "0 words", "1 to 64 words", "\"/usr/bin/app\""),
        ("[processes.b]\ncommand = \"/bin/app\"", "processes.b.command", "/bin/app", "takes a list", "list"),
    ] {
        let problems = wrong(&app(keys));
        let [problem] = problems.as_slice() else { panic!("{keys}\ngives {problems:#?}") };
        assert_eq!(problem.key, key, "{problem}");
        assert!(problem.line.is_some(), "{problem}");
        for (whole, part) in [(&problem.found, found), (&problem.why, why), (&problem.remedy, remedy)] {
            assert!(whole.contains(part), "{part:?} is not in {whole:?}: {keys}\ngives {problem}");
        }
    }
    for (from, to, key, why) in [
        ("cluster = \"shop\"", "", "host.cluster", "must be there"),
        ("cluster = \"shop\"", "cluster = \"sh op\"", "host.cluster", "' '"),
        ("cluster = \"shop\"", "cluster = \"shop\"\nsocket = \"run/x\"", "host.socket", "starts with /"),
        ("cluster = \"shop\"", "cluster = \"shop\"\nstate_dir = \"var\"", "host.state_dir", "starts with /"),
        ("cluster = \"shop\"", "cluster = \"shop\"\ngroup = \"-x\"", "host.group", "starts with a letter"),
        ("[processes.app]\ncommand = [\"/bin/app\"]", "[processes]", "processes", "a host service without processes has nothing to run"),
    ] {
        let problems = wrong(&LEAST.replace(from, to));
        let [problem] = problems.as_slice() else { panic!("{to}\ngives {problems:#?}") };
        assert_eq!(problem.key, key, "{problem}");
        assert!(problem.why.contains(why), "{problem}");
    }
}

#[test]
fn every_problem_is_reported_at_once_and_no_variable_is_shown() {
    let text = "[host]\nsoket = \"/x\"\n[processes.app]\ncommand = [\"app\"]\nready = \"soon\"\n\
        environment = { DB_PASSWORD = 4711, NOTIFY_SOCKET = \"4712\", OTHER = \"47\\u000113\", \"4 7\" = \"4714\" }\n";
    let problems = wrong(text);
    let keys: Vec<String> = problems.iter().map(|p| format!("{}:{}", p.line.unwrap_or_default(), p.key)).collect();
    let environment = |name: &str| format!("6:processes.app.environment.{name}");
    let mut wanted = vec!["1:host.cluster".to_owned(), "2:host.soket".to_owned(), "4:processes.app.command[0]".to_owned()];
    wanted.push("5:processes.app.ready".to_owned());
    wanted.extend(["\"4 7\"", "DB_PASSWORD", "NOTIFY_SOCKET", "OTHER"].map(environment));
    assert_eq!(keys, wanted);
    assert!(!problems.iter().any(|p| p.to_string().contains("47") && !p.key.contains("4 7")), "{problems:#?}");
    assert!(wrong("")[0].key == "host" && wrong("")[1].key == "processes");
    assert!(wrong("a = = 3\n")[0].why.contains("not TOML"));
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.toml");
    std::fs::write(&path, LEAST).unwrap();
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    assert_eq!(load_host(&path).unwrap().cluster.as_str(), "shop");
    mode(0o666);
    assert!(load_host(&path).unwrap_err().list[0].found.contains("has mode 0666"));
    assert!(load_host(&folder.path().join("missing")).unwrap_err().list[0].found.contains("No such file"));
}

#[test]
fn there_are_not_too_many_of_anything() {
    let many: String = (0..1000).map(|n| format!("[processes.p{n}]\ncommand = [\"/x\"]\n")).collect();
    assert!(wrong(&app(&many))[0].why.contains("one host service has at most 1000 processes"));
    let variables: Vec<String> = (0..101).map(|n| format!("V{n} = \"x\"")).collect();
    assert!(wrong(&app(&format!("environment = {{ {} }}", variables.join(", "))))[0].why.contains("at most 100"));
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let mut open = vec![(String::new(), host_schema())];
    let mut keys = Vec::new();
    while let Some((key, schema)) = open.pop() {
        let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            keys.push(below(name));
            open.push((below(name), inner.clone()));
        }
        if schema["additionalProperties"]["properties"].is_object() {
            open.push((below("NAME"), schema["additionalProperties"].clone()));
        }
    }
    assert_eq!(keys.len(), 2 + 4 + 5, "{keys:?}");
    for key in keys {
        let takes = |p: &Problem| p.key == key && p.why.starts_with("this key takes ");
        assert!(wrong(&format!("{key} = 1979-05-27")).iter().any(takes), "{key}");
    }
    let least = |key: &str| host_schema()["properties"]["host"]["properties"][key]["default"].clone();
    assert_eq!((least("socket"), least("cluster")), (Value::from("/run/switchtower-host/socket"), Value::Null));
    let process = &host_schema()["properties"]["processes"]["additionalProperties"]["properties"];
    assert_eq!((&process["ready"]["default"], &process["stop_timeout"]["default"]), (&"200ms".into(), &"10s".into()));
}

proptest! {
    #[test]
    fn any_text_is_answered_in_bounded_and_harmless_words(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12usize,
            prop::sample::select(&["[", "]", "{", "=", "\"", "\n", ",", "\u{0}", "\u{1b}[2J", "\u{202e}", "é", "1", "command = [\"-\"]", "notify"][..])), 0..8),
    ) {
        let mut chars: Vec<char> = EXAMPLE.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        let text: String = chars.into_iter().collect();
        if let Err(problems) = parse_host(&text, "test") {
            prop_assert!(problems.list.iter().any(|p| p.severity == Severity::Error));
            for part in problems.list.iter().flat_map(|p| [&p.key, &p.found, &p.why, &p.remedy]) {
                prop_assert!(part.len() < 3000 && !part.chars().any(|c| c.is_control() || c == '\u{202e}'), "{part:?}");
                prop_assert!(!part.contains("defect"), "{part}");
            }
        }
    }
}
