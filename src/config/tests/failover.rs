//! The keys of failover: policy, triggers, rescue, acceptance, and where the monitor stands.

use super::mistakes::{APP, each};
use super::*;
use crate::core::model::{AcceptanceProbe, Component, GroupName, Initiative, Trigger};
use proptest::prelude::*;

const MODE: &str = "mode = \"observe-only\"";

/// The smallest example with `keys` for its component.
fn app(keys: &str) -> String {
    examples::MINIMAL.replace(APP, &format!("{APP}\n{keys}"))
}

/// The component of this example.
fn component(keys: &str) -> Component {
    right(&app(keys)).cluster.components.into_values().next().unwrap()
}

/// The one problem that the component's keys give.
fn one(keys: &str) -> Problem {
    let mut problems = wrong(&app(keys));
    assert_eq!(problems.len(), 1, "{keys}: {problems:#?}");
    problems.remove(0)
}

#[test]
fn what_a_cluster_does_by_itself_is_one_of_a_few_things() {
    let text = examples::MINIMAL.replace(MODE, "mode = \"automatic\"\nafter = \"reversed\"\nquiet = \"0s\"");
    let policy = right(&text).cluster.policy;
    assert_eq!((policy.initiative, policy.quiet_ms), (Initiative::Automatic, 0));
    let ways = "in one of two ways";
    each(&[
        (MODE, "mode = \"manual\"", "failover.mode", "manual", "watches and journals", "\"automatic\" or \"observe-only\""),
        (MODE, "mode = true", "failover.mode", "true", "this key takes", "\"observe-only\""),
        (MODE, "mode = \"observe-only\"\nafter = \"revers\"", "failover.after", "revers", "old side", "\"limited\" or \"reversed\""),
        (MODE, "mode = \"observe-only\"\nquiet = \"31d\"", "failover.quiet", "31d", "0ms to 30d", "a time"),
        (MODE, "mode = \"observe-only\"\nquiett = \"1d\"", "failover.quiett", "quiett", "no such key", "did you mean quiet?"),
        (APP, "[components.app]\nsharing = \"all\"", "components.app.sharing", "all", ways, "\"exclusive\" or \"active-standby\""),
        (APP, "[components.app]\nwhen_limited = \"halt\"", "components.app.when_limited", "halt", "is stopped", "\"run\" or \"stop\""),
        (APP, "[components.app]\nrescue_attempts = 101", "components.app.rescue_attempts", "101", "0 to 100", "a number from 0 to 100"),
        (APP, "[components.app]\nrescue_hold_down = \"500ms\"", "components.app.rescue_hold_down", "500ms", "1s to 1d", "a time"),
    ]);
    let app = component("rescue_attempts = 0\nrescue_hold_down = \"1d\"\nwhen_limited = \"stop\"");
    assert_eq!((app.rescue.attempts, app.rescue.hold_down_ms, app.stops_when_limited), (0, 86_400_000, true));
}

#[test]
fn a_trigger_names_a_group_that_has_as_many_components() {
    let group = || GroupName::new("front").unwrap();
    for (written, meant) in [
        ("any", Trigger::Any),
        ("watch", Trigger::Watch),
        ("all-of front", Trigger::AllOf { group: group() }),
        ("1-of front", Trigger::AtLeast { lost: 1, group: group() }),
    ] {
        assert_eq!(component(&format!("group = \"front\"\ntrigger = \"{written}\"")).trigger, meant);
    }
    for (written, why, remedy) in [
        ("0-of front", "at least", "\"all-of GROUP\""),
        ("2-of front", "front has 1 of them", "write a number from 1 to 1, or all-of front"),
        ("99999999999999999999-of front", "front has 1 of them", "1 to 1"),
        ("all-of frnt", "no component of this file has group = \"frnt\"", "did you mean \"front\"?"),
        ("1-of xyzzy", "no component of this file has group", "a group of this file: \"front\""),
        ("all-of", "by itself, with all or some of its group, or never", "\"watch\""),
        ("all-of ", "a name cannot be empty", "GROUP"),
        ("all-of a b", "after the blank stands a group", "GROUP"),
        ("some-of front", "\"all\" or how many", "GROUP"),
        ("-1-of front", "\"all\" or how many", "GROUP"),
        ("-of front", "\"all\" or how many", "GROUP"),
        ("never", "by itself", "\"watch\""),
        ("ANY", "by itself", "\"any\""),
    ] {
        let problem = one(&format!("group = \"front\"\ntrigger = \"{written}\""));
        assert_eq!((problem.key.as_str(), problem.line), ("components.app.trigger", Some(21)), "{written}");
        assert!(problem.why.contains(why) && problem.remedy.contains(remedy), "{problem}");
    }
    assert!(one("trigger = \"all-of front\"").remedy.contains("declare a group first"));
    // Which groups there are is not known while one of them cannot be read.
    assert_eq!(one("group = \"fr ont\"\ntrigger = \"all-of front\"").key, "components.app.group");
}

#[test]
fn a_component_that_counts_in_a_group_of_others_is_pointed_out() {
    let other = "[components.web]\ngroup = \"front\"\nprimary = { host = \"a1\", unit = \"w.service\" }\nsecondary = { host = \"b1\", unit = \"w.service\" }\n";
    let warned = right(&format!("{}\n{other}", app("trigger = \"all-of front\""))).warnings;
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!((warned[0].key.as_str(), warned[0].line), ("components.app.trigger", Some(20)));
    assert!(warned[0].remedy.contains("write group = \"front\""), "{}", warned[0]);
    assert_eq!(right(&format!("{}\n{other}", app("group = \"front\"\ntrigger = \"2-of front\""))).warnings, []);
}

#[test]
fn a_component_is_asked_over_tcp_or_by_a_command() {
    let probe = |accept: &str| component(&format!("accept = {{ {accept} }}")).acceptance.unwrap();
    for (written, host, port) in [
        ("10.0.0.5:5432", "10.0.0.5", 5432),
        ("[2001:db8::5]:1", "2001:db8::5", 1),
        ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535),
        ("db.example.net:443", "db.example.net", 443),
    ] {
        let acceptance = probe(&format!("tcp = \"{written}\", timeout = \"100ms\""));
        assert_eq!((acceptance.probe, acceptance.timeout_ms), (AcceptanceProbe::Tcp { host: host.into(), port }, 100));
    }
    for bad in
        ["", "x", ":80", "x:", "x:0", "x:65536", "x:+80", "x:80 ", "::1:80", "[x]:80", "[1.2.3.4]:80", "[::1", "-x:80", "1.2.3:80", "x y:1"]
    {
        assert_eq!(one(&format!("accept = {{ tcp = \"{bad}\" }}")).key, "components.app.accept.tcp", "{bad}");
    }
    let here = one("accept = { tcp = \"[::1]:80\" }");
    assert!(here.why.contains("monitor's own machine") && here.found == "\"[::1]:80\"", "{here}");
    right(&app("accept = { tcp = \"127.0.0.1:80\" }").replace("[cluster]", "[cluster]\nallow_loopback = true"));

    assert_eq!(
        probe("command = [\"a b\", \"\", \"$(x)\"]").probe,
        AcceptanceProbe::Command { argv: vec!["a b".into(), "".into(), "$(x)".into()] }
    );
    let words = |count: usize| format!("command = [{}]", vec!["\"x\""; count].join(","));
    probe(&words(64));
    for (accept, key, why) in [
        (words(65).as_str(), "command", "1 to 64 words"),
        ("command = []", "command", "1 to 64 words"),
        ("command = \"pg_isready\"", "command", "takes a list"),
        ("command = [\"-q\"]", "command[0]", "none begins with a dash"),
        ("command = [\"\"]", "command[0]", "or is empty"),
        ("command = [\"a\", \"b\\nc\"]", "command[1]", "no control characters"),
        ("command = [\"a\"], tcp = \"x:1\"", "command", "only one of them can count"),
        ("command = [\"a\"], timeout = \"6m\"", "timeout", "100ms to 5m"),
    ] {
        let problem = one(&format!("accept = {{ {accept} }}"));
        assert_eq!(problem.key, format!("components.app.accept.{key}"));
        assert!(problem.why.contains(why), "{problem}");
    }
    let empty = one("accept = {}");
    assert_eq!((empty.key.as_str(), empty.found.as_str()), ("components.app.accept", "neither tcp nor command"));
}

#[test]
fn a_monitor_at_one_of_the_two_sites_is_pointed_out() {
    let at = |site: &str| right(&minimal_and(&format!("[monitor]\nsite = \"{site}\"")));
    for site in ["north", "south"] {
        let loaded = at(site);
        assert_eq!(loaded.monitor.site.unwrap().as_str(), site);
        assert_eq!(loaded.warnings.len(), 1);
        assert_eq!((loaded.warnings[0].severity, loaded.warnings[0].key.as_str()), (Severity::Warning, "monitor.site"));
        assert!(loaded.warnings[0].why.contains("so is the monitor"), "{}", loaded.warnings[0]);
    }
    assert_eq!(at("office").warnings, []);
    assert_eq!(wrong(&minimal_and("[monitor]\nsite = \"a b\""))[0].key, "monitor.site");
}

#[test]
fn the_fast_profile_sets_the_times_that_are_not_written_and_no_others() {
    let times = |keys: &str| {
        let loaded = right(&minimal_and(&format!("[monitor]\n{keys}")));
        (loaded.monitor.interval.as_millis(), loaded.monitor.silence.as_millis(), loaded.content["monitor"]["silence"].clone())
    };
    assert_eq!(times(""), (2000, 1200, "1200ms".into()));
    assert_eq!(times("profile = \"default\""), (2000, 1200, "1200ms".into()));
    assert_eq!(times("profile = \"fast\""), (250, 600, "600ms".into()));
    assert_eq!(times("profile = \"fast\"\ninterval = \"2s\""), (2000, 600, "600ms".into()));
    assert_eq!(times("profile = \"fast\"\nsilence = \"1200ms\""), (250, 1200, "1200ms".into()));
    for (keys, key) in [("profile = \"quick\"", "profile"), ("silence = \"299ms\"", "silence"), ("silence = \"11s\"", "silence")] {
        assert_eq!(wrong(&minimal_and(&format!("[monitor]\n{keys}")))[0].key, format!("monitor.{key}"));
    }
}

#[test]
fn a_fast_profile_without_what_it_needs_is_pointed_out() {
    let fast = |text: &str| {
        let all = right(&format!("{text}\n[monitor]\nprofile = \"fast\"\n")).warnings;
        all.into_iter().filter(|warning| warning.key == "monitor.profile").map(|warning| warning.found).collect::<Vec<_>>()
    };
    let fence = "fence = { command = [\"/sbin/power\"] }";
    let automatic = examples::MINIMAL.replace(MODE, "");
    let fenced = automatic.replace("site = \"north\"", &format!("site = \"north\"\n{fence}"));
    let fenced = fenced.replace("site = \"south\"", &format!("site = \"south\"\n{fence}"));
    assert_eq!(fast(&fenced), [] as [&str; 0]);
    assert_eq!(fast(examples::MINIMAL), [] as [&str; 0], "where nothing moves by itself nothing is needed");
    assert_eq!(fast(&automatic), ["fast, and no fence for a1, b1"]);
    let behind = fenced.replace("site = \"south\"", "site = \"south\"\njump = [\"a1\"]");
    assert_eq!(fast(&behind), ["fast, and a way through other hosts to b1", "fast, and nobody else to look at a1"]);
    assert_eq!(right(&examples::WEB_AND_DB.replace("profile = \"default\"", "")).warnings, []);
}

proptest! {
    #[test]
    fn a_trigger_means_what_it_is_written_as(count in 1..300usize, lost in 0..400u16, zeros in 0..3usize) {
        let one = |n: usize| format!(
            "[components.c{n}]\ngroup = \"g\"\ntrigger = \"{}{lost}-of g\"\nprimary = {{ host = \"a1\", unit = \"c{n}.service\" }}\nsecondary = {{ host = \"b1\", unit = \"c{n}.service\" }}\n",
            "0".repeat(zeros),
        );
        let text = minimal_and(&(0..count).map(one).collect::<String>());
        match parse(&text, "test") {
            Ok(loaded) => {
                let trigger = &loaded.cluster.components.values().find(|c| c.group.is_some()).unwrap().trigger;
                prop_assert_eq!(trigger, &Trigger::AtLeast { lost, group: GroupName::new("g").unwrap() });
                prop_assert_eq!(&loaded.content["components"]["c0"]["trigger"], &format!("{lost}-of g"));
                prop_assert!(lost >= 1 && usize::from(lost) <= count);
            }
            Err(problems) => {
                prop_assert!(lost == 0 || usize::from(lost) > count, "{problems}");
                prop_assert!(problems.list.iter().all(|p| p.key.ends_with(".trigger")));
            }
        }
    }
}
