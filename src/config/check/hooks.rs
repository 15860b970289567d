//! The hooks: on hosts that exist, around moves that there are, and taken back only where something is.

use super::instead;
use super::sites::Sites;
use crate::config::call::{Argv, HookProgram};
use crate::config::keys::{HookKeys, Root};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::{Hook, HookName, HostName, Side, SiteName, When};
use std::collections::BTreeMap;

/// Every hook of `root` that is all right.
pub(super) fn check(root: &Root, sites: &Sites, report: &mut Report) -> BTreeMap<HookName, Hook> {
    let mut hooks = BTreeMap::new();
    for (name, at) in root.hooks.iter().flat_map(|at| &at.value.0) {
        let key = join("hooks", name.as_str());
        let keys = &at.value;
        host(&key, keys, root, sites, report);
        let to = site(&key, keys, sites, report);
        moves(&key, keys, report);
        only_before(&key, keys, report);
        hooks.extend(hook(name, keys, to).map(|hook| (name.clone(), hook)));
    }
    hooks
}

/// An error unless it runs on a host of this file.
fn host(key: &str, keys: &HookKeys, root: &Root, sites: &Sites, report: &mut Report) {
    let (Some(on), Some(hosts)) = (&keys.on, root.hosts.as_ref().map(|hosts| &hosts.value.0)) else { return };
    if hosts.contains_key(&on.value) {
        return;
    }
    let named = |site: &SiteName| site.as_str() == on.value.as_str();
    let found = quoted(on.value.as_str());
    let (why, remedy) = match sites.names().any(|site| site == on.value.as_str()) {
        true => {
            let here = |at: &At<_>| {
                let keys: &crate::config::keys::HostKeys = &at.value;
                keys.site.as_ref().is_some_and(|site| named(&site.value))
            };
            let known = hosts.iter().filter(|(_, at)| here(at)).map(|(name, _)| HostName::as_str(name));
            ("this is a site, and a hook runs on one host", instead(report, "", "a host", known))
        }
        false => ("the cluster has no host of this name", instead(report, on.value.as_str(), "a host", hosts.keys().map(HostName::as_str))),
    };
    report.add(Problem::error(join(key, "on"), on.line, found, why, remedy));
}

/// The side that it is for, if it is for one only.
fn site(key: &str, keys: &HookKeys, sites: &Sites, report: &mut Report) -> Option<Side> {
    let to = keys.to.as_ref()?;
    if let Some(why) = sites.refuses(&to.value) {
        let remedy = instead(report, to.value.as_str(), "a site", sites.names());
        report.add(Problem::error(join(key, "to"), to.line, quoted(to.value.as_str()), why, remedy));
    }
    sites.side_of(&to.value)
}

/// An error where it is for no kind of move.
fn moves(key: &str, keys: &HookKeys, report: &mut Report) {
    if let Some(of) = keys.of.as_ref().filter(|of| of.value.0.is_empty()) {
        let remedy = "write the moves that it is for, or take the key out for all of them";
        report.add(Problem::error(join(key, "of"), of.line, "an empty list", "a hook for no move never runs", remedy));
    }
}

/// An error where something takes back what comes after: by then nothing is taken back any more.
fn only_before(key: &str, keys: &HookKeys, report: &mut Report) {
    let after = keys.when.as_ref().is_some_and(|when| when.value.0 == When::After);
    if let Some(undo) = keys.undo.as_ref().filter(|_| after) {
        let why = "what comes after a move is never taken back: the move is done by then";
        report.add(Problem::error(join(key, "undo"), undo.line, "undo of a hook after", why, "take it out, or write when = \"before\""));
    }
}

fn hook(name: &HookName, keys: &HookKeys, to: Option<Side>) -> Option<Hook> {
    let words = |argv: &Option<At<Argv<HookProgram>>>| argv.as_ref().map(|at| at.value.0.clone());
    Some(Hook {
        name: name.clone(),
        host: keys.on.as_ref()?.value.clone(),
        when: keys.when.as_ref()?.value.0,
        of: keys.of.as_ref()?.value.0.iter().map(|at| at.value.0).collect(),
        to,
        run: words(&keys.run)?,
        undo: words(&keys.undo),
        status: words(&keys.status),
        timeout_ms: keys.timeout.as_ref()?.value.as_ms(),
        veto: keys.veto.as_ref()?.value.0,
    })
}
