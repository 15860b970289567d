//! `monitor move` and `monitor take-over`: which of two monitors acts.

use super::act;
use super::args::{ActArgs, MonitorVerb};
use super::end;
use super::out::Out;
use super::person::Person;
use crate::client::{ClientError, Dial};
use crate::core::command::{Command, Exit, Role};
use crate::wire::PairView;

/// Carries `verb` out; `again` are the options that reach the same monitor.
pub(super) async fn carry_out(dial: &dyn Dial, verb: MonitorVerb, again: String, person: &mut dyn Person, out: &mut Out) -> Exit {
    let pair = match pair(dial).await {
        Ok(Some(pair)) => pair,
        Ok(None) => {
            let remedy = "a second one is named under monitor.hosts";
            return end::reason(Exit::Refused, "this cluster has one monitor", remedy, out);
        }
        Err(error) => return end::before_act(&error, out),
    };
    let (command, args): (Command, ActArgs) = match verb {
        MonitorVerb::Move { to, act } => (Command::MonitorMove { to: to.unwrap_or(pair.other) }, act),
        MonitorVerb::TakeOver { by_word, act } => (Command::TakeOver { from: pair.other, by_word }, act),
        // The monitor itself is run by others.
        MonitorVerb::Run { .. } => return Exit::Internal,
    };
    act::carry_out(dial, act::Order { command, args, again }, person, out).await
}

async fn pair(dial: &dyn Dial) -> Result<Option<PairView>, ClientError> {
    Ok(dial.dial(Role::Observer).await?.status(false).await?.lease.pair)
}
