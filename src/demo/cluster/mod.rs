//! A whole demo: made, brought up, and gone again without a trace. The main process owns one.

mod build;
mod config;
mod up;

use super::breakage::Bench;
use super::error::DemoError;
use super::folder::Folder;
use super::keeper::Keeper;
use super::layout::Layout;
use super::machine::Machine;
use super::power;
use super::start::Starter;
use crate::console::Workbench;
use crate::core::record::RunId;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long the monitor may take to end.
const ENDING: Duration = Duration::from_secs(11);

/// A running demo. Dropped, all of it is killed and removed; [`Demo::stop`] ends it in order.
#[derive(Debug)]
pub struct Demo {
    machine: Arc<Machine>,
    monitor: JoinHandle<()>,
    power: JoinHandle<()>,
    // The folder goes before its keeper, which then has nothing left to do.
    _folder: Folder,
    _keeper: Keeper,
}

impl Demo {
    /// Makes one that runs `program`, brings it up, and has the cluster started; `tell` is told what is waited for.
    ///
    /// # Errors
    /// Why there is none; nothing of it is left then.
    pub async fn start(program: PathBuf, tell: &(dyn Fn(&str) + Sync)) -> Result<(Self, RunId), DemoError> {
        let demo = Self::open(program).await?;
        for host in &demo.layout().hosts {
            let fail = |why| DemoError::Start { what: host.name.clone(), why };
            demo.machine.on(&host.name).await.map_err(fail)?;
        }
        match up::up(demo.layout(), tell).await {
            Ok(run) => Ok((demo, run)),
            Err(error) => {
                // The last words of what did not come up stand in its log, which goes with the folder.
                let error = up::explained(error, demo.layout()).await;
                demo.stop().await;
                Err(error)
            }
        }
    }

    async fn open(program: PathBuf) -> Result<Self, DemoError> {
        let folder = tokio::task::spawn_blocking(Folder::open).await;
        let folder = folder.map_err(|_| DemoError::Start { what: "the demo".to_owned(), why: "its folder".to_owned() })??;
        let keeper = Keeper::begin(&program, folder.path())?;
        let (layout, fronts) = build::build(folder.path(), program).await?;
        let starter = Starter::begin().map_err(|error| DemoError::Start { what: "a thread".to_owned(), why: error.to_string() })?;
        let machine = Arc::new(Machine::new(layout, starter, fronts));
        let (kept, served) = (machine.clone().keep_monitor(), power::serve(machine.clone()));
        let monitor = tokio::spawn(async move {
            if let Err(error) = kept.await {
                tracing::error!(%error, "there is no monitor any more");
            }
        });
        let power = tokio::spawn(async move {
            let Err(error) = served.await;
            tracing::error!(%error, "hosts can no longer be switched off");
        });
        Ok(Self { machine, monitor, power, _folder: folder, _keeper: keeper })
    }

    /// Where everything is.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        self.machine.layout()
    }

    /// What can be broken in it.
    #[must_use]
    pub fn workbench(&self) -> Arc<dyn Workbench> {
        Arc::new(Bench::new(self.machine.clone()))
    }

    /// What became of the start of the cluster, in a sentence, once it is over.
    pub async fn started(&self, run: RunId) -> String {
        up::ended(self.layout(), run).await
    }

    /// Ends all of it, the monitor first, so that nobody takes the end for a failure.
    pub async fn stop(mut self) {
        self.machine.stop();
        let _ = tokio::time::timeout(ENDING, &mut self.monitor).await;
        // Processes are waited for when it is dropped.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.machine.stop();
        self.monitor.abort();
        self.power.abort();
    }
}
