//! The service on a host: its file, its log, its signals; and the moment in which the program becomes one of its processes.

use super::{failed, log_to_stderr};
use crate::cli::{self, Code, Duty, Out};
use crate::core::command::Exit;
use crate::{config, host};
use std::path::{Path, PathBuf};

/// Is what it has to be on this host, until it is told to end.
pub(super) fn host(duty: Duty, out: &mut Out) -> color_eyre::Result<Code> {
    match duty {
        Duty::Service(file) => service(&file, out).map(Code::from),
        Duty::Child { parent, command } => {
            let why = host::child(parent, &command);
            out.raw_complaint(&format!("switchtower host service: {why}\n"));
            Ok(Code::CANNOT_EXECUTE)
        }
    }
}

fn service(file: &Path, out: &mut Out) -> color_eyre::Result<Exit> {
    let file = match cli::load_file(file) {
        Ok(file) => file,
        Err(problems) => return Ok(cli::refused(&problems, out)),
    };
    log_to_stderr();
    for problem in &file.warnings {
        tracing::warn!("{problem}");
    }
    let settings = settings(file, std::env::current_exe()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(host::run_until_told(settings));
    runtime.shutdown_background();
    Ok(match ended {
        Ok(()) => Exit::Done,
        Err(error) => failed(&format!("the host service ends: {error}")),
    })
}

fn settings(file: config::HostFile, program: PathBuf) -> host::Settings {
    host::Settings {
        cluster: file.cluster,
        socket: file.socket,
        state_dir: file.state_dir,
        group: file.group,
        processes: file.processes,
        boot_id: None,
        program,
    }
}
