//! Clusters and pictures made by hand or at random, for the tests of the core and of its callers.

use super::command::{Command, Refusal};
use super::fact::{Fact, Picture, Reach, Source, State};
use super::model::{
    Arrangement, Cluster, ClusterName, Component, ComponentName, Hook, HookName, Host, HostName, Instance, Maintenance, Mode, Modes,
    Moving, PerSide, Placement, Process, ProcessMode, ProcessName, Rescue, Service, Side, SiteName, Timeouts, Trigger, UnitName, Veto,
    Wanted, When,
};
use super::plan::{Ground, Plan};
use std::collections::{BTreeMap, BTreeSet};

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn service(name: &str) -> Service {
    Service::Systemd(UnitName::new(format!("{name}.service")).unwrap())
}

/// A component on hosts a1 and b1. Its name ending in `*` makes it active-standby, in `!` its point of no return.
pub fn component(spec: &str, after: &[&str]) -> Component {
    let name = spec.trim_end_matches(['*', '!']);
    let place = |h: &str| Placement { host: host(h), service: service(name) };
    let modes = |h: &str| Placement {
        host: host(h),
        service: Modes { active: service(&format!("{name}@active")), standby: service(&format!("{name}@standby")) },
    };
    let arrangement = if spec.contains('*') {
        Arrangement::ActiveStandby(PerSide { primary: modes("a1"), secondary: modes("b1") })
    } else {
        Arrangement::Exclusive(PerSide { primary: place("a1"), secondary: place("b1") })
    };
    Component {
        name: ComponentName::new(name).unwrap(),
        kind: None,
        group: None,
        arrangement,
        after: after.iter().map(|d| ComponentName::new(*d).unwrap()).collect(),
        timeouts: Timeouts { start_ms: 1000, stop_ms: 500 },
        point_of_no_return: spec.contains('!'),
        trigger: Trigger::Any,
        rescue: Rescue::default(),
        acceptance: None,
        stops_when_limited: false,
    }
}

/// The same cluster, with a process of a host service in the place of each unit.
pub fn processes(mut cluster: Cluster) -> Cluster {
    let process = |name: &ComponentName, mode| Service::Process(Process { name: ProcessName::new(name.as_str()).unwrap(), mode });
    for c in cluster.components.values_mut() {
        match &mut c.arrangement {
            Arrangement::Exclusive(sides) => {
                for place in [&mut sides.primary, &mut sides.secondary] {
                    place.service = process(&c.name, ProcessMode::Active);
                }
            }
            Arrangement::ActiveStandby(sides) => {
                for place in [&mut sides.primary, &mut sides.secondary] {
                    let (active, standby) = (process(&c.name, ProcessMode::Active), process(&c.name, ProcessMode::Standby));
                    place.service = Modes { active, standby };
                }
            }
        }
    }
    cluster
}

/// A hook on b1 for all moves, which calls `/hooks/NAME run` and is taken back by `/hooks/NAME undo`; `veto` as configured.
pub fn hook(name: &str, when: When, veto: Veto) -> Hook {
    let word = |word: &str| vec![format!("/hooks/{name}"), word.to_owned()];
    Hook {
        name: HookName::new(name).unwrap(),
        host: host("b1"),
        when,
        of: Moving::ALL.into(),
        to: None,
        run: word("run"),
        undo: (when == When::Before).then(|| word("undo")),
        status: None,
        timeout_ms: 2000,
        veto,
    }
}

/// `cluster` with these hooks.
pub fn with_hooks(mut cluster: Cluster, hooks: Vec<Hook>) -> Cluster {
    cluster.hooks = hooks.into_iter().map(|hook| (hook.name.clone(), hook)).collect();
    cluster
}

/// A cluster `c` with sites north (host a1) and south (host b1).
pub fn cluster(components: Vec<Component>) -> Cluster {
    let sites = PerSide { primary: SiteName::new("north").unwrap(), secondary: SiteName::new("south").unwrap() };
    let hosts = [
        Host { name: host("a1"), side: Some(Side::Primary), fence: None },
        Host { name: host("b1"), side: Some(Side::Secondary), fence: None },
    ];
    Cluster::new(ClusterName::new("c").unwrap(), sites, hosts, components).unwrap()
}

/// db <- app <- web, and sync beside them in active and standby.
pub fn shop() -> Cluster {
    cluster(vec![component("db", &[]), component("app", &["db"]), component("web", &["app"]), component("sync*", &["db"])])
}

/// A fact of `state`, asked for a moment ago.
pub fn fact(state: State) -> Fact {
    Fact {
        state,
        invocation: None,
        detail: String::new(),
        enablement: "disabled".into(),
        source: Source::Asked,
        boot_id: "boot".into(),
        self_stop_ms: None,
    }
}

/// What should run while `side` serves.
pub fn wanted(cluster: &Cluster, side: Option<Side>) -> BTreeSet<Instance> {
    let wanted = side.map_or(Wanted::Stopped, Wanted::Active);
    let runs = |(c, at, mode, i): (&Component, Side, Mode, Instance)| (c.mode_when(at, wanted) == Some(mode)).then_some(i);
    cluster.instances().filter_map(runs).collect()
}

/// Every host answers, exactly `running` runs.
pub fn picture(cluster: &Cluster, running: &BTreeSet<Instance>) -> Picture {
    let mut picture = Picture::default();
    for host in cluster.hosts.keys() {
        picture.set_reach(host.clone(), Reach::Answers);
    }
    for (_, _, _, instance) in cluster.instances() {
        let state = if running.contains(&instance) { State::Active } else { State::Inactive };
        picture.put(&instance, fact(state));
    }
    picture
}

/// The plan of `command` where every host takes the term and nothing is overridden.
pub fn plan(cluster: &Cluster, wanted: Wanted, picture: &Picture, command: &Command, config: &str) -> Result<Plan, Refusal> {
    let unguarded = BTreeMap::new();
    let maintenance = Maintenance::default();
    super::plan::plan(
        &Ground { cluster, wanted, picture, config, unguarded: &unguarded, overrides: &[], maintenance: &maintenance },
        command,
    )
}
