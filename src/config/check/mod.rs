//! Holds the values of a file against each other, and makes of them what the rest of the program uses.
//!
//! Called by `parse` with the raw sections. Every check goes on with what could be read, so that one mistake does not
//! hide another, and keeps silent about what is wrong only because something else was reported already.

mod agents;
mod components;
mod failover;
mod fences;
mod hooks;
mod hosts;
mod monitors;
mod placements;
mod profile;
mod services;
mod sites;

pub(super) use profile::apply;
pub(super) use sites::Meant;

use super::content;
use super::keys::{ClusterKeys, MonitorKeys, Root, SshKeys};
use super::problem::{Problem, join, quoted};
use super::read::At;
use super::report::Report;
use super::settings::{Loaded, MonitorSettings, Source, SshSettings};
use super::text::FilePath;
use crate::core::model::{Cluster, Defect, Side};
use sites::Sites;
use std::path::PathBuf;

/// Everything that the file says, if it is all right; otherwise at least one error was reported. `meant` is what was written for
/// the sites under keys that there are not.
pub(super) fn whole(root: &Root, meant: Meant, report: &mut Report) -> Option<Loaded> {
    if let Some(cluster) = &root.cluster {
        cluster_name(&cluster.value, report);
    }
    let sites = Sites::of(root, meant, report);
    let mut hosts = hosts::check(root, &sites, report);
    let components = components::check(root, &sites, report);
    services::check(root, &mut hosts, report);
    fences::missing(root, report);
    let hooks = hooks::check(root, &sites, report);
    let monitor = root.monitor.as_ref().and_then(|at| monitor(root, &at.value, &sites, report));
    if report.has_errors() {
        return None;
    }
    let keys = &root.cluster.as_ref()?.value;
    let mut cluster = match Cluster::new(value(&keys.name)?, sites.both()?, std::mem::take(&mut hosts.known), components) {
        Ok(cluster) => cluster,
        Err(defects) => {
            defects.iter().for_each(|defect| report.add(from_defect(defect)));
            return None;
        }
    };
    cluster.hooks = hooks;
    cluster.policy = failover::policy(&root.failover.as_ref()?.value)?;
    let mut content = serde_json::to_value(root).ok()?;
    services::spell_out(&mut content, &hosts);
    Some(Loaded {
        cluster,
        label: keys.label.as_ref().map(|label| label.value.0.clone()),
        allow_loopback: value(&keys.allow_loopback)?,
        monitor: monitor?,
        ssh: ssh(&root.ssh.as_ref()?.value)?,
        hosts: hosts.access,
        agents: agents::table(root),
        hash: content::hash(&content),
        content,
        source: Source::default(),
        warnings: Vec::new(),
    })
}

/// On hosts the records of agents stand beside the others, in a folder that is called so.
fn cluster_name(keys: &ClusterKeys, report: &mut Report) {
    if let Some(name) = keys.name.as_ref().filter(|name| name.value.as_str().ends_with(".agents")) {
        let why = "on hosts the records of another cluster's agents may stand under this name";
        report.add(Problem::error(
            "cluster.name",
            name.line,
            quoted(name.value.as_str()),
            why,
            "write a name that does not end in .agents",
        ));
    }
}

/// Whether this very machine may be a host or serve; where that could not be read, nothing is to be said about it.
fn allows_loopback(root: &Root) -> bool {
    root.cluster.as_ref().and_then(|cluster| cluster.value.allow_loopback.as_ref()).is_none_or(|allow| allow.value)
}

/// What the core still refuses, though nothing was found here.
fn from_defect(defect: &Defect) -> Problem {
    let of = |name: &crate::core::model::ComponentName| join("components", name.as_str());
    let key = match defect {
        Defect::UnknownDependency { component, .. } => join(&of(component), "after"),
        Defect::UnknownHost { component, .. } | Defect::WrongSide { component, .. } => of(component),
        Defect::SharedService { second, .. } => of(second),
        Defect::Cycle(circle) => circle.first().map_or_else(|| "components".to_owned(), |name| join(&of(name), "after")),
    };
    Problem::error(key, None, "as the reason says", defect.to_string(), "correct what the reason names")
}

fn monitor(root: &Root, keys: &MonitorKeys, sites: &Sites, report: &mut Report) -> Option<MonitorSettings> {
    if let (Some(site), true) = (&keys.site, keys.hosts.as_ref().is_none_or(|hosts| hosts.value.is_empty()))
        && sites.side_of(&site.value).is_some()
    {
        let why = "if that site is lost, so is the monitor: nobody is left to start anything at the other one";
        let remedy = "run the monitor at a third place, and write that place's name here";
        report.add(Problem::error("monitor.site", site.line, quoted(site.value.as_str()), why, remedy).into_warning());
    }
    let monitors = monitors::check(root, keys, sites, report);
    profile::check(root, keys, report);
    if let Some(at) = keys.metrics.as_ref().filter(|at| !at.value.0.ip().to_canonical().is_loopback()) {
        let why = "whoever reaches this address reads the figures, names of hosts and components among them: there is no login";
        let remedy = "listen on 127.0.0.1 and let Prometheus come through something that knows it, or let a firewall see to who comes";
        report.add(Problem::error("monitor.metrics", at.line, quoted(&at.value.0.to_string()), why, remedy).into_warning());
    }
    Some(MonitorSettings {
        monitors,
        interval: keys.interval.as_ref()?.value.duration(),
        silence: keys.silence.as_ref()?.value.duration(),
        state_dir: value(&keys.state_dir)?.0,
        run_dir: keys.run_dir.as_ref()?.value.0.clone(),
        site: value(&keys.site),
        operators: keys.operators.as_ref().map(|group| group.value.0.clone()),
        observers: keys.observers.as_ref().map(|group| group.value.0.clone()),
        metrics: keys.metrics.as_ref().map(|at| at.value.0),
        journal_segment: keys.journal_segment.as_ref()?.value.0,
        journal_segments: u32::try_from(keys.journal_segments.as_ref()?.value.0).ok()?,
    })
}

fn ssh(keys: &SshKeys) -> Option<SshSettings> {
    Some(SshSettings {
        config: keys.config.as_ref().map(|path| path.value.0.clone()),
        connect_timeout: keys.connect_timeout.as_ref()?.value.duration(),
        keepalive: keys.keepalive.as_ref()?.value.duration(),
        keepalive_max: u32::try_from(keys.keepalive_max.as_ref()?.value.0).ok()?,
        agent: value(&keys.agent)?,
        known_hosts: paths(&keys.known_hosts),
        identities: paths(&keys.identities),
        passphrase_file: keys.passphrase_file.as_ref().map(|path| path.value.0.clone()),
    })
}

fn value<T: Clone>(at: &Option<At<T>>) -> Option<T> {
    at.as_ref().map(|at| at.value.clone())
}

fn paths(list: &Option<At<Vec<At<FilePath>>>>) -> Vec<PathBuf> {
    list.iter().flat_map(|list| &list.value).map(|path| path.value.0.clone()).collect()
}

/// `word` for a side, as the file has it.
fn word(side: Side) -> &'static str {
    match side {
        Side::Primary => "primary",
        Side::Secondary => "secondary",
    }
}

/// One of two keys.
enum Either<A, B> {
    First(A),
    Second(B),
}

/// Which of two keys of the table `key` is written, if exactly one is; otherwise an error was reported. `example` is a table with either.
fn either<'a, A, B>(
    (key, line): (&str, Option<usize>),
    (first, one): (&str, &'a Option<At<A>>),
    (second, other): (&str, &'a Option<At<B>>),
    example: &str,
    report: &mut Report,
) -> Option<Either<&'a A, &'a B>> {
    let remedy = format!("write one of the two, as in {example}");
    match (one, other) {
        (Some(one), None) => return Some(Either::First(&one.value)),
        (None, Some(other)) => return Some(Either::Second(&other.value)),
        (Some(_), Some(other)) => {
            let why = format!("{first} stands here too, and only one of them can count");
            report.add(Problem::error(join(key, second), other.line, format!("both {first} and {second}"), why, remedy));
        }
        (None, None) if report.blames(&join(key, first)) || report.blames(&join(key, second)) => {}
        (None, None) => {
            let why = "this table has to say what is called";
            report.add(Problem::error(key, line, format!("neither {first} nor {second}"), why, remedy));
        }
    }
    None
}

/// What to write instead of an unknown word: the nearest known one, or some of those that there are.
fn instead<'k>(report: &Report, unknown: &str, what: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    if let Some(near) = report.nearest(unknown, known.clone()) {
        return format!("did you mean {}?", quoted(near));
    }
    let some: Vec<_> = known.clone().take(10).map(quoted).collect();
    let more = if known.clone().nth(10).is_some() { ", ..." } else { "" };
    match some.is_empty() {
        true => format!("declare {what} first"),
        false => format!("write {what} of this file: {}{more}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{ComponentName, HostName};

    #[test]
    fn what_only_the_core_refuses_still_has_its_key_and_reason() {
        let (db, web) = (ComponentName::new("db").unwrap(), ComponentName::new("web/1").unwrap());
        let host = HostName::new("a1").unwrap();
        for (defect, key) in [
            (Defect::UnknownDependency { component: db.clone(), missing: web.clone() }, "components.db.after"),
            (Defect::Cycle(vec![web.clone(), db.clone(), web.clone()]), "components.\"web/1\".after"),
            (Defect::UnknownHost { component: db.clone(), host: host.clone() }, "components.db"),
            (Defect::WrongSide { component: db.clone(), host }, "components.db"),
            (Defect::SharedService { instance: "x on a1".into(), first: db.clone(), second: web.clone() }, "components.\"web/1\""),
        ] {
            let problem = from_defect(&defect);
            assert_eq!((problem.key.as_str(), problem.why), (key, defect.to_string()));
        }
    }
}
