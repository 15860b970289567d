//! What a survey means. Pure.

use super::{Finding, Kind};
use crate::core::fact::{Fact, State};
use crate::core::model::{HostName, Process};
use crate::driver::{AgentProblem, AgentSurvey, Clock, DriverError, Neighbour, ServiceSurvey, Survey, UnitSurvey};
use std::collections::BTreeMap;

/// Wall clocks further apart than this make logs and schedules hard to read together, in milliseconds.
const MOST_SKEW: i64 = 2_000;

/// Everything that is wrong on a host that answered.
pub(super) fn findings(host: &HostName, survey: &Survey) -> Vec<Finding> {
    let managed: Vec<String> = survey.units.iter().map(|unit| unit.service.to_string()).collect();
    let mut found: Vec<Finding> = survey.obstacles.iter().map(|error| obstacle(host, error)).collect();
    found.extend(skew(host, &survey.clock));
    found.extend(survey.units.iter().flat_map(|unit| of_unit(host, unit, &managed)));
    found
}

/// Everything that is wrong with a host service that answered.
pub(super) fn service(host: &HostName, survey: &ServiceSurvey) -> Vec<Finding> {
    let unknown = |process: &Process| Finding {
        host: host.clone(),
        unit: Some(process.to_string()),
        kind: Kind::UnknownUnit,
        why: format!("the host service of {host} knows no process {}", process.name),
        remedy: format!("add [processes.{}] to the host's /etc/switchtower/host.toml and restart `switchtower host run`", process.name),
    };
    survey.unknown.iter().map(unknown).chain(skew(host, &survey.clock)).collect()
}

/// Everything that is wrong with the agents of a host that answered.
pub(super) fn agents(host: &HostName, survey: &AgentSurvey) -> Vec<Finding> {
    let wrong = |AgentProblem { service, option, why, remedy }: &AgentProblem| Finding {
        host: host.clone(),
        unit: Some(service.to_string()),
        kind: if *option { Kind::AgentOption } else { Kind::Agent },
        why: why.clone(),
        remedy: remedy.clone(),
    };
    survey.obstacles.iter().map(|error| obstacle(host, error)).chain(survey.problems.iter().map(wrong)).collect()
}

/// Hosts that are in the same boot are one machine under several names, which would be both sides at once.
pub(super) fn same_machines(boots: &BTreeMap<HostName, String>) -> Vec<Finding> {
    let mut first: BTreeMap<&str, &HostName> = BTreeMap::new();
    let mut found = Vec::new();
    for (host, boot_id) in boots.iter().filter(|(_, boot_id)| !boot_id.is_empty()) {
        if let Some(other) = first.get(boot_id.as_str()) {
            found.push(Finding {
                host: host.clone(),
                unit: None,
                kind: Kind::SameMachine,
                why: format!("{host} and {other} are the same machine (boot {boot_id}): what is stopped on one is stopped on the other"),
                remedy: format!("correct the address of {host} or of {other}; a machine is one host"),
            });
        } else {
            first.insert(boot_id, host);
        }
    }
    found
}

/// What is wrong with a fence device that said `power` while the host was looked at; nothing where there is none.
pub(super) fn fence(host: &HostName, answers: bool, power: Result<Fact, DriverError>) -> Option<Finding> {
    let (why, remedy) = match power {
        Ok(fact) if answers && fact.state == State::Inactive => (
            format!("the fence device of {host} says that it is off ({}), while {host} answers", fact.detail),
            format!("see that `fence` names the outlet or machine of {host}: as it is, another one would be switched off"),
        ),
        Ok(_) | Err(DriverError::NoFence { .. }) => return None,
        Err(error) => (error.to_string(), "correct `fence`, its file of secrets, or the way to the device".to_owned()),
    };
    Some(Finding { host: host.clone(), unit: None, kind: Kind::Fence, why, remedy })
}

fn obstacle(host: &HostName, error: &DriverError) -> Finding {
    let (kind, remedy) = match error {
        DriverError::MissingTool { tool, .. } => (Kind::MissingTool, format!("install the package that brings {tool} on {host}")),
        DriverError::NoPlace { place, .. } => {
            (Kind::NoPlace, format!("install resource-agents on {host}, or run `systemd-tmpfiles --create` there, which makes {place}"))
        }
        DriverError::NoRights { .. } => (Kind::NoGuard, "log in as root, or allow the login `NOPASSWD: /bin/sh` in sudoers".to_owned()),
        _ => (Kind::NoGuard, format!("make /var/lib/switchtower-guard a directory of root that can be written on {host}")),
    };
    Finding { host: host.clone(), unit: None, kind, why: error.to_string(), remedy }
}

fn skew(host: &HostName, clock: &Clock) -> Option<Finding> {
    let apart = clock.ahead_ms.abs().saturating_sub(clock.within_ms);
    let word = if clock.ahead_ms > 0 { "ahead of" } else { "behind" };
    (apart > MOST_SKEW).then(|| Finding {
        host: host.clone(),
        unit: None,
        kind: Kind::ClockSkew,
        why: format!("its clock is {:.1} s {word} the monitor's", seconds(clock.ahead_ms.abs())),
        remedy: format!("have a time service run on {host} and here, such as chrony or systemd-timesyncd"),
    })
}

#[allow(clippy::cast_precision_loss)]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn of_unit(host: &HostName, unit: &UnitSurvey, managed: &[String]) -> Vec<Finding> {
    let name = unit.service.to_string();
    let finding = |kind, why: String, remedy: String| Finding { host: host.clone(), unit: Some(name.clone()), kind, why, remedy };
    if unit.masked {
        let why = format!("{name} is masked on {host} and cannot be started");
        return vec![finding(Kind::UnknownUnit, why, format!("run `systemctl unmask {name}` on {host}"))];
    }
    if unit.state == State::Missing {
        let remedy = format!("install the unit on {host}, run `systemctl daemon-reload` there, or correct its name");
        return vec![finding(Kind::UnknownUnit, format!("{host} knows no unit {name}"), remedy)];
    }
    let by_itself = |why, remedy| finding(Kind::StartsByItself, why, remedy);
    let mut found = Vec::new();
    if unit.enablement.starts_with("enabled") {
        let why = format!("{name} is {}: a boot of {host} starts it before a monitor has looked", unit.enablement);
        found.push(by_itself(why, format!("run `systemctl disable {name}` on {host}")));
    }
    for Neighbour { unit: trigger, .. } in unit.triggers.iter().filter(|t| t.active || t.enabled) {
        let why = format!("{trigger} starts {name} by itself");
        found.push(by_itself(why, format!("run `systemctl disable --now {trigger}` on {host}")));
    }
    let foreign = |puller: &&Neighbour| (puller.active || puller.enabled) && !managed.contains(&puller.unit);
    // What an enabled unit is wanted by is said already.
    let told = |puller: &&Neighbour| unit.enablement.starts_with("enabled") && puller.unit.ends_with(".target");
    for Neighbour { unit: puller, .. } in unit.pullers.iter().filter(foreign).filter(|p| !told(p)) {
        let why = format!("{puller} pulls {name} in whenever it starts");
        let remedy = format!("take {name} out of Wants= and Requires= of {puller} on {host}, or make {puller} a component too");
        found.push(by_itself(why, remedy));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{Service, UnitName};

    fn unit(name: &str) -> UnitSurvey {
        UnitSurvey {
            service: Service::Systemd(UnitName::new(name).unwrap()),
            state: State::Inactive,
            masked: false,
            enablement: "disabled".into(),
            triggers: Vec::new(),
            pullers: Vec::new(),
        }
    }

    fn near(unit: &str, active: bool, enabled: bool) -> Vec<Neighbour> {
        vec![Neighbour { unit: unit.into(), active, enabled }]
    }

    fn kinds(units: Vec<UnitSurvey>, ahead_ms: i64) -> Vec<(Option<String>, Kind)> {
        let clock = Clock { boot_id: "b".into(), ahead_ms, within_ms: 5 };
        let survey = Survey { clock, obstacles: Vec::new(), units };
        let found = findings(&HostName::new("a1").unwrap(), &survey);
        assert!(found.iter().all(|f| !f.why.is_empty() && !f.remedy.is_empty()));
        found.into_iter().map(|f| (f.unit, f.kind)).collect()
    }

    #[test]
    fn a_host_in_order_has_no_findings() {
        assert_eq!(kinds(vec![unit("app.service")], 1_900), []);
    }

    #[test]
    fn whatever_starts_a_unit_by_itself_is_found_and_what_cannot_is_not() {
        let own = |change: fn(&mut UnitSurvey)| {
            let mut unit = unit("app.service");
            change(&mut unit);
            kinds(vec![unit], 0).len()
        };
        assert_eq!(own(|u| u.enablement = "enabled".into()), 1);
        assert_eq!(own(|u| u.enablement = "enabled-runtime".into()), 1);
        assert_eq!(own(|u| u.triggers = near("app.socket", true, false)), 1);
        assert_eq!(own(|u| u.triggers = near("app.timer", false, true)), 1);
        assert_eq!(own(|u| u.triggers = near("app.timer", false, false)), 0);
        assert_eq!(own(|u| u.pullers = near("other.service", true, false)), 1);
        assert_eq!(own(|u| u.pullers = near("other.service", false, false)), 0);
        let enabled = own(|u| {
            u.enablement = "enabled".into();
            u.pullers = near("multi-user.target", true, false);
        });
        assert_eq!(enabled, 1, "said once");
    }

    #[test]
    fn one_machine_under_two_names_is_no_two_hosts() {
        let boots = |ids: [&str; 3]| {
            ["a1", "b1", "c1"].into_iter().zip(ids).map(|(host, id)| (HostName::new(host).unwrap(), id.to_owned())).collect()
        };
        assert_eq!(same_machines(&boots(["x", "y", "z"])), []);
        let found = same_machines(&boots(["x", "y", "x"]));
        assert!(matches!(&found[..], [one] if one.host.as_str() == "c1" && one.why.contains("c1 and a1")), "{found:?}");
    }

    #[test]
    fn a_component_may_pull_in_another_one() {
        let mut pulled = unit("db.service");
        pulled.pullers = near("app.service", true, false);
        assert_eq!(kinds(vec![pulled, unit("app.service")], 0), []);
    }

    #[test]
    fn a_fence_device_must_answer_and_must_not_call_a_host_off_that_answers() {
        let host = HostName::new("a1").unwrap();
        let says = |state| {
            let (detail, enablement, boot_id) = (String::new(), String::new(), String::new());
            Ok(Fact { state, invocation: None, detail, enablement, source: crate::core::fact::Source::Device, boot_id, self_stop_ms: None })
        };
        let mute = Err(DriverError::Fence { host: host.clone(), device: "fence_apc".into(), why: "ended with status 1".into() });
        let none = Err(DriverError::NoFence { host: host.clone() });
        let cases = [
            (true, says(State::Active), false),
            (true, says(State::Inactive), true),
            (false, says(State::Inactive), false),
            (false, says(State::Active), false),
            (true, mute.clone(), true),
            (false, mute, true),
            (true, none, false),
        ];
        for (answers, power, wrong) in cases {
            assert_eq!(fence(&host, answers, power.clone()).is_some(), wrong, "{answers} {power:?}");
        }
    }

    #[test]
    fn processes_that_the_host_service_does_not_know_and_its_clock_are_found() {
        let clock = |ahead_ms| Clock { boot_id: "b".into(), ahead_ms, within_ms: 5 };
        let host = HostName::new("a1").unwrap();
        let in_order = ServiceSurvey { version: "1".into(), clock: clock(0), unknown: Vec::new(), running: Vec::new(), self_stop_ms: None };
        assert_eq!(service(&host, &in_order), []);
        let unknown = vec![Process::active("db").unwrap()];
        let found = service(&host, &ServiceSurvey { clock: clock(5_000), unknown, ..in_order.clone() });
        let kinds: Vec<_> = found.iter().map(|f| (f.unit.as_deref(), f.kind)).collect();
        assert_eq!(kinds, [(Some("db.process"), Kind::UnknownUnit), (None, Kind::ClockSkew)]);
        assert!(found[0].remedy.contains("[processes.db]") && found[0].remedy.contains("switchtower host run"));
    }

    #[test]
    fn what_is_wrong_with_agents_is_told_with_the_agent() {
        let host = HostName::new("a1").unwrap();
        let service = Service::Agent(crate::core::model::Agent::active("vip").unwrap());
        let problem = |option| AgentProblem { service: service.clone(), option, why: "w".into(), remedy: "r".into() };
        let obstacles = vec![
            DriverError::NoPlace { host: host.clone(), place: "/run/resource-agents".into() },
            DriverError::MissingTool { host: host.clone(), tool: "setsid".into() },
        ];
        let found = agents(&host, &AgentSurvey { obstacles, problems: vec![problem(false), problem(true)] });
        let kinds: Vec<_> = found.iter().map(|f| (f.unit.as_deref(), f.kind)).collect();
        let vip = Some("vip.agent");
        assert_eq!(kinds, [(None, Kind::NoPlace), (None, Kind::MissingTool), (vip, Kind::Agent), (vip, Kind::AgentOption)]);
        assert!(found[0].remedy.contains("systemd-tmpfiles"), "{found:?}");
    }

    #[test]
    fn units_that_cannot_be_started_and_clocks_that_differ_are_found() {
        let (mut missing, mut masked) = (unit("no.service"), unit("masked.service"));
        missing.state = State::Missing;
        masked.masked = true;
        let found = kinds(vec![missing, masked], -2_100);
        let unknown = |name: &str| (Some(name.to_owned()), Kind::UnknownUnit);
        assert_eq!(found, [(None, Kind::ClockSkew), unknown("no.service"), unknown("masked.service")]);
    }
}
