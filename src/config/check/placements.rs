//! The placements of one component: hosts of the right sites, and units, a process or an agent in the shape that the sharing
//! needs. What is particular to agents is in `agents`.

use super::sites::Sites;
use super::{agents, instead, word};
use crate::config::keys::{ComponentKeys, HostKeys, PlacementKeys};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::UnitName;
use crate::core::model::{
    Arrangement, ComponentName, HostName, Modes, PerSide, Placement, Process, ProcessMode, ProcessName, Service, Sharing, Side,
};
use std::collections::BTreeMap;

/// Which component claims a unit or a process of a host, and at which key; components by their own keys. No process has a
/// name that a unit could have.
pub(super) type Claims = BTreeMap<(HostName, String), (String, String)>;

/// What placements are held against; the hosts are missing when they could not be read.
pub(super) struct Placements<'a> {
    pub(super) hosts: Option<&'a BTreeMap<HostName, At<HostKeys>>>,
    pub(super) sites: &'a Sites,
}

type Services = (HostName, Vec<Service>);

impl Placements<'_> {
    /// What the component `name`, at the key `component`, arranges, if it is all right.
    pub(super) fn check(
        &self,
        (component, name): (&str, &ComponentName),
        keys: &ComponentKeys,
        claims: &mut Claims,
        report: &mut Report,
    ) -> Option<Arrangement> {
        let both_on_one = one_host(component, keys, report);
        let mut side = |side, placement: &Option<At<PlacementKeys>>| {
            let placement = placement.as_ref()?;
            let key = join(component, word(side));
            if let Some(host) = &placement.value.host {
                self.host(&join(&key, "host"), (side, both_on_one), host, report);
            }
            claim(component, side, &placement.value, claims, report);
            let services = services((&key, name), keys.sharing.as_ref()?.value.0, placement, report);
            Some((placement.value.host.as_ref()?.value.clone(), services?))
        };
        let (primary, secondary) = (side(Side::Primary, &keys.primary), side(Side::Secondary, &keys.secondary));
        let one_kind = one_kind(component, keys, report);
        arrangement(primary?, secondary?).filter(|_| one_kind)
    }

    /// An error unless the host exists and, where it is not `both_on_one`, stands at the site of `side`.
    fn host(&self, key: &str, (side, both_on_one): (Side, bool), host: &At<HostName>, report: &mut Report) {
        let (Some(hosts), sites) = (self.hosts, self.sites) else { return };
        let (here, word) = (sites.called(side), word(side));
        let why = match hosts.get(&host.value).map(|at| at.value.site.as_ref()) {
            None => "this file has no host of this name".to_owned(),
            Some(_) if both_on_one => return,
            // The site itself was found to be wrong, or it could not be read: then that was said already.
            Some(Some(site)) if sites.side_of(&site.value).is_none_or(|found| found == side) => return,
            Some(None) if report.blames(&join(&join("hosts", host.value.as_str()), "site")) => return,
            Some(Some(site)) => format!("this host stands at {}, and the {word} placement belongs at {here}", site.value),
            Some(None) => format!("this host stands at neither site, and the {word} placement belongs at {here}"),
        };
        // Where it is not known which hosts stand there, any may be meant.
        let fits = |at: &At<HostKeys>| sites.name(side).is_none_or(|name| at.value.site.as_ref().is_some_and(|site| site.value == *name));
        let known = hosts.iter().filter(|(_, at)| fits(at)).map(|(name, _)| HostName::as_str(name));
        let remedy = instead(report, host.value.as_str(), &format!("a host of {here}"), known);
        report.add(Problem::error(key, host.line, quoted(host.value.as_str()), why, remedy));
    }
}

/// Whether both placements are on one host, which is an error.
fn one_host(key: &str, keys: &ComponentKeys, report: &mut Report) -> bool {
    let host = |placement: &Option<At<PlacementKeys>>| {
        let host = placement.as_ref()?.value.host.as_ref()?;
        Some((host.value.clone(), host.line))
    };
    match (host(&keys.primary), host(&keys.secondary)) {
        (Some((primary, _)), Some((secondary, line))) if primary == secondary => {
            let why = "the primary placement is on this host too: when the host fails, both are gone";
            let key = join(&join(key, "secondary"), "host");
            report.add(Problem::error(key, line, quoted(secondary.as_str()), why, "write a host of the secondary site"));
            true
        }
        _ => false,
    }
}

/// What runs a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Units,
    Process,
    Ocf,
    Exec,
}

impl Kind {
    /// Of `placement`, where it is run in one way that could be read.
    pub(super) fn of(placement: &PlacementKeys) -> Option<Self> {
        let written = [
            (Self::Units, units(placement).into_iter().any(|(_, unit)| unit.is_some())),
            (Self::Process, placement.process.is_some()),
            (Self::Ocf, placement.ocf.is_some()),
            (Self::Exec, placement.exec.is_some()),
        ];
        let mut written = written.into_iter().filter_map(|(kind, written)| written.then_some(kind));
        written.next().filter(|_| written.next().is_none())
    }

    fn word(self) -> &'static str {
        match self {
            Self::Units => "a systemd unit",
            Self::Process => "a process of a host service",
            Self::Ocf => "an OCF agent",
            Self::Exec => "commands",
        }
    }
}

/// An error when one side of a component is run in another way than the other.
fn one_kind(key: &str, keys: &ComponentKeys, report: &mut Report) -> bool {
    let (Some(primary), Some(secondary)) = (&keys.primary, &keys.secondary) else { return true };
    let (Some(first), Some(second)) = (Kind::of(&primary.value), Kind::of(&secondary.value)) else { return true };
    if first != second {
        let found = format!("{}, and {} at the primary", second.word(), first.word());
        let why = "both sides of a component are run in one way: only then can either take over from the other in every mode";
        let remedy = "write units for both, or a process for both, or an OCF agent or commands for both";
        report.add(Problem::error(join(key, "secondary"), secondary.line, found, why, remedy));
    }
    first == second
}

fn units(placement: &PlacementKeys) -> [(&'static str, &Option<At<UnitName>>); 3] {
    [("unit", &placement.unit), ("active", &placement.active), ("standby", &placement.standby)]
}

/// The services of a placement, active before standby, if they are those that the sharing needs.
fn services((key, name): (&str, &ComponentName), sharing: Sharing, at: &At<PlacementKeys>, report: &mut Report) -> Option<Vec<Service>> {
    let misplaced = agents::without_ocf(key, &at.value, report);
    if beside(key, &at.value, report) {
        return None;
    }
    match (&at.value.process, at.value.ocf.is_some() || at.value.exec.is_some()) {
        (Some(process), _) => Some(of_process(sharing, process)),
        (None, true) => Some(agents::services(name, sharing)),
        // What is wrong with it was said, and no unit is missing.
        (None, false) if misplaced || ["process", "ocf", "exec"].iter().any(|other| report.blames(&join(key, other))) => None,
        (None, false) => of_units(key, sharing, at, report),
    }
}

/// Whether a placement is run in several ways, which is an error.
fn beside(key: &str, placement: &PlacementKeys, report: &mut Report) -> bool {
    let process = placement.process.as_ref().map(|at| ("process", quoted(at.value.as_str()), at.line));
    let ocf = placement.ocf.as_ref().map(|at| ("ocf", quoted(&at.value.to_string()), at.line));
    let exec = placement.exec.as_ref().map(|at| ("exec", "commands".to_owned(), at.line));
    let mut ways = process.into_iter().chain(ocf).chain(exec);
    let Some((chief, ..)) = ways.next() else { return false };
    let unit =
        |(name, unit): (&'static str, &Option<At<UnitName>>)| unit.as_ref().map(|unit| (name, quoted(unit.value.as_str()), unit.line));
    let others: Vec<_> = ways.chain(units(placement).into_iter().filter_map(unit)).collect();
    for (name, found, line) in &others {
        let why = match (chief, *name) {
            ("process", "unit" | "active" | "standby") => {
                "process stands here too, and a placement is either run by systemd or by the host service".to_owned()
            }
            _ => format!("{chief} stands here too, and a placement is run in one way only"),
        };
        report.add(Problem::error(join(key, name), *line, found.clone(), why, format!("take out {chief}, or {name}")));
    }
    !others.is_empty()
}

/// The modes of a process that a placement of this sharing runs.
fn of_process(sharing: Sharing, process: &At<ProcessName>) -> Vec<Service> {
    let modes: &[ProcessMode] = match sharing {
        Sharing::Exclusive => &[ProcessMode::Active],
        Sharing::ActiveStandby => &[ProcessMode::Active, ProcessMode::Standby],
    };
    let service = |mode: &ProcessMode| Service::Process(Process { name: process.value.clone(), mode: *mode });
    modes.iter().map(service).collect()
}

/// The units of a placement in the order of the sharing's keys, if they are those that it needs.
fn of_units(key: &str, sharing: Sharing, at: &At<PlacementKeys>, report: &mut Report) -> Option<Vec<Service>> {
    let units = units(&at.value);
    let (wanted, sharing, other): (&[&str], _, _) = match sharing {
        Sharing::Exclusive => (&["unit"], "exclusive", "active-standby"),
        Sharing::ActiveStandby => (&["active", "standby"], "active-standby", "exclusive"),
    };
    let misplaced = units.iter().filter(|(name, _)| !wanted.contains(name)).filter_map(|(name, unit)| Some((name, unit.as_ref()?)));
    let mut wrong = false;
    for (name, unit) in misplaced {
        wrong = true;
        let why = format!("this component is {sharing}: its placements take {}, or process, ocf or exec", wanted.join(" and "));
        let remedy = format!("write {} instead, or sharing = \"{other}\" for the component", wanted.join(" and "));
        report.add(Problem::error(join(key, name), unit.line, quoted(unit.value.as_str()), why, remedy));
    }
    let mut found = Vec::new();
    for (name, unit) in units.iter().filter(|(name, _)| wanted.contains(name)) {
        let at_key = join(key, name);
        match unit {
            Some(unit) => found.push(Service::Systemd(unit.value.clone())),
            None if wrong || report.blames(&at_key) => {}
            None => {
                let why = format!("a placement of an {sharing} component needs it, or a process of the host service, or an agent");
                let remedy = format!(
                    "write a systemd unit, as in {name} = \"db.service\", or process = \"db\" where a host service runs it, or ocf or exec where an agent does"
                );
                report.add(Problem::error(at_key, at.line, "nothing", why, remedy));
            }
        }
    }
    let same = one_unit(key, &at.value, report);
    (!same && !wrong && found.len() == wanted.len()).then_some(found)
}

/// Whether both modes have one unit, which is an error.
fn one_unit(key: &str, placement: &PlacementKeys, report: &mut Report) -> bool {
    let (Some(active), Some(standby)) = (&placement.active, &placement.standby) else { return false };
    let same = active.value == standby.value;
    if same {
        let found = quoted(standby.value.as_str());
        let why = "this is the active unit too: then nobody can tell in which mode it runs";
        report.add(Problem::error(join(key, "standby"), standby.line, found, why, "write the unit of the standby mode"));
    }
    same
}

/// Notes the units and the process of a placement, and reports those that another component has already.
fn claim(component: &str, side: Side, placement: &PlacementKeys, claims: &mut Claims, report: &mut Report) {
    let Some(host) = &placement.host else { return };
    let units = units(placement).into_iter().filter_map(|(name, unit)| unit.as_ref().map(|unit| (name, unit.value.as_str(), unit.line)));
    let process = placement.process.iter().map(|process| ("process", process.value.as_str(), process.line));
    for (name, service, line) in units.chain(process) {
        let key = join(&join(component, word(side)), name);
        let (first, first_key) =
            claims.entry((host.value.clone(), service.to_owned())).or_insert_with(|| (component.to_owned(), key.clone()));
        // What one component claims twice was reported as one host for both sides, or as one unit for both modes.
        if first != component {
            let found = format!("{service} on {}", host.value);
            let why = format!("{first_key} has it already: one service belongs to one placement");
            let what = if name == "process" { "process" } else { "unit" };
            report.add(Problem::error(key, line, found, why, format!("write the {what} of this component, or take one of the two out")));
        }
    }
}

fn arrangement((first_host, first): Services, (second_host, second): Services) -> Option<Arrangement> {
    let mut units = first.into_iter().zip(second);
    let (primary, secondary) = units.next()?;
    Some(match units.next() {
        None => Arrangement::Exclusive(PerSide {
            primary: Placement { host: first_host, service: primary },
            secondary: Placement { host: second_host, service: secondary },
        }),
        Some((primary_standby, secondary_standby)) => Arrangement::ActiveStandby(PerSide {
            primary: Placement { host: first_host, service: Modes { active: primary, standby: primary_standby } },
            secondary: Placement { host: second_host, service: Modes { active: secondary, standby: secondary_standby } },
        }),
    })
}
