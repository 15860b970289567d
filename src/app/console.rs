//! Wires the console: its terminal, the user's settings, the way to the monitor.

use super::recorded;
use crate::cli::{self, Call, Code, ColoursArg, ConsoleArgs, Look, Out, Place};
use crate::client::{Rights, Via};
use crate::console::Origin;
use crate::console::run::{Ended, World, run};
use crate::console::settings::{self, Settings};
use crate::console::term::{install_panic_hook, sequences::Wrap};
use crate::console::theme::{self, Colours};
use crate::core::command::Exit;
use crate::demo::Demo;
use crate::words::quoted;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Runs the console, and turns how it ended into an exit code.
pub(super) fn console(call: &Call, args: &ConsoleArgs) -> color_eyre::Result<Code> {
    let mut out = Out::of_this_process(call.look());
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let what = "the console needs a terminal for what it shows and what is typed; without one there are \
                    `switchtower status`, `switchtower events` and `switchtower --help`";
        out.raw_complaint(&format!("error: {what}\n"));
        return Ok(Exit::Usage.into());
    }
    let Some((settings, folder)) = of_user(args, &mut out) else { return Ok(Exit::Usage.into()) };
    let (tapes, record) = match recorded::tapes(args, &mut out).and_then(|tapes| Ok((tapes, recorded::file(args, &mut out)?))) {
        Ok(both) => both,
        Err(code) => return Ok(code),
    };
    install_panic_hook();
    // A frame takes a millisecond, and so does what is heard: one thread does both, and what one frees the other uses again.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        if let Some(origin) = tapes {
            return run(world(settings, origin, None, folder)).await.map(Ok);
        }
        let (place, note, again) = match call.place().await {
            Ok(found) => found,
            Err(problems) => return Ok(Err(cli::refused(&problems, &mut out))),
        };
        let note = note.or_else(|| place.via.as_ref().map(far));
        let looks = place.via.as_ref().is_some_and(|via| matches!(via.rights, Rights::Look(_)));
        let world = world(Settings { again, far: looks, ..settings }, monitor(place), note, folder);
        run(World { record, ..world }).await.map(Ok)
    });
    // A question that nobody waits for any more must not keep the program.
    runtime.shutdown_background();
    Ok(match ended {
        Ok(Ok(ended)) => code(ended),
        Ok(Err(exit)) => exit.into(),
        Err(error) => {
            out.raw_complaint(&format!("error: {error}\n"));
            Exit::Internal.into()
        }
    })
}

fn code(ended: Ended) -> Code {
    match ended {
        Ended::Quit => Exit::Done.into(),
        Ended::HungUp => Code::of_signal(1),
        Ended::Told => Code::of_signal(15),
    }
}

/// Runs a demo with its console, and ends it with that.
pub(super) fn of_demo(args: &ConsoleArgs, runtime: &Runtime, out: &mut Out) -> color_eyre::Result<Code> {
    let Some((settings, folder)) = of_user(args, out) else { return Ok(Exit::Usage.into()) };
    let record = match recorded::no_replay(args, out).and_then(|()| recorded::file(args, out)) {
        Ok(record) => record,
        Err(code) => return Ok(code),
    };
    let tell = |words: &str| Out::of_this_process(Look::PIPE).raw_complaint(&format!("{words} ...\n"));
    let started = runtime.block_on(async {
        tokio::select! {
            started = Demo::start(super::demo::program()?, &tell) => std::io::Result::Ok(Some(started)),
            told = tokio::signal::ctrl_c() => told.map(|()| None),
        }
    })?;
    let demo = match started {
        Some(Ok((demo, _))) => demo,
        Some(Err(error)) => return Ok(super::demo::told_why(&error, out)),
        None => return Ok(Exit::Done.into()),
    };
    install_panic_hook();
    let again = format!(" --config {}", quoted(&demo.layout().config().to_string_lossy()));
    let place = Place { run_dir: demo.layout().run_dir(), via: None };
    let note = Some(format!("a demo: its web page is {}", demo.layout().url()));
    let ended = runtime.block_on(async {
        let workbench = Some(demo.workbench());
        let ended = run(World { workbench, record, ..world(Settings { again, ..settings }, monitor(place), note, folder) }).await;
        demo.stop().await;
        ended
    });
    Ok(match ended {
        Ok(ended) => code(ended),
        Err(error) => {
            out.raw_complaint(&format!("error: {error}\n"));
            Exit::Internal.into()
        }
    })
}

/// The settings of this user, and the folder that they come from; nothing after what is wrong with them was told.
fn of_user(args: &ConsoleArgs, out: &mut Out) -> Option<(Settings, Option<PathBuf>)> {
    let folder = folder("XDG_CONFIG_HOME", ".config");
    match settings(args, folder.as_ref()) {
        Ok(settings) => Some((settings, folder)),
        Err(mistakes) => {
            out.raw_complaint(&format!("error: the settings cannot be used\n{mistakes}\n"));
            None
        }
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A folder of this user: what the variable names, else the usual one below the home.
fn folder(variable: &str, usual: &str) -> Option<PathBuf> {
    let named = env(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| Some(PathBuf::from(env("HOME")?).join(usual))).map(|path| path.join("switchtower"))
}

/// The settings file, and what was given on the command line over it.
fn settings(args: &ConsoleArgs, folder: Option<&PathBuf>) -> Result<Settings, settings::Mistakes> {
    let path = args.settings.clone().or_else(|| folder.map(|folder| folder.join("console.toml")));
    let mut settings = match path {
        Some(path) => settings::load(&path, args.settings.is_some())?,
        None => Settings::default(),
    };
    settings.read_only |= args.read_only;
    settings.ascii |= args.ascii;
    settings.ascii = !theme::unicode(settings.ascii, &env);
    settings.borders &= !args.no_borders;
    settings.reduced_motion |= args.reduced_motion;
    settings.mouse |= args.mouse;
    if args.utc {
        settings.utc = true;
    }
    settings.zone = if settings.utc { jiff::tz::TimeZone::UTC } else { jiff::tz::TimeZone::system() };
    if let Some(theme) = &args.theme {
        settings.theme.clone_from(theme);
    }
    settings.colours = args.colours.map(colours).or(settings.colours);
    Ok(settings)
}

fn colours(arg: ColoursArg) -> Colours {
    match arg {
        ColoursArg::None => Colours::None,
        ColoursArg::Sixteen => Colours::Ansi16,
        ColoursArg::Many => Colours::Ansi256,
        ColoursArg::True => Colours::True,
    }
}

/// Where a monitor of another machine is, and what its console is for.
fn far(via: &Via) -> String {
    let rights = match via.rights {
        Rights::Operate => "",
        Rights::Look(_) => ", for looking: --operate was not given",
    };
    format!("the monitor is reached through {}{rights}", via.hops)
}

fn monitor(place: Place) -> Origin {
    Origin::Monitor(Arc::from(super::way(place)))
}

fn world(settings: Settings, origin: Origin, note: Option<String>, folder_of_user: Option<PathBuf>) -> World {
    let state = folder("XDG_STATE_HOME", ".local/state").unwrap_or_else(std::env::temp_dir);
    World {
        origin,
        record: None,
        colours: theme::colours(settings.colours, None, &env),
        wrap: Wrap::of(env("TMUX").as_deref(), env("TERM").as_deref()),
        themes: folder_of_user.map(|folder| folder.join("themes")),
        screens: state.join("screens"),
        records: state.join("records"),
        note,
        workbench: None,
        settings,
    }
}
