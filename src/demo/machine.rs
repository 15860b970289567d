//! The machines of the demo: the hosts with their power, their links and their moods, and the monitor, which is started
//! again when it dies. Owned by the main process; breakage and the power switch act on it.

use super::component::Kind;
use super::error::DemoError;
use super::layout::Layout;
use super::marked::{self, Whose};
use super::net::Front;
use super::start::{Life, Starter};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long the processes of a host may take to be gone.
const KILLED: Duration = Duration::from_secs(10);
/// From the death of the monitor to its next life.
const AGAIN: Duration = Duration::from_secs(3);
/// How long the monitor may take to end when it is told to.
const STOPPED: Duration = Duration::from_secs(5);

/// How a host is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostState {
    /// It has power.
    pub on: bool,
    /// Nothing of it runs, though it has power.
    pub hung: bool,
    /// The monitor's link to it is cut.
    pub cut: bool,
    /// It answers whatever it is asked, and does nothing.
    pub lies: bool,
}

/// One host.
#[derive(Debug)]
struct Station {
    front: Front,
    state: Mutex<HostState>,
    /// Held while something is done to the host.
    course: tokio::sync::Mutex<Course>,
}

/// The lives of a host.
#[derive(Debug, Default)]
struct Course {
    /// How many there were.
    count: u64,
    /// The main process of the present one.
    life: Option<Life>,
}

impl Station {
    fn state(&self) -> HostState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut HostState)) -> HostState {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        *state
    }
}

/// All machines.
#[derive(Debug)]
pub struct Machine {
    layout: Layout,
    starter: Starter,
    stations: BTreeMap<String, Station>,
    stop: CancellationToken,
}

impl Machine {
    pub(super) fn new(layout: Layout, starter: Starter, fronts: Vec<(String, Front)>) -> Self {
        let station = |front| Station { front, state: Mutex::default(), course: tokio::sync::Mutex::default() };
        let stations = fronts.into_iter().map(|(name, front)| (name, station(front))).collect();
        Self { layout, starter, stations, stop: CancellationToken::new() }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    fn station(&self, host: &str) -> Result<&Station, String> {
        self.stations.get(host).ok_or_else(|| format!("there is no host {host:?} in the demo"))
    }

    /// How a host is.
    ///
    /// # Errors
    /// When there is no such host.
    pub fn state(&self, host: &str) -> Result<HostState, String> {
        self.station(host).map(Station::state)
    }

    fn whose(&self, host: &str) -> Whose {
        Whose::Of(self.layout.mark(host))
    }

    /// Lets other hosts and the front know how a host is; `anew` voids its connections.
    async fn tell(&self, host: &str, state: HostState, anew: bool) -> Result<(), String> {
        let quiet = !state.on || state.hung;
        let (silent, lies) = tokio::join!(self.layout.silence(host, quiet), self.layout.lie(host, state.lies));
        self.station(host)?.front.set(!quiet && !state.cut, anew).await;
        silent.and(lies).map_err(|error| error.to_string())
    }

    /// Gives a host power: a new life of it.
    ///
    /// # Errors
    /// When it could not be started.
    pub async fn on(self: &Arc<Self>, host: &str) -> Result<(), String> {
        let station = self.station(host)?;
        let mut course = station.course.lock().await;
        if station.state().on || self.stop.is_cancelled() {
            return Ok(());
        }
        let words = ["demo", "host", "--dir"].map(OsString::from).into_iter().chain([self.layout.dir.clone().into(), host.into()]);
        let begun = self.starter.start(&self.layout, host, &words.collect::<Vec<_>>()).await.map_err(|error| error.to_string())?;
        let ended = begun.ended();
        *course = Course { count: course.count + 1, life: Some(begun) };
        let count = course.count;
        self.tell(host, station.change(|state| *state = HostState { on: true, cut: state.cut, ..HostState::default() }), true).await?;
        let (machine, host) = (self.clone(), host.to_owned());
        tokio::spawn(async move {
            ended.await;
            machine.fallen(&host, count).await;
        });
        Ok(())
    }

    /// A host whose main process has died by itself has crashed: it is off.
    async fn fallen(&self, host: &str, count: u64) {
        let Ok(station) = self.station(host) else { return };
        let mut course = station.course.lock().await;
        if course.count != count || self.stop.is_cancelled() {
            return;
        }
        if let Err(error) = self.darken(host, station, &mut course).await {
            tracing::warn!(%host, error, "a host that has died is not quite off");
        }
    }

    /// Takes a host's power away: nothing of it runs when this returns, and nobody hears of it.
    ///
    /// # Errors
    /// When something of it still runs.
    pub async fn off(&self, host: &str) -> Result<(), String> {
        let station = self.station(host)?;
        let mut course = station.course.lock().await;
        self.darken(host, station, &mut course).await
    }

    async fn darken(&self, host: &str, station: &Station, course: &mut Course) -> Result<(), String> {
        if !station.state().on {
            return Ok(());
        }
        // The switch says off only once that is true; the network goes first.
        let dark = HostState { on: false, hung: false, lies: false, ..station.state() };
        self.tell(host, dark, true).await?;
        let whose = self.whose(host);
        let killed = tokio::task::spawn_blocking(move || marked::kill(&whose, KILLED)).await;
        let ended = match &course.life {
            Some(life) => life.ends(KILLED).await,
            None => true,
        };
        if !killed.is_ok_and(|killed| killed) || !ended {
            return Err(format!("not every process of {host} is gone"));
        }
        course.life = None;
        station.change(|state| *state = dark);
        Ok(())
    }

    /// Stops everything of a host in its tracks, or lets it go on.
    ///
    /// # Errors
    /// When it is off.
    pub async fn hang(&self, host: &str, hang: bool) -> Result<(), String> {
        let station = self.station(host)?;
        let _held = station.course.lock().await;
        if !station.state().on {
            return Err(format!("{host} is off"));
        }
        let state = station.change(|state| state.hung = hang);
        let whose = self.whose(host);
        let send = |signal| tokio::task::spawn_blocking(move || marked::signal(&whose, signal));
        if hang {
            self.tell(host, state, false).await?;
            let _ = send(Signal::STOP).await;
        } else {
            let _ = send(Signal::CONT).await;
            self.tell(host, state, false).await?;
        }
        Ok(())
    }

    /// Cuts the monitor's link to a host, or mends it.
    ///
    /// # Errors
    /// When there is no such host.
    pub async fn cut(&self, host: &str, cut: bool) -> Result<(), String> {
        let station = self.station(host)?;
        let _held = station.course.lock().await;
        self.tell(host, station.change(|state| state.cut = cut), false).await
    }

    /// Has a host answer without doing anything, or honestly again. Its connections are made anew.
    ///
    /// # Errors
    /// When it is off.
    pub async fn lie(&self, host: &str, lies: bool) -> Result<(), String> {
        let station = self.station(host)?;
        let _held = station.course.lock().await;
        if !station.state().on {
            return Err(format!("{host} is off"));
        }
        self.tell(host, station.change(|state| state.lies = lies), true).await
    }

    /// Kills a component where it is active; the numbers of its processes.
    pub async fn kill(&self, kind: Kind) -> Vec<u32> {
        let dir = self.layout.dir.clone();
        let found = tokio::task::spawn_blocking(move || {
            let whose = Whose::all(&dir);
            let active = |pid: &u32| marked::variable(*pid, "SWITCHTOWER_MODE").as_deref() != Some("standby");
            let found = marked::executed(&whose, &["demo", "component", kind.name()]).into_iter().filter(active);
            found.filter(|pid| marked::send(*pid, &whose, Signal::KILL)).collect()
        });
        found.await.unwrap_or_default()
    }

    /// Kills the monitor; whether there was one.
    pub async fn crash_monitor(&self) -> bool {
        let whose = self.whose("monitor");
        tokio::task::spawn_blocking(move || marked::signal(&whose, Signal::KILL)).await.is_ok_and(|count| count > 0)
    }

    /// Keeps a monitor alive until the machines are stopped, and ends it then.
    pub(super) async fn keep_monitor(self: Arc<Self>) -> Result<(), DemoError> {
        let words = ["monitor", "run", "--config"].map(OsString::from).into_iter().chain([self.layout.config().into()]);
        let words: Vec<OsString> = words.collect();
        loop {
            let life = self.starter.start(&self.layout, "monitor", &words).await?;
            tokio::select! {
                () = life.ended() => {}
                () = self.stop.cancelled() => {
                    life.signal(Signal::TERM);
                    if !life.ends(STOPPED).await {
                        life.signal(Signal::KILL);
                        life.ends(STOPPED).await;
                    }
                    return Ok(());
                }
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                () = self.stop.cancelled() => return Ok(()),
            }
        }
    }

    /// From now on nothing is started.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }
}
