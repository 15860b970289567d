//! What can be broken in a demo, and mended: each with what will be seen. The console offers it.

use super::component::Kind;
use super::machine::{HostState, Machine};
use crate::console::{Breakage, Workbench};
use async_trait::async_trait;
use std::sync::Arc;

/// The workbench of a demo.
#[derive(Debug)]
pub(super) struct Bench {
    machine: Arc<Machine>,
}

/// What is done to one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    PowerOff,
    PowerOn,
    Hang,
    Unhang,
    Cut,
    Mend,
    Lie,
    Honest,
}

const DEEDS: [Deed; 8] = [Deed::PowerOff, Deed::PowerOn, Deed::Hang, Deed::Unhang, Deed::Cut, Deed::Mend, Deed::Lie, Deed::Honest];

impl Deed {
    fn word(self) -> &'static str {
        match self {
            Self::PowerOff => "power-off",
            Self::PowerOn => "power-on",
            Self::Hang => "hang",
            Self::Unhang => "unhang",
            Self::Cut => "cut",
            Self::Mend => "mend",
            Self::Lie => "lie",
            Self::Honest => "honest",
        }
    }

    /// Whether it can be done to a host in this state; `carries` where something may run on it.
    fn fits(self, state: HostState, carries: bool) -> bool {
        let HostState { on, hung, cut, lies } = state;
        match self {
            Self::PowerOff => on,
            Self::PowerOn => !on,
            Self::Hang => on && !hung,
            Self::Unhang => on && hung,
            Self::Cut => !cut,
            Self::Mend => cut,
            Self::Lie => on && !hung && carries && !lies,
            Self::Honest => on && lies,
        }
    }

    fn title(self, host: &str) -> String {
        match self {
            Self::PowerOff => format!("Power {host} off"),
            Self::PowerOn => format!("Power {host} on"),
            Self::Hang => format!("Hang {host}"),
            Self::Unhang => format!("Let {host} go on"),
            Self::Cut => format!("Cut the link to {host}"),
            Self::Mend => format!("Mend the link to {host}"),
            Self::Lie => format!("Make {host} lie"),
            Self::Honest => format!("Make {host} honest again"),
        }
    }

    fn about(self, host: &str, carries: bool) -> String {
        match self {
            Self::PowerOff if carries => {
                format!("All of {host} is gone at once. If the cluster serves here, {host} is fenced and everything moves.")
            }
            Self::PowerOff => format!("{host} carries nothing; without it nobody else can tell whether a silent host is down."),
            Self::PowerOn if carries => {
                format!("{host} boots: it is heard again, and runs nothing by itself. `:start` starts what is to follow on it.")
            }
            Self::PowerOn => format!("{host} boots, and is heard again."),
            Self::Hang if carries => {
                format!(
                    "{host} stops in its tracks and still holds its ports. If the cluster serves here, it is fenced before anything starts elsewhere."
                )
            }
            Self::Hang => format!("{host} stops in its tracks: no second look through it."),
            Self::Unhang => format!("{host} goes on as if nothing had happened, unless it was fenced meanwhile."),
            Self::Cut => {
                format!("Only the monitor cannot reach {host}. Others still see it, so nothing moves: the probe is broken, not the host.")
            }
            Self::Mend => format!("The monitor reaches {host} again, on the connections of before."),
            Self::Lie => {
                format!("{host} says yes to every command and does nothing. No answer of it fits its question, so none is believed.")
            }
            Self::Honest => format!("{host} answers honestly again, and is believed again."),
        }
    }
}

impl Bench {
    pub(super) fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }

    async fn done(&self, deed: Deed, host: &str) -> Result<String, String> {
        let machine = &self.machine;
        match deed {
            Deed::PowerOff => machine.off(host).await?,
            Deed::PowerOn => machine.on(host).await?,
            Deed::Hang | Deed::Unhang => machine.hang(host, deed == Deed::Hang).await?,
            Deed::Cut | Deed::Mend => machine.cut(host, deed == Deed::Cut).await?,
            Deed::Lie | Deed::Honest => machine.lie(host, deed == Deed::Lie).await?,
        }
        Ok(match deed {
            Deed::PowerOff => format!("{host} is off"),
            Deed::PowerOn => format!("{host} boots"),
            Deed::Hang => format!("{host} hangs"),
            Deed::Unhang => format!("{host} goes on"),
            Deed::Cut => format!("the link to {host} is cut"),
            Deed::Mend => format!("the link to {host} is mended"),
            Deed::Lie => format!("{host} lies"),
            Deed::Honest => format!("{host} is honest again"),
        })
    }

    async fn killed(&self, kind: Kind) -> Result<String, String> {
        match self.machine.kill(kind).await.as_slice() {
            [] => Err(format!("{} runs nowhere", kind.name())),
            pids => Ok(format!("{} was killed, process {}", kind.name(), pids.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))),
        }
    }
}

fn kill(kind: Kind) -> Breakage {
    let name = kind.name();
    let about = format!(
        "The process of {name} is killed. It is started again where it is; killed again within a minute, the cluster moves, unless it moved less than 30 s ago or the other side cannot be looked at."
    );
    Breakage { id: format!("kill:{name}"), title: format!("Kill {name}"), about }
}

fn crash() -> Breakage {
    let about = "Nobody watches for three seconds. What runs goes on, and the next monitor takes up where this one was.";
    Breakage { id: "crash-monitor".to_owned(), title: "Crash the monitor".to_owned(), about: about.to_owned() }
}

#[async_trait]
impl Workbench for Bench {
    fn offers(&self) -> Vec<Breakage> {
        let mut offers: Vec<Breakage> = Kind::ALL.into_iter().map(kill).collect();
        for host in &self.machine.layout().hosts {
            let (name, carries) = (&host.name, host.site.is_some());
            let state = self.machine.state(name).unwrap_or_default();
            let fitting = DEEDS.into_iter().filter(|deed| deed.fits(state, carries));
            let offer =
                |deed: Deed| Breakage { id: format!("{}:{name}", deed.word()), title: deed.title(name), about: deed.about(name, carries) };
            offers.extend(fitting.map(offer));
        }
        offers.push(crash());
        offers
    }

    async fn apply(&self, id: &str) -> Result<String, String> {
        let (word, what) = id.split_once(':').unwrap_or((id, ""));
        if word == "crash-monitor" {
            let crashed = self.machine.crash_monitor().await;
            return if crashed { Ok("the monitor was killed".to_owned()) } else { Err("there is no monitor just now".to_owned()) };
        }
        if word == "kill" {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == what).ok_or_else(|| format!("there is no component {what:?}"))?;
            return self.killed(kind).await;
        }
        let deed = DEEDS
            .into_iter()
            .find(|deed| deed.word() == word)
            .ok_or_else(|| format!("nothing is called {id:?}; without an id it is shown what can be done"))?;
        self.done(deed, what).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_can_be_mended_and_what_is_off_can_only_be_switched_on() {
        let words = |state: HostState, carries| {
            DEEDS.into_iter().filter(|deed| deed.fits(state, carries)).map(Deed::word).collect::<Vec<_>>().join(" ")
        };
        let on = HostState { on: true, ..HostState::default() };
        assert_eq!(words(on, true), "power-off hang cut lie");
        assert_eq!(words(on, false), "power-off hang cut");
        assert_eq!(words(HostState { hung: true, ..on }, true), "power-off unhang cut");
        assert_eq!(words(HostState { cut: true, lies: true, ..on }, true), "power-off hang mend honest");
        assert_eq!(words(HostState { cut: true, ..HostState::default() }, true), "power-on mend");
    }

    #[test]
    fn what_happens_only_where_the_cluster_serves_is_said_with_that_condition() {
        for deed in [Deed::PowerOff, Deed::Hang] {
            assert!(deed.about("south1", true).contains("If the cluster serves here"), "{}", deed.about("south1", true));
        }
        assert!(Deed::PowerOn.about("north1", true).contains(":start"), "{}", Deed::PowerOn.about("north1", true));
        assert!(!Deed::PowerOn.about("office1", false).contains(":start"));
    }

    #[test]
    fn every_entry_says_what_will_be_seen() {
        let all = DEEDS.into_iter().flat_map(|deed| [deed.about("north1", true), deed.about("north1", false)]);
        for about in all.chain([crash().about]).chain(Kind::ALL.into_iter().map(|kind| kill(kind).about)) {
            assert!(about.ends_with('.') && about.len() > 30, "{about}");
        }
    }
}
