//! `host status`: what the service on this host knows.

use super::link::{Link, odd};
use crate::cli::end;
use crate::cli::out::Out;
use crate::core::command::Exit;
use crate::core::fact::State;
use crate::wire::host::{HostAnswer, HostAsk, HostStatus, Keeper};
use crate::words::{Line, Tone};
use std::path::Path;
use std::time::Duration;

/// Shows what the service behind `socket` says.
pub(super) async fn status(socket: &Path, out: &mut Out) -> Exit {
    let asked = async { Link::open(socket).await?.ask(HostAsk::Status, Duration::ZERO).await };
    match asked.await {
        Ok(HostAnswer::Status(status)) => {
            if out.look().json {
                out.document(&status);
            } else {
                out.say_all(lines(&status));
            }
            Exit::Done
        }
        Ok(_) => end::reasons(Exit::Unknown, vec![odd().reason()], out),
        Err(error) => end::reasons(error.exit(false), vec![error.reason()], out),
    }
}

fn lines(status: &HostStatus) -> Vec<Line> {
    let mut lines = vec![Line::of(Tone::Strong, format!("host service {} of cluster {}", status.version, status.cluster))];
    lines.push(Line::from(keeper(status.keeper.as_ref())));
    lines.push(Line::from(match status.heard_ms {
        Some(ago) => format!("a monitor was heard {} s ago", ago / 1000),
        None => "no monitor was heard since it began".to_owned(),
    }));
    lines.push(Line::from(match status.lease_ms {
        Some(length) => format!("active processes stop by themselves once no holder of the lease is heard for {} s", length.div_ceil(1000)),
        None => "no process stops by itself when no monitor is heard".to_owned(),
    }));
    for known in &status.processes {
        let tone = match known.fact.state {
            State::Active => Tone::Good,
            State::Inactive => Tone::Plain,
            State::Failed => Tone::Bad,
            _ => Tone::Warn,
        };
        let mode =
            if known.fact.state.runs() == Some(true) { format!(", as the {} one", known.process.mode.word()) } else { String::new() };
        let head = Line::from(format!("  {}: ", known.name));
        lines.push(head.and(tone, format!("{}{mode}", known.fact.state)).and(Tone::Faint, format!("  {}", known.fact.detail)));
    }
    lines
}

fn keeper(keeper: Option<&Keeper>) -> String {
    match keeper {
        None => "no monitor has taken it yet".to_owned(),
        Some(Keeper { term, by_hand: Some(hand), .. }) => {
            format!("term {term}: {} by hand, by {} at {:.3}: {}", hand.what, hand.who, hand.at, hand.reason)
        }
        Some(Keeper { term, identity, by_hand: None }) => format!("term {term}: taken by the monitor's life {identity}"),
    }
}
