//! The command line as a table: verbs, options and their help. Completions and manual pages are made from it too.

mod act;
mod console;
mod demo;
mod host;
mod look;
mod maintenance;
mod modes;
mod setup;

#[cfg(test)]
pub(super) use act::Watch;
pub(super) use act::{AbortArgs, ActArgs, Confirm, reason};
pub use console::{ColoursArg, ConsoleArgs};
pub use demo::{DemoArgs, DemoPart, KindArg, SwitchArg};
pub(super) use host::{HandArgs, HostVerb};
pub(super) use look::{EventsArgs, HealthArgs, Level, LogArgs, ReplayArgs, ReportArgs, StatusArgs, WhyArgs};
pub(super) use maintenance::MaintenanceVerb;
pub(super) use modes::{ModeVerb, NudgeArgs, PauseArgs};
pub(super) use setup::{CompletionsArgs, ConfigVerb, ManArgs, MonitorVerb};

use crate::client::Hops;
use crate::core::command::Exit;
use crate::core::model::{HostName, SiteName};
use crate::words::quoted;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;

/// Where the configuration is unless somebody says otherwise.
pub(super) const CONFIG: &str = "/etc/switchtower/switchtower.toml";

/// Moves a cluster from one site to another, and shows how it stands. Without a verb the console starts.
#[derive(Debug, Parser)]
#[command(name = "switchtower", version, propagate_version = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// What every verb takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(super) struct Globals {
    /// The configuration file [default: /etc/switchtower/switchtower.toml]
    #[arg(long, global = true, value_name = "PATH", env = "SWITCHTOWER_CONFIG", hide_env_values = true)]
    pub(super) config: Option<PathBuf>,
    /// The folder of the monitor's sockets [default: what the configuration says, else /run/switchtower]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) run_dir: Option<PathBuf>,
    /// The monitor runs on another machine: its host, after those to go through, nearest first; each [user@]host[:port] or a name
    /// of ~/.ssh/config. For looking, unless --operate is given
    #[arg(long, global = true, value_name = "HOST[,HOST...]")]
    pub(super) via: Option<Hops>,
    /// With --via: act there too, as far as the account that logs in may
    #[arg(long, global = true)]
    pub(super) operate: bool,
    /// With --via: the SSH client configuration to read [default: your own and the system's]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) ssh_config: Option<PathBuf>,
    /// Print one JSON document; progress then goes to standard error
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// One fact a line, without columns, rules or colour: for screen readers and for grep
    #[arg(long, global = true)]
    pub(super) plain: bool,
}

impl Globals {
    /// The options that a command line needs to reach the same monitor, for acting too if that was said.
    pub(super) fn repeated(&self) -> String {
        let option = |name: &str, path: &Option<PathBuf>| path.as_ref().map(|p| format!(" {name} {}", quoted(&p.to_string_lossy())));
        let via = self.via.as_ref().map(|hops| format!(" --via {}", quoted(&hops.to_string())));
        let operate = self.operate.then(|| " --operate".to_owned());
        let ssh = option("--ssh-config", &self.ssh_config);
        [option("--config", &self.config), option("--run-dir", &self.run_dir), via, operate, ssh].into_iter().flatten().collect()
    }
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// The console: the cluster live, and every act on it from the keyboard [default]
    #[command(after_long_help = console::CONSOLE_HELP)]
    Console(ConsoleArgs),
    /// Show the cluster: what is wanted and what is, on each host, and what is wrong
    Status(StatusArgs),
    /// Start the stopped cluster, or what does not run of one that serves
    Start {
        /// Where it is to serve: the site that serves unless named, the primary one after a stop
        #[arg(long, value_name = "SITE", value_parser = site)]
        site: Option<SiteName>,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Stop the cluster on both sites
    Stop {
        #[command(flatten)]
        act: ActArgs,
    },
    /// Move everything to the other site
    #[command(after_long_help = act::SWITCHOVER_EXAMPLES)]
    Switchover {
        /// Where to: the site that does not serve now unless named
        #[arg(long, value_name = "SITE", value_parser = site)]
        to: Option<SiteName>,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Move everything back to the primary site
    Switchback {
        #[command(flatten)]
        act: ActArgs,
    },
    /// Take what runs on a site as what is wanted, after it was moved there by hand; starts and stops nothing
    Adopt {
        /// Which site serves
        #[arg(long, value_name = "SITE", value_parser = site)]
        site: SiteName,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Make a host stop for certain: by its fence device, or by your word that it is off
    #[command(after_long_help = act::FENCE_HELP)]
    Fence {
        /// Which host
        #[arg(value_parser = host)]
        host: HostName,
        /// Nothing is switched off: you have made sure that the host is off and stays off, and vouch for it
        #[arg(long)]
        by_word: bool,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Turn a run back that is not past its point of no return
    Abort(AbortArgs),
    /// Show or say whether the monitor acts by itself
    #[command(after_long_help = modes::MODE_HELP)]
    Mode {
        #[command(subcommand)]
        verb: Option<ModeVerb>,
    },
    /// Keep the monitor from acting by itself for a while: short for `mode pause`
    Pause(PauseArgs),
    /// End a pause: what held before it holds again
    Resume(NudgeArgs),
    /// Have the monitor journal what it would do, and do nothing by itself: short for `mode observe-only`
    ObserveOnly(NudgeArgs),
    /// Say that the last automatic failover was seen, so that another may happen by itself
    Acknowledge(NudgeArgs),
    /// Show or say who works on what: hosts and components that are left alone, or on which nothing is started
    #[command(subcommand, after_long_help = maintenance::MAINTENANCE_HELP)]
    Maintenance(MaintenanceVerb),
    /// Print the journal: every decision, step and result
    Log(LogArgs),
    /// Print new entries of the journal as they are written, until ctrl-c
    Events(EventsArgs),
    /// Report on a run: steps, durations, outcome, measured outage
    Report(ReportArgs),
    /// One line and an exit code for monitoring systems: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    #[command(after_long_help = look::HEALTH_HELP)]
    Health(HealthArgs),
    /// Explain a component, a host, a site, a decision or a run: what is known, what was decided, what stands in the way
    #[command(after_long_help = look::WHY_EXAMPLES)]
    Why(WhyArgs),
    /// Decide again on what a decision rested on, and say whether the same comes out (needs the configuration of then)
    Replay(ReplayArgs),
    /// Check, apply or describe the configuration file
    #[command(subcommand)]
    Config(ConfigVerb),
    /// The monitoring service
    #[command(subcommand)]
    Monitor(MonitorVerb),
    /// Take Switchtower off the hosts of a cluster, with every service running on; the monitor must be stopped
    #[command(after_long_help = setup::LEAVE_HELP)]
    Leave(Confirm),
    /// The service on a host that supervises processes: run it, see what it does, act there when no monitor is left
    #[command(subcommand)]
    Host(HostVerb),
    /// A whole cluster on this machine, to try things out and to break them
    #[command(after_long_help = demo::DEMO_HELP)]
    Demo(DemoArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write a page for each verb into a folder
    Man(ManArgs),
}

impl Verb {
    /// It asks a monitor, wherever that is. (`config apply` compares a file of the monitor's own host.)
    pub(super) fn asks_a_monitor(&self) -> bool {
        !matches!(
            self,
            Self::Config(_)
                | Self::Monitor(MonitorVerb::Run { .. })
                | Self::Leave(_)
                | Self::Host(_)
                | Self::Demo(_)
                | Self::Completions(_)
                | Self::Man(_)
        )
    }
}

fn site(text: &str) -> Result<SiteName, String> {
    SiteName::new(text).map_err(|error| error.to_string())
}

fn host(text: &str) -> Result<HostName, String> {
    HostName::new(text).map_err(|error| error.to_string())
}

/// The whole table, with the exit codes in its help.
pub(super) fn command() -> clap::Command {
    let codes: String = Exit::TABLE.iter().map(|(code, meaning)| format!("\n  {}  {meaning}", *code as u8)).collect();
    Cli::command()
        .after_long_help(format!("Exit codes, of all verbs but `health`, which has those of monitoring plugins:{codes}\n\n{EXAMPLES}"))
        .after_help("See --help for exit codes and examples.")
}

const EXAMPLES: &str = "\
Examples:
  switchtower                              the console
  switchtower status                       how the cluster stands
  switchtower switchover --dry-run         what a switchover would do; nothing is changed
  switchtower switchover                   shows the plan, asks for the target site's name, moves
  switchtower report                       what the last run did, and how long nothing served
  switchtower pause --for 2h --reason ...  nothing moves by itself meanwhile
  switchtower --via jump1,mon1             the console of a monitor on mon1, for looking
  switchtower why db                       why a component is as it is, and what is done about it
  switchtower config check --offline       every problem of the configuration file";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn the_help_lists_every_exit_code() {
        let help = command().render_long_help().to_string();
        for (code, meaning) in Exit::TABLE {
            assert!(help.contains(&format!("{}  {meaning}", code as u8)), "{meaning}");
        }
    }

    #[test]
    fn no_override_is_offered_where_nothing_can_be_overridden() {
        let help = |words: &[&str]| {
            let mut command = command();
            let found = words.iter().fold(&mut command, |command, word| command.find_subcommand_mut(word).unwrap());
            found.render_long_help().to_string()
        };
        assert!(help(&["switchover"]).contains("--override"));
        for words in [["monitor", "move"], ["monitor", "take-over"]] {
            assert!(!help(&words).contains("--override"), "{words:?}");
        }
    }

    #[test]
    fn every_verb_says_what_it_is_for() {
        fn each(command: &clap::Command) {
            for verb in command.get_subcommands() {
                assert!(verb.get_about().is_some(), "{}", verb.get_name());
                for arg in verb.get_arguments() {
                    assert!(arg.get_help().is_some(), "{} {}", verb.get_name(), arg.get_id());
                }
                each(verb);
            }
        }
        each(&command());
    }
}
