//! Every key of a host service's configuration file, with what it is for, its type, and what happens when it is not written.

use super::environment::Environment;
use super::ready::{Folder, Program, ReadyRule};
use crate::config::amount::{Ending, Span};
use crate::config::call::Argv;
use crate::config::many::Named;
use crate::config::read::Need::{Default, Optional, Required};
use crate::config::section::section;
use crate::config::text::{Account, SocketPath};
use crate::core::model::Ready;
use crate::core::model::{ClusterName, ProcessName};
use std::path::PathBuf;
use std::time::Duration;

/// Most processes of a host service.
const MAX_PROCESSES: usize = 1000;

section! {
    /// A whole configuration file of a host service.
    Root {
        /// Whose monitors may take this host, and where the service answers.
        host: ServiceKeys, Required;
        /// The processes that it may run, by the names that placements call them.
        processes: Named<ProcessName, ProcessKeys, MAX_PROCESSES>, Required;
    }
}

section! {
    /// Whose monitors may take this host, and where the service answers.
    ServiceKeys {
        /// The name of the cluster whose monitors may take this host.
        cluster: ClusterName, Required;
        /// The socket on which it answers; the monitors' configuration names it as the host's `host_service`.
        socket: SocketPath, Default(SocketPath::default());
        /// Folder of its record of terms. It has to outlive a restart of the machine.
        state_dir: Folder, Default(Folder(PathBuf::from("/var/lib/switchtower-host")));
        /// Group of the system whose members may reach the socket, besides root and the service's own account; the account that monitors log in as has to be among them.
        group: Account, Optional;
    }
}

section! {
    /// One process.
    ProcessKeys {
        /// The program, by its absolute path, and its arguments. No shell reads them.
        command: Argv<Program>, Required;
        /// The folder that it is started in; without it, `/`.
        directory: Folder, Optional;
        /// Variables of its environment, beside those that every process gets.
        environment: Environment, Default(Environment::default());
        /// When a start counts as done: once it has lived for a time such as `200ms`, or, with `notify`, once it has said `READY=1` as services of systemd do.
        ready: ReadyRule, Default(ReadyRule(Ready::Lives(Duration::from_millis(200))));
        /// How long it may take from being told to end (SIGTERM) to having ended; then it is killed.
        stop_timeout: Span<Ending>, Default(Span::ms(10_000));
    }
}
