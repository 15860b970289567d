//! The command line: its verbs, what they print, and their exit codes.
//!
//! [`parse`] reads the words, [`run`] carries them out against a monitor that is reached through [`World::reach`]. A verb
//! shows what the monitor says and asks the person; what may be done is decided by the monitor alone.

mod act;
mod apply;
mod args;
mod configuration;
mod end;
mod health;
mod host;
mod journal;
mod leave;
mod maintenance;
mod modes;
mod monitors;
mod out;
mod pages;
mod past;
mod person;
mod place;
mod replay;
mod report;
mod status;
mod why;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use args::{ColoursArg, ConsoleArgs, DemoArgs, DemoPart, KindArg, SwitchArg};
pub use configuration::refused;
pub use host::{DeedResult, Duty, GroundResult, Units, load_file};
pub use leave::{AtHosts, Leave};
pub use out::{Look, Out};
pub use person::{AtTerminal, Person};
pub use place::Place;

use crate::client::Dial;
use crate::config::{Loaded, Problem, Problems};
use crate::core::command::{Command, Exit};
use crate::core::model::HostName;
use crate::core::record::Record;
use crate::words::quoted;
use args::{Cli, ConfigVerb, Globals, MonitorVerb, Verb};
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
    /// Reads the journals in folders as one; may block on the disk.
    pub journals: &'a Journals,
    /// Takes what is kept on hosts off them.
    pub leaving: &'a dyn Leave,
    /// Acts on units of the host that the program runs on.
    pub units: &'a dyn Units,
    /// Makes connections to the monitor in a place.
    pub reach: &'a (dyn Fn(Place) -> Box<dyn Dial> + Sync),
}

/// Reads the journals in folders as one; an error is in words.
pub type Journals = dyn Fn(&[PathBuf]) -> Result<Vec<Record>, String> + Sync;

/// A command line that was understood.
#[derive(Debug)]
pub struct Call {
    cli: Cli,
    /// The same line, for acting on a monitor of another machine.
    acting: String,
}

impl Call {
    /// How its output is to look.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::of_this_process(self.cli.globals.json, self.cli.globals.plain)
    }

    /// The configuration file of the monitor that is to be run, and which of two it is, where that is what was asked for.
    #[must_use]
    pub fn monitor(&self) -> Option<(PathBuf, Option<HostName>)> {
        match &self.cli.verb {
            Some(Verb::Monitor(MonitorVerb::Run { name })) => Some((place::config(&self.cli.globals), name.clone())),
            _ => None,
        }
    }

    /// What the program is to be on this host, where it is to be something for as long as it lives.
    #[must_use]
    pub fn on_host(&self) -> Option<Duty> {
        match &self.cli.verb {
            Some(Verb::Host(verb)) => Duty::of(verb),
            _ => None,
        }
    }

    /// What the demo, or which part of one, is to be like, where that is what was asked for.
    #[must_use]
    pub fn demo(&self) -> Option<DemoArgs> {
        match &self.cli.verb {
            Some(Verb::Demo(args)) => Some(args.clone()),
            _ => None,
        }
    }

    /// What the console is to be like, where that is what was asked for.
    #[must_use]
    pub fn console(&self) -> Option<ConsoleArgs> {
        let mut args = match &self.cli.verb {
            None => ConsoleArgs::default(),
            Some(Verb::Console(args)) => args.clone(),
            Some(_) => return None,
        };
        args.read_only |= self.cli.globals.via.is_some() && !self.cli.globals.operate;
        Some(args)
    }

    /// Where the monitor is, with what is to be told about how it was found; and the options that reach the same monitor again,
    /// for acting.
    ///
    /// # Errors
    /// When the configuration was named and cannot be used.
    pub async fn place(&self) -> Result<(Place, Option<String>, String), Problems> {
        let globals = &self.cli.globals;
        let (place, note) = place::find(globals, &self.acting).await?.noted();
        let acting = Globals { operate: globals.via.is_some(), ..globals.clone() };
        Ok((place, note, acting.repeated()))
    }
}

/// What to print instead of doing something: help, the version, or what is wrong with the command line.
#[derive(Debug)]
pub struct Said {
    /// The text, with its line ends.
    pub text: String,
    /// It was asked for, and goes to standard output.
    pub asked_for: bool,
    /// It is about `health`, whose exit codes are others.
    health: bool,
}

impl Said {
    /// The exit code that goes with it.
    #[must_use]
    pub fn exit(&self) -> Code {
        match (self.asked_for, self.health) {
            (true, _) => Exit::Done.into(),
            (false, true) => health::State::Unknown.into(),
            (false, false) => Exit::Usage.into(),
        }
    }
}

/// The exit code of the program: that of a command, or of a monitoring plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u8);

impl Code {
    /// As a fence command says that a host is off.
    pub const POWER_OFF: Self = Self(2);
    /// As a shell says that a program could not be executed.
    pub const CANNOT_EXECUTE: Self = Self(127);

    /// The number that the program ends with.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// As a shell says that a program was ended by this signal.
    #[must_use]
    pub fn of_signal(number: u8) -> Self {
        Self(number.saturating_add(128))
    }
}

impl From<Exit> for Code {
    fn from(exit: Exit) -> Self {
        Self(exit as u8)
    }
}

impl From<health::State> for Code {
    fn from(state: health::State) -> Self {
        Self(state.code())
    }
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// Help and the version too: what is to be printed instead.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Call, Said> {
    let words: Vec<OsString> = words.into_iter().collect();
    let health = words.iter().any(|word| word == "health");
    let matches = args::command().try_get_matches_from(&words);
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches)).and_then(far_enough);
    cli.map(|cli| Call { cli, acting: acting(&words) }).map_err(|error| Said {
        text: error.render().to_string(),
        asked_for: !error.use_stderr(),
        health,
    })
}

/// What is about a monitor on another machine fits the rest of the line.
fn far_enough(cli: Cli) -> Result<Cli, clap::Error> {
    let wrong = |what: &str| Err(args::command().error(clap::error::ErrorKind::ArgumentConflict, what));
    let Globals { via, operate, ssh_config, .. } = &cli.globals;
    match (via, &cli.verb) {
        (None, _) if *operate => wrong("--operate goes with --via: a monitor on this machine goes by who asks it"),
        (None, _) if ssh_config.is_some() => wrong("--ssh-config goes with --via"),
        (Some(_), Some(Verb::Config(ConfigVerb::Apply { .. }))) => {
            wrong("`config apply` compares a file of the monitor's own host: run it there, without --via")
        }
        (Some(_), Some(verb)) if !verb.asks_a_monitor() => wrong("--via is for the console, and for the verbs that ask a monitor"),
        _ => Ok(cli),
    }
}

/// The line with --operate behind what it belongs to.
fn acting(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let at = words.iter().position(|word| word == "--via").map(|at| at + 2);
    let at = at.or_else(|| Some(words.iter().position(|word| word.starts_with("--via="))? + 1)).unwrap_or(0);
    let (before, behind) = words.split_at(at.min(words.len()));
    let shown = |words: &[String]| words.iter().map(|word| format!(" {}", quoted(word))).collect::<String>();
    format!("switchtower{} --operate{}", shown(before), shown(behind))
}

/// Carries out a command line; never called for `monitor run`, `host run`, and the console.
pub async fn run(call: Call, world: World<'_>) -> Code {
    let Call { cli: Cli { globals, verb }, acting } = call;
    let Some(verb) = verb else { return Exit::Internal.into() };
    match verb {
        Verb::Config(ConfigVerb::Schema) => configuration::schema(world.out).into(),
        Verb::Config(ConfigVerb::Check { offline }) => configuration::check(&globals, offline, world).await.into(),
        Verb::Config(ConfigVerb::Apply { act }) => apply::apply(&globals, act, world).await.into(),
        Verb::Leave(confirm) => leave::leave(&globals, &confirm, world).await.into(),
        Verb::Completions(args) => pages::completions(&args, world.out).into(),
        Verb::Man(args) => pages::manual(args, world.out).await.into(),
        Verb::Host(verb) => host::host(verb, world).await.into(),
        Verb::Log(args) if !args.journal.is_empty() => journal::of_files(&args, world.journals, world.out).into(),
        Verb::Monitor(MonitorVerb::Run { .. }) | Verb::Console(_) | Verb::Demo(_) => Exit::Internal.into(),
        Verb::Health(args) => match place::find(&globals, &acting).await {
            Ok(found) => health::health((world.reach)(found.silently()).as_ref(), &args, world.out).await.into(),
            Err(problems) => health::cannot_ask(problems.to_string(), world.out).into(),
        },
        verb => with_monitor(globals, &acting, verb, world).await.into(),
    }
}

async fn with_monitor(globals: Globals, acting: &str, verb: Verb, world: World<'_>) -> Exit {
    let place = match place::find(&globals, acting).await {
        Ok(found) => found.told(world.out),
        Err(problems) => return configuration::refused(&problems, world.out),
    };
    let dial = (world.reach)(place);
    let (dial, out) = (dial.as_ref(), world.out);
    match verb {
        Verb::Status(args) => status::status(dial, &args, out).await,
        Verb::Log(args) => journal::log(dial, &args, out).await,
        Verb::Events(_) => journal::events(dial, out).await,
        Verb::Report(args) => report::report(dial, args.run, out).await,
        Verb::Why(args) => why::why(dial, &args, place::config(&globals), out).await,
        Verb::Replay(args) => replay::replay(dial, args.decision, place::config(&globals), out).await,
        Verb::Monitor(verb) => monitors::carry_out(dial, verb, globals.repeated(), world.person, out).await,
        Verb::Maintenance(verb) => maintenance::carry_out(dial, &globals, verb, world.person, out).await,
        verb => changing(dial, &globals, verb, world.person, out).await,
    }
}

/// The verbs that change something, each after somebody has confirmed it.
async fn changing(dial: &dyn Dial, globals: &Globals, verb: Verb, person: &mut dyn Person, out: &mut Out) -> Exit {
    let again = globals.repeated();
    let (command, args) = match verb {
        Verb::Start { site, act } => (Command::Start { site }, act),
        Verb::Stop { act } => (Command::Stop, act),
        Verb::Switchover { to, act } => (Command::Switchover { to }, act),
        Verb::Switchback { act } => (Command::Switchback, act),
        Verb::Adopt { site, act } => (Command::Adopt { site, without: Vec::new() }, act),
        Verb::Fence { host, by_word, act } => (Command::Fence { host, by_word }, act),
        Verb::Abort(args) => return act::abort(dial, &args, &again, person, out).await,
        other => return nudging(dial, &again, other, person, out).await,
    };
    act::carry_out(dial, act::Order { command, args, again }, person, out).await
}

/// The verbs that say what the monitor may do by itself.
async fn nudging(dial: &dyn Dial, again: &str, verb: Verb, person: &mut dyn Person, out: &mut Out) -> Exit {
    let ask = match verb {
        Verb::Mode { verb } => modes::Ask::of(verb),
        Verb::Pause(args) => modes::Ask::pause(args),
        Verb::Resume(args) => modes::Ask::Resume(args),
        Verb::ObserveOnly(args) => modes::Ask::observe_only(args),
        Verb::Acknowledge(args) => modes::Ask::Acknowledge(args),
        // Every other verb has been carried out by those before.
        _ => return Exit::Internal,
    };
    modes::carry_out(dial, ask, again, person, out).await
}
