//! The verbs that are used on a host: `status`, `start`, `stop`, `check` of its host service, and `start` and `stop` of its units.

mod file;
mod hand;
mod link;
mod status;
#[cfg(test)]
mod tests;
mod unit;

pub use file::load as load_file;
pub use unit::{DeedResult, GroundResult, Units};

use super::World;
use super::args::{HandArgs, HostVerb};
use super::configuration::{self, refused};
use crate::config::Problems;
use crate::core::command::Exit;
use crate::core::model::UnitName;
use crate::core::plan::Action;
use hand::Hand;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the program is on a host for as long as it lives.
#[derive(Debug, Clone)]
pub enum Duty {
    /// The service, by this file.
    Service(PathBuf),
    /// A process of the service with this pid.
    Child {
        /// The service.
        parent: u32,
        /// Program and arguments.
        command: Vec<OsString>,
    },
}

impl Duty {
    /// What `verb` makes of the program, where it is no client of the service.
    pub(super) fn of(verb: &HostVerb) -> Option<Self> {
        match verb {
            HostVerb::Run { file } => Some(Self::Service(file.file.clone())),
            HostVerb::Child { parent, command } => Some(Self::Child { parent: *parent, command: command.clone() }),
            HostVerb::Status { .. } | HostVerb::Start { .. } | HostVerb::Stop { .. } | HostVerb::Check { .. } => None,
        }
    }
}

/// Carries out a verb.
pub(super) async fn host(verb: HostVerb, world: World<'_>) -> Exit {
    let World { out, person, units, .. } = world;
    if let Some((action, hand, unit)) = of_unit(&verb) {
        return unit::carry_out(units, action, (hand, unit), person, out).await;
    }
    let path = match &verb {
        HostVerb::Status { file } | HostVerb::Check { file } | HostVerb::Run { file } => file.file.clone(),
        HostVerb::Start { hand, .. } | HostVerb::Stop { hand } => hand.file.file.clone(),
        HostVerb::Child { .. } => return Exit::Internal,
    };
    let origin = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || load_file(&path)).await;
    let file = match read.unwrap_or_else(|_| Err(Problems { origin: origin.clone(), list: Vec::new() })) {
        Ok(file) => file,
        Err(problems) => return refused(&problems, out),
    };
    match verb {
        HostVerb::Check { .. } => configuration::checked(origin, file.warnings, out),
        HostVerb::Status { .. } => status::status(&file.socket, out).await,
        HostVerb::Start { mode, hand } => {
            let hand = Hand { action: Action::Start, mode: Some(mode.into()), args: hand };
            hand::carry_out(&file.socket, hand, person, out).await
        }
        HostVerb::Stop { hand } => {
            let hand = Hand { action: Action::Stop, mode: None, args: hand };
            hand::carry_out(&file.socket, hand, person, out).await
        }
        HostVerb::Run { .. } | HostVerb::Child { .. } => Exit::Internal,
    }
}

/// What is asked of a unit, where that is what is asked for.
fn of_unit(verb: &HostVerb) -> Option<(Action, &HandArgs, &UnitName)> {
    let (action, hand) = match verb {
        HostVerb::Start { hand, .. } => (Action::Start, hand),
        HostVerb::Stop { hand } => (Action::Stop, hand),
        HostVerb::Run { .. } | HostVerb::Status { .. } | HostVerb::Check { .. } | HostVerb::Child { .. } => return None,
    };
    hand.unit.as_ref().map(|unit| (action, hand, unit))
}
