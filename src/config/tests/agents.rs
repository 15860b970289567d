//! Placements that agents run: what they mean, and what is wrong with them.

use super::*;
use crate::core::model::{Agent, AgentCall, Arrangement, ComponentName, HostName, ProcessMode, Service};

const OCF: &str = "ocf = \"ocf:heartbeat:IPaddr2\"";
const EXEC: &str = "exec = { start = [\"/x\", \"up\"], stop = [\"/x\", \"down\"], monitor = [\"/x\", \"is\"] }";

fn placed(keys: &str, primary: &str, secondary: &str) -> String {
    format!(
        "[cluster]\nname = \"c\"\nprimary = \"n\"\nsecondary = \"s\"\n[failover]\nmode = \"observe-only\"\n\
         [hosts.a]\nsite = \"n\"\n[hosts.b]\nsite = \"s\"\n[components.\"net/vip\"]\n{keys}\n\
         primary = {{ host = \"a\", {primary} }}\nsecondary = {{ host = \"b\", {secondary} }}\n"
    )
}

fn both(placement: &str) -> String {
    placed("", placement, placement)
}

fn agent(mode: ProcessMode) -> Service {
    Service::Agent(Agent { name: ComponentName::new("net/vip").unwrap(), mode })
}

#[test]
fn a_placement_runs_an_agent_in_the_modes_that_its_sharing_has_and_the_table_says_what_it_is() {
    let options = "options = { ip = \"192.0.2.10\", Cidr_2 = \"24\" }, secrets = \"/etc/s\"";
    let loaded = right(&both(&format!("{OCF}, {options}")));
    let component = loaded.cluster.components.values().next().unwrap();
    let Arrangement::Exclusive(sides) = &component.arrangement else { panic!("not exclusive") };
    assert_eq!((&sides.primary.service, &sides.secondary.service), (&agent(ProcessMode::Active), &agent(ProcessMode::Active)));
    let spec = &loaded.agents[&HostName::new("b").unwrap()][&component.name];
    let AgentCall::Ocf(ocf) = &spec.call else { panic!("{spec:?}") };
    assert_eq!((ocf.path().as_str(), spec.both_modes), ("/usr/lib/ocf/resource.d/heartbeat/IPaddr2", false));
    assert_eq!((ocf.options["ip"].as_str(), ocf.options["Cidr_2"].as_str()), ("192.0.2.10", "24"));
    assert_eq!(ocf.secrets.as_deref(), Some(Path::new("/etc/s")));
    assert!(!format!("{:?}", loaded.agents).contains("192.0.2"), "no value of an option gets into a log");

    let loaded = right(&placed("sharing = \"active-standby\"", EXEC, EXEC));
    let component = loaded.cluster.components.values().next().unwrap();
    let Arrangement::ActiveStandby(sides) = &component.arrangement else { panic!("not active-standby") };
    assert_eq!(
        (&sides.primary.service.active, &sides.primary.service.standby),
        (&agent(ProcessMode::Active), &agent(ProcessMode::Standby))
    );
    let spec = &loaded.agents[&HostName::new("a").unwrap()][&component.name];
    let AgentCall::Exec(exec) = &spec.call else { panic!("{spec:?}") };
    assert_eq!((exec.start.join(" "), exec.monitor.join(" "), spec.both_modes), ("/x up".to_owned(), "/x is".to_owned(), true));
    assert!(right(examples::MINIMAL).agents.is_empty());
}

#[test]
fn what_cannot_be_run_by_an_agent_is_refused_where_it_stands() {
    let at =
        |key: &str| format!("components.net/vip.primary{}{key}", if key.is_empty() { "" } else { "." }).replace("net/vip", "\"net/vip\"");
    let cases = [
        (format!("{OCF}, unit = \"a.service\""), "unit", "ocf stands here too", "take out ocf, or unit"),
        (format!("{OCF}, {EXEC}"), "exec", "run in one way only", "take out ocf, or exec"),
        (format!("process = \"app\", {OCF}"), "ocf", "process stands here too", "take out process, or ocf"),
        ("unit = \"a.service\", options = { ip = \"x\" }".to_owned(), "options", "only an OCF agent reads it", "take it out, or write ocf"),
        (format!("{EXEC}, secrets = \"/etc/s\""), "secrets", "only an OCF agent reads it", "take it out"),
        ("ocf = \"heartbeat:IPaddr2\"".to_owned(), "ocf", "with colons between them", "\"ocf:heartbeat:IPaddr2\""),
        ("ocf = \"ocf:heartbeat:../IPaddr2\"".to_owned(), "ocf", "a folder and a file", ""),
        ("ocf = \"stonith:heartbeat:x\"".to_owned(), "ocf", "named by ocf", ""),
        (
            format!("{OCF}, options = {{ replication_passwd = \"hunter2\" }}"),
            "options.replication_passwd",
            "a secret",
            "secrets = with its path",
        ),
        (format!("{OCF}, options = {{ CRM_meta_interval = \"0\" }}"), "options.CRM_meta_interval", "by itself", "take it out"),
        (format!("{OCF}, options = {{ cidr-netmask = \"24\" }}"), "options.cidr-netmask", "a variable's name", ""),
        (format!("{OCF}, options = {{ ip = \"a\\nb\" }}"), "options.ip", "no control characters", ""),
        (EXEC.replace("[\"/x\", \"up\"]", "[\"x\", \"up\"]"), "exec.start[0]", "absolute path", "\"/usr/local/sbin/app-ctl\""),
        (EXEC.replace("stop = [\"/x\", \"down\"], ", ""), "exec.stop", "must be there", ""),
        (EXEC.replace("\"is\"]", "\"a\\nb\"]"), "exec.monitor[1]", "no control characters", ""),
    ];
    for (primary, key, why, remedy) in cases {
        let secondary = if primary.starts_with("unit") {
            "unit = \"a.service\""
        } else if primary.starts_with("exec") {
            EXEC
        } else {
            OCF
        };
        let problems = wrong(&placed("", &primary, secondary));
        let found: Vec<_> = problems.iter().filter(|problem| problem.key == at(key)).collect();
        let [problem] = found.as_slice() else { panic!("{primary}: {problems:#?}") };
        assert!(problem.why.contains(why) && problem.remedy.contains(remedy), "{primary}: {problem}");
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
}

#[test]
fn both_sides_of_a_component_are_run_in_one_way() {
    for (primary, secondary) in [(OCF, EXEC), ("unit = \"a.service\"", OCF), (EXEC, "process = \"app\"")] {
        let problems = wrong(&placed("", primary, secondary));
        let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
        assert!(problem.key.ends_with(".secondary") && problem.why.contains("in one way"), "{problem}");
    }
    // Another agent for the same thing may serve the other side.
    right(&placed("", OCF, "ocf = \"ocf:heartbeat:IPaddr\""));
}

#[test]
fn a_host_on_which_agents_are_called_does_not_stop_by_itself() {
    let text = both(OCF).replace("[hosts.a]\n", "[hosts.a]\nself_stop = \"30s\"\n");
    let problems = wrong(&text);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert!(problem.key == "hosts.a.self_stop" && problem.why.contains("without a monitor"), "{problem}");
}
