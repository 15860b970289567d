//! The one place that wires everything together; `main` calls it and nothing else does.

use crate::cli::{self, AtTerminal, Call, Look, Out, Said, World};
use crate::client::Dial;
use crate::client::local::Sockets;
use crate::core::command::Exit;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How long a client waits for the monitor, on top of what it asked it to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    match start() {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(report) => {
            Out::of_this_process(Look::PIPE).raw_complaint(&format!("{report:?}\n"));
            ExitCode::from(Exit::Internal as u8)
        }
    }
}

fn start() -> color_eyre::Result<Exit> {
    color_eyre::install()?;
    match cli::parse(std::env::args_os()) {
        Err(said) => Ok(show(&said)),
        Ok(call) => match call.monitor() {
            Some(config) => monitor(&config, &mut Out::of_this_process(call.look())),
            None => verb(call),
        },
    }
}

fn show(said: &Said) -> Exit {
    let mut out = Out::of_this_process(Look::PIPE);
    if said.asked_for {
        out.raw(&said.text)
    } else {
        out.raw_complaint(&said.text)
    }
    said.exit()
}

/// Runs a verb that is a client of the monitor, or needs none.
fn verb(call: Call) -> color_eyre::Result<Exit> {
    let mut out = Out::of_this_process(call.look());
    let mut person = AtTerminal::default();
    let reach = |run_dir: PathBuf| Box::new(Sockets::new(run_dir, PATIENCE)) as Box<dyn Dial>;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(cli::run(call, World { out: &mut out, person: &mut person, reach: &reach }));
    // A read from the terminal that nobody waits for any more must not keep the program.
    runtime.shutdown_background();
    match out.failure() {
        Some(error) if exit == Exit::Done => Err(color_eyre::eyre::eyre!("standard output could not be written: {error}")),
        _ => Ok(exit),
    }
}

/// Runs the monitor by the configuration at `config` until it is told to end. Its log goes to standard error.
fn monitor(config: &Path, out: &mut Out) -> color_eyre::Result<Exit> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SWITCHTOWER_LOG").unwrap_or_else(|_| "info".into());
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let loaded = match crate::config::load(config) {
        Ok(loaded) => loaded,
        Err(problems) => {
            out.raw_complaint(&format!("{problems}\n"));
            return Ok(Exit::Refused);
        }
    };
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match runtime.block_on(crate::monitor::run(loaded)) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            out.raw_complaint(&format!("the monitor ends: {error}\n"));
            Ok(Exit::Internal)
        }
    }
}
