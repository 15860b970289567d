//! Options of the demo, and the verbs by which its own processes are started.

use super::ConsoleArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

pub(super) const DEMO_HELP: &str = "\
Nothing has to be installed, and no rights are needed: three hosts with real SSH servers and host services, a database, an \
application, a web server and a sync service as real processes, a monitor, and this console. They are reached by addresses \
of loopback, and all of it is gone when the console is left.

Things can be broken on purpose: components killed, hosts switched off, hung or made to lie, links cut, the monitor crashed. \
Without a terminal, or with --no-console, it is said where everything is, for other terminals; ctrl-c ends it.

Examples:
  switchtower demo
  switchtower demo --no-console
  switchtower demo --theme deuteranopia --ascii";

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    /// Start no console; say where everything is, and run until ctrl-c
    #[arg(long)]
    pub no_console: bool,
    /// What its console is like.
    #[command(flatten)]
    pub console: ConsoleArgs,
    /// What one of its own processes is to be.
    #[command(subcommand)]
    pub part: Option<DemoPart>,
}

/// What one of the demo's own processes is to be.
#[derive(Debug, Clone, Subcommand)]
pub enum DemoPart {
    /// Break something in a demo that runs, or mend it; without an id, show what can be done
    Break {
        /// The demo's folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// What, such as kill:web
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// Be a component of the demo; used by its host services
    #[command(hide = true)]
    Component {
        /// Which
        #[arg(value_enum)]
        kind: KindArg,
        /// Its host
        #[arg(long, value_name = "NAME")]
        host: String,
        /// The site of that
        #[arg(long, value_name = "NAME")]
        site: String,
        /// Where it, or its active side, listens
        #[arg(long, value_name = "ADDRESS")]
        at: SocketAddr,
        /// Whom it asks
        #[arg(long, value_name = "ADDRESS")]
        from: Option<SocketAddr>,
        /// Where it keeps what it keeps
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Be a host of the demo; used by it
    #[command(hide = true)]
    Host {
        /// The demo's folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Which
        name: String,
    },
    /// Switch a host of the demo; exit code 2 with `status` says off
    #[command(hide = true)]
    Power {
        /// The demo's folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Which host
        host: String,
        /// What to do
        #[arg(value_enum)]
        switch: SwitchArg,
    },
    /// Print a page of the demo's web server
    #[command(hide = true)]
    Ask {
        /// Which
        url: String,
    },
    /// Clear up after the demo; used by it
    #[command(hide = true)]
    Keeper {
        /// The demo's folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
}

/// A component of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// The database.
    Db,
    /// The application.
    App,
    /// The web server.
    Web,
    /// The sync service.
    Sync,
}

/// What to do with a host's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SwitchArg {
    /// Off.
    Off,
    /// On.
    On,
    /// Say which.
    Status,
}
