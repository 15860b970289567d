//! The placements of one component: hosts of the right sites, and units in the shape that the sharing needs.

use super::{instead, side_of, word};
use crate::config::keys::{ComponentKeys, HostKeys, PlacementKeys};
use crate::config::problem::{Problem, join, quoted};
use crate::config::read::At;
use crate::config::report::Report;
use crate::core::model::{Arrangement, HostName, Modes, PerSide, Placement, Service, Sharing, Side, SiteName, UnitName};
use std::collections::BTreeMap;

/// Which component claims a unit of a host, and at which key; components by their own keys.
pub(super) type Claims = BTreeMap<(HostName, UnitName), (String, String)>;

/// What placements are held against; a part is missing when it could not be read.
pub(super) struct Placements<'a> {
    pub(super) hosts: Option<&'a BTreeMap<HostName, At<HostKeys>>>,
    pub(super) sites: Option<&'a PerSide<SiteName>>,
}

type Services = (HostName, Vec<Service>);

impl Placements<'_> {
    /// What the component at the key `component` arranges, if it is all right.
    pub(super) fn check(&self, component: &str, keys: &ComponentKeys, claims: &mut Claims, report: &mut Report) -> Option<Arrangement> {
        let both_on_one = one_host(component, keys, report);
        let mut side = |side, placement: &Option<At<PlacementKeys>>| {
            let placement = placement.as_ref()?;
            let key = join(component, word(side));
            if let (Some(host), false) = (&placement.value.host, both_on_one) {
                self.host(&join(&key, "host"), side, host, report);
            }
            let services = services(&key, keys.sharing.as_ref()?.value.0, placement, report);
            claim(component, side, &placement.value, claims, report);
            Some((placement.value.host.as_ref()?.value.clone(), services?))
        };
        let (primary, secondary) = (side(Side::Primary, &keys.primary), side(Side::Secondary, &keys.secondary));
        arrangement(primary?, secondary?)
    }

    /// An error unless the host exists and stands at the site of `side`.
    fn host(&self, key: &str, side: Side, host: &At<HostName>, report: &mut Report) {
        let (Some(hosts), Some(sites)) = (self.hosts, self.sites) else { return };
        let here = |other: &&HostName| {
            let site = hosts.get(*other).and_then(|at| at.value.site.as_ref());
            site.is_some_and(|site| side_of(sites, &site.value) == Some(side))
        };
        let known = hosts.keys().filter(here).map(HostName::as_str);
        let what = format!("a host of {}", sites.get(side));
        let why = match hosts.get(&host.value).map(|at| at.value.site.as_ref()) {
            None => "this file has no host of this name".to_owned(),
            // The site itself was found to be wrong, or it could not be read: then that was said already.
            Some(Some(site)) if side_of(sites, &site.value).is_none_or(|found| found == side) => return,
            Some(None) if report.blames(&join(&join("hosts", host.value.as_str()), "site")) => return,
            Some(Some(site)) => {
                format!("this host stands at {}, and the {} placement belongs at {}", site.value, word(side), sites.get(side))
            }
            Some(None) => format!("this host stands at neither site, and the {} placement belongs at {}", word(side), sites.get(side)),
        };
        let remedy = instead(report, host.value.as_str(), &what, known);
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

/// The units of a placement in the order of the sharing's keys, if they are those that it needs.
fn services(key: &str, sharing: Sharing, at: &At<PlacementKeys>, report: &mut Report) -> Option<Vec<Service>> {
    let units = [("unit", &at.value.unit), ("active", &at.value.active), ("standby", &at.value.standby)];
    let (wanted, sharing, other): (&[&str], _, _) = match sharing {
        Sharing::Exclusive => (&["unit"], "exclusive", "active-standby"),
        Sharing::ActiveStandby => (&["active", "standby"], "active-standby", "exclusive"),
    };
    let misplaced = units.iter().filter(|(name, _)| !wanted.contains(name)).filter_map(|(name, unit)| Some((name, unit.as_ref()?)));
    let mut wrong = false;
    for (name, unit) in misplaced {
        wrong = true;
        let why = format!("this component is {sharing}: its placements take {}", wanted.join(" and "));
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
                let why = format!("a placement of an {sharing} component needs it");
                report.add(Problem::error(at_key, at.line, "nothing", why, format!("write a systemd unit, as in {name} = \"db.service\"")));
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

/// Notes the units of a placement, and reports those that another component has already.
fn claim(component: &str, side: Side, placement: &PlacementKeys, claims: &mut Claims, report: &mut Report) {
    let Some(host) = &placement.host else { return };
    for (name, unit) in [("unit", &placement.unit), ("active", &placement.active), ("standby", &placement.standby)] {
        let Some(unit) = unit else { continue };
        let key = join(&join(component, word(side)), name);
        let (first, first_key) =
            claims.entry((host.value.clone(), unit.value.clone())).or_insert_with(|| (component.to_owned(), key.clone()));
        // What one component claims twice was reported as one host for both sides, or as one unit for both modes.
        if first != component {
            let found = format!("{} on {}", unit.value, host.value);
            let why = format!("{first_key} has it already: one service belongs to one placement");
            report.add(Problem::error(key, unit.line, found, why, "write the unit of this component, or take one of the two out"));
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
