//! Collects steps while a planner adds them, and knows which step stands for which component.

use super::Ground;
use super::stepset::StepSet;
use super::types::{Action, Step, StepId, Undo};
use crate::core::fact::{Picture, Reach};
use crate::core::model::{
    Agent, Cluster, Component, ComponentName, Fence, HostName, Instance, Maintenance, Mode, Process, ProcessMode, Service, Side, typed,
};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// The part that a step plays: which of a component's services, where, and what is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    StopActive(Side),
    StopStandby(Side),
    StartActive(Side),
    StartStandby(Side),
}

/// A way back is kept for a step, or there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undoable {
    Yes,
    No,
}

impl Part {
    fn action(self) -> Action {
        match self {
            Self::StopActive(_) | Self::StopStandby(_) => Action::Stop,
            Self::StartActive(_) | Self::StartStandby(_) => Action::Start,
        }
    }

    /// The mode of the service that it is about.
    pub(super) fn mode(self) -> Mode {
        match self {
            Self::StopActive(_) | Self::StartActive(_) => Mode::Active,
            Self::StopStandby(_) | Self::StartStandby(_) => Mode::Standby,
        }
    }

    pub(super) fn side(self) -> Side {
        match self {
            Self::StopActive(s) | Self::StopStandby(s) | Self::StartActive(s) | Self::StartStandby(s) => s,
        }
    }
}

/// Which way dependencies are followed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Towards {
    /// To what a component needs.
    Needs,
    /// To what needs it.
    Dependents,
}

#[derive(Debug)]
pub(super) struct Builder<'a> {
    cluster: &'a Cluster,
    /// What waits for each component, once somebody asks: a small plan in a large cluster does not.
    dependents: OnceCell<Dependents<'a>>,
    steps: Vec<Step>,
    by_part: BTreeMap<(Part, ComponentName), StepId>,
    /// Hosts that are off, are switched off by the plan, or have stopped by themselves: with how that is asked for again
    /// before a start.
    off: BTreeMap<HostName, Off>,
    /// The plan only goes forward: no step has a way back.
    forward: bool,
    /// Starts are of what ran there before.
    in_place: bool,
    /// What is left alone, and where nothing is started.
    maintenance: &'a Maintenance,
    /// Nothing is started there either, for it is drained.
    drained: Option<HostName>,
}

/// A host on which nothing active runs when the plan starts something elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// Its device can be asked.
    Device,
    /// Somebody has given their word, or the host has stopped by itself, and there is nobody to ask.
    Word,
}

impl<'a> Builder<'a> {
    pub(super) fn new(ground: &Ground<'a>) -> Self {
        let Ground { cluster, maintenance, .. } = *ground;
        let (steps, by_part, off) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { cluster, dependents: OnceCell::new(), steps, by_part, off, forward: false, in_place: false, maintenance, drained: None }
    }

    /// A builder of a plan that only goes forward.
    pub(super) fn forward(ground: &Ground<'a>) -> Self {
        Self { forward: true, ..Self::new(ground) }
    }

    /// Nothing is started on `host`.
    pub(super) fn drains(&mut self, host: &HostName) {
        self.drained = Some(host.clone());
    }

    /// Nothing of the kind is done to a service: it is left alone, or would be started where nothing is started.
    fn spares(&self, part: Part, component: &Component, host: &HostName) -> bool {
        let starts = part.action() == Action::Start;
        let shut = || self.maintenance.starts_nothing(host).is_some() || self.drained.as_ref() == Some(host);
        self.maintenance.unmanaged(component, part.side()).is_some() || (starts && shut())
    }

    /// Starts are of what ran there before: a silent rival does not hinder them.
    pub(super) fn in_place(mut self) -> Self {
        self.in_place = true;
        self
    }

    /// Says that `host` is off when something starts elsewhere.
    pub(super) fn is_off(&mut self, host: &HostName, off: Off) {
        self.off.insert(host.clone(), off);
    }

    /// Notes every host that is fenced or has stopped by itself.
    pub(super) fn note_out(&mut self, picture: &Picture) {
        for host in self.cluster.hosts.keys() {
            match picture.reach(host) {
                Some(Reach::Fenced { device: true, .. }) => self.is_off(host, Off::Device),
                Some(Reach::Fenced { device: false, .. } | Reach::SelfStopped(_)) => self.is_off(host, Off::Word),
                _ => {}
            }
        }
    }

    /// Whether `host` is off, or has stopped by itself, so that nothing is sent there.
    pub(super) fn off(&self, host: &HostName) -> bool {
        self.off.contains_key(host)
    }

    /// Adds the step that switches `host` off.
    pub(super) fn fence(&mut self, host: &HostName, fence: &Fence, side: Side, after: StepSet) -> StepId {
        let id = self.next();
        self.steps.push(Step {
            id,
            component: None,
            side,
            host: host.clone(),
            service: Service::Power,
            action: Action::Stop,
            command: fence.device.command("off"),
            // Once to switch it off, once to be told that it is.
            timeout_ms: fence.timeout_ms.saturating_mul(2),
            after,
            rivals: Vec::new(),
            in_place: false,
            undo: None,
        });
        self.is_off(host, Off::Device);
        id
    }

    fn next(&self) -> StepId {
        StepId(u16::try_from(self.steps.len() + 1).unwrap_or(u16::MAX))
    }

    /// Adds a step; not `undoable` where the plan never goes back over it. What somebody works on gets none, and is looked
    /// through where others wait for it.
    pub(super) fn add(&mut self, part: Part, component: &Component, instance: Instance, after: StepSet, undoable: Undoable) {
        if self.spares(part, component, &instance.host) {
            return;
        }
        let id = self.next();
        let action = part.action();
        let timeout = |action| match action {
            Action::Start => component.timeouts.start_ms,
            Action::Stop => component.timeouts.stop_ms,
        };
        let undo = (undoable == Undoable::Yes && !self.forward).then(|| Undo {
            action: action.reverse(),
            command: command(action.reverse(), &instance.service),
            timeout_ms: timeout(action.reverse()),
            after: StepSet::default(),
        });
        self.by_part.insert((part, component.name.clone()), id);
        self.steps.push(Step {
            id,
            component: Some(component.name.clone()),
            side: part.side(),
            command: command(action, &instance.service),
            host: instance.host,
            service: instance.service,
            action,
            timeout_ms: timeout(action),
            after,
            in_place: action == Action::Start && (self.in_place || self.by_word(component, part.side().other())),
            rivals: self.rivals(component, part.side(), part.mode()),
            undo,
        });
    }

    /// The step that plays `part` for `component`.
    pub(super) fn get(&self, part: Part, component: &ComponentName) -> Option<StepId> {
        self.by_part.get(&(part, component.clone())).copied()
    }

    /// The nearest steps that play `part`, following dependencies from `component`; a component without such a step is
    /// looked through, so that an order between two others holds across it.
    pub(super) fn nearest(&self, part: Part, component: &Component, towards: Towards) -> StepSet {
        let mut found = StepSet::default();
        let mut seen = BTreeSet::new();
        let mut open = self.neighbours(component, towards);
        while let Some(next) = open.pop() {
            if !seen.insert(&next.name) {
                continue;
            }
            match self.get(part, &next.name) {
                Some(id) => {
                    found.insert(id);
                }
                None => open.extend(self.neighbours(next, towards)),
            }
        }
        found
    }

    /// Every step that plays `part`.
    pub(super) fn all(&self, part: Part) -> StepSet {
        self.by_part.iter().filter(|((p, _), _)| *p == part).map(|(_, id)| *id).collect()
    }

    /// Every step that plays `part` and that no other step of the same part waits for.
    pub(super) fn last(&self, part: Part) -> StepSet {
        let all = self.all(part);
        let mut waited = StepSet::default();
        self.steps.iter().filter(|s| all.contains(&s.id)).for_each(|s| waited.unite(&s.after));
        all.iter().filter(|id| !waited.contains(id)).collect()
    }

    /// Says after which undone steps the undo of `part` of `component` comes.
    pub(super) fn undo_after(&mut self, part: Part, component: &ComponentName, ids: &StepSet) {
        let place = self.get(part, component).and_then(|id| usize::from(id.0).checked_sub(1));
        if let Some(undo) = place.and_then(|place| self.steps.get_mut(place)?.undo.as_mut()) {
            undo.after.unite(ids);
        }
    }

    /// What must not run while `component` runs on `side` in `mode`: the other mode there, and for the active one the active
    /// one of the other side; or the other side's host itself, where that is off.
    fn rivals(&self, component: &Component, side: Side, mode: Mode) -> Vec<Instance> {
        let there = component.instances(side).filter(|(other, _)| *other != mode).map(|(_, instance)| instance);
        let elsewhere = if mode == Mode::Active { component.instance(side.other(), Mode::Active) } else { None };
        let known = |rival: Instance| match self.off.get(&rival.host) {
            None => Some(rival),
            Some(Off::Device) => Some(Instance { host: rival.host, service: Service::Power }),
            // Nobody can say more than what is known already; what is seen to run there hinders all the same.
            Some(Off::Word) => Some(rival),
        };
        there.chain(elsewhere).filter_map(known).collect()
    }

    /// The host of `component` on `side` is off by somebody's word, or has stopped by itself.
    fn by_word(&self, component: &Component, side: Side) -> bool {
        self.off.get(component.host(side)) == Some(&Off::Word)
    }

    pub(super) fn finish(self) -> Vec<Step> {
        self.steps
    }

    fn neighbours(&self, component: &Component, towards: Towards) -> Vec<&'a Component> {
        match towards {
            Towards::Needs => component.after.iter().filter_map(|name| self.cluster.components.get(name)).collect(),
            Towards::Dependents => {
                self.dependents.get_or_init(|| dependents(self.cluster)).get(&component.name).cloned().unwrap_or_default()
            }
        }
    }
}

/// What a person would type on the host, or what is called there. Names are checked, so nothing in them needs quoting but the
/// backslash.
fn command(action: Action, service: &Service) -> String {
    match service {
        Service::Systemd(unit) if unit.as_str().contains('\\') => format!("systemctl {} '{unit}'", action.word()),
        Service::Systemd(unit) => format!("systemctl {} {unit}", action.word()),
        Service::Process(Process { name, mode: ProcessMode::Active }) => format!("switchtower host {} {name}", action.word()),
        Service::Process(Process { name, mode }) => format!("switchtower host {} {name} --mode {}", action.word(), mode.word()),
        Service::Agent(Agent { name, mode: ProcessMode::Active }) => format!("agent {} {name}", action.word()),
        Service::Agent(Agent { name, mode }) => format!("agent {} {name} --mode {}", action.word(), mode.word()),
        Service::Power => "power off".to_owned(),
        Service::Hook(call) => typed(&call.run),
    }
}

/// What waits for each component, by name.
type Dependents<'a> = BTreeMap<&'a ComponentName, Vec<&'a Component>>;

fn dependents(cluster: &Cluster) -> Dependents<'_> {
    let mut all = Dependents::new();
    for component in cluster.components.values() {
        component.after.iter().for_each(|needed| all.entry(needed).or_default().push(component));
    }
    all
}

/// Components in an order in which each stands behind everything that it waits for: first those that wait for nothing, then
/// those that wait for these only, and so on.
pub(super) fn in_order(cluster: &Cluster) -> Vec<&Component> {
    let dependents = dependents(cluster);
    let mut ordered: Vec<&Component> = Vec::new();
    let mut missing: BTreeMap<&ComponentName, usize> = BTreeMap::new();
    let mut ready: Vec<&Component> = cluster.components.values().filter(|c| c.after.is_empty()).collect();
    // What stands in a circle, which a checked cluster does not have, never is.
    while !ready.is_empty() {
        let mut next: BTreeMap<&ComponentName, &Component> = BTreeMap::new();
        for waits in ready.iter().filter_map(|c| dependents.get(&c.name)).flatten() {
            let left = missing.entry(&waits.name).or_insert(waits.after.len());
            *left = left.saturating_sub(1);
            if *left == 0 {
                next.insert(&waits.name, waits);
            }
        }
        ordered.extend(ready);
        ready = next.into_values().collect();
    }
    ordered
}
