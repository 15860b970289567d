//! Tasks that work for one owner, and end with it.

use std::future::Future;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long a stop waits for the tasks.
const FAREWELL: Duration = Duration::from_secs(5);

/// Tasks that are told to end when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    stop: CancellationToken,
    handles: Vec<JoinHandle<()>>,
}

impl Tasks {
    /// What tells a task to end.
    pub(super) fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts one. Must be called within the runtime.
    pub(super) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.handles.push(tokio::spawn(task));
    }

    /// Ends all tasks and waits for them, for five seconds at most.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        let until = Instant::now() + FAREWELL;
        for handle in &mut self.handles {
            if timeout_at(until, &mut *handle).await.is_err() {
                handle.abort();
            }
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
