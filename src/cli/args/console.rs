//! Options of the console.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const CONSOLE_HELP: &str = "\
The console is what starts when no verb is given. Press ? in it for its keys, : for its commands, a for what can be done with \
what is selected, q to leave it.

Settings come from console.toml in $XDG_CONFIG_HOME/switchtower (~/.config/switchtower), themes of your own from the folder \
themes beside it; what is given here goes before.

With --via it shows a monitor on another machine, and only looks unless --operate is given. A connection that is lost is made \
again for as long as the console runs; ctrl-r tries now.
A record holds what the monitor told, with every age, and which actions the operator took; it holds no keys, no confirmations \
and no reasons. It is for its owner alone (mode 0600), and ends at its limit. The last 10 minutes are kept in memory in any case: \
:dump [FILE] writes them, and a panic of the console does too. In a replay space pauses, left and right go 5 seconds back and on, \
[ and ] go from event to event, + and - change the pace; nothing can be asked for.

Exit codes: 0 left by its user, 1 no such theme, or an error inside the program, 2 no terminal, settings that cannot be used, or a mistake on the command line, 3 a configuration that was named and cannot be used, 129 its terminal is gone, 143 told to end.

Examples:
  switchtower
  switchtower console --read-only
  switchtower --via jump1,mon1
  switchtower --via ops@mon1 --operate
  switchtower console --theme deuteranopia --ascii
  switchtower console --record night-shift.record
  switchtower console --replay night-shift.record";

/// Options of the console.
#[derive(Debug, Clone, Default, Args)]
pub struct ConsoleArgs {
    /// Ask for nothing that changes anything, whatever the rights are
    #[arg(long)]
    pub read_only: bool,
    /// The theme: default, light, mono, high-contrast, deuteranopia, tritanopia, or one of your own
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// How many colours the terminal has [default: as its environment says]
    #[arg(long, visible_alias = "colors", value_name = "N", value_enum)]
    pub colours: Option<ColoursArg>,
    /// Signs and lines of ASCII only
    #[arg(long)]
    pub ascii: bool,
    /// No lines around panes
    #[arg(long)]
    pub no_borders: bool,
    /// Nothing turns or blinks
    #[arg(long)]
    pub reduced_motion: bool,
    /// Times in UTC instead of the local zone
    #[arg(long)]
    pub utc: bool,
    /// Take the mouse from the start; m lets it go
    #[arg(long)]
    pub mouse: bool,
    /// Record the session into this new file: what is shown and what is done, but nothing that is typed
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// How large that file gets at most, in MiB [default: 256]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1024), requires = "record")]
    pub record_limit: Option<u64>,
    /// Play a record instead of reaching a monitor: the same screens, as they were then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "run_dir", "via", "operate", "ssh_config"])]
    pub replay: Option<PathBuf>,
    /// The settings file [default: console.toml of the user]
    #[arg(long, value_name = "PATH")]
    pub settings: Option<PathBuf>,
}

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColoursArg {
    /// None: words, bold, underline and reverse only.
    None,
    /// The 16 of the terminal's own palette.
    #[value(name = "16")]
    Sixteen,
    /// The 256 of xterm.
    #[value(name = "256")]
    Many,
    /// Any.
    True,
}
