//! The names of the two sites, for all that refers to them.
//!
//! Each is known by itself: where one is missing or cannot be read, what is written under a misspelt key or what the hosts call
//! it stands for it, so that one mistake does not hide those in the references. What is made of the file has written names only.

use super::word;
use crate::config::keys::{ClusterKeys, Root};
use crate::config::problem::{Problem, quoted};
use crate::config::report::Report;
use crate::core::model::{PerSide, Side, SiteName};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// The keys that a misspelt one may be.
const KEYS: [&str; 5] = ["name", "label", "primary", "secondary", "allow_loopback"];
/// How many names a message lists.
const NAMED: usize = 5;

/// What stands under keys that are probably those of the sites, misspelt.
pub(in crate::config) struct Meant(PerSide<Option<SiteName>>);

impl Meant {
    /// Looks for such keys in the whole file.
    pub(in crate::config) fn by(file: &DeTable<'_>, report: &Report) -> Self {
        let cluster = file.get("cluster").and_then(|node| node.get_ref().as_table());
        let of = |side: Side| {
            let near = |key: &str| !KEYS.contains(&key) && report.nearest(key, KEYS) == Some(word(side));
            let (_, node) = cluster?.iter().find(|(key, _)| near(key.get_ref()))?;
            SiteName::new(node.get_ref().as_str()?).ok()
        };
        Self(PerSide { primary: of(Side::Primary), secondary: of(Side::Secondary) })
    }
}

/// The names of the sites, as far as they are known.
pub(super) struct Sites {
    names: PerSide<Option<SiteName>>,
    /// Both are written, as they should be.
    written: bool,
    /// What hosts call their sites, where a name is missing and nobody can tell which of these it is.
    crowd: Vec<SiteName>,
}

impl Sites {
    /// Those of `root`; an error where both have one name.
    pub(super) fn of(root: &Root, meant: Meant, report: &mut Report) -> Self {
        let cluster = root.cluster.as_ref().map(|at| &at.value);
        let mut names = PerSide { primary: written(cluster, Side::Primary), secondary: written(cluster, Side::Secondary) };
        if let (Some(at), true) = (cluster.and_then(|keys| keys.secondary.as_ref()), names.primary == names.secondary) {
            let why = "this is the primary site too: what fails there would have nowhere to go";
            report.add(Problem::error("cluster.secondary", at.line, quoted(at.value.as_str()), why, "write the name of the other site"));
            names.secondary = None;
        }
        let all = names.primary.is_some() && names.secondary.is_some();
        let Meant(meant) = meant;
        let mut sites = Self {
            names: PerSide { primary: names.primary.or(meant.primary), secondary: names.secondary.or(meant.secondary) },
            written: all,
            crowd: Vec::new(),
        };
        sites.ask_hosts(root);
        sites
    }

    /// Where one name is missing, it is the one that more hosts stand at than at any other that is left.
    fn ask_hosts(&mut self, root: &Root) {
        if self.names.primary.is_some() == self.names.secondary.is_some() {
            return;
        }
        let hosts = root.hosts.iter().flat_map(|hosts| hosts.value.0.values());
        let mut counts = BTreeMap::<&SiteName, usize>::new();
        for site in hosts.filter_map(|at| at.value.site.as_ref()).filter(|site| self.side_of(&site.value).is_none()) {
            *counts.entry(&site.value).or_default() += 1;
        }
        let most = counts.values().copied().max();
        let mut first = counts.iter().filter(|(_, count)| Some(**count) == most).map(|(name, _)| (*name).clone());
        match (first.next(), first.next()) {
            (Some(one), None) => {
                let missing = if self.names.primary.is_none() { &mut self.names.primary } else { &mut self.names.secondary };
                *missing = Some(one);
            }
            _ => self.crowd = counts.into_keys().cloned().collect(),
        }
    }

    /// Both names, where both are written.
    pub(super) fn both(&self) -> Option<PerSide<SiteName>> {
        let PerSide { primary, secondary } = self.names.clone();
        Some(PerSide { primary: primary?, secondary: secondary? }).filter(|_| self.written)
    }

    /// The name of the site of `side`, if it is known.
    pub(super) fn name(&self, side: Side) -> Option<&SiteName> {
        self.names.get(side).as_ref()
    }

    /// The same in words.
    pub(super) fn called(&self, side: Side) -> String {
        self.name(side).map_or_else(|| format!("the {} site", word(side)), ToString::to_string)
    }

    /// The names that are known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        Side::BOTH.into_iter().filter_map(|side| self.name(side)).map(SiteName::as_str)
    }

    /// The side that the site called `name` is.
    pub(super) fn side_of(&self, name: &SiteName) -> Option<Side> {
        Side::BOTH.into_iter().find(|&side| self.name(side) == Some(name))
    }

    /// Why nothing can stand at a site called `name`; `None` where it may be one whose name is not known.
    pub(super) fn refuses(&self, name: &SiteName) -> Option<String> {
        if self.side_of(name).is_some() {
            return None;
        }
        if self.names().count() == Side::BOTH.len() {
            return Some("the cluster has no site of this name".to_owned());
        }
        let some: Vec<String> = self.crowd.iter().take(NAMED).map(|name| quoted(name.as_str())).collect();
        let more = if self.crowd.len() > NAMED { ", ..." } else { "" };
        let why =
            || format!("a cluster has two sites, and the hosts of this file name more: besides {} {}{more}", self.one(), some.join(", "));
        (!self.crowd.is_empty()).then(why)
    }

    fn one(&self) -> String {
        self.names().next().map(quoted).unwrap_or_default()
    }
}

fn written(cluster: Option<&ClusterKeys>, side: Side) -> Option<SiteName> {
    let keys = cluster?;
    let key = match side {
        Side::Primary => &keys.primary,
        Side::Secondary => &keys.secondary,
    };
    key.as_ref().map(|at| at.value.clone())
}
