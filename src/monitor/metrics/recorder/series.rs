//! The figures that there are many of: those of hosts and of placements, as Prometheus reads them. Called by `recorder`.
//!
//! Names need no escaping: their alphabets are checked when they are made.

use super::{about, flag, mode, seconds};
use crate::wire::{ComponentView, HostView, PlacementView};
use std::fmt::Write as _;

/// The figures of every host.
pub(super) fn hosts(text: &mut String, hosts: &[HostView]) {
    let mut each = |name, of: fn(&HostView) -> Option<f64>| {
        let rows = hosts.iter().filter_map(|host| Some((host, of(host)?)));
        family(text, name, rows, |text, host| write!(text, "host=\"{}\"", host.name));
    };
    each("switchtower_host_reachable", |host| Some(host.answers.map_or(-1.0, flag)));
    each("switchtower_host_answer_age_seconds", |host| host.age_ms.map(seconds));
}

/// The figures of every placement.
pub(super) fn placements(text: &mut String, components: &[ComponentView]) {
    let mut each = |name, of: fn(&PlacementView) -> Option<f64>| {
        let all = components.iter().flat_map(|component| component.placements.iter().map(move |placement| (component, placement)));
        let rows = all.filter_map(|(component, placement)| Some(((component, placement), of(placement)?)));
        family(text, name, rows, |text, (component, of)| {
            write!(text, "component=\"{}\",site=\"{}\",host=\"{}\"", component.name, of.site, of.host)
        });
    };
    each("switchtower_component_wanted", |of| Some(mode(of.wanted)));
    each("switchtower_component_observed", |of| Some(mode(of.observed)));
    each("switchtower_component_as_wanted", |of| Some(flag(of.agrees)));
    each("switchtower_component_fact_age_seconds", |of| of.age_ms.map(seconds));
}

/// One gauge with all its series, and nothing where it has none.
fn family<T: Copy>(
    text: &mut String,
    name: &str,
    rows: impl Iterator<Item = (T, f64)>,
    labels: impl Fn(&mut String, T) -> std::fmt::Result,
) {
    let mut first = true;
    for (of, value) in rows {
        if std::mem::take(&mut first) {
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} gauge", about(name));
        }
        text.push_str(name);
        text.push('{');
        let _ = labels(text, of);
        let _ = writeln!(text, "}} {value}");
    }
    if !first {
        text.push('\n');
    }
}
