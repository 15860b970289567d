//! What can be asked about, and which entries of the journal are about it. Pure.

use crate::core::command::{Command, Reason};
use crate::core::model::{ComponentName, HostName, SiteName, Upkept};
use crate::core::record::{Body, Record, RunId};
use crate::core::trigger::{Choice, DecisionId};
use crate::wire::StatusView;

/// Something that can be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// The cluster as a whole.
    Cluster,
    /// A component.
    Component(ComponentName),
    /// A host.
    Host(HostName),
    /// A site.
    Site(SiteName),
    /// A decision.
    Decision(DecisionId),
    /// A run.
    Run(RunId),
}

impl Subject {
    /// What kind of thing it is, in a word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Component(_) => "component",
            Self::Host(_) => "host",
            Self::Site(_) => "site",
            Self::Decision(_) => "decision",
            Self::Run(_) => "run",
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Component(name) => Some(name.as_str()),
            Self::Host(name) => Some(name.as_str()),
            Self::Site(name) => Some(name.as_str()),
            Self::Cluster | Self::Decision(_) | Self::Run(_) => None,
        }
    }
}

/// What a word on the command line means; a name of this cluster before the number of a decision or a run.
pub(super) fn subject(what: Option<&str>, status: &StatusView) -> Option<Subject> {
    let Some(what) = what.filter(|what| *what != status.cluster) else { return Some(Subject::Cluster) };
    let component = || status.components.iter().find(|c| c.name.as_str() == what).map(|c| Subject::Component(c.name.clone()));
    let host = || status.hosts.iter().find(|h| h.name.as_str() == what).map(|h| Subject::Host(h.name.clone()));
    let site = || status.sites.iter().find(|s| s.as_str() == what).map(|s| Subject::Site(s.clone()));
    let number = |letter: char| what.strip_prefix(letter).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    let numbered = || number('d').map(|n| Subject::Decision(DecisionId(n))).or_else(|| number('r').map(|n| Subject::Run(RunId(n))));
    component().or_else(host).or_else(site).or_else(numbered)
}

/// Whether an entry says something about `subject`.
pub(super) fn about(record: &Record, subject: &Subject) -> bool {
    match &record.body {
        Body::Decided { decision } => decided(&decision.choice, &decision.why, subject),
        Body::Refused { command, reasons, .. } => touches(command, subject) || because(reasons, subject),
        Body::RunOpened { plan, .. } => match subject {
            Subject::Component(name) => plan.objects().contains(name) || touches(&plan.command, subject),
            Subject::Host(name) => plan.steps.iter().any(|step| step.host == *name) || touches(&plan.command, subject),
            Subject::Cluster => true,
            Subject::Site(_) => touches(&plan.command, subject) || mentions(&plan.summary, subject),
            Subject::Decision(_) | Subject::Run(_) => false,
        },
        Body::MaintenanceOver { what, .. } => is(what, subject),
        _ => false,
    }
}

/// Whether a decision is about `subject`: by what it does, or by why.
pub(super) fn decided(choice: &Choice, why: &[String], subject: &Subject) -> bool {
    let whole = *subject == Subject::Cluster;
    why.iter().any(|line| mentions(line, subject))
        || match choice {
            Choice::Quiet => whole,
            Choice::Hold { wants, reasons } => {
                whole || because(reasons, subject) || wants.as_ref().is_some_and(|command| touches(command, subject))
            }
            Choice::Act { command, .. } => whole || touches(command, subject),
        }
}

fn because(reasons: &[Reason], subject: &Subject) -> bool {
    reasons.iter().any(|reason| mentions(&reason.what, subject))
}

fn touches(command: &Command, subject: &Subject) -> bool {
    match (command, subject) {
        (_, Subject::Cluster) => true,
        (Command::Rescue { components, .. }, Subject::Component(name)) => components.contains(name),
        (Command::Guard { component, .. }, Subject::Component(name)) => component == name,
        (Command::Fence { host, .. }, Subject::Host(name)) => host == name,
        (Command::Maintain { what, .. } | Command::Manage { what }, _) => is(what, subject),
        (Command::Guard { site, .. } | Command::Adopt { site, .. } | Command::Failover { to: site }, Subject::Site(name)) => site == name,
        (Command::Start { site: Some(site) } | Command::Switchover { to: Some(site) }, Subject::Site(name)) => site == name,
        _ => false,
    }
}

fn is(what: &Upkept, subject: &Subject) -> bool {
    match (what, subject) {
        (_, Subject::Cluster) => true,
        (Upkept::Host(of), Subject::Host(name)) => of == name,
        (Upkept::Component(of), Subject::Component(name)) => of == name,
        _ => false,
    }
}

/// Whether `text` has the subject's name as a word of its own.
pub(super) fn mentions(text: &str, subject: &Subject) -> bool {
    let Some(name) = subject.name() else { return false };
    let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::shop_status;

    #[test]
    fn a_name_of_the_cluster_comes_before_a_number() {
        let mut status = shop_status();
        let kind = |what: Option<&str>, status: &StatusView| subject(what, status).map(|subject| subject.kind());
        for (what, expected) in [
            (None, Some("cluster")),
            (Some("c"), Some("cluster")),
            (Some("db"), Some("component")),
            (Some("a1"), Some("host")),
            (Some("north"), Some("site")),
            (Some("d17"), Some("decision")),
            (Some("r17"), Some("run")),
            (Some("17"), None),
            (Some("dx"), None),
            (Some("d"), None),
            (Some(""), None),
        ] {
            assert_eq!(kind(what, &status), expected, "{what:?}");
        }
        status.components[0].name = ComponentName::new("d17").unwrap();
        assert_eq!(kind(Some("d17"), &status), Some("component"));
    }

    #[test]
    fn a_name_counts_only_as_a_word_of_its_own() {
        let db = Subject::Component(ComponentName::new("db").unwrap());
        for (text, is) in [
            ("db is down", true),
            ("db.service failed", true),
            ("(db)", true),
            ("mydb is down", false),
            ("db-replica is down; so is db", true),
            ("db-replica is down", false),
            ("", false),
        ] {
            assert_eq!(mentions(text, &db), is, "{text}");
        }
    }
}
