//! What is lost of the side that serves, and what each component's rule makes of it.

use super::Situation;
use crate::core::command::Reason;
use crate::core::health::{Health, judge_host, judge_placement};
use crate::core::model::{Cluster, Component, ComponentName, GroupName, Mode, Service, Side, Trigger};
use std::collections::BTreeMap;

/// What is lost.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Everything that is lost.
    pub(super) lost: Vec<ComponentName>,
    /// Components that can be started again where they are.
    pub(super) rescuable: Vec<ComponentName>,
    /// Components whose rule moves the cluster.
    pub(super) firing: Vec<ComponentName>,
    /// Why, a line for each that is lost.
    pub(super) why: Vec<String>,
    /// What is said where nothing follows from a loss.
    pub(super) reasons: Vec<Reason>,
    /// Those that cannot be started again where they are, and why not.
    pub(super) given_up: Vec<(ComponentName, Vec<Reason>)>,
    /// How many of each group are lost for good.
    gone: BTreeMap<GroupName, usize>,
}

impl Losses {
    /// `name` cannot be started again where it is, for these reasons: what its rule makes of that.
    pub(super) fn give_up(&mut self, cluster: &Cluster, s: &Situation, name: &ComponentName, reasons: Vec<Reason>) {
        let Some(component) = cluster.components.get(name) else { return };
        if let Some(group) = &component.group {
            *self.gone.entry(group.clone()).or_default() += 1;
        }
        self.why.extend(reasons.iter().map(|r| format!("{name} cannot be started again where it is: {}", r.what)));
        self.given_up.push((name.clone(), reasons));
        if fires(cluster, &component.trigger, &self.gone).0 && s.maintenance.unmoved(component).is_none() {
            self.firing.push(name.clone());
        }
    }
}

/// One component that is lost.
struct Loss<'a> {
    component: &'a Component,
    why: String,
    /// The same without what follows from it.
    state: String,
    /// It can be started again: its host answers, and there are attempts left.
    rescuable: bool,
}

/// What of `side`, which serves, is lost in `s`. Silence alone is no loss.
pub(super) fn losses(cluster: &Cluster, s: &Situation, side: Side) -> Losses {
    let lost: Vec<Loss<'_>> = cluster.components.values().filter_map(|c| lost(c, s, side)).collect();
    let mut all = Losses::default();
    let (lost, kept): (Vec<_>, Vec<_>) = lost.into_iter().partition(|loss| s.maintenance.unmanaged(loss.component, side).is_none());
    for loss in lost.iter().filter(|loss| !loss.rescuable) {
        if let Some(group) = &loss.component.group {
            *all.gone.entry(group.clone()).or_default() += 1;
        }
    }
    for loss in &lost {
        let name = &loss.component.name;
        all.lost.push(name.clone());
        all.why.push(format!("{name} is lost: {}", loss.why));
        if loss.rescuable {
            all.rescuable.push(name.clone());
            continue;
        }
        let (fires, rule) = fires(cluster, &loss.component.trigger, &all.gone);
        if let Some((what, mark)) = s.maintenance.unmoved(loss.component) {
            // It would be left where it is: moving the others for it saves nothing.
            let option = crate::core::readiness::maintenance::option(&what);
            let remedy = format!("mend it by hand; or `switchtower maintenance clear {option}`, and it is moved");
            all.reasons
                .push(Reason::new(format!("{name} is lost and no failover moves it, since {what} is {mark}: {}", loss.state), remedy));
        } else if fires {
            all.firing.push(name.clone());
        } else {
            let remedy = format!("look why in {}", log_of(loss.component, side));
            all.reasons.push(Reason::new(format!("{name} is lost, which moves nothing ({rule}): {}", loss.why), remedy));
        }
    }
    all.reasons.extend(kept.iter().filter_map(|loss| left(loss, s, side)));
    all
}

/// What is said of a loss that is somebody else's to mend.
fn left(loss: &Loss<'_>, s: &Situation, side: Side) -> Option<Reason> {
    let (what, mark) = s.maintenance.unmanaged(loss.component, side)?;
    let said = format!("{} does not run and is left alone, since {what} is {mark}: {}", loss.component.name, loss.state);
    let option = crate::core::readiness::maintenance::option(&what);
    Some(Reason::new(said, format!("once that is over: `switchtower maintenance clear {option}`; it is seen to from then on")))
}

/// Where what runs of `component` on `side` says why it does what it does.
fn log_of(component: &Component, side: Side) -> String {
    let host = component.host(side);
    let supervised = component.instances(side).any(|(_, i)| matches!(i.service, Service::Process(_)));
    if supervised { format!("the log of the host service on {host}") } else { format!("journalctl on {host}") }
}

fn lost<'a>(component: &'a Component, s: &Situation, side: Side) -> Option<Loss<'a>> {
    let name = &component.name;
    if component.mode_when(side, s.wanted) != Some(Mode::Active) || s.excused.contains(name) || s.held.contains_key(name) {
        return None;
    }
    let instance = component.instance(side, Mode::Active)?;
    let host = judge_host(s.hosts.get(&instance.host)?);
    let judged = judge_placement(&host, s.picture.state(&instance), None);
    if judged.health != Health::Down {
        return None;
    }
    let tries = s.tries.get(name).copied().unwrap_or(0);
    let most = component.rescue.attempts;
    let answers = host.health == Health::Up;
    let after = match (answers, most) {
        (false, _) => String::new(),
        (true, 0) => "; it is not to be rescued".to_owned(),
        (true, most) if tries >= most => format!("; rescued {tries} of {most} times within {} s", component.rescue.hold_down_ms / 1000),
        (true, most) => format!("; attempt {} of {most} to rescue it", tries.saturating_add(1)),
    };
    let state = format!("{instance}: {}", judged.why);
    Some(Loss { component, why: format!("{state}{after}"), state, rescuable: answers && tries < most })
}

/// Whether the rule moves the cluster once its own component is lost, and the rule in words.
fn fires(cluster: &Cluster, rule: &Trigger, gone: &BTreeMap<GroupName, usize>) -> (bool, String) {
    let lost = |group: &GroupName| gone.get(group).copied().unwrap_or(0);
    let size = |group: &GroupName| cluster.components.values().filter(|c| c.group.as_ref() == Some(group)).count();
    match rule {
        Trigger::Any => (true, "its loss alone counts".to_owned()),
        Trigger::Watch => (false, "it is only watched".to_owned()),
        Trigger::AllOf { group } => (lost(group) >= size(group), format!("{} of all {} of {group} are lost", lost(group), size(group))),
        Trigger::AtLeast { lost: least, group } => {
            (lost(group) >= usize::from(*least), format!("{} of {group} are lost, {least} would count", lost(group)))
        }
    }
}
