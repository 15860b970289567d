//! The cluster as a whole, and the one place where its parts are checked against each other.

use super::{ClusterName, Component, ComponentName, Fence, Hook, HookName, HostName, Instance, Mode, Policy, SiteName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One of the two sides of a cluster, by its place in the configuration, not by what it does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Where the cluster serves on an ordinary day.
    Primary,
    /// Where it serves while the primary cannot.
    Secondary,
}

impl Side {
    /// Both, primary first.
    pub const BOTH: [Self; 2] = [Self::Primary, Self::Secondary];

    /// The opposite side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Primary => Self::Secondary,
            Self::Secondary => Self::Primary,
        }
    }
}

/// A value for each side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerSide<T> {
    /// Of the primary.
    pub primary: T,
    /// Of the secondary.
    pub secondary: T,
}

impl<T> PerSide<T> {
    /// The value of `side`.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::Primary => &self.primary,
            Side::Secondary => &self.secondary,
        }
    }
}

/// A host of the cluster; how it is reached stands in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    pub name: HostName,
    /// The side that it belongs to; `None` for a host that serves neither, such as a witness.
    pub side: Option<Side>,
    /// How it is made to stop for certain, where that is possible.
    pub fence: Option<Fence>,
}

/// What is wrong with a cluster as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// A dependency on something that does not exist.
    #[error("component {component} comes after {missing}, which is no component of this cluster")]
    UnknownDependency {
        /// Who says so.
        component: ComponentName,
        /// What does not exist.
        missing: ComponentName,
    },
    /// Dependencies in a circle.
    #[error("these components wait for each other in a circle: {}", .0.iter().map(ComponentName::as_str).collect::<Vec<_>>().join(" -> "))]
    Cycle(Vec<ComponentName>),
    /// A placement on a host that does not exist.
    #[error("component {component} is placed on {host}, which is no host of this cluster")]
    UnknownHost {
        /// Whose placement.
        component: ComponentName,
        /// What does not exist.
        host: HostName,
    },
    /// A placement on a host of the other side.
    #[error("component {component} is placed on {host} for a side that this host does not belong to")]
    WrongSide {
        /// Whose placement.
        component: ComponentName,
        /// Where.
        host: HostName,
    },
    /// Two placements claim the same service of the same host.
    #[error("{instance} is claimed by both {first} and {second}: one service belongs to one placement")]
    SharedService {
        /// What is claimed twice.
        instance: String,
        /// By whom first.
        first: ComponentName,
        /// By whom again.
        second: ComponentName,
    },
}

/// A whole cluster, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its name: what class 3 confirmations type, and what the guard on each host is named after.
    pub name: ClusterName,
    /// The names of the two sites.
    pub sites: PerSide<SiteName>,
    /// Hosts by name.
    pub hosts: BTreeMap<HostName, Host>,
    /// Components by name.
    pub components: BTreeMap<ComponentName, Component>,
    /// What it does by itself.
    pub policy: Policy,
    /// What runs around moves, by name: in this order.
    pub hooks: BTreeMap<HookName, Hook>,
}

impl Cluster {
    /// Puts a cluster together.
    ///
    /// # Errors
    /// Every [`Defect`] there is, not only the first.
    pub fn new(
        name: ClusterName,
        sites: PerSide<SiteName>,
        hosts: impl IntoIterator<Item = Host>,
        components: impl IntoIterator<Item = Component>,
    ) -> Result<Self, Vec<Defect>> {
        let hosts = hosts.into_iter().map(|h| (h.name.clone(), h)).collect();
        let components = components.into_iter().map(|c| (c.name.clone(), c)).collect();
        let cluster = Self { name, sites, hosts, components, policy: Policy::default(), hooks: BTreeMap::new() };
        let defects: Vec<Defect> = [cluster.bad_dependencies(), cluster.bad_placements(), cluster.shared_services(), cluster.circles()]
            .into_iter()
            .flatten()
            .collect();
        if defects.is_empty() { Ok(cluster) } else { Err(defects) }
    }

    /// The name of the site on `side`.
    #[must_use]
    pub fn site(&self, side: Side) -> &SiteName {
        self.sites.get(side)
    }

    /// The side that a site's name stands for.
    #[must_use]
    pub fn side_of(&self, site: &str) -> Option<Side> {
        Side::BOTH.into_iter().find(|&side| self.site(side).as_str() == site)
    }

    /// Every service that the cluster manages, with its component, side and mode.
    pub fn instances(&self) -> impl Iterator<Item = (&Component, Side, Mode, Instance)> {
        self.components.values().flat_map(|component| {
            Side::BOTH.into_iter().flat_map(move |side| component.instances(side).map(move |(mode, i)| (component, side, mode, i)))
        })
    }

    /// Hosts on which something may be done: those with placements, and those on which hooks run.
    pub fn acted_on(&self) -> BTreeSet<HostName> {
        self.instances().map(|(_, _, _, i)| i.host).chain(self.hooks.values().map(|hook| hook.host.clone())).collect()
    }

    /// Whether a component is placed on `host`; on others there may be hooks, which no other plan than a move needs.
    #[must_use]
    pub fn places_on(&self, host: &HostName) -> bool {
        self.components.values().any(|c| Side::BOTH.iter().any(|side| c.host(*side) == host))
    }

    /// Components that wait for `name`.
    pub fn dependents<'a>(&'a self, name: &'a ComponentName) -> impl Iterator<Item = &'a Component> {
        self.components.values().filter(move |c| c.after.contains(name))
    }

    fn bad_dependencies(&self) -> Vec<Defect> {
        let each = |c: &Component| {
            let missing = c.after.iter().filter(|d| !self.components.contains_key(*d)).cloned();
            missing.map(|missing| Defect::UnknownDependency { component: c.name.clone(), missing }).collect::<Vec<_>>()
        };
        self.components.values().flat_map(each).collect()
    }

    fn bad_placements(&self) -> Vec<Defect> {
        let mut defects = Vec::new();
        for component in self.components.values() {
            for side in Side::BOTH {
                let (component, host) = (component.name.clone(), component.host(side).clone());
                match self.hosts.get(&host) {
                    None => defects.push(Defect::UnknownHost { component, host }),
                    Some(h) if h.side != Some(side) => defects.push(Defect::WrongSide { component, host }),
                    Some(_) => {}
                }
            }
        }
        defects
    }

    fn shared_services(&self) -> Vec<Defect> {
        let mut seen: BTreeMap<Instance, ComponentName> = BTreeMap::new();
        let mut defects = Vec::new();
        for (component, _, _, instance) in self.instances() {
            let second = component.name.clone();
            if let Some(first) = seen.get(&instance) {
                defects.push(Defect::SharedService { instance: instance.to_string(), first: first.clone(), second });
            } else {
                seen.insert(instance, second);
            }
        }
        defects
    }

    fn circles(&self) -> Vec<Defect> {
        let each = self.components.iter();
        let waits: super::Waits<'_> = each.map(|(name, c)| (name.as_str(), c.after.iter().map(ComponentName::as_str).collect())).collect();
        let named = |name: &str| ComponentName::new(name).ok();
        super::circles(&waits).into_iter().map(|circle| Defect::Cycle(circle.into_iter().filter_map(named).collect())).collect()
    }
}

#[cfg(test)]
mod tests;
