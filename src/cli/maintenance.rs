//! `maintenance`: who works on what. Setting and clearing go by a plan like every act; listing only looks.

use super::act;
use super::args::{Globals, MaintenanceVerb};
use super::end;
use super::out::Out;
use super::person::Person;
use crate::client::{ClientError, Dial};
use crate::core::command::{Command, Exit, Role};
use crate::wire::{MaintenanceView, StatusView};
use crate::words::marked;
use serde::Serialize;

/// The document of `list --json`.
#[derive(Serialize)]
struct Listed<'a> {
    outcome: &'static str,
    maintenance: &'a [MaintenanceView],
}

/// Carries `verb` out.
pub(super) async fn carry_out(dial: &dyn Dial, globals: &Globals, verb: MaintenanceVerb, person: &mut dyn Person, out: &mut Out) -> Exit {
    let (command, args) = match verb {
        MaintenanceVerb::List => return list(dial, out).await,
        MaintenanceVerb::Set { what, kind, for_ms, act } => {
            (what.what().map(|what| Command::Maintain { what, kind: kind.into(), for_ms }), act)
        }
        MaintenanceVerb::Clear { what, act } => (what.what().map(|what| Command::Manage { what }), act),
    };
    // The table has made sure that one of them was named.
    let Some(command) = command else { return Exit::Internal };
    act::carry_out(dial, act::Order { command, args, again: globals.repeated() }, person, out).await
}

async fn list(dial: &dyn Dial, out: &mut Out) -> Exit {
    let status = match ask(dial).await {
        Ok(status) => status,
        Err(error) => return end::client_error(&error, out),
    };
    if out.look().json {
        out.document(&Listed { outcome: "done", maintenance: &status.maintenance });
    } else if status.maintenance.is_empty() {
        out.say("nothing is in maintenance");
    } else {
        out.say_all(status.maintenance.iter().map(|view| marked(view).into()));
    }
    Exit::Done
}

async fn ask(dial: &dyn Dial) -> Result<StatusView, ClientError> {
    dial.dial(Role::Observer).await?.status(false).await
}
