//! Processes of a host service in placements, and what hosts say of their host services.

use super::mistakes::{A1, APP, NORTH, each};
use super::*;
use crate::core::model::{Arrangement, HostName, Process, ProcessMode, ProcessName, Service};
use proptest::prelude::*;
use std::time::Duration;

const HEAD: &str = "[cluster]\nname = \"c\"\nprimary = \"n\"\nsecondary = \"s\"\n[failover]\nmode = \"observe-only\"\n";

/// A cluster whose hosts a and b have these keys, and whose one component has these, beside its placements.
fn placed(host: &str, keys: &str, primary: &str, secondary: &str) -> String {
    let hosts = format!("{HEAD}[hosts.a]\nsite = \"n\"\n{host}\n[hosts.b]\nsite = \"s\"\n[components.app]\n{keys}\n");
    format!("{hosts}primary = {{ host = \"a\", {primary} }}\nsecondary = {{ host = \"b\", {secondary} }}\n")
}

fn on(host: &str) -> String {
    placed(host, "", "process = \"app\"", "process = \"app\"")
}

/// The one problem of `text`.
fn one(text: &str) -> Problem {
    let mut problems = wrong(text);
    assert_eq!(problems.len(), 1, "{text}: {problems:#?}");
    problems.remove(0)
}

fn process(mode: ProcessMode) -> Service {
    Service::Process(Process { name: ProcessName::new("app").unwrap(), mode })
}

#[test]
fn a_placement_runs_a_process_in_the_modes_that_its_sharing_has() {
    let placed = |keys| right(&placed("", keys, "process = \"app\"", "process = \"app\"")).cluster.components.into_values().next().unwrap();
    let Arrangement::Exclusive(sides) = placed("").arrangement else { panic!("not exclusive") };
    assert_eq!((sides.primary.service, sides.secondary.service), (process(ProcessMode::Active), process(ProcessMode::Active)));
    let Arrangement::ActiveStandby(sides) = placed("sharing = \"active-standby\"").arrangement else { panic!("not active-standby") };
    assert_eq!(sides.secondary.service.active, process(ProcessMode::Active));
    assert_eq!(sides.secondary.service.standby, process(ProcessMode::Standby));
}

#[test]
fn a_host_with_processes_has_a_host_service_where_one_is_expected() {
    let access = |text: &str, host: &str| right(text).hosts[&HostName::new(host).unwrap()].host_service.clone();
    let default = Some("/run/switchtower-host/socket".into());
    assert_eq!(access(&on(""), "a"), default);
    assert_eq!(access(&on("host_service = \"/run/x\""), "a"), Some("/run/x".into()));
    assert_eq!(access(examples::MINIMAL, "a1"), None);
    // What is the default there may be written out, and nothing has changed.
    assert_eq!(right(&on("host_service = \"/run/switchtower-host/socket\"")).hash, right(&on("")).hash);
    assert_ne!(right(&on("host_service = \"/run/x\"")).hash, right(&on("")).hash);
    assert!(!right(examples::MINIMAL).content.to_string().contains("host_service"));
}

#[test]
fn a_process_that_could_not_be_run_is_refused() {
    let both = "this component is exclusive: its placements take unit, or process";
    each(&[
        (
            A1,
            "primary = { host = \"a1\", unit = \"app.service\", process = \"app\" }",
            "components.app.primary.unit",
            "app.service",
            "either run by systemd or by the host service",
            "take out process, or unit",
        ),
        (A1, "primary = { host = \"a1\", process = \"a p\" }", "components.app.primary.process", "a p", "' '", "a process's name"),
        (A1, "primary = { host = \"a1\", process = \"a.b\" }", "components.app.primary.process", "a.b", "'.'", "\"app\""),
        (
            A1,
            "primary = { host = \"a1\", unit = \"app.service\", proces = \"app\" }",
            "components.app.primary.proces",
            "proces",
            "no such key",
            "process?",
        ),
        (
            A1,
            "primary = { host = \"a1\", process = \"app\" }",
            "components.app.secondary",
            "a systemd unit, and a process of a host service at the primary",
            "run in one way",
            "units for both, or a process for both",
        ),
        (A1, "primary = { host = \"a1\" }", "components.app.primary.unit", "nothing", "or a process of the host service", "process = "),
        (A1, "primary = { host = \"a1\", standby = \"a.service\" }", "components.app.primary.standby", "a.service", both, "write unit"),
    ]);
    let twice =
        on("") + "[components.web]\nprimary = { host = \"a\", process = \"app\" }\nsecondary = { host = \"b\", process = \"web\" }\n";
    let problem = one(&twice);
    assert_eq!((problem.key.as_str(), problem.found.as_str()), ("components.web.primary.process", "app on a"));
    assert!(problem.why.contains("components.app.primary.process has it already") && problem.remedy.contains("the process"), "{problem}");
}

#[test]
fn a_host_stops_by_itself_only_where_that_proves_something() {
    let stops = |time: &str| right(&on(&format!("self_stop = \"{time}\""))).hosts[&HostName::new("a").unwrap()].self_stop;
    assert_eq!(stops("6s"), Some(Duration::from_secs(6)));
    assert_eq!(stops("1h"), Some(Duration::from_secs(3600)));
    for (text, why, remedy) in [
        (on("self_stop = \"2999ms\""), "3s to 1h", "a time"),
        (on("self_stop = \"61m\""), "3s to 1h", "a time"),
        (on("self_stop = \"5999ms\""), "3 of them", "6000ms or more here, or a shorter monitor.interval"),
        (on("self_stop = \"8s\"") + "[monitor]\ninterval = \"3s\"", "3 of them", "9000ms or more"),
        (placed("self_stop = \"30s\"", "", "unit = \"a.service\"", "unit = \"a.service\""), "go on without a monitor", "a fence"),
        (
            on("self_stop = \"30s\"")
                + "[components.web]\nprimary = { host = \"a\", unit = \"w.service\" }\nsecondary = { host = \"b\", unit = \"w.service\" }",
            "go on without a monitor",
            "a fence",
        ),
        (on("") + "[hosts.c]\nsite = \"n\"\nself_stop = \"30s\"", "no placement on this host", "take it out"),
    ] {
        let problem = one(&text);
        assert!(problem.key.ends_with(".self_stop") && problem.line.is_some(), "{problem}");
        assert!(problem.why.contains(why) && problem.remedy.contains(remedy), "{problem}");
    }
    // With a placement that cannot be read, nobody says that there is none.
    assert_eq!(one(&placed("self_stop = \"30s\"", "", "process = \"a b\"", "process = \"app\"")).key, "components.app.primary.process");
    each(&[
        (
            NORTH,
            "[hosts.a1]\nsite = \"north\"\nhost_service = \"run/x\"",
            "hosts.a1.host_service",
            "run/x",
            "starts with /",
            "absolute path",
        ),
        (NORTH, "[hosts.a1]\nsite = \"north\"\nhost_service = \"/run/\"", "hosts.a1.host_service", "/run/", "is a folder", "\"/run/"),
        (NORTH, "[hosts.a1]\nsite = \"north\"\nself_stop = 30", "hosts.a1.self_stop", "30", "this key takes a time", "\"2s\""),
        (APP, "[components.app]\nprocess = \"x\"", "components.app.process", "process", "no such key", ""),
    ]);
    let long = format!("host_service = \"/{}\"", "x".repeat(100));
    assert!(one(&on(&long)).why.contains("at most 100 bytes; this one has 101"));
}

#[test]
fn a_host_that_stops_by_itself_is_not_asked_for_a_fence() {
    let automatic = |keys: &str| on(keys).replace("observe-only", "automatic");
    let found = |text: &str| right(text).warnings.into_iter().map(|warning| warning.found).collect::<Vec<_>>();
    assert_eq!(found(&automatic("")), ["automatic, and no fence for a, b"]);
    assert_eq!(found(&automatic("self_stop = \"30s\"")), ["automatic, and no fence for b"]);
}

proptest! {
    #[test]
    fn units_and_processes_that_pass_here_pass_the_core_too(
        components in prop::collection::vec((0..4u8, 0..4u8, 0..4u8, 0..4u8, any::<bool>()), 1..5),
        stops in any::<bool>(),
    ) {
        let run = |kind: u8, name: u8| match kind {
            0 => format!("unit = \"u{name}.service\""),
            1 => format!("active = \"u{name}.service\", standby = \"s{name}.service\""),
            2 => format!("unit = \"u{name}.service\", process = \"u{name}\""),
            _ => format!("process = \"u{name}\""),
        };
        let mut text = format!("{HEAD}[hosts.a]\nsite = \"n\"\n{}\n[hosts.b]\nsite = \"s\"\n", if stops { "self_stop = \"1m\"" } else { "" });
        for (n, (one, other, first, second, both)) in components.iter().enumerate() {
            let sharing = if *both { "sharing = \"active-standby\"" } else { "" };
            text += &format!("[components.c{n}]\n{sharing}\nprimary = {{ host = \"a\", {} }}\n", run(*one, *first));
            text += &format!("secondary = {{ host = \"b\", {} }}\n", run(*other, *second));
        }
        match parse(&text, "test") {
            Ok(loaded) => {
                let a = &loaded.hosts[&HostName::new("a").unwrap()];
                let mut there = loaded.cluster.instances().filter(|(.., i)| i.host.as_str() == "a").map(|(.., i)| i.service);
                prop_assert!(a.self_stop.is_none() || there.all(|service| matches!(service, Service::Process(_))), "{}", text);
            }
            Err(problems) => {
                let passed_on = |p: &&Problem| p.found == "as the reason says" || p.remedy.contains("defect");
                prop_assert_eq!(problems.list.iter().find(passed_on), None, "{}", text);
            }
        }
    }
}
