//! The command line that does the same again, without a question.

use super::maintenance::on_a_line;
use super::shell::quoted;
use crate::core::command::Command;
use crate::core::plan::PlanHash;

/// The line that carries out `command` without a question; `program_options`, with a space before each, are those that reach
/// the same monitor, and `word` is what confirms it. A site that was not named is not added: the plan of another command has
/// another hash. Where a reason is needed and was not given there is an empty one, which is not taken.
#[must_use]
pub fn again(program_options: &str, command: &Command, overrides: &[String], reason: Option<&str>, word: &str, hash: &PlanHash) -> String {
    let overrides: String = overrides.iter().map(|name| format!(" --override {}", quoted(name))).collect();
    let reason = match reason {
        Some(reason) => format!(" --reason {}", quoted(reason)),
        None if command.needs_reason() => " --reason ''".to_owned(),
        None => String::new(),
    };
    let (verb, object) = (command.verb(), object(command));
    format!("switchtower{program_options} {verb}{object}{overrides} --confirm {} --plan {}{reason}", quoted(word), hash.short())
}

/// What stands behind the verb.
fn object(command: &Command) -> String {
    match command {
        Command::Start { site: Some(site) } | Command::Adopt { site, .. } => format!(" --site {site}"),
        Command::Switchover { to: Some(site) } => format!(" --to {site}"),
        Command::Fence { host, by_word } => format!(" {host}{}", if *by_word { " --by-word" } else { "" }),
        Command::MonitorMove { to } => format!(" --to {to}"),
        Command::TakeOver { by_word: true, .. } => " --by-word".to_owned(),
        Command::Maintain { what, kind, for_ms } => on_a_line(what, *kind, *for_ms),
        Command::Manage { what } => format!(" --{} {}", what.sort(), what.name()),
        _ => String::new(),
    }
}
