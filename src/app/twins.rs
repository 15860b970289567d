//! The console's line for elsewhere is one that the command line understands: both are named here alone.

use crate::cli;
use crate::console::act::{TABLE, twin};
use crate::console::settings::Settings;
use crate::console::state::{Order, Size, State};
use crate::core::command::{Class, Command};
use crate::core::model::{ComponentName, HostName, Side, SiteName, Upkeep, Upkept};
use crate::core::record::RunId;
use crate::wire::ModeAsk;
use crate::wire::testing::shop_plan;

/// A line in words, as a shell would have them; single quotes are all that is used.
fn words(line: &str) -> Vec<std::ffi::OsString> {
    let (mut words, mut word, mut inside, mut any) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (inside, any) = (!inside, true),
            ' ' if !inside => {
                if any {
                    words.push(std::mem::take(&mut word).into());
                }
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        words.push(word.into());
    }
    words
}

fn orders() -> Vec<Order> {
    let south = || SiteName::new("south").unwrap();
    let host = || HostName::new("a1").unwrap();
    let commands = [
        Command::Switchover { to: Some(south()) },
        Command::Switchback,
        Command::Start { site: Some(south()) },
        Command::Stop,
        Command::Adopt { site: south(), without: Vec::new() },
        Command::Fence { host: host(), by_word: false },
        Command::Fence { host: host(), by_word: true },
        Command::Maintain { what: Upkept::Host(host()), kind: Upkeep::Drain, for_ms: Some(7_200_000) },
        Command::Manage { what: Upkept::Component(ComponentName::new("db").unwrap()) },
        Command::MonitorMove { to: host() },
        Command::TakeOver { from: host(), by_word: true },
    ];
    let mut all: Vec<Order> =
        commands.into_iter().map(|command| Order::Command { command, overrides: vec!["enabled:db@a1".into()] }).collect();
    all.extend([
        Order::Abort(RunId(5)),
        Order::Watch(RunId(5)),
        Order::Mode(ModeAsk::Automatic),
        Order::Mode(ModeAsk::ObserveOnly),
        Order::Mode(ModeAsk::Pause { for_ms: Some(7_200_000) }),
        Order::Mode(ModeAsk::Pause { for_ms: None }),
        Order::Resume(ModeAsk::Automatic),
        Order::Acknowledge,
    ]);
    all
}

#[test]
fn the_command_line_understands_every_line_that_the_console_shows() {
    let settings = Settings { again: " --run-dir /run/x".into(), ..Settings::default() };
    let state = State::new(settings, Size { cols: 80, rows: 24 }, jiff::Timestamp::UNIX_EPOCH);
    let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
    let mut twins = Vec::new();
    for order in orders() {
        let line = twin(&state, &order, Some(&plan), Some("cable 'pulled'")).unwrap();
        let line = line.replace(r"'\''", "");
        let parsed = cli::parse(words(&line));
        assert!(parsed.is_ok(), "{line}: {}", parsed.err().map_or(String::new(), |said| said.text));
        twins.push(line.replace("switchtower --run-dir /run/x ", ""));
    }
    for row in TABLE {
        match row.twin {
            Some(verb) => assert!(twins.iter().any(|line| line.starts_with(verb)), "{} has no line", row.name),
            None => assert_eq!(row.class, Class::Look, "{} changes something and has no line", row.name),
        }
    }
}
