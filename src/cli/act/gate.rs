//! The question before something is done, and who may answer it how.

use crate::cli::args::{ActArgs, reason};
use crate::cli::person::Person;
use crate::core::command::Reason;

/// What lets through.
pub(in crate::cli) enum Key {
    /// This word, to the letter.
    Word(String),
    /// Yes, to a question about this.
    Yes(String),
}

/// What is to be done about a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// It is answered already.
    Open,
    /// Ask this.
    Ask(String),
    /// Refuse.
    Shut(Reason),
}

/// Decides by what was given on the command line, and by whether somebody is there; `again` is the line that would do.
pub(super) fn decide(key: &Key, given: Option<&str>, present: bool, again: &str) -> Gate {
    match given {
        Some(given) => fits(key, given).map_or_else(Gate::Shut, |()| Gate::Open),
        None if present => Gate::Ask(match key {
            Key::Word(word) => format!("Type {word} to go on, anything else to leave everything as it is: "),
            Key::Yes(what) => format!("{what}? y/N "),
        }),
        None => {
            let what = "there is no terminal to ask at, and nothing was confirmed on the command line";
            Gate::Shut(Reason::new(what, format!("look at what would be done, then run: {again}")))
        }
    }
}

/// Whether `answer` lets through.
pub(super) fn fits(key: &Key, answer: &str) -> Result<(), Reason> {
    let answer = answer.trim();
    match key {
        Key::Word(word) if answer == word => Ok(()),
        Key::Yes(_) if matches!(answer, "y" | "Y" | "yes") => Ok(()),
        _ if answer.is_empty() => Err(Reason::new("it was not confirmed", "")),
        Key::Word(word) => Err(Reason::new(format!("{answer:?} is not {word}: it was not confirmed"), "")),
        Key::Yes(_) => Err(Reason::new(format!("{answer:?} is not yes: it was not confirmed"), "")),
    }
}

/// Asks where that is needed.
///
/// # Errors
/// Why it was not confirmed.
pub(in crate::cli) async fn pass(key: &Key, given: Option<&str>, again: &str, person: &mut dyn Person) -> Result<(), Reason> {
    match decide(key, given, person.present(), again) {
        Gate::Open => Ok(()),
        Gate::Shut(reason) => Err(reason),
        Gate::Ask(prompt) => match person.ask(&prompt).await {
            Ok(answer) => fits(key, &answer),
            Err(error) => Err(Reason::new(format!("the terminal could not be asked: {error}"), format!("run: {again}"))),
        },
    }
}

/// Whether everything was given that a command takes which puts service or data at risk, and which nobody is asked about.
///
/// # Errors
/// What is missing, and the line that has it all.
pub(super) fn risk(args: &ActArgs, again: &str) -> Result<(), Reason> {
    let given = [("--confirm", args.confirm.confirm.is_some()), ("--reason", args.reason.is_some()), ("--plan", args.plan.is_some())];
    let missing: Vec<&str> = given.into_iter().filter(|(_, given)| !given).map(|(name, _)| name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!(
        "this puts service or data at risk: without a question it takes --confirm, --reason and --plan; {} is missing",
        missing.join(", ")
    );
    let quotes = if args.reason.is_none() { ", with your reason between the quotes" } else { "" };
    Err(Reason::new(what, format!("look at what would be done, then run{quotes}: {again}")))
}

/// Asks why.
///
/// # Errors
/// Where nothing was said, or nobody could be asked.
pub(super) async fn ask_reason(person: &mut dyn Person) -> Result<String, Reason> {
    match person.ask("Why? It is kept in the journal: ").await {
        Ok(answer) => {
            reason(&answer).map_err(|_| Reason::new("no reason was given, or one that is too long", "give one of at most 500 bytes"))
        }
        Err(error) => Err(Reason::new(format!("the terminal could not be asked: {error}"), "give the reason with --reason")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_lets_a_role_change_through() {
        let south = || Key::Word("south".into());
        for (answer, passes) in
            [("south", true), ("south\n", true), (" south ", true), ("South", false), ("sout", false), ("", false), ("y", false)]
        {
            assert_eq!(fits(&south(), answer).is_ok(), passes, "{answer:?}");
            assert_eq!(decide(&south(), Some(answer), false, "x") == Gate::Open, passes, "{answer:?}");
        }
    }

    #[test]
    fn a_nudge_wants_a_yes_and_enter_alone_does_nothing() {
        let key = || Key::Yes("Turn back run r17".into());
        for (answer, passes) in [("y", true), ("yes", true), ("Y\n", true), ("\n", false), ("n", false), ("yess", false)] {
            assert_eq!(fits(&key(), answer).is_ok(), passes, "{answer:?}");
        }
        assert_eq!(decide(&key(), None, true, "x"), Gate::Ask("Turn back run r17? y/N ".into()));
    }

    #[test]
    fn a_word_on_the_command_line_is_never_asked_for_again() {
        assert!(matches!(decide(&Key::Word("south".into()), Some("north"), true, "x"), Gate::Shut(_)));
    }

    #[test]
    fn without_a_terminal_the_line_to_use_is_shown() {
        let Gate::Shut(reason) = decide(&Key::Word("south".into()), None, false, "switchtower switchover --confirm south") else {
            panic!()
        };
        assert!(reason.remedy.ends_with("run: switchtower switchover --confirm south"), "{reason:?}");
    }
}
