//! A closer look at the agents of a host than watching takes: whether the guard could stand, whether programs are there, and
//! what OCF agents say of their options. Asked for by the live checks of a configuration. It changes nothing.

use super::meta::{self, Meta, mistakes};
use super::{AgentHosts, Side, scripts};
use crate::core::model::{AgentCall, AgentSpec, HookCall, HostName, OcfAgent, Service};
use crate::driver::error::DriverError;
use crate::driver::guard::{self, Demand};
use crate::driver::session::nonce;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// What a survey has found.
#[derive(Debug, Clone, Default)]
pub struct AgentSurvey {
    /// What stands in the way of the guard; empty where it could stand.
    pub obstacles: Vec<DriverError>,
    /// What is wrong with single agents.
    pub problems: Vec<AgentProblem>,
}

/// One thing that is wrong with an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentProblem {
    /// Which.
    pub service: Service,
    /// It is about an option of it.
    pub option: bool,
    /// What is wrong, in a sentence.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl AgentHosts {
    /// Whether `host` is one of them.
    #[must_use]
    pub fn serves(&self, host: &HostName) -> bool {
        self.hosts.contains_key(host)
    }

    /// Surveys a host: nothing is started, stopped or written there.
    ///
    /// # Errors
    /// The host is unknown, silent, or does not run the questions.
    pub async fn survey(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<AgentSurvey, DriverError> {
        let (side, until) = (self.side(host)?, Instant::now() + deadline);
        let (hooks, services): (Vec<Service>, Vec<Service>) = services.iter().cloned().partition(|service| service.hook().is_some());
        let agents = self.agents(side, &services)?;
        let (obstacles, missing) = self.obstacles(side, &agents, &hooks, until).await?;
        let mut survey = AgentSurvey { obstacles, problems: Vec::new() };
        if survey.obstacles.iter().any(|error| matches!(error, DriverError::NoRights { .. })) {
            return Ok(survey);
        }
        survey.problems.extend(hooks.iter().flat_map(|hook| absent_of(host, hook, &missing)));
        let mut metas = BTreeMap::new();
        for (service, spec) in &agents {
            let gone: Vec<String> = programs(spec).into_iter().filter(|program| missing.contains(program)).collect();
            if !gone.is_empty() {
                survey.problems.push(absent(host, service, spec, &gone));
                continue;
            }
            let AgentCall::Ocf(agent) = &spec.call else { continue };
            let found = match metas.get(&(&agent.provider, &agent.kind)) {
                Some(found) => found,
                None => {
                    let found = self.meta(side, agent, until).await?;
                    metas.entry((&agent.provider, &agent.kind)).or_insert(found)
                }
            };
            survey.problems.extend(self.judge(side, service, (spec, agent), found).await);
        }
        Ok(survey)
    }

    /// Each agent once.
    fn agents<'a>(&self, side: &'a Side, services: &'a [Service]) -> Result<Vec<(&'a Service, &'a AgentSpec)>, DriverError> {
        let mut seen = BTreeSet::new();
        let mut agents = Vec::new();
        for service in services {
            let (agent, spec) = side.agent(service)?;
            if seen.insert(&agent.name) {
                agents.push((service, spec));
            }
        }
        Ok(agents)
    }

    /// What stands in the way of the guard, and programs that are not there.
    async fn obstacles(
        &self,
        side: &Side,
        agents: &[(&Service, &AgentSpec)],
        hooks: &[Service],
        until: Instant,
    ) -> Result<(Vec<DriverError>, BTreeSet<String>), DriverError> {
        const STAGE: &str = "asking what its agents need";
        let nonce = nonce();
        let of_hooks = hooks.iter().filter_map(Service::hook).flat_map(commands).filter_map(|argv| argv.first().cloned());
        let all: BTreeSet<String> = agents.iter().flat_map(|(_, spec)| programs(spec)).chain(of_hooks).collect();
        let all: Vec<String> = all.into_iter().collect();
        let printed = match self.reached(side, until).run(&scripts::ready(&nonce, &all), STAGE).await {
            Err(error) if error.host_answered() => return Ok((vec![error], BTreeSet::new())),
            printed => printed?,
        };
        let demand = Demand::asking(&self.cluster, &nonce);
        let ocf = agents.iter().any(|(_, spec)| matches!(spec.call, AgentCall::Ocf(_)));
        let (mut obstacles, mut missing) = (Vec::new(), BTreeSet::new());
        for line in printed.lines() {
            match guard::answer("SWITCHTOWER-READY", &nonce, line) {
                Some(Ok(_)) => return Ok((obstacles, missing)),
                Some(Err(refusal)) => match guard::explain_at(&side.name, &demand, scripts::place(&self.cluster), refusal) {
                    DriverError::NoProgram { program, .. } => drop(missing.insert(program)),
                    DriverError::NoPlace { .. } if !ocf => {}
                    obstacle => obstacles.push(obstacle),
                },
                None => {}
            }
        }
        Err(DriverError::BadAnswer { host: side.name.clone(), stage: STAGE, reason: "no end of it".to_owned() })
    }

    /// What an agent says of itself, or why that cannot be used.
    async fn meta(&self, side: &Side, agent: &OcfAgent, until: Instant) -> Result<Result<Meta, String>, DriverError> {
        const STAGE: &str = "asking an agent what it takes";
        let nonce = nonce();
        let printed = match self.reached(side, until).run(&scripts::meta(&nonce, agent), STAGE).await {
            Err(DriverError::BadAnswer { reason, .. }) => return Ok(Err(reason)),
            printed => printed?,
        };
        let mut rest = printed.as_str();
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            if matches!(guard::answer("SWITCHTOWER-META", &nonce, line), Some(Ok(_))) {
                return Ok(meta::parse(rest));
            }
        }
        Ok(Err("no answer to this question in it".to_owned()))
    }

    async fn judge(
        &self,
        side: &Side,
        service: &Service,
        (spec, agent): (&AgentSpec, &OcfAgent),
        found: &Result<Meta, String>,
    ) -> Vec<AgentProblem> {
        let problem = |option, why, remedy| AgentProblem { service: service.clone(), option, why, remedy };
        let meta = match found {
            Ok(meta) => meta,
            Err(reason) => {
                let why = format!("{} does not say what it takes: {reason}", agent.kind);
                return vec![problem(false, why, format!("run `OCF_ROOT=/usr/lib/ocf {} meta-data` on {}", agent.path(), side.name))];
            }
        };
        let mut problems = Vec::new();
        let hidden: BTreeSet<String> = match side.hidden(spec).await {
            Ok(hidden) => hidden.options.into_keys().collect(),
            Err(error) => {
                problems.push(problem(true, error.to_string(), "correct the file, or its path in secrets".to_owned()));
                BTreeSet::new()
            }
        };
        let wrong = mistakes(meta, agent, &hidden);
        // Without the file nobody can say what is missing.
        let wrong = wrong.into_iter().filter(|(option, ..)| option.is_some() || problems.is_empty());
        let wrong: Vec<AgentProblem> = wrong.map(|(_, why, remedy)| problem(true, why, remedy)).collect();
        problems.extend(wrong);
        if spec.both_modes && !["promote", "demote"].iter().all(|action| meta.actions.contains(*action)) {
            let why = format!("{} cannot be promoted, and the component is active-standby", agent.kind);
            let remedy = "write sharing = \"exclusive\" for the component, or an agent that has promote and demote".to_owned();
            problems.push(problem(false, why, remedy));
        }
        problems
    }
}

/// What has to be there for an agent.
fn programs(spec: &AgentSpec) -> Vec<String> {
    match &spec.call {
        AgentCall::Ocf(agent) => vec![agent.path()],
        AgentCall::Exec(commands) => {
            let all = [&commands.start, &commands.stop, &commands.monitor];
            all.into_iter().filter_map(|command| command.first().cloned()).collect()
        }
    }
}

/// All that a hook may call.
fn commands(hook: &HookCall) -> impl Iterator<Item = &Vec<String>> {
    std::iter::once(&hook.run).chain(&hook.undo).chain(&hook.status)
}

/// What is missing of a hook: a problem a program.
fn absent_of(host: &HostName, service: &Service, missing: &BTreeSet<String>) -> Vec<AgentProblem> {
    let programs: BTreeSet<&String> = service.hook().into_iter().flat_map(commands).filter_map(|argv| argv.first()).collect();
    let problem = |program: &String| AgentProblem {
        service: service.clone(),
        option: false,
        why: format!("{host} has no program {program}"),
        remedy: format!("install it on {host} and make it executable, or correct its path"),
    };
    programs.into_iter().filter(|program| missing.contains(*program)).map(problem).collect()
}

fn absent(host: &HostName, service: &Service, spec: &AgentSpec, gone: &[String]) -> AgentProblem {
    let remedy = match &spec.call {
        AgentCall::Ocf(_) => format!("install the package that brings the agent on {host} (such as resource-agents), or correct its name"),
        AgentCall::Exec(_) => format!("install it on {host} and make it executable, or correct its path"),
    };
    let mut gone = gone.to_vec();
    gone.dedup();
    AgentProblem { service: service.clone(), option: false, why: format!("{host} has no program {}", gone.join(", ")), remedy }
}
