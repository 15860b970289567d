//! Executing processes, on one thread that lives as long as the service: the kernel ends a process with the *thread* that
//! made it, and that is how nothing of a killed service stays behind.

use super::machine::Exit;
use super::members::pid;
use super::orphans;
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitOptions, waitid, waitpid};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use tokio::sync::oneshot;

/// What of the service's own environment a process gets.
const KEPT: [&str; 4] = ["PATH", "HOME", "LANG", "USER"];
/// Launches that wait; one more fails.
const QUEUE: usize = 64;

/// The pid and, in time, how it ended; or why it could not be executed.
pub(super) type Launched = Result<(u32, oneshot::Receiver<Exit>), String>;

/// What is executed.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    /// This very program.
    pub(super) program: PathBuf,
    /// The process's own program and its arguments.
    pub(super) command: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) environment: BTreeMap<String, OsString>,
}

struct Order {
    launch: Launch,
    reply: oneshot::Sender<Launched>,
}

/// The way to the thread; it ends with the last of these.
#[derive(Debug, Clone)]
pub(super) struct Launcher {
    orders: mpsc::SyncSender<Order>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

impl Launcher {
    /// Begins the thread.
    pub(super) fn begin() -> std::io::Result<Self> {
        let (orders, queue) = mpsc::sync_channel::<Order>(QUEUE);
        std::thread::Builder::new().name("launcher".to_owned()).spawn(move || {
            for Order { launch, reply } in queue {
                // Whoever asked may be gone; the process then ends with this thread.
                let _ = reply.send(execute(&launch));
            }
        })?;
        Ok(Self { orders })
    }

    /// Executes; the answer is the pid, or why not.
    pub(super) fn launch(&self, launch: Launch) -> oneshot::Receiver<Launched> {
        let (reply, answer) = oneshot::channel();
        if let Err(mpsc::TrySendError::Full(order) | mpsc::TrySendError::Disconnected(order)) =
            self.orders.try_send(Order { launch, reply })
        {
            let _ = order.reply.send(Err("too many processes are being started, try again".to_owned()));
        }
        answer
    }
}

fn execute(launch: &Launch) -> Launched {
    let mut command = Command::new(&launch.program);
    command.args(["host", "child", "--parent", &std::process::id().to_string(), "--"]).args(&launch.command);
    command.env_clear().envs(KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))).envs(&launch.environment);
    command.current_dir(&launch.directory).stdin(Stdio::null()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let folder = launch.directory.display();
    // None that ends at once may be taken for an orphan before its owner knows of it.
    let mut first = orphans::first();
    let mut child = command.spawn().map_err(|error| format!("could not be executed in the folder {folder}: {error}"))?;
    let ended = wait_for(child.id()).inspect(|_| {
        first.insert(child.id());
    });
    ended.map(|ended| (child.id(), ended)).map_err(|error| {
        let _ = child.kill().and_then(|()| child.wait());
        format!("could not be executed, since its end could not be waited for: {error}")
    })
}

/// Tells once how a process ends, without letting its pid be given away: that is [`release`]'s.
fn wait_for(number: u32) -> std::io::Result<oneshot::Receiver<Exit>> {
    let (tell, ended) = oneshot::channel();
    std::thread::Builder::new().name(format!("wait-{number}")).spawn(move || {
        // Whoever asked may be gone.
        let _ = tell.send(pid(number).map_or(Exit::Unknown, ended_as));
    })?;
    Ok(ended)
}

fn ended_as(pid: Pid) -> Exit {
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(Some(status)) => {
                return match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => Exit::Code(code),
                    (None, Some(signal)) => Exit::Signal(signal),
                    (None, None) => Exit::Unknown,
                };
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Exit::Unknown,
        }
    }
}

/// Lets the kernel forget a process that has ended.
pub(super) fn release(number: u32) {
    if let Some(pid) = pid(number) {
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
    orphans::first().remove(&number);
}
