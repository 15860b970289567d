//! The one place that wires everything together; `main` calls it and nothing else does.

mod console;
mod demo;
mod hand;
mod host;
mod leave;
mod recorded;
#[cfg(test)]
mod twins;

use crate::cli::{self, AtTerminal, Call, Code, Look, Out, Place, Said, World};
use crate::client::Dial;
use crate::client::local::Sockets;
use crate::client::ssh::Far;
use crate::core::command::Exit;
use crate::core::model::HostName;
use crate::core::record::Record;
use crate::{config, monitor, store};
use color_eyre::config::{HookBuilder, Theme};
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// How long a client waits for the monitor, on top of what it asked it to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let code = start().unwrap_or_else(|report| failed(&format!("{report:?}")).into());
    ExitCode::from(code.number())
}

fn start() -> color_eyre::Result<Code> {
    let theme = if std::io::stderr().is_terminal() { Theme::dark() } else { Theme::new() };
    HookBuilder::default().theme(theme).install()?;
    match cli::parse(std::env::args_os()) {
        Err(said) => Ok(show(&said)),
        Ok(call) => match (call.monitor(), call.on_host(), call.console(), call.demo()) {
            (Some((config, name)), ..) => monitor(&config, name, &mut Out::of_this_process(call.look())).map(Code::from),
            (None, Some(duty), ..) => host::host(duty, &mut Out::of_this_process(call.look())),
            (None, None, Some(args), _) => console::console(&call, &args),
            (None, None, None, Some(args)) => demo::demo(&call, args),
            (None, None, None, None) => verb(call),
        },
    }
}

/// An error that is nobody's refusal.
fn failed(what: &str) -> Exit {
    Out::of_this_process(Look::PIPE).raw_complaint(&format!("error: {what}\n"));
    Exit::Internal
}

fn show(said: &Said) -> Code {
    let mut out = Out::of_this_process(Look::PIPE);
    if said.asked_for {
        out.raw(&said.text)
    } else {
        out.raw_complaint(&said.text)
    }
    said.exit()
}

/// Runs a verb that is a client of the monitor, or needs none.
fn verb(call: Call) -> color_eyre::Result<Code> {
    let mut out = Out::of_this_process(call.look());
    let mut person = AtTerminal::default();
    let survey = |loaded: &crate::config::Loaded| {
        let loaded = loaded.clone();
        Box::pin(async move { crate::monitor::survey(&loaded).await }) as cli::Survey
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (leaving, units) = (&leave::Leaver, &hand::ThisHost);
    let world = World { out: &mut out, person: &mut person, survey: &survey, journals: &journals, leaving, units, reach: &way };
    let code = runtime.block_on(cli::run(call, world));
    // A read from the terminal that nobody waits for any more must not keep the program.
    runtime.shutdown_background();
    match out.failure() {
        Some(error) if code == Exit::Done.into() => Ok(failed(&format!("standard output could not be written: {error}")).into()),
        _ => Ok(code),
    }
}

/// Journals as one.
fn journals(dirs: &[PathBuf]) -> Result<Vec<Record>, String> {
    if dirs.len() > store::MOST_JOURNALS {
        return Err(format!("at most {} folders are read together", store::MOST_JOURNALS));
    }
    store::merged(dirs).map_err(|error| error.to_string())
}

/// The way to a monitor: the sockets of this machine, or those of another one.
fn way(place: Place) -> Box<dyn Dial> {
    match place.via {
        None => Box::new(Sockets::new(place.run_dir, PATIENCE)),
        Some(via) => Box::new(Far::new(via, place.run_dir, PATIENCE)),
    }
}

/// Runs the monitor by the configuration at `path`, until it is told to end. Where that changes, the program is executed
/// anew in the same process: a life of the monitor has one configuration.
fn monitor(path: &Path, name: Option<HostName>, out: &mut Out) -> color_eyre::Result<Exit> {
    let loaded = match config::load(path) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(cli::refused(&problems, out)),
    };
    log_to_stderr();
    for problem in &loaded.warnings {
        tracing::warn!("{problem}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(monitor::run(loaded, path, name));
    // What still waits for a host must not keep a monitor that was told to end.
    runtime.shutdown_background();
    Ok(match ended {
        Ok(monitor::Ended::Told) => Exit::Done,
        Ok(monitor::Ended::Reload) => failed(&format!("the monitor ends, since its next life cannot begin: {}", execute_anew())),
        Err(error) => failed(&format!("the monitor ends: {error}")),
    })
}

/// Executes this very program again with the same words, and returns only where that fails.
fn execute_anew() -> std::io::Error {
    const OURSELVES: &str = "/proc/self/exe";
    let same = |path: &PathBuf| match (std::fs::metadata(path), std::fs::metadata(OURSELVES)) {
        (Ok(there), Ok(here)) => (there.dev(), there.ino()) == (here.dev(), here.ino()),
        _ => false,
    };
    // By its path, so that it keeps its name; but never another program that was put there meanwhile, since this one has
    // checked the configuration.
    let program = std::fs::read_link(OURSELVES).ok().filter(same).unwrap_or_else(|| PathBuf::from(OURSELVES));
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_else(|| "switchtower".into());
    Command::new(program).arg0(name).args(words).exec()
}

/// The daemon's own log: what `SWITCHTOWER_LOG` lets through, `info` unless it says otherwise.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("SWITCHTOWER_LOG").unwrap_or_else(|_| "info".into());
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
}
