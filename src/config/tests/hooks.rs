//! Hooks: what they mean, and what is wrong with them.

use super::*;
use crate::core::model::{Hook, HookName, Moving, Side, Veto, When};

const RIGHT: &str = "on = \"a1\"\nwhen = \"before\"\nrun = [\"/usr/local/sbin/lb\", \"drain\"]";

fn hook(keys: &str) -> Hook {
    right(&minimal_and(&format!("[hooks.drain]\n{keys}"))).cluster.hooks[&HookName::new("drain").unwrap()].clone()
}

#[test]
fn a_hook_means_what_is_written_and_has_defaults_for_the_rest() {
    let least = hook(RIGHT);
    assert_eq!((least.host.as_str(), least.when, least.veto), ("a1", When::Before, Veto::Planned));
    assert_eq!((least.of, least.to, least.timeout_ms), (Moving::ALL.into(), None, 30_000));
    assert_eq!((least.run.join(" ").as_str(), least.undo, least.status), ("/usr/local/sbin/lb drain", None, None));
    let more = "of = [\"failover\", \"switchback\"]\nto = \"south\"\nundo = [\"/u\"]\nstatus = [\"/s\", \"\"]\ntimeout = \"5s\"\nveto = \"always\"";
    let most = hook(&format!("{RIGHT}\n{more}"));
    assert_eq!((most.of, most.to), ([Moving::Switchback, Moving::Failover].into(), Some(Side::Secondary)));
    assert_eq!((most.undo.unwrap(), most.status.unwrap()), (vec!["/u".to_owned()], vec!["/s".to_owned(), String::new()]));
    assert_eq!((most.timeout_ms, most.veto), (5_000, Veto::Always));
    assert!(right(examples::MINIMAL).cluster.hooks.is_empty());
    assert_eq!(hook(&RIGHT.replace("before", "after")).when, When::After);
}

#[test]
fn a_hook_is_part_of_what_the_hash_of_a_configuration_is_about_and_defaults_are_not() {
    let hash = |more: &str| right(&minimal_and(more)).hash;
    let one = format!("[hooks.drain]\n{RIGHT}");
    assert_ne!(hash(""), hash(&one));
    assert_eq!(hash(&one), hash(&format!("{one}\nveto = \"planned\"\nof = [\"switchover\", \"failover\", \"switchback\"]")));
    assert_ne!(hash(&one), hash(&format!("{one}\nveto = \"never\"")));
}

#[test]
fn what_is_wrong_with_a_hook_is_told_at_its_key_with_a_remedy() {
    let key = |name: &str| format!("hooks.drain{}{name}", if name.is_empty() { "" } else { "." });
    for (from, to, at, why, remedy) in [
        ("on = \"a1\"", "on = \"a7\"", "on", "no host of this name", "did you mean \"a1\""),
        ("on = \"a1\"", "on = \"north\"", "on", "this is a site", "\"a1\""),
        ("on = \"a1\"\n", "", "on", "must be there", "\"a1\""),
        ("\"before\"", "\"during\"", "when", "before a move or after", "\"before\" or \"after\""),
        ("[\"/usr/local/sbin/lb\", \"drain\"]", "[\"lb\"]", "run[0]", "absolute path", "/usr/local/sbin/lb"),
        ("[\"/usr/local/sbin/lb\", \"drain\"]", "\"/usr/local/sbin/lb drain\"", "run", "takes a list", "write a list"),
        ("[\"/usr/local/sbin/lb\", \"drain\"]", "[]", "run", "1 to 64 words", "a program and its arguments"),
        ("\"drain\"]", "\"a\\nb\"]", "run[1]", "no control characters", ""),
        ("\nrun", "\nof = [\"start\"]\nrun", "of[0]", "moves of these kinds", "\"switchover\", \"switchback\" or \"failover\""),
        ("\nrun", "\nof = []\nrun", "of", "never runs", "take the key out"),
        ("\nrun", "\nto = \"west\"\nrun", "to", "no site of this name", "\"north\""),
        ("\nrun", "\nveto = \"sometimes\"\nrun", "veto", "may stop", "\"planned\", \"always\" or \"never\""),
        ("\nrun", "\ntimeout = \"3d\"\nrun", "timeout", "", ""),
        ("\nrun", "\nundoo = [\"/u\"]\nrun", "undoo", "no such key", "did you mean undo?"),
        ("\"before\"", "\"after\"\nundo = [\"/u\"]", "undo", "never taken back", "take it out"),
        ("\nrun", "\nstatus = [\"s\"]\nrun", "status[0]", "absolute path", ""),
    ] {
        assert_eq!(RIGHT.matches(from).count(), 1, "{from}");
        let problems = wrong(&minimal_and(&format!("[hooks.drain]\n{}", RIGHT.replace(from, to))));
        let [problem] = problems.as_slice() else { panic!("{to}: {problems:#?}") };
        assert_eq!(problem.key, key(at), "{to}: {problem}");
        assert!(problem.why.contains(why) && problem.remedy.contains(remedy) && !problem.found.is_empty(), "{to}: {problem}");
        assert!(problem.line.is_some(), "{to}: {problem}");
    }
    let named = wrong(&minimal_and(&format!("[hooks.\"$(id)\"]\n{RIGHT}")));
    assert!(named.iter().any(|problem| problem.why.contains("ASCII letters")), "{named:#?}");
    assert!(wrong(&minimal_and("[hooks]")).iter().any(|problem| problem.key == "hooks"));
}

#[test]
fn the_schema_has_the_keys_of_a_hook_with_the_words_that_they_take() {
    let schema = schema();
    let hook = &schema["properties"]["hooks"]["additionalProperties"];
    assert_eq!(hook["required"], serde_json::json!(["on", "when", "run"]));
    assert_eq!(hook["properties"]["veto"]["enum"], serde_json::json!(["planned", "always", "never"]));
    assert_eq!(hook["properties"]["of"]["default"], serde_json::json!(["switchover", "switchback", "failover"]));
}
