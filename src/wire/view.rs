//! What the monitor shows. Ages are in milliseconds before the answer was made, by the monitor's own steady clock.

use super::ReadinessView;
use crate::core::command::End;
use crate::core::fact::{Source, State};
use crate::core::health::{Judged, SecondLook};
use crate::core::model::{ComponentName, HostName, Mark, Mode, SiteName, Upkept};
use crate::core::pair::Part;
use crate::core::plan::{Action, Plan, Step, StepId, Wanted};
use crate::core::record::{Actor, Expected, Record, RunId, RunLog, Stance, Term};
use crate::core::run::{Phase, StepState};
use crate::core::trigger::{Acts, Choice, DecisionId, LastFailover};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// Everything that is known of the cluster at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// When the answer was made, by the monitor's wall clock.
    pub at: jiff::Timestamp,
    /// Its name.
    pub cluster: String,
    /// Free words for it.
    pub label: Option<String>,
    /// One word for the whole.
    pub verdict: Verdict,
    /// What is wanted.
    pub wanted: Wanted,
    /// The primary's site, then the secondary's.
    pub sites: [SiteName; 2],
    /// The site that is to serve, if one is.
    pub active: Option<SiteName>,
    /// Will it act? One line.
    pub acts: String,
    /// Whether the monitor acts by itself.
    pub stance: Stance,
    /// Which protection is off since a failover, in one plain line; nothing while all of it is on.
    pub protection_off: Option<String>,
    /// What the monitor decided last by itself.
    pub decision: Option<DecisionView>,
    /// The last automatic failover.
    pub last_failover: Option<LastFailover>,
    /// Whether a switchover could be done now.
    pub readiness: Option<ReadinessView>,
    /// Time between two looks, in milliseconds: what is older than two of them is late.
    pub interval_ms: u64,
    /// Who may act.
    pub lease: LeaseView,
    /// Index of the journal's last entry: the sequence number of this picture.
    pub sequence: u64,
    /// Hash of the configuration.
    pub config: String,
    /// Whether loopback addresses were allowed for roles' hosts.
    pub allow_loopback: bool,
    /// Every host, by name.
    pub hosts: Vec<HostView>,
    /// Every component, by name.
    pub components: Vec<ComponentView>,
    /// Runs that are not over.
    pub open_runs: Vec<RunView>,
    /// What is wrong, worst first.
    pub troubles: Vec<Trouble>,
    /// Hosts and components that somebody works on.
    #[serde(default)]
    pub maintenance: Vec<MaintenanceView>,
}

/// A host or a component that somebody works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceView {
    /// Which.
    #[serde(flatten)]
    pub what: Upkept,
    /// How, by whom, why, and until when.
    #[serde(flatten)]
    pub mark: Mark,
}

/// What the monitor decided by itself, without the evidence, which the journal has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// Its number.
    pub id: DecisionId,
    /// When, by the monitor's clock.
    pub at: jiff::Timestamp,
    /// What.
    pub choice: Choice,
    /// What became of it.
    pub acts: Acts,
    /// Why.
    pub why: Vec<String>,
}

/// One word for the whole cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is as wanted.
    Ok,
    /// A run is under way.
    Moving,
    /// Something is not known.
    Unknown,
    /// Something is not as wanted.
    Degraded,
    /// Something that serves does not run.
    Down,
}

impl Verdict {
    /// The word as it is shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Moving => "MOVING",
            Self::Unknown => "UNKNOWN",
            Self::Degraded => "DEGRADED",
            Self::Down => "DOWN",
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The configuration key or object that it is about, such as `components.db.primary`.
    pub key: String,
    /// What, where and why.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Who may act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseView {
    /// The kind of lease, `single`.
    pub kind: String,
    /// Who holds it.
    pub holder: String,
    /// Its term.
    pub term: Term,
    /// Whether acts can be journaled; without it nothing is done.
    pub journal: Result<(), String>,
    /// The other monitor, where there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<PairView>,
}

/// The pair that this monitor and another one are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairView {
    /// The host of this monitor, as the configuration calls it.
    pub me: HostName,
    /// The host of the other one.
    pub other: HostName,
    /// What this one does.
    pub part: Part,
    /// Age of the last word of the other one, in milliseconds; `None` where it was not heard since this one started.
    pub heard_ms: Option<u64>,
    /// Whether the other one acts, by that word.
    pub other_acts: Option<bool>,
    /// Why it is not heard now, where it is not.
    pub lost: Option<String>,
    /// Entries of the journal that the one that follows does not have yet, as far as this one knows.
    pub behind: Option<u64>,
    /// For how long it has been behind, in milliseconds; `None` while it is not.
    pub behind_ms: Option<u64>,
    /// It runs by another configuration.
    pub other_config: bool,
    /// The other one was taken over from, and nobody knows for certain that it does not act.
    pub rival: bool,
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostView {
    /// Its name.
    pub name: HostName,
    /// Its site, if it serves one.
    pub site: Option<SiteName>,
    /// It answered the last look; `None` before the first.
    pub answers: Option<bool>,
    /// Why it did not.
    pub why: Option<String>,
    /// For how long it has answered, or has not, in milliseconds, as far as this life of the monitor has looked; `None` before
    /// the first look.
    pub since_ms: Option<u64>,
    /// Age of its last answer.
    pub age_ms: Option<u64>,
    /// The boot that it is in.
    pub boot_id: Option<String>,
    /// How it is.
    pub health: Judged,
    /// What other hosts have seen of it, the last look of each.
    pub seen_by: Vec<SecondLook>,
    /// How it is fenced: the command without secrets; `None` where it has no fence device.
    pub fence: Option<String>,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentView {
    /// Its name.
    pub name: ComponentName,
    /// A free word.
    pub kind: Option<String>,
    /// The run that holds it.
    pub held_by: Option<RunId>,
    /// Its placements, primary first.
    pub placements: Vec<PlacementView>,
}

/// One side of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementView {
    /// The site.
    pub site: SiteName,
    /// The host.
    pub host: HostName,
    /// What it should be doing; `None` while nobody has said.
    pub wanted: Option<Mode>,
    /// What it does; `None` when that is not known.
    pub observed: Option<Mode>,
    /// What its services are, in the host's words: `db.service active (running)`.
    pub detail: String,
    /// The state of the service that counts: the wanted one, else the active one.
    pub state: State,
    /// Which way the last fact of that service came; `None` where it was never seen.
    pub source: Option<Source>,
    /// For how long that service has been in its state, in milliseconds, as far as this life of the monitor has seen; another
    /// start is another state. `None` while the state is not known from the host itself.
    pub since_ms: Option<u64>,
    /// Age of that fact.
    pub age_ms: Option<u64>,
    /// Wanted and observed are both known and the same.
    pub agrees: bool,
    /// How it is, where it should run.
    pub health: Option<Judged>,
}

/// The configuration that the monitor runs by. There are no secrets in it: they stand in files that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigView {
    /// Its hash, all digits.
    pub hash: String,
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// All keys with their values, defaults filled in.
    pub content: Value,
}

/// A plan and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// All digits; people see the first twelve.
    pub hash: String,
    /// The plan.
    pub plan: Plan,
    /// How long its steps took before.
    #[serde(default)]
    pub expected: Expected,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// Its id.
    pub run: RunId,
    /// What it does, in a sentence.
    pub summary: String,
    /// The verb that was asked for.
    pub verb: String,
    /// Who asked.
    pub who: Actor,
    /// Why.
    pub reason: Option<String>,
    /// When it was opened, by the monitor's clock.
    pub opened: jiff::Timestamp,
    /// When it was over.
    pub closed: Option<jiff::Timestamp>,
    /// How it ended; `None` while it is open.
    pub end: Option<End>,
    /// Why it is on its way back, if it is.
    pub turned_back: Option<String>,
    /// The point of no return lies behind.
    pub crossed: bool,
    /// A step whose outcome is not known, in words; it is asked about until it is known.
    pub doubt: Option<String>,
    /// Its steps.
    pub steps: Vec<StepView>,
}

impl RunView {
    /// The view of a run as its log has it.
    #[must_use]
    pub fn of(id: RunId, log: &RunLog) -> Self {
        let (run, plan) = (&log.run, log.run.plan());
        let step = |step: &Step| {
            let at = run.steps().get(&step.id)?;
            Some(StepView {
                id: step.id,
                component: step.component.clone(),
                host: step.host.clone(),
                action: step.action,
                command: step.command.clone(),
                state: at.state.clone(),
                sent: at.sent,
                took_ms: at.took_ms,
            })
        };
        Self {
            run: id,
            summary: plan.summary.clone(),
            verb: plan.command.verb().to_owned(),
            who: log.who.clone(),
            reason: log.reason.clone(),
            opened: log.opened,
            closed: log.closed,
            end: run.end().cloned(),
            turned_back: match run.phase() {
                Phase::Back { why } => Some(why.clone()),
                Phase::Forth | Phase::Closed { .. } => None,
            },
            crossed: run.crossed(),
            doubt: run.doubt().map(|(step, why)| format!("step {}, {} on {}: {why}", step.id, step.command, step.host)),
            steps: plan.steps.iter().filter_map(step).collect(),
        }
    }
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Its number.
    pub id: StepId,
    /// The component; `None` where it is about a whole host.
    pub component: Option<ComponentName>,
    /// Where.
    pub host: HostName,
    /// What it does.
    pub action: Action,
    /// As a person would type it.
    pub command: String,
    /// Where it stands.
    pub state: StepState,
    /// How often it was sent.
    pub sent: u16,
    /// How long the last answer took, in milliseconds.
    pub took_ms: Option<u64>,
}

/// Entries of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// The entries, oldest first.
    pub records: Vec<Record>,
    /// Index of the journal's last entry.
    pub last: u64,
    /// Index of the oldest entry that is still kept.
    pub oldest: u64,
}
