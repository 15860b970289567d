//! Wires the console: its terminal, the user's settings, the way to the monitor.

use crate::cli::{self, Call, Code, ColoursArg, ConsoleArgs, Out};
use crate::client::local::Sockets;
use crate::console::run::{Ended, World, run};
use crate::console::settings::{self, Settings};
use crate::console::term::{install_panic_hook, sequences::Wrap};
use crate::console::theme::{self, Colours};
use crate::core::command::Exit;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs the console, and turns how it ended into an exit code.
pub(super) fn console(call: &Call, args: &ConsoleArgs) -> color_eyre::Result<Code> {
    let mut out = Out::of_this_process(call.look());
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let what = "the console needs a terminal for what it shows and what is typed; without one there are \
                    `switchtower status`, `switchtower events` and `switchtower --help`";
        out.raw_complaint(&format!("error: {what}\n"));
        return Ok(Exit::Usage.into());
    }
    let folder = folder("XDG_CONFIG_HOME", ".config");
    let settings = match settings(args, folder.as_ref()) {
        Ok(settings) => settings,
        Err(mistakes) => {
            out.raw_complaint(&format!("error: the settings cannot be used\n{mistakes}\n"));
            return Ok(Exit::Usage.into());
        }
    };
    install_panic_hook();
    // What is drawn must not hold up what is heard.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ended = runtime.block_on(async {
        let (run_dir, note, again) = match call.place().await {
            Ok(found) => found,
            Err(problems) => return Ok(Err(cli::refused(&problems, &mut out))),
        };
        let world = world(Settings { again, ..settings }, run_dir, note, folder);
        run(world).await.map(Ok)
    });
    // A question that nobody waits for any more must not keep the program.
    runtime.shutdown_background();
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => {
            out.raw_complaint(&format!("error: {error}\n"));
            return Ok(Exit::Internal.into());
        }
    };
    Ok(match ended {
        Ok(Ended::Quit) => Exit::Done.into(),
        Ok(Ended::HungUp) => Code::of_signal(1),
        Ok(Ended::Told) => Code::of_signal(15),
        Err(exit) => exit.into(),
    })
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

fn world(settings: Settings, run_dir: PathBuf, note: Option<String>, folder_of_user: Option<PathBuf>) -> World {
    World {
        dial: Arc::new(Sockets::new(run_dir, super::PATIENCE)),
        colours: theme::colours(settings.colours, None, &env),
        wrap: Wrap::of(env("TMUX").as_deref(), env("TERM").as_deref()),
        themes: folder_of_user.map(|folder| folder.join("themes")),
        screens: folder("XDG_STATE_HOME", ".local/state").unwrap_or_else(std::env::temp_dir).join("screens"),
        note,
        workbench: None,
        settings,
    }
}
