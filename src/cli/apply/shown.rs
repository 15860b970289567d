//! What applying a configuration would do, as far as it is known before: the difference, and what does not run.

use super::short;
use crate::config::{self, Change, Loaded};
use crate::core::model::{ComponentName, HostName, Mode, Side};
use crate::core::plan::Wanted;
use crate::wire::{ConfigView, StatusView};
use crate::words::{Line, Tone, count};
use serde::Serialize;
use std::path::PathBuf;

/// What is seen before anybody is asked; stands in the document of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    path: PathBuf,
    /// Hash of the configuration that the monitor runs by.
    before: String,
    /// Hash of the one in the file.
    after: String,
    /// What differs, by key.
    pub(super) changes: Vec<Change>,
    /// What does not run though it is to, as far as is known.
    to_start: Vec<Missing>,
    /// What runs, or may run, where it must not: a start refuses while it does.
    in_the_way: Vec<Missing>,
    /// Components that the file no longer has: nothing of them is stopped, and nobody watches them.
    dropped: Vec<ComponentName>,
}

/// A placement that is not as the configuration wants it.
#[derive(Debug, Serialize)]
struct Missing {
    component: ComponentName,
    host: HostName,
    /// What it is to be.
    wanted: Mode,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// What is known of it.
    is: String,
    /// What it does is not known at the moment.
    unknown: bool,
}

impl Seen {
    /// The file against the monitor, and against what it has seen last.
    pub(super) fn of(status: &StatusView, running: &ConfigView, loaded: &Loaded) -> Self {
        let (mut to_start, mut in_the_way) = (Vec::new(), Vec::new());
        for component in loaded.cluster.components.values() {
            for side in Side::BOTH {
                let Some(wanted) = component.mode_when(side, Wanted::Active(Side::Primary)) else { continue };
                let host = component.host(side).clone();
                let view = status.components.iter().filter(|c| c.name == component.name).flat_map(|c| &c.placements);
                let view = view.into_iter().find(|p| p.host == host);
                let observed = view.and_then(|p| p.observed);
                if observed == Some(wanted) {
                    continue;
                }
                let is = match (view, observed) {
                    (None, _) => "not watched yet".to_owned(),
                    (Some(view), None) => format!("not known ({})", view.detail),
                    (Some(_), Some(mode)) => mode.to_string(),
                };
                let unit = component.instance(side, wanted).map(|instance| instance.service.to_string());
                let missing = Missing { component: component.name.clone(), host, wanted, unit, is, unknown: observed.is_none() };
                if wanted == Mode::Stopped {
                    // What nobody has looked at yet is in nobody's way as far as is known.
                    in_the_way.extend(view.is_some().then_some(missing));
                } else {
                    to_start.push(missing);
                }
            }
        }
        let dropped = status.components.iter().map(|c| &c.name).filter(|name| !loaded.cluster.components.contains_key(*name));
        Self {
            path: running.path.clone(),
            before: running.hash.clone(),
            after: loaded.hash.clone(),
            changes: config::changes(&running.content, &loaded.content),
            to_start,
            in_the_way,
            dropped: dropped.cloned().collect(),
        }
    }

    /// Everything runs as the configuration wants it.
    pub(super) fn is_done(&self) -> bool {
        self.to_start.is_empty() && self.in_the_way.is_empty()
    }

    /// Something is on its way, or was not seen yet.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.to_start.iter().chain(&self.in_the_way).any(|missing| missing.unknown)
    }

    /// The same for people.
    pub(super) fn lines(&self) -> Vec<Line> {
        let path = self.path.display();
        let mut lines = Vec::new();
        if self.changes.is_empty() {
            lines.push(Line::of(Tone::Strong, format!("{path}: nothing differs from what the monitor runs by ({})", short(&self.after))));
        } else {
            let head = format!("{path}: {} from what the monitor runs by", differ(self.changes.len()));
            lines.push(Line::of(Tone::Strong, head));
            lines.extend(self.changes.iter().map(|change| Line::from(format!("  {change}"))));
            lines.push(Line::from(format!(
                "configuration {} becomes {}; the monitor restarts nothing",
                short(&self.before),
                short(&self.after)
            )));
        }
        lines.extend(self.dropped.iter().map(|name| {
            let what = format!("{name} is no component any more: what runs of it goes on running, and nobody watches it");
            Line::of(Tone::Warn, what)
        }));
        if self.is_done() {
            lines.push(Line::from("nothing is to be started: everything that is to run runs"));
            return lines;
        }
        if !self.to_start.is_empty() {
            lines.push(Line::of(Tone::Strong, "To be started, as far as it is known now, in the order of dependencies"));
        }
        for Missing { component, host, wanted, unit, is, .. } in &self.to_start {
            let unit = unit.as_ref().map_or(String::new(), |unit| format!(", {unit}"));
            lines.push(Line::from(format!("  {component} on {host} as {wanted}{unit}: is {is}")));
        }
        lines.extend(self.in_the_way.iter().map(|Missing { component, host, is, .. }| {
            Line::of(Tone::Bad, format!("  {component} on {host} must not run, and is {is}: the start is refused until it is stopped"))
        }));
        lines.push(Line::from("the plan of the start is made after that, by the configuration that holds then, on a fresh look"));
        lines
    }
}

fn differ(keys: usize) -> String {
    format!("{} {}", count(keys, "key"), if keys == 1 { "differs" } else { "differ" })
}
