//! Fences: one way to call each, no secret in the file or in a message, and a word about hosts that have none.

use super::mistakes::{NORTH, each};
use super::*;
use crate::core::model::{Device, Fence, HostName};
use proptest::prelude::*;

/// The smallest example with this fence on its first host.
fn fenced(keys: &str) -> String {
    examples::MINIMAL.replace(NORTH, &format!("{NORTH}\nfence = {{ {keys} }}"))
}

fn fence(keys: &str) -> Fence {
    right(&fenced(keys)).cluster.hosts.remove(&HostName::new("a1").unwrap()).unwrap().fence.unwrap()
}

/// The one problem that the fence's keys give.
fn one(keys: &str) -> Problem {
    let mut problems = wrong(&fenced(keys));
    assert_eq!(problems.len(), 1, "{keys}: {problems:#?}");
    problems.remove(0)
}

#[test]
fn a_fence_is_an_agent_with_options_or_a_command() {
    for agent in ["fence_ipmilan", "fence_x2", "/opt/agents/My-Fence"] {
        let device = Device::Agent { agent: agent.into(), options: Default::default(), secrets: None };
        assert_eq!(fence(&format!("agent = \"{agent}\"")), Fence { device, timeout_ms: 30_000 });
    }
    let Fence { device, timeout_ms } =
        fence("agent = \"fence_apc\", options = { plug = \"port 3\", ssl-insecure = \"\" }, secrets = \"/etc/f\", timeout = \"10m\"");
    assert_eq!((device.command("off").as_str(), timeout_ms), ("fence_apc action=off plug='port 3' ssl-insecure=''", 600_000));
    let device = fence("command = [\"/sbin/power\", \"-x\", \"db north\"]").device;
    assert_eq!(device.command("status"), "/sbin/power -x 'db north' status");
}

#[test]
fn a_fence_that_could_not_be_called_is_refused() {
    for (keys, key, why, remedy) in [
        ("", "", "has to say what is called", "agent = \"fence_ipmilan\""),
        ("timeout = \"5s\"", "", "has to say what is called", "command = ["),
        ("agent = \"fence_a\", command = [\"/x\"]", ".command", "only one of them can count", "one of the two"),
        ("agent = \"ipmilan\"", ".agent", "named fence_", "\"fence_ipmilan\""),
        ("agent = \"fence_\"", ".agent", "named fence_", "\"fence_ipmilan\""),
        ("agent = \"fence_a b\"", ".agent", "named fence_", "\"fence_ipmilan\""),
        ("agent = \"fence_../../sh\"", ".agent", "named fence_", "\"fence_ipmilan\""),
        ("agent = \"./fence_a\"", ".agent", "named fence_", "\"fence_ipmilan\""),
        ("agent = \"/a\\nb\"", ".agent", "no control characters", "\"fence_ipmilan\""),
        ("command = [\"power\"]", ".command[0]", "absolute path", "\"/usr/local/sbin/power\""),
        ("command = []", ".command", "1 to 64 words", "\"/usr/local/sbin/power\""),
        ("command = [\"/x\"], options = { ip = \"x\" }", ".options", "only an agent reads it", "take it out"),
        ("command = [\"/x\"], secrets = \"/y\"", ".secrets", "only an agent reads it", "take it out"),
        ("agent = \"fence_a\", secrets = \"y\"", ".secrets", "starts with /", "absolute path"),
        ("agent = \"fence_a\", timeout = \"999ms\"", ".timeout", "1s to 10m", "a time"),
        ("agent = \"fence_a\", options = { action = \"off\" }", ".options.action", "at each call", "take it out"),
        ("agent = \"fence_a\", options = { option = \"off\" }", ".options.option", "at each call", "take it out"),
        ("agent = \"fence_a\", options = { IP = \"x\" }", ".options.IP", "lower-case", "agent's own description"),
        ("agent = \"fence_a\", options = { \"a=b\" = \"x\" }", ".options.\"a=b\"", "lower-case", "agent's own description"),
        ("agent = \"fence_a\", options = { ip = \"a\\nb\" }", ".options.ip", "no control characters", "one line"),
        ("agent = \"fence_a\", options = { port = 3 }", ".options.port", "takes a text", "\"10.9.0.11\""),
        ("agent = \"fence_a\", options = [\"ip=x\"]", ".options", "takes a table", "username"),
        ("agent = \"fence_a\", option = { ip = \"x\" }", ".option", "no such key", "did you mean options?"),
    ] {
        let problem = one(keys);
        assert_eq!((problem.key, problem.line), (format!("hosts.a1.fence{key}"), Some(15)), "{keys}");
        assert!(problem.why.contains(why) && problem.remedy.contains(remedy), "{keys}: {} / {}", problem.why, problem.remedy);
    }
    let many: Vec<String> = (0..101).map(|n| format!("o{n} = \"x\"")).collect();
    assert!(one(&format!("agent = \"fence_a\", options = {{ {} }}", many.join(", "))).why.contains("at most 100 options"));
}

#[test]
fn only_a_host_that_can_carry_something_is_fenced() {
    let witness = "[hosts.w]\nfence = { command = [\"/x\"] }\n[hosts.a1]\nsite = \"north\"";
    each(&[(NORTH, witness, "hosts.w.fence", "a fence", "carries nothing", "write the site")]);
    let mistyped = witness.replace("[hosts.w]", "[hosts.w]\nsite = \"nor th\"");
    assert_eq!(wrong(&examples::MINIMAL.replace(NORTH, &mistyped)).len(), 1);
}

#[test]
fn a_secret_belongs_into_a_file_of_its_own() {
    for name in ["passwd", "password", "snmp_priv_passwd", "secret", "token", "api-token", "secret_key", "PASSWORD"] {
        for value in ["\"hunter2\"", "'hunter2'", "[\"hunter2\"]", "{ x = \"hunter2\" }", "\"hunter2\\n\""] {
            let problem = one(&format!("agent = \"fence_a\", options = {{ {name} = {value} }}"));
            assert_eq!(problem.key, format!("hosts.a1.fence.options.{name}"));
            assert!(problem.remedy.contains("the file that secrets names"), "{problem}");
            assert!(!problem.to_string().contains("hunter"), "{problem}");
        }
    }
    right(&fenced("agent = \"fence_a\", options = { passwd_script = \"/etc/fence/fetch\" }"));
    // Nor where the table is none, the key is misplaced, or the line is no TOML.
    for keys in ["options = \"password=hunter2\"", "password = \"hunter2\"", "options = { password = \"hunter2 }"] {
        let problems = wrong(&fenced(&format!("agent = \"fence_a\", {keys}")));
        assert!(problems.iter().all(|p| !p.to_string().contains("hunter")), "{problems:#?}");
    }
}

#[test]
fn hosts_without_a_fence_are_named_where_the_cluster_moves_by_itself() {
    let automatic = |text: &str| right(&text.replace("mode = \"observe-only\"", "mode = \"automatic\"")).warnings;
    let warned = automatic(&minimal_and("[hosts.idle]\nsite = \"south\"\n[hosts.witness]"));
    assert_eq!(warned.len(), 1, "one for the whole file: {warned:?}");
    assert_eq!((warned[0].severity, warned[0].key.as_str(), warned[0].line), (Severity::Warning, "failover.mode", Some(11)));
    assert_eq!(warned[0].found, "automatic, and no fence for a1, b1");
    assert!(warned[0].why.contains("nothing is started elsewhere until somebody has made sure"), "{}", warned[0]);
    assert_eq!(automatic(&fenced("agent = \"fence_a\""))[0].found, "automatic, and no fence for b1");
    assert_eq!(right(&fenced("agent = \"fence_a\"")).warnings, [], "nothing moves by itself");
    let unwritten = right(&examples::MINIMAL.replace("[failover]\nmode = \"observe-only\"\n", "")).warnings;
    assert_eq!((unwritten.len(), unwritten[0].line), (1, None));
    // A fence that is wrong is not called missing too.
    let both = wrong(&fenced("agent = \"x\"").replace("observe-only", "automatic"));
    assert_eq!(both.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["failover.mode", "hosts.a1.fence.agent"]);
    assert_eq!(both[0].found, "automatic, and no fence for b1");
    let place = |n: usize| {
        format!(
            "[hosts.h{n}]\nsite = \"south\"\n[components.c{n}]\nprimary = {{ host = \"a1\", unit = \"c{n}.service\" }}\nsecondary = {{ host = \"h{n}\", unit = \"c{n}.service\" }}\n"
        )
    };
    let many = automatic(&minimal_and(&(0..50).map(place).collect::<String>()));
    assert!(many[0].found.ends_with(" and 42 more"), "{}", many[0].found);
}

#[test]
fn a_change_of_a_fence_is_named_by_key() {
    let (before, after) =
        (right(&fenced("agent = \"fence_a\", options = {}")), right(&fenced("agent = \"fence_a\", options = { ip = \"x\" }")));
    let changes: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["hosts.a1.fence.options.ip: added, \"x\""]);
    let spelled = right(&fenced("timeout = \"30000ms\", agent = \"fence_a\""));
    assert_eq!(spelled.hash, before.hash, "an empty table and none are the same, and so is a default");
}

proptest! {
    #[test]
    fn options_reach_the_agent_as_they_are_written_or_not_at_all(name in "[a-z_-]{1,12}|\\PC{0,6}", value in "\\PC{0,40}|[ -~\\n\\r\\t]{0,10}") {
        let escaped: String = value.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
        let key: String = name.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
        let text = fenced(&format!("agent = \"fence_a\", options = {{ \"{key}\" = \"{escaped}\" }}"));
        match parse(&text, "test") {
            Ok(mut loaded) => {
                let Device::Agent { options, .. } = loaded.cluster.hosts.remove(&HostName::new("a1").unwrap()).unwrap().fence.unwrap().device else { panic!() };
                prop_assert_eq!(options.into_iter().collect::<Vec<_>>(), [(name.clone(), value.clone())]);
                prop_assert!(!value.chars().any(char::is_control) && !name.contains('='));
            }
            Err(problems) => prop_assert!(problems.list.iter().all(|p| p.key.starts_with("hosts.a1.fence.options")), "{}", problems),
        }
    }
}
