//! Wires the demo: its main process with the console or without, and what its other processes are.

use super::{console, failed, log_to_stderr};
use crate::cli::{Call, Code, DemoArgs, DemoPart, KindArg, Out, SwitchArg};
use crate::core::command::Exit;
use crate::demo::component::{self, Kind, Options};
use crate::demo::{self, Demo, DemoError, Layout, Switch};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// Runs a demo, or one of its parts.
pub(super) fn demo(call: &Call, args: DemoArgs) -> color_eyre::Result<Code> {
    let mut out = Out::of_this_process(call.look());
    match args.part {
        Some(part) => be(part, &mut out),
        None => {
            let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            let ended = if terminal && !args.no_console {
                console::of_demo(&args.console, &runtime, &mut out)
            } else {
                runtime.block_on(alone(&mut out))
            };
            // What still waits for a host must not keep the program.
            runtime.shutdown_background();
            ended
        }
    }
}

/// This program, by its path: fence commands and acceptance tests are executed by others.
pub(super) fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// Runs a demo without a console until a signal comes.
async fn alone(out: &mut Out) -> color_eyre::Result<Code> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut told = std::pin::pin!(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    });
    let tell = |words: &str| Out::of_this_process(crate::cli::Look::PIPE).raw_complaint(&format!("{words} ...\n"));
    let started = tokio::select! {
        started = Demo::start(program()?, &tell) => started,
        () = &mut told => return Ok(Exit::Done.into()),
    };
    let (demo, run) = match started {
        Ok(started) => started,
        Err(error) => return Ok(told_why(&error, out)),
    };
    let outcome = tokio::select! {
        outcome = demo.started(run) => Some(outcome),
        () = &mut told => None,
    };
    if let Some(outcome) = outcome {
        out.raw(&whereabouts(demo.layout(), &outcome, out.look().json));
        told.await;
    }
    demo.stop().await;
    Ok(Exit::Done.into())
}

/// Where everything is, for other terminals.
fn whereabouts(layout: &Layout, outcome: &str, json: bool) -> String {
    let (config, url, ssh) = (layout.config(), layout.url(), layout.ssh_config());
    if json {
        let hosts = layout.hosts.iter().map(|host| (host.name.clone(), host.front.to_string().into()));
        let hosts: serde_json::Map<String, serde_json::Value> = hosts.collect();
        let document = serde_json::json!({
            "folder": layout.dir, "config": config, "run_dir": layout.run_dir(), "web": url, "ssh_config": ssh, "hosts": hosts, "start": outcome,
        });
        return format!("{document}\n");
    }
    let program = layout.program.display();
    let (config, ssh) = (config.display(), ssh.display());
    format!(
        "The demo runs: {outcome}.\n\n\
         console      {program} --config {config}\n\
         status       {program} --config {config} status\n\
         web page     curl {url}\n\
         a host       ssh -F {ssh} north1 'uname -a'\n\
         breakage     {program} demo break --dir {}\n\n\
         ctrl-c ends it, and leaves nothing behind.\n",
        layout.dir.display()
    )
}

/// Tells why there is no demo.
pub(super) fn told_why(error: &DemoError, out: &mut Out) -> Code {
    out.raw_complaint(&format!("error: {error}\n"));
    Exit::NothingChanged.into()
}

/// Is a part of a demo.
fn be(part: DemoPart, out: &mut Out) -> color_eyre::Result<Code> {
    let runtime = |threads| tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    match part {
        DemoPart::Component { kind, host, site, at, from, dir } => {
            let ended = runtime(1)?.block_on(component::run(of(kind), Options { at, from, host, site, dir }));
            Ok(ended.map_or_else(|error| failed(&error.to_string()), |()| Exit::Done).into())
        }
        DemoPart::Host { dir, name } => {
            log_to_stderr();
            let ended = runtime(2)?.block_on(demo::host(&dir, &name));
            Ok(ended.map_or_else(|error| failed(&error.to_string()), |()| Exit::Done).into())
        }
        DemoPart::Break { dir, id } => broken(&dir, id.as_deref(), out),
        DemoPart::Power { dir, host, switch } => power(&dir, &host, switch, out),
        DemoPart::Ask { url } => Ok(match runtime(1)?.block_on(component::ask(&url)) {
            Ok(page) => {
                out.raw(&page);
                Exit::Done.into()
            }
            Err(why) => failed(&why).into(),
        }),
        DemoPart::Keeper { dir } => {
            demo::keep(&dir);
            Ok(Exit::Done.into())
        }
    }
}

/// Breaks something, or says what can be broken.
fn broken(dir: &Path, id: Option<&str>, out: &mut Out) -> color_eyre::Result<Code> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let Some(id) = id else {
            let lines = demo::offers(dir).await?.into_iter().map(|offer| format!("{:16}  {:26}  {}\n", offer.id, offer.title, offer.about));
            return Ok(lines.collect());
        };
        demo::apply(dir, id).await.map(|done| format!("{done}\n"))
    });
    Ok(match said {
        Ok(said) => {
            out.raw(&said);
            Exit::Done.into()
        }
        Err(error) => told_why(&error, out),
    })
}

fn of(kind: KindArg) -> Kind {
    match kind {
        KindArg::Db => Kind::Db,
        KindArg::App => Kind::App,
        KindArg::Web => Kind::Web,
        KindArg::Sync => Kind::Sync,
    }
}

/// The fence command: what it ends with is what a fence command has to end with.
fn power(dir: &Path, host: &str, switch: SwitchArg, out: &mut Out) -> color_eyre::Result<Code> {
    let asked = match switch {
        SwitchArg::Off => Switch::Off,
        SwitchArg::On => Switch::On,
        SwitchArg::Status => Switch::Status,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(match runtime.block_on(demo::power(dir, host, asked)) {
        Ok(on) => {
            out.raw(if on { "on\n" } else { "off\n" });
            if asked == Switch::Status && !on { Code::POWER_OFF } else { Exit::Done.into() }
        }
        Err(error) => failed(&error.to_string()).into(),
    })
}
