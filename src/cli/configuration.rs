//! `config check` and `config schema`.

use super::World;
use super::args::Globals;
use super::end;
use super::out::Out;
use super::place;
use super::text::{Line, Tone, count};
use crate::client::{ClientError, Dial};
use crate::config::{self, Loaded, Problem, Problems, Severity};
use crate::core::command::{Exit, Reason, Role};
use crate::wire::{StatusView, Trouble};
use serde::Serialize;

/// Prints the JSON schema.
pub(super) fn schema(out: &mut Out) -> Exit {
    out.document(&config::schema());
    Exit::Done
}

/// What a check has found, as `--json` shows it.
#[derive(Debug, Default, Serialize)]
struct Checked {
    /// `done`, `refused` or `unknown`.
    outcome: &'static str,
    /// The exit code.
    exit: u8,
    /// The file.
    origin: String,
    /// Its hash, where it can be used.
    hash: Option<String>,
    /// What is wrong with it.
    problems: Vec<Problem>,
    /// The monitor that was asked.
    monitor: Option<Running>,
    /// Why no monitor was asked, or could be.
    reasons: Vec<Reason>,
}

/// What the monitor runs by, and what it finds wrong with that.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Running {
    /// The hash of its configuration.
    hash: String,
    /// It is this file's.
    same: bool,
    /// What it finds.
    troubles: Vec<Trouble>,
}

/// Checks the file, and unless `offline` what the running monitor says of the hosts and units in it.
pub(super) async fn check(globals: &Globals, offline: bool, world: World<'_>) -> Exit {
    let loaded = match place::load(place::config(globals)).await {
        Ok(loaded) => loaded,
        Err(problems) => return refused(&problems, world.out),
    };
    let origin = place::config(globals).display().to_string();
    let asked = if offline {
        None
    } else {
        let run_dir = globals.run_dir.clone().unwrap_or_else(|| loaded.monitor.run_dir.clone());
        Some(ask((world.reach)(run_dir).as_ref()).await)
    };
    let (exit, checked) = weigh(origin, loaded, asked);
    if world.out.look().json {
        world.out.document(&checked);
    } else {
        world.out.say_all(lines(&checked));
    }
    exit
}

async fn ask(dial: &dyn Dial) -> Result<StatusView, ClientError> {
    dial.dial(Role::Observer).await?.status(true).await
}

fn weigh(origin: String, loaded: Loaded, asked: Option<Result<StatusView, ClientError>>) -> (Exit, Checked) {
    let hash = loaded.hash;
    let (exit, monitor, reasons) = match asked {
        None => (Exit::Done, None, Vec::new()),
        Some(Err(error)) => (Exit::Unknown, None, error.reasons()),
        Some(Ok(status)) => {
            let running = Running { same: status.config == hash, hash: status.config, troubles: status.troubles };
            let exit = if running.same && running.troubles.is_empty() { Exit::Done } else { Exit::Refused };
            (exit, Some(running), Vec::new())
        }
    };
    let checked =
        Checked { outcome: end::word(exit), exit: exit as u8, origin, hash: Some(hash), problems: loaded.warnings, monitor, reasons };
    (exit, checked)
}

fn lines(checked: &Checked) -> Vec<Line> {
    let mut lines: Vec<Line> = checked.problems.iter().flat_map(problem).collect();
    let warnings = count(checked.problems.len(), "warning");
    lines.push(Line::of(Tone::Good, format!("{}: no errors, {warnings}", checked.origin)));
    match &checked.monitor {
        Some(running) if running.same => {
            lines.push(Line::from(format!("the monitor runs by it and finds {}", count(running.troubles.len(), "trouble"))));
        }
        Some(running) => lines.push(Line::of(
            Tone::Warn,
            format!("the monitor runs by another configuration ({}): restart it to have it run by this one", short(&running.hash)),
        )),
        None => {}
    }
    for trouble in checked.monitor.iter().flat_map(|m| &m.troubles) {
        lines.push(Line::of(Tone::Bad, format!("  {}: {}", trouble.key, trouble.what)));
        lines.push(Line::of(Tone::Faint, format!("    do: {}", trouble.remedy)));
    }
    for reason in &checked.reasons {
        lines.push(Line::of(Tone::Warn, format!("hosts and units were not checked: {}", reason.what)));
        lines.push(Line::of(Tone::Faint, format!("  do: {}; or check the file alone with --offline", reason.remedy)));
    }
    lines
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn problem(problem: &Problem) -> Vec<Line> {
    let tone = if problem.severity == Severity::Error { Tone::Bad } else { Tone::Warn };
    problem.to_string().lines().enumerate().map(|(at, line)| Line::of(if at == 0 { tone } else { Tone::Plain }, line)).collect()
}

/// Shows a configuration that cannot be used.
pub fn refused(problems: &Problems, out: &mut Out) -> Exit {
    if out.look().json {
        let (outcome, exit) = (end::word(Exit::Refused), Exit::Refused as u8);
        out.document(&Checked { outcome, exit, origin: problems.origin.clone(), problems: problems.list.clone(), ..Checked::default() });
        return Exit::Refused;
    }
    problems.list.iter().flat_map(problem).for_each(|line| out.complain(line));
    let errors = problems.list.iter().filter(|p| p.severity == Severity::Error).count();
    out.complain(Line::of(Tone::Bad, format!("{}: {}", problems.origin, count(errors, "error"))));
    Exit::Refused
}

#[cfg(test)]
mod tests;
