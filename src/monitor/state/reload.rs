//! A new configuration: the file is read beside the state, judged here, and held by the monitor's next life.
//!
//! Nothing is taken over in place. A life ends and the next one begins by the new file, as after any restart: it takes a
//! new term, adopts what runs, and restarts nothing.

use super::attempts::RELOAD;
use super::requests::{cannot_act, kept, value};
use super::{Effect, Now, State};
use crate::config::{Loaded, Problem, Problems, Severity};
use crate::core::command::Reason;
use crate::core::record::{Body, Home};
use crate::monitor::event::Reload;
use crate::wire::{ConfigView, Failure, FailureKind};

/// Folders that a running monitor cannot leave: where it remembers, and where it is found.
const FOLDERS: [&str; 2] = ["state_dir", "run_dir"];

impl State {
    pub(super) fn config(&self) -> ConfigView {
        ConfigView { hash: self.setup.config.clone(), path: self.setup.path.clone(), content: self.content() }
    }

    fn content(&self) -> serde_json::Value {
        // It was written as JSON by this very process.
        serde_json::from_str(&self.setup.content).unwrap_or_default()
    }

    /// Has the file read, one reader at a time.
    pub(super) fn reload(&mut self, reload: Reload, now: Now) -> Vec<Effect> {
        if self.loading {
            let reason = Reason::new("the configuration file is being read already", "ask again in a moment");
            return self.unloaded(reload, vec![reason], now);
        }
        self.loading = true;
        vec![Effect::Load(reload)]
    }

    /// The file was read: everything that is wrong is told and nothing happens, or this life ends.
    pub(super) fn loaded(&mut self, reload: Reload, result: Result<Box<Loaded>, Problems>, now: Now) -> Vec<Effect> {
        self.loading = false;
        let loaded = match result {
            Ok(loaded) => loaded,
            Err(problems) => {
                let reasons = problems.list.iter().filter(|p| p.severity == Severity::Error).map(reason).collect();
                return self.unloaded(reload, reasons, now);
            }
        };
        let mut reasons = self.hindrances(&loaded);
        if let Reload::Asked(ask, _, _) = &reload
            && let Some(hash) = ask.hash.as_ref().filter(|hash| **hash != loaded.hash)
        {
            let what = format!("the file has changed since it was shown: its hash is {} now, not {}", short(&loaded.hash), short(hash));
            reasons.push(Reason::new(what, "look at the difference again, then give the command again"));
        }
        if !reasons.is_empty() {
            return self.unloaded(reload, reasons, now);
        }
        let text = |who: &str, why: &str| {
            let (before, after) = (short(&self.setup.config), short(&loaded.hash));
            format!("{who} has the configuration reloaded{why}: {before} before, {after} from the next life on")
        };
        let (text, mut then) = match reload {
            Reload::Asked(ask, _, reply) if ask.dry_run => return vec![Effect::Reply(reply, value(&loaded.hash))],
            Reload::Asked(ask, who, reply) => {
                let why = ask.reason.map(|reason| format!(" ({})", kept(&reason))).unwrap_or_default();
                (text(&who.to_string(), &why), vec![Effect::Reply(reply, value(&loaded.hash))])
            }
            Reload::Signal => (text("a signal", ""), Vec::new()),
        };
        tracing::info!("{text}");
        then.push(Effect::Restart);
        if !self.is_acting() {
            // There is no term to write it under; the journal is the other monitor's.
            return then;
        }
        self.record(vec![Body::Note { text }], then, now)
    }

    /// Tells whoever asked that nothing happens, and why.
    fn unloaded(&mut self, reload: Reload, reasons: Vec<Reason>, now: Now) -> Vec<Effect> {
        match reload {
            Reload::Asked(ask, _, reply) if ask.dry_run => {
                vec![Effect::Reply(reply, Err(Failure::new(FailureKind::Refused, reasons)))]
            }
            Reload::Asked(_, who, reply) => {
                tracing::warn!(%who, reasons = reasons.len(), "the configuration is not reloaded");
                self.refuse_words(RELOAD, &who, reasons, reply, now)
            }
            Reload::Signal => {
                tracing::error!("the configuration is not reloaded, and what held goes on to hold: {} problems", reasons.len());
                for Reason { what, remedy } in reasons {
                    tracing::error!("not reloaded: {what}; do: {remedy}");
                }
                Vec::new()
            }
        }
    }

    /// Why the next life could not or should not begin now by `loaded`.
    fn hindrances(&self, loaded: &Loaded) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(why) = self.closed().filter(|_| self.is_acting()) {
            reasons.extend(cannot_act(&why).data.reasons);
        }
        if self.is_acting() {
            reasons.extend(self.open_reasons());
        }
        let sites = loaded.cluster.sites.clone();
        let theirs = Home { cluster: loaded.cluster.name.clone(), primary: sites.primary, secondary: sites.secondary };
        if let Some(why) = self.home().differs_from(&theirs) {
            reasons.push(Reason::new(why, "write the cluster's name and its sites as they were"));
        }
        let content = self.content();
        for key in FOLDERS {
            let of = |content: &serde_json::Value| content.pointer(&format!("/monitor/{key}")).cloned();
            let (before, after) = (of(&content), of(&loaded.content));
            if before != after {
                let show = |value: Option<serde_json::Value>| value.map_or_else(|| "nothing".to_owned(), |v| v.to_string());
                let what = format!("monitor.{key}: {} becomes {}, and a running monitor cannot move", show(before), show(after));
                reasons.push(Reason::new(what, "end the monitor, move the folder, and start the monitor again by the new file"));
            }
        }
        reasons
    }
}

fn reason(problem: &Problem) -> Reason {
    let key = if problem.key.is_empty() { "the file" } else { &problem.key };
    let line = problem.line.map_or(String::new(), |line| format!(" (line {line})"));
    Reason::new(format!("{key}{line}: found {}: {}", problem.found, problem.why), problem.remedy.clone())
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
