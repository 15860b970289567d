//! Starting the demo's processes, on one thread that lives as long as it does: the kernel kills each of them with the
//! *thread* that started it, so that they end with the demo however that ends.

use super::error::DemoError;
use super::layout::{Layout, MARK};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

/// Starts that wait; one more fails.
const QUEUE: usize = 16;

/// What is started, and where it logs.
#[derive(Debug)]
struct Order {
    command: Command,
    log: PathBuf,
    reply: oneshot::Sender<io::Result<Child>>,
}

/// The way to the thread, which ends with this.
#[derive(Debug, Clone)]
pub(super) struct Starter(mpsc::SyncSender<Order>);

/// A process that was started.
#[derive(Debug)]
pub(super) struct Life {
    process: OwnedFd,
    ended: watch::Receiver<bool>,
}

impl Starter {
    pub(super) fn begin() -> io::Result<Self> {
        let (orders, queue) = mpsc::sync_channel::<Order>(QUEUE);
        std::thread::Builder::new().name("starter".to_owned()).spawn(move || {
            for Order { mut command, log, reply } in queue {
                // Whoever asked may be gone.
                let _ = reply.send(execute(&mut command, &log));
            }
        })?;
        Ok(Self(orders))
    }

    /// Starts this very program with `words`, as `what`: its mark, and its log.
    pub(super) async fn start(&self, layout: &Layout, what: &str, words: &[OsString]) -> Result<Life, DemoError> {
        let fail = |why: String| DemoError::Start { what: what.to_owned(), why };
        let mut command = Command::new(&layout.program);
        command.args(["host", "child", "--parent", &std::process::id().to_string(), "--"]).arg(&layout.program).args(words);
        command.env(MARK, layout.mark(what)).current_dir(&layout.dir);
        let (reply, answer) = oneshot::channel();
        self.0
            .try_send(Order { command, log: layout.log(what), reply })
            .map_err(|_| fail("too many processes are being started".to_owned()))?;
        let child = match answer.await {
            Ok(Ok(child)) => child,
            Ok(Err(error)) => return Err(fail(error.to_string())),
            Err(_) => return Err(fail("the thread that starts processes is gone".to_owned())),
        };
        Life::of(child).map_err(|error| fail(error.to_string()))
    }
}

fn execute(command: &mut Command, log: &Path) -> io::Result<Child> {
    let log = OpenOptions::new().append(true).create(true).open(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()
}

impl Life {
    fn of(mut child: Child) -> io::Result<Self> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
        let process = pidfd_open(pid, PidfdFlags::empty())?;
        let (tell, ended) = watch::channel(false);
        std::thread::Builder::new().name(format!("wait-{}", child.id())).spawn(move || {
            // It fails only where somebody else has taken notice of its end.
            let _ = child.wait();
            tell.send_replace(true);
        })?;
        Ok(Self { process, ended })
    }

    /// Sends a signal, unless it has ended.
    pub(super) fn signal(&self, signal: Signal) {
        // It fails where it has ended.
        let _ = pidfd_send_signal(&self.process, signal);
    }

    /// Its end, whenever it comes.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.ended.clone();
        async move { drop(ended.wait_for(|ended| *ended).await) }
    }

    /// Whether it ends within this time.
    pub(super) async fn ends(&self, within: Duration) -> bool {
        timeout(within, self.ended()).await.is_ok()
    }
}
