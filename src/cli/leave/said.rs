//! What `leave` says: its plan, host by host, what stays, and how it ended. Values in, lines out.

use crate::cli::end;
use crate::cli::out::Out;
use crate::config::Loaded;
use crate::core::command::Exit;
use crate::core::leaving::{AtHost, Found, Kept};
use crate::words::{Line, Tone, count};
use serde::Serialize;
use std::path::PathBuf;

/// What is said of, beside the hosts.
pub(super) struct Saying<'a> {
    /// The configuration that is left.
    pub(super) loaded: &'a Loaded,
}

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Document {
    outcome: &'static str,
    exit: u8,
    cluster: String,
    hosts: Vec<AtHost>,
    /// The journal, which is kept.
    journal: PathBuf,
    /// What is to be removed by hand, where that is wanted.
    stays: Vec<String>,
}

impl Saying<'_> {
    /// Everything that would be done, and what stays.
    pub(super) fn plan(&self, found: &[AtHost]) -> Vec<Line> {
        let cluster = &self.loaded.cluster.name;
        let head = format!("leave {cluster}: takes Switchtower off its hosts; every service goes on as it is");
        let mut lines = vec![Line::of(Tone::Strong, head)];
        lines.extend(self.other_monitors());
        lines.push(Line::of(Tone::Strong, "Hosts"));
        lines.extend(found.iter().flat_map(at_host));
        lines.push(Line::of(Tone::Strong, "What stays"));
        lines.extend(self.stays().into_iter().map(|line| Line::from(format!("  {line}"))));
        lines
    }

    /// Shows the plan, and does nothing.
    pub(super) fn planned(&self, found: Vec<AtHost>, out: &mut Out) -> Exit {
        out.say_all(self.plan(&found));
        if out.look().json {
            out.document(&self.document("planned", Exit::Done, found));
        } else {
            out.say("dry run: nothing was done");
        }
        Exit::Done
    }

    /// Ends with what has become of every host.
    pub(super) fn ended(&self, left: Vec<AtHost>, out: &mut Out) -> Exit {
        let exit = exit(&left);
        let lines: Vec<Line> = left.iter().flat_map(at_host).collect();
        out.say_all(lines);
        let clear = left.iter().filter(|at| at.is_clear()).count();
        let (tone, what) = if exit == Exit::Done {
            (Tone::Good, format!("done: nothing that Switchtower keeps for {} is left on its hosts", self.loaded.cluster.name))
        } else {
            (Tone::Bad, format!("{clear} of {} left behind clear; run the same again for the rest", count(left.len(), "host")))
        };
        out.say(Line::of(tone, what));
        if exit == Exit::Done {
            out.say_all(self.stays().into_iter().map(Line::from));
        }
        if out.look().json {
            out.document(&self.document(end::word(exit), exit, left));
        }
        exit
    }

    fn document(&self, outcome: &'static str, exit: Exit, hosts: Vec<AtHost>) -> Document {
        let (cluster, journal) = (self.loaded.cluster.name.to_string(), self.loaded.monitor.state_dir.clone());
        Document { outcome, exit: exit as u8, cluster, hosts, journal, stays: self.stays() }
    }

    /// Where there are two monitors, this machine knows of its own only.
    fn other_monitors(&self) -> Vec<Line> {
        let Some(monitors) = &self.loaded.monitor.monitors else { return Vec::new() };
        let [one, two] = &monitors.hosts;
        vec![Line::of(
            Tone::Bad,
            format!(
                "two monitors, on {one} and {two}: only the one here is known to be stopped; whoever confirms this vouches that the other one is stopped too"
            ),
        )]
    }

    fn stays(&self) -> Vec<String> {
        let journal = self.loaded.monitor.state_dir.display();
        vec![
            "units stay enabled or disabled as they are; those that Switchtower has started do not start at boot: `systemctl enable` \
             them on the one side that is to serve"
                .to_owned(),
            "nothing moves, restarts or guards them any more".to_owned(),
            format!("the journal in {journal} on this machine: a monitor that is started again goes on by it, and adopts what runs"),
            "on this machine, to be removed by hand: switchtower.service, its configuration, and its SSH key".to_owned(),
            "on each host, to be removed by hand: that key in ~/.ssh/authorized_keys, /etc/sudoers.d/switchtower, the user switchtower, \
             and the program with switchtower-host.service, as far as they were installed there"
                .to_owned(),
        ]
    }
}

/// How it ended: nobody's records are left, some are, or all.
fn exit(left: &[AtHost]) -> Exit {
    let unknown = left.iter().any(|at| matches!(at.found, Found::Left { unknown: true, .. }));
    let removed = left.iter().any(|at| matches!(at.found, Found::Removed { .. }));
    match left.iter().all(AtHost::is_clear) {
        true => Exit::Done,
        false if removed => Exit::Partly,
        false if unknown => Exit::Unknown,
        false => Exit::NothingChanged,
    }
}

fn at_host(at: &AtHost) -> Vec<Line> {
    let host = &at.host;
    let mut lines = match &at.found {
        Found::Nothing => vec![Line::from(format!("  {host}: no record of this cluster"))],
        Found::Records { records } => vec![Line::from(format!("  {host}: removes {}", kept(records)))],
        Found::Removed { records } => vec![Line::of(Tone::Good, format!("  {host}: removed {}", kept(records)))],
        Found::Left { reason, .. } => {
            let what = reason.what.strip_prefix(host.as_str()).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&reason.what);
            vec![
                Line::of(Tone::Bad, format!("  {host}: left as it is: {what}")),
                Line::of(Tone::Faint, format!("    do: {}", reason.remedy)),
            ]
        }
    };
    if !at.processes.is_empty() {
        let names: Vec<&str> = at.processes.iter().map(|name| name.as_str()).collect();
        let what = format!(
            "    runs {} as children of its host service, which stays: they go on with it and end with it; make them units of systemd before you remove it",
            names.join(", ")
        );
        lines.push(Line::of(Tone::Warn, what));
    }
    if let Some(why) = &at.service {
        lines.push(Line::of(Tone::Warn, format!("    what its host service runs is not known: {why}")));
    }
    lines
}

fn kept(records: &[Kept]) -> String {
    let each: Vec<String> = records.iter().map(|kept| format!("{} (the record of terms, at {})", kept.folder, kept.term)).collect();
    each.join(" and ")
}
