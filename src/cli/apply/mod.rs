//! `config apply`: shows what differs, has the running monitor go on by the file, and starts what is to run by it.
//!
//! Whether the file may be taken over is decided by the monitor alone; here it is asked before anybody confirms anything.
//! The second part is `start`, with its own plan: it starts what is missing on the primary site and restarts nothing.

mod shown;

use super::act::{self, Key, pass};
use super::args::{ActArgs, Globals};
use super::end::{self, Ended};
use super::out::Out;
use super::person::Person;
use super::{World, configuration, place};
use crate::client::{ClientError, Dial, Link};
use crate::config::Loaded;
use crate::core::command::{Command, Exit, Reason, Role};
use crate::core::model::Side;
use crate::core::record::Stance;
use crate::wire::{ConfigView, ReloadAsk, StatusView};
use crate::words::{Line, Tone, quoted};
use shown::Seen;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the next life of the monitor is waited for.
const LIFE: Duration = Duration::from_secs(60);
/// How long the monitor's own part is waited for before the start is planned.
const SETTLE: Duration = Duration::from_secs(20);
/// Between two looks for it.
const PAUSE: Duration = Duration::from_millis(200);

/// What was asked for.
struct Wish {
    /// The file, as it was named.
    file: PathBuf,
    loaded: Loaded,
    args: ActArgs,
    /// The options that reach the same monitor again.
    again: String,
}

/// Applies the configuration file, or shows what that would do.
pub(super) async fn apply(globals: &Globals, args: ActArgs, world: World<'_>) -> Exit {
    let file = place::config(globals);
    let loaded = match place::load(file.clone()).await {
        Ok(loaded) => loaded,
        Err(problems) => return configuration::refused(&problems, world.out),
    };
    let run_dir = globals.run_dir.clone().unwrap_or_else(|| loaded.monitor.run_dir.clone());
    let dial = (world.reach)(place::Place { run_dir, via: None });
    carry_out(dial.as_ref(), Wish { file, loaded, args, again: globals.repeated() }, world.person, world.out).await
}

async fn carry_out(dial: &dyn Dial, wish: Wish, person: &mut dyn Person, out: &mut Out) -> Exit {
    let dry_run = wish.args.confirm.dry_run;
    let mut found = match look(dial, if dry_run { Role::Observer } else { Role::Operator }).await {
        Ok(found) => found,
        Err(error) => return end::before_act(&error, out),
    };
    match hindrances(&mut found, &wish).await {
        Ok(reasons) if reasons.is_empty() => {}
        Ok(reasons) => return end::reasons(Exit::Refused, reasons, out),
        Err(error) => return end::before_act(&error, out),
    }
    let seen = Seen::of(&found.status, &found.config, &wish.loaded);
    out.remember("configuration", &seen);
    out.say_all(seen.lines());
    if dry_run {
        out.say("dry run: nothing was done");
        return document("planned", Exit::Done, out);
    }
    if !seen.changes.is_empty() {
        if let Err(exit) = reload(dial, &mut found, &wish, person, out).await {
            return exit;
        }
    } else if seen.is_done() {
        return document("done", Exit::Done, out);
    }
    start(dial, wish, person, out).await
}

/// How things stand before anything is done.
struct Found {
    link: Box<dyn Link>,
    status: StatusView,
    config: ConfigView,
}

async fn look(dial: &dyn Dial, role: Role) -> Result<Found, ClientError> {
    let mut link = dial.dial(role).await?;
    let status = link.status(true).await?;
    let config = link.config().await?;
    Ok(Found { link, status, config })
}

/// Everything that stands in the way, by the monitor's own word too.
async fn hindrances(found: &mut Found, wish: &Wish) -> Result<Vec<Reason>, ClientError> {
    let Found { link, status, config } = found;
    if !same_file(&wish.file, &config.path).await {
        let (theirs, ours) = (config.path.display(), wish.file.display());
        let what = format!("the monitor runs by {theirs}, and this file is {ours}");
        return Ok(vec![Reason::new(what, "write the changes into the monitor's own file, or name that with --config")]);
    }
    let mut reasons = Vec::new();
    if let Some(asked) = wish.args.plan.as_deref().filter(|asked| !wish.loaded.hash.starts_with(asked)) {
        let what = format!("the configuration is another one: {asked} was asked for, and it is {} now", short(&wish.loaded.hash));
        reasons.push(Reason::new(what, "look at the difference again with --dry-run, and give its hash"));
    }
    let [_, secondary] = &status.sites;
    if status.wanted.side() == Some(Side::Secondary) {
        let what = format!("{secondary}, the secondary site, serves: a configuration is applied while the primary does, or nothing runs");
        reasons.push(Reason::new(what, "move back first, with `switchtower switchback`"));
    }
    if config.hash == wish.loaded.hash {
        reasons.extend(status.open_runs.iter().map(|run| {
            let what = format!("run {} ({}, by {}) is open", run.run, run.summary, run.who);
            Reason::new(what, format!("wait until it is over, or turn it back with `switchtower abort {}`", run.run))
        }));
        return Ok(reasons);
    }
    let ask = ReloadAsk { dry_run: true, hash: Some(wish.loaded.hash.clone()), reason: None };
    match link.reload(ask).await {
        Ok(_) => {}
        Err(error @ ClientError::Failure(_)) => reasons.extend(error.reasons()),
        Err(error) => return Err(error),
    }
    Ok(reasons)
}

/// Whether both paths lead to one file.
async fn same_file(one: &Path, other: &Path) -> bool {
    let real = async |path: &Path| tokio::fs::canonicalize(path).await;
    match (real(one).await, real(other).await) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Has the monitor go on by the file, once that is confirmed, and returns when it does.
///
/// # Errors
/// The exit code, after it was said why it does not.
async fn reload(dial: &dyn Dial, found: &mut Found, wish: &Wish, person: &mut dyn Person, out: &mut Out) -> Result<(), Exit> {
    let word = wish.loaded.cluster.site(Side::Primary).to_string();
    let again = again(wish, &word);
    if let Err(reason) = pass(&Key::Word(word), wish.args.confirm.confirm.as_deref(), &again, person).await {
        return Err(end::reasons(Exit::Refused, vec![reason], out));
    }
    let hash = &wish.loaded.hash;
    let ask = ReloadAsk { dry_run: false, hash: Some(hash.clone()), reason: wish.args.reason.clone() };
    match found.link.reload(ask).await {
        Ok(_) => {}
        Err(error @ ClientError::Failure(_)) => return Err(end::client_error(&error, out)),
        // It may have been taken: the next life would say so.
        Err(error) => out.complain(Line::of(Tone::Warn, format!("{error}; looking whether the configuration was taken over"))),
    }
    let until = Instant::now() + LIFE.min(wish.args.watch.patience());
    // Ctrl-c is not caught here: it ends the program, as at the question that follows, and changes nothing of the reload.
    let Some(status) = next_life(dial, hash, &found.status, until).await else {
        let what = "the monitor was not seen to go on by the new configuration";
        let remedy = "look at `switchtower status` and at the monitor's own log; give the command again once it answers";
        return Err(end::reason(Exit::Unknown, what, remedy, out));
    };
    out.say(Line::of(Tone::Good, format!("the configuration holds: {} (term {})", short(hash), status.lease.term)));
    out.something_was_done();
    Ok(())
}

/// The status of the monitor's next life, when it has looked at every host and no run of its own is open; at the end of the
/// time even without that. Nothing where there is no such life.
async fn next_life(dial: &dyn Dial, hash: &str, before: &StatusView, until: Instant) -> Option<StatusView> {
    let ask = async || dial.dial(Role::Observer).await?.status(false).await;
    loop {
        let life = ask().await.ok().filter(|status| status.config == hash && status.lease.term > before.lease.term);
        let settled = |s: &StatusView| s.hosts.iter().all(|host| host.answers.is_some()) && s.open_runs.is_empty();
        if life.as_ref().is_some_and(settled) || Instant::now() >= until {
            return life;
        }
        sleep(PAUSE).await;
    }
}

/// The second part: starts what is to run by the configuration that holds, where something is missing.
async fn start(dial: &dyn Dial, wish: Wish, person: &mut dyn Person, out: &mut Out) -> Exit {
    let seen = match settled(dial, &wish).await {
        Ok(seen) => seen,
        Err(error) => return end::client_error(&error, out),
    };
    if seen.is_done() {
        out.say(Line::of(Tone::Good, "done: everything that is to run runs already; nothing was started or restarted"));
        return document("done", Exit::Done, out);
    }
    // The hash of --plan was the configuration's; the plan of the start could not be seen before.
    let args = ActArgs { plan: None, ..wish.args };
    let order = act::Order { command: Command::Start { site: None }, args, again: wish.again };
    act::carry_out(dial, order, person, out).await
}

/// What is missing once the monitor has done its own part: one that acts by itself starts again what is lost where it is,
/// also what is new, and a plan that is made in between would be stale at once.
async fn settled(dial: &dyn Dial, wish: &Wish) -> Result<Seen, ClientError> {
    let began = Instant::now();
    loop {
        let Found { mut link, status, config } = look(dial, Role::Observer).await?;
        let seen = Seen::of(&status, &config, &wish.loaded);
        let (waited, interval) = (began.elapsed(), Duration::from_millis(status.interval_ms));
        if seen.is_done() || waited >= SETTLE {
            return Ok(seen);
        }
        let by_itself = status.stance == Stance::Automatic && status.wanted.side().is_some();
        let its_turn = by_itself && waited < (interval * 2 + Duration::from_secs(1)).min(SETTLE);
        if !its_turn && status.open_runs.is_empty() {
            match link.plan(Command::Start { site: None }, wish.args.overrides.clone()).await {
                Err(ClientError::Failure(_)) if by_itself || seen.is_in_doubt() => {}
                // A refusal that lasts is told by whoever carries the start out.
                Ok(_) | Err(ClientError::Failure(_)) => return Ok(seen),
                Err(error) => return Err(error),
            }
        }
        sleep(PAUSE).await;
    }
}

fn again(wish: &Wish, word: &str) -> String {
    let Wish { args, again, loaded, .. } = wish;
    let overrides: String = args.overrides.iter().map(|name| format!(" --override {}", quoted(name))).collect();
    let reason = args.reason.as_ref().map_or(String::new(), |reason| format!(" --reason {}", quoted(reason)));
    format!("switchtower{again} config apply{overrides} --confirm {} --plan {}{reason}", quoted(word), short(&loaded.hash))
}

fn document(outcome: &'static str, exit: Exit, out: &mut Out) -> Exit {
    if out.look().json {
        out.document(&Ended { outcome, ..Ended::with(exit) });
    }
    exit
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests;
