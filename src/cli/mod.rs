//! The command line: its verbs, what they print, and their exit codes.
//!
//! [`parse`] reads the words, [`run`] carries them out against a monitor that is reached through [`World::reach`]. A verb
//! shows what the monitor says and asks the person; what may be done is decided by the monitor alone.

mod act;
mod args;
mod configuration;
mod end;
mod feed;
mod journal;
mod narrate;
mod out;
mod pages;
mod person;
mod place;
mod report;
mod shell;
mod status;
mod text;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use configuration::refused;
pub use out::{Look, Out};
pub use person::{AtTerminal, Person};

use crate::client::Dial;
use crate::config::{Loaded, Problem};
use crate::core::command::{Command, Exit};
use args::{Cli, ConfigVerb, MonitorVerb, Verb};
use clap::FromArgMatches;
use std::ffi::OsString;
use std::path::PathBuf;
use std::pin::Pin;

/// What a survey of hosts finds wrong, when it is done.
pub type Survey = Pin<Box<dyn Future<Output = Vec<Problem>> + Send>>;

/// What the verbs need from outside.
pub struct World<'a> {
    /// Where they write.
    pub out: &'a mut Out,
    /// Who is asked.
    pub person: &'a mut dyn Person,
    /// Checks a configuration against the hosts that it names.
    pub survey: &'a (dyn Fn(&Loaded) -> Survey + Sync),
    /// Makes connections to the monitor whose sockets are in a folder.
    pub reach: &'a (dyn Fn(PathBuf) -> Box<dyn Dial> + Sync),
}

/// A command line that was understood.
#[derive(Debug)]
pub struct Call(Cli);

impl Call {
    /// How its output is to look.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::of_this_process(self.0.globals.json, self.0.globals.plain)
    }

    /// The configuration file of the monitor that is to be run, where that is what was asked for.
    #[must_use]
    pub fn monitor(&self) -> Option<PathBuf> {
        match self.0.verb {
            Verb::Monitor(MonitorVerb::Run) => Some(place::config(&self.0.globals)),
            _ => None,
        }
    }
}

/// What to print instead of doing something: help, the version, or what is wrong with the command line.
#[derive(Debug)]
pub struct Said {
    /// The text, with its line ends.
    pub text: String,
    /// It was asked for, and goes to standard output.
    pub asked_for: bool,
}

impl Said {
    /// The exit code that goes with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.asked_for { Exit::Done } else { Exit::Usage }
    }
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// Help and the version too: what is to be printed instead.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Call, Said> {
    let matches = args::command().try_get_matches_from(words);
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    cli.map(Call).map_err(|error| Said { text: error.render().to_string(), asked_for: !error.use_stderr() })
}

/// Carries out a command line; never called for `monitor run`.
pub async fn run(call: Call, world: World<'_>) -> Exit {
    let Call(Cli { globals, verb }) = call;
    match verb {
        Verb::Config(ConfigVerb::Schema) => configuration::schema(world.out),
        Verb::Config(ConfigVerb::Check { offline }) => configuration::check(&globals, offline, world).await,
        Verb::Completions(args) => pages::completions(&args, world.out),
        Verb::Man(args) => pages::manual(args, world.out).await,
        Verb::Monitor(MonitorVerb::Run) => Exit::Internal,
        verb => with_monitor(globals, verb, world).await,
    }
}

async fn with_monitor(globals: args::Globals, verb: Verb, world: World<'_>) -> Exit {
    let run_dir = match place::run_dir(&globals).await {
        Ok(found) => found.told(world.out),
        Err(problems) => return configuration::refused(&problems, world.out),
    };
    let dial = (world.reach)(run_dir);
    let (dial, out, person) = (dial.as_ref(), world.out, world.person);
    let act = |command: Command, args| act::Order { command, args, again: globals.repeated() };
    match verb {
        Verb::Status(args) => status::status(dial, &args, out).await,
        Verb::Log(args) => journal::log(dial, &args, out).await,
        Verb::Events(_) => journal::events(dial, out).await,
        Verb::Report(args) => report::report(dial, args.run, out).await,
        Verb::Start { site, act: args } => act::carry_out(dial, act(Command::Start { site }, args), person, out).await,
        Verb::Stop { act: args } => act::carry_out(dial, act(Command::Stop, args), person, out).await,
        Verb::Switchover { to, act: args } => act::carry_out(dial, act(Command::Switchover { to }, args), person, out).await,
        Verb::Switchback { act: args } => act::carry_out(dial, act(Command::Switchback, args), person, out).await,
        Verb::Abort(args) => act::abort(dial, &args, &globals.repeated(), person, out).await,
        Verb::Config(_) | Verb::Monitor(_) | Verb::Completions(_) | Verb::Man(_) => Exit::Internal,
    }
}
