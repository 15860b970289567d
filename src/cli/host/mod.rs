//! The verbs of a host service that are used on its host: `status`, `start`, `stop`, `check`.

mod file;

pub use file::load as load_file;

use super::World;
use super::args::HostVerb;
use crate::core::command::Exit;
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
pub(super) async fn host(_verb: HostVerb, _world: World<'_>) -> Exit {
    Exit::Internal
}
