//! `config check` and `config schema`.

use super::World;
use super::args::Globals;
use super::end;
use super::out::Out;
use super::place;
use crate::config::{self, Problem, Problems, Severity};
use crate::core::command::Exit;
use crate::words::{Line, Tone, count};
use serde::Serialize;

/// Prints the JSON schema.
pub(super) fn schema(out: &mut Out) -> Exit {
    out.document(&config::schema());
    Exit::Done
}

/// What a check has found, as `--json` shows it.
#[derive(Debug, Default, Serialize)]
struct Checked {
    /// `done` or `refused`.
    outcome: &'static str,
    /// The exit code.
    exit: u8,
    /// The file.
    origin: String,
    /// Its hash, where it can be used.
    hash: Option<String>,
    /// The hosts were looked at too.
    hosts: bool,
    /// What is wrong, errors and warnings.
    problems: Vec<Problem>,
}

/// Checks the file, and unless `offline` the hosts and units in it: every problem is reported, whatever else there is.
pub(super) async fn check(globals: &Globals, offline: bool, world: World<'_>) -> Exit {
    let mut loaded = match place::load(place::config(globals)).await {
        Ok(loaded) => loaded,
        Err(problems) => return refused(&problems, world.out),
    };
    let mut problems = std::mem::take(&mut loaded.warnings);
    if !offline {
        problems.extend((world.survey)(&loaded).await);
    }
    let origin = place::config(globals).display().to_string();
    let (exit, checked) = weigh(origin, Some(loaded.hash), !offline, problems);
    if world.out.look().json {
        world.out.document(&checked);
    } else {
        world.out.say_all(lines(&checked));
    }
    exit
}

/// Shows what a file without errors should be looked at for.
pub(super) fn checked(origin: String, warnings: Vec<Problem>, out: &mut Out) -> Exit {
    let (exit, checked) = weigh(origin, None, false, warnings);
    if out.look().json {
        out.document(&checked);
    } else {
        out.say_all(lines(&checked));
    }
    exit
}

fn weigh(origin: String, hash: Option<String>, hosts: bool, problems: Vec<Problem>) -> (Exit, Checked) {
    let exit = if errors(&problems) == 0 { Exit::Done } else { Exit::Refused };
    (exit, Checked { outcome: end::word(exit), exit: exit as u8, origin, hash, hosts, problems })
}

fn errors(problems: &[Problem]) -> usize {
    problems.iter().filter(|p| p.severity == Severity::Error).count()
}

fn lines(checked: &Checked) -> Vec<Line> {
    let mut lines: Vec<Line> = checked.problems.iter().flat_map(problem).collect();
    let wrong = errors(&checked.problems);
    let tone = if wrong == 0 { Tone::Good } else { Tone::Bad };
    let (wrong, warnings) = (count(wrong, "error"), count(checked.problems.len() - wrong, "warning"));
    let hosts = if checked.hosts { "file, hosts and units" } else { "file only" };
    lines.push(Line::of(tone, format!("{}: {wrong}, {warnings} ({hosts})", checked.origin)));
    lines
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
    out.complain(Line::of(Tone::Bad, format!("{}: {}", problems.origin, count(errors(&problems.list), "error"))));
    Exit::Refused
}

#[cfg(test)]
mod tests;
