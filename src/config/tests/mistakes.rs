//! Mistakes one by one: each gives one problem, at its key and line, with a reason and a remedy that fit; and all at once.

use super::*;

/// What stands in the smallest example, what stands there instead, and of the one problem then: the key, and words of
/// what was found, why, and the remedy.
pub(super) type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

pub(super) const APP: &str = "[components.app]";
pub(super) const A1: &str = "primary = { host = \"a1\", unit = \"app.service\" }";
const B1: &str = "secondary = { host = \"b1\", unit = \"app.service\" }";
pub(super) const NORTH: &str = "[hosts.a1]\nsite = \"north\"";

/// Each case gives its one problem.
pub(super) fn each(cases: &[Case]) {
    for (from, to, key, found, why, remedy) in cases {
        assert_eq!(examples::MINIMAL.matches(from).count(), 1, "{from} is not in the example once");
        let text = examples::MINIMAL.replace(from, to);
        let problems = match parse(&text, "test") {
            Ok(loaded) => loaded.warnings,
            Err(problems) => problems.list,
        };
        let [problem] = problems.as_slice() else { panic!("{to}\ngives {problems:#?}") };
        assert_eq!(problem.key, *key, "{to}\ngives {problem}");
        for (whole, part) in [(&problem.found, found), (&problem.why, why), (&problem.remedy, remedy)] {
            assert!(whole.contains(part), "{part:?} is not in {whole:?}: {to}\ngives {problem}");
        }
    }
}

#[test]
fn a_key_that_is_unknown_or_missing_or_of_the_wrong_type_is_named() {
    each(&[
        ("[cluster]", "[cluster]\nlabell = \"x\"", "cluster.labell", "labell", "no such key", "did you mean label?"),
        ("[cluster]", "[monitro]\n[cluster]", "monitro", "monitro", "no such key", "did you mean monitor?"),
        ("[cluster]", "[cluster]\nxyzzy = 1", "cluster.xyzzy", "xyzzy", "no such key", "name, label, primary"),
        ("[cluster]", "[cluster]\n\"a\\u001bb\" = 1", "cluster.\"a\\u{1b}b\"", "\\u{1b}", "no such key", "known here"),
        ("name = \"shop\"", "", "cluster.name", "nothing", "must be there", "name = \"shop\""),
        (A1, "", "components.app.primary", "nothing", "must be there", "table"),
        (A1, "primary = { unit = \"app.service\" }", "components.app.primary.host", "nothing", "must be there", "host = "),
        (A1, "primary = \"a1\"", "components.app.primary", "\"a1\"", "takes a table", "table"),
        ("name = \"shop\"", "name = \"shop.agents\"", "cluster.name", "shop.agents", "another cluster's agents", "does not end in .agents"),
        ("name = \"shop\"", "name = 5", "cluster.name", "the number 5", "takes a cluster's name", "\"shop\""),
        (APP, "[components.app]\nafter = \"db\"", "components.app.after", "\"db\"", "takes a list", "list"),
        (APP, "[components.app]\nafter = [1]", "components.app.after[0]", "1", "takes a component's name", "\"db\""),
        (APP, "[components.app]\npoint_of_no_return = \"yes\"", "components.app.point_of_no_return", "yes", "true or false", "true"),
        (APP, "[monitor]\njournal_segments = 2.5\n[components.app]", "monitor.journal_segments", "2.5", "whole number", "16"),
        (APP, "[ssh]\nagent = 1979-05-27\n[components.app]", "ssh.agent", "1979-05-27", "true or false", "true"),
    ]);
}

#[test]
fn names_that_could_do_harm_are_refused_wherever_a_name_stands() {
    for bad in ["", "a b", "a\\\"b", "a\\nb", "$(reboot)", "`id`", "-rf", "a;b", "a'b", "\\u0000", "é"] {
        for (from, key) in [("name = \"shop\"", "cluster.name"), ("primary = \"north\"", "cluster.primary")] {
            let text = examples::MINIMAL.replace(from, &format!("{} = \"{bad}\"", from.split(' ').next().unwrap()));
            assert!(wrong(&text).iter().any(|p| p.key == key), "{bad} was accepted at {key}");
        }
        for table in ["hosts", "components"] {
            let text = minimal_and(&format!("[{table}.\"{bad}\"]"));
            assert!(
                wrong(&text).iter().any(|p| p.key.starts_with(table) && p.remedy.contains("name here")),
                "{bad} was accepted in {table}"
            );
        }
        for (key, line) in [("group", format!("group = \"{bad}\"")), ("after[0]", format!("after = [\"{bad}\"]"))] {
            let text = examples::MINIMAL.replace(APP, &format!("{APP}\n{line}"));
            assert!(wrong(&text).iter().any(|p| p.key == format!("components.app.{key}")), "{bad} was accepted at {key}");
        }
        for key in ["site", "user", "address"] {
            let text = minimal_and(&format!("[hosts.x]\n{key} = \"{bad}\""));
            assert!(wrong(&text).iter().any(|p| p.key == format!("hosts.x.{key}")), "{bad} was accepted at {key}");
        }
        let text = examples::MINIMAL.replace(A1, &format!("primary = {{ host = \"a1\", unit = \"{bad}.service\" }}"));
        assert!(wrong(&text).iter().any(|p| p.key == "components.app.primary.unit"), "{bad} was accepted as a unit");
    }
}

#[test]
fn times_sizes_and_numbers_have_a_spelling_and_bounds() {
    let monitor = |key: &str, value: &str| minimal_and(&format!("[monitor]\n{key} = {value}"));
    for (key, good) in [("interval", "\"200ms\""), ("interval", "\"1h\""), ("journal_segment", "\"65536B\""), ("journal_segments", "0x10")]
    {
        right(&monitor(key, good));
    }
    let bad = [
        ("interval", "\"199ms\"", "200ms to 1h"),
        ("interval", "\"61m\"", "200ms to 1h"),
        ("interval", "\"99999999999999999999999d\"", "200ms to 1h"),
        ("interval", "\"2 s\"", "without a space"),
        ("interval", "\"2\"", "followed by"),
        ("interval", "\"s\"", "followed by"),
        ("interval", "\"-2s\"", "followed by"),
        ("interval", "\"1.5s\"", "followed by"),
        ("interval", "\"٢s\"", "followed by"),
        ("journal_segment", "\"8MB\"", "KiB"),
        ("journal_segment", "\"2GiB\"", "64KiB to 1GiB"),
        ("journal_segments", "1", "2 to 1000"),
        ("journal_segments", "-5", "2 to 1000"),
        ("journal_segments", "123456789012345678901234567890", "2 to 1000"),
    ];
    for (key, value, why) in bad {
        let problems = wrong(&monitor(key, value));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].key, format!("monitor.{key}"));
        assert!(problems[0].why.contains(why), "{value}: {}", problems[0]);
    }
}

#[test]
fn sites_hosts_and_placements_have_to_fit_together() {
    each(&[
        ("secondary = \"south\"", "secondary = \"north\"", "cluster.secondary", "north", "primary site too", "other site"),
        (NORTH, "[hosts.x]\nsite = \"nort\"\n[hosts.a1]\nsite = \"north\"", "hosts.x.site", "nort", "no site", "did you mean \"north\"?"),
        (
            A1,
            "primary = { host = \"a11\", unit = \"app.service\" }",
            "components.app.primary.host",
            "a11",
            "no host",
            "did you mean \"a1\"?",
        ),
        (
            A1,
            "primary = { host = \"zulu\", unit = \"app.service\" }",
            "components.app.primary.host",
            "zulu",
            "no host",
            "a host of north of this file: \"a1\"",
        ),
        (NORTH, "[hosts.a1]", "components.app.primary.host", "a1", "neither site", "declare a host of north first"),
        (
            B1,
            "secondary = { host = \"a1\", unit = \"b.service\" }",
            "components.app.secondary.host",
            "a1",
            "both are gone",
            "secondary site",
        ),
        (NORTH, "[hosts.a2]\nsite = \"south\"\n[hosts.a1]\nsite = \"nroth\"", "hosts.a1.site", "nroth", "no site", "north"),
        (NORTH, "[hosts.a1]\nsite = \"no rth\"", "hosts.a1.site", "no rth", "' '", "site's name"),
    ]);
    let crossed = examples::MINIMAL.replace("host = \"a1\"", "host = \"b2\"") + "[hosts.b2]\nsite = \"south\"";
    let problems = wrong(&crossed);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].why.contains("stands at south, and the primary placement belongs at north"), "{}", problems[0]);
}

#[test]
fn units_have_to_fit_the_sharing() {
    each(&[
        (A1, "primary = { host = \"a1\" }", "components.app.primary.unit", "nothing", "an exclusive component", "unit = "),
        (A1, "primary = { host = \"a1\", unit = \"app\" }", "components.app.primary.unit", "app", "ends in its type", "\"db.service\""),
        (
            A1,
            "primary = { host = \"a1\", active = \"app.service\" }",
            "components.app.primary.active",
            "app",
            "exclusive",
            "active-standby",
        ),
        (APP, "[components.app]\nsharing = \"shared\"", "components.app.sharing", "shared", "one of two ways", "exclusive"),
    ]);
    let pair = |primary: &str| {
        let secondary = "secondary = { host = \"b1\", active = \"a.service\", standby = \"s.service\" }";
        minimal_and(&format!("[components.two]\nsharing = \"active-standby\"\nprimary = {{ host = \"a1\", {primary} }}\n{secondary}"))
    };
    right(&pair("active = \"a.service\", standby = \"s.service\""));
    for (primary, key, why) in [
        ("unit = \"a.service\"", "unit", "active-standby: its placements take active and standby"),
        ("active = \"a.service\"", "standby", "needs it"),
        ("active = \"a.service\", standby = \"a.service\"", "standby", "the active unit too"),
    ] {
        let problems = wrong(&pair(primary));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].key, format!("components.two.primary.{key}"));
        assert!(problems[0].why.contains(why), "{}", problems[0]);
    }
}

#[test]
fn a_service_belongs_to_one_placement() {
    let problems = wrong(&minimal_and(&format!("[components.web]\n{A1}\nsecondary = {{ host = \"b1\", unit = \"web.service\" }}")));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].key.as_str(), problems[0].found.as_str()), ("components.web.primary.unit", "app.service on a1"));
    assert!(problems[0].why.contains("components.app.primary.unit has it already"), "{}", problems[0]);
}

#[test]
fn dependencies_exist_and_end_somewhere() {
    let more = "\n[components.web]\nafter = [\"app\"]\nprimary = { host = \"a1\", unit = \"w.service\" }\nsecondary = { host = \"b1\", unit = \"w.service\" }\n";
    right(&minimal_and(more));
    for (after, found, why) in [
        ("[\"wep\"]", "\"wep\"", "no component of this name"),
        ("[\"app\"]", "\"app\"", "waits for itself"),
        ("[\"web\"]", "app -> web -> app", "in a circle"),
    ] {
        let problems = wrong(&minimal_and(more).replace(APP, &format!("{APP}\nafter = {after}")));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].key.as_str(), problems[0].line), ("components.app.after", Some(20)), "{}", problems[0]);
        assert_eq!(problems[0].found, found);
        assert!(problems[0].why.contains(why), "{}", problems[0]);
    }
    let twice = right(&minimal_and(&more.replace("[\"app\"]", "[\"app\", \"app\"]")));
    assert_eq!(twice.warnings.len(), 1);
    assert_eq!((twice.warnings[0].severity, twice.warnings[0].key.as_str()), (Severity::Warning, "components.web.after"));
}

#[test]
fn a_host_of_a_site_is_never_the_machine_that_asks_unless_that_is_wanted() {
    let at = |address: &str| examples::MINIMAL.replace(NORTH, &format!("{NORTH}\naddress = \"{address}\""));
    for here in ["127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "::1%lo"] {
        let problems = wrong(&at(here));
        assert_eq!(problems.len(), 1, "{here}: {problems:?}");
        assert_eq!(problems[0].key, "hosts.a1.address");
        assert!(problems[0].remedy.contains("allow_loopback = true"), "{}", problems[0]);
        let allowed = right(&at(here).replace("[cluster]", "[cluster]\nallow_loopback = true"));
        assert!(allowed.allow_loopback);
    }
    for doubtful in ["127.1", "2130706433", "0x7f.1", "0x7f000001", "1.2.3.4.5", "fe80::1%", "[::1]", "a b", "host:22", "-oProxyCommand=x"]
    {
        assert_eq!(wrong(&at(doubtful))[0].key, "hosts.a1.address", "{doubtful}");
    }
    for good in ["10.0.0.1", "2001:db8::1", "fe80::1%eth0", "db.example.net", "db.example.net.", "node-1", "x127"] {
        right(&at(good));
    }
    right(&minimal_and("[hosts.witness]\naddress = \"127.0.0.1\""));
}

#[test]
fn hosts_at_one_place_are_pointed_out() {
    let both = |a: &str, b: &str| minimal_and(&format!("[hosts.x]\naddress = \"h.net\"\n{a}\n[hosts.y]\naddress = \"H.net\"\n{b}"));
    let warned = right(&both("", "port = 22")).warnings;
    assert_eq!(warned.len(), 1);
    assert_eq!((warned[0].severity, warned[0].key.as_str(), warned[0].line), (Severity::Warning, "hosts.y.address", Some(27)));
    assert!(warned[0].why.contains("host x"));
    assert_eq!(right(&both("port = 2201", "port = 2202")).warnings, []);
    assert_eq!(right(&both("jump = [\"p\"]", "jump = [\"q\"]")).warnings, []);
}

#[test]
fn hosts_that_are_reached_through_each_other_are_refused() {
    let problems = wrong(&minimal_and("[hosts.x]\njump = [\"outside\", \"y\"]\n[hosts.y]\njump = [\"x\"]"));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].key.as_str(), problems[0].found.as_str()), ("hosts.x.jump", "x -> y -> x"));
}

#[test]
fn paths_are_absolute_and_sockets_fit_into_their_folder() {
    let monitor = |key: &str, value: &str| minimal_and(&format!("[monitor]\n{key} = \"{value}\""));
    assert!(wrong(&monitor("state_dir", "var/x"))[0].why.contains("starts with /"));
    assert!(wrong(&monitor("state_dir", "~/x"))[0].why.contains("home"));
    assert!(wrong(&monitor("state_dir", "/a\\u0000"))[0].why.contains("control characters"));
    right(&monitor("run_dir", &format!("/{}", "x".repeat(79))));
    assert!(wrong(&monitor("run_dir", &format!("/{}", "x".repeat(80))))[0].why.contains("107 bytes"));
}

#[test]
fn a_cluster_has_components_and_not_too_many_of_anything() {
    let head = examples::MINIMAL.split(APP).next().unwrap();
    assert_eq!(wrong(head)[0].key, "components");
    assert!(wrong(&format!("components = {{}}\n{head}"))[0].why.contains("nothing to move"));
    let hosts: String = (0..1001).map(|n| format!("[hosts.h{n}]\n")).collect();
    assert!(wrong(&minimal_and(&hosts))[0].why.contains("at most 1000 hosts"));
    let after: Vec<String> = (0..1001).map(|n| format!("\"c{n}\"")).collect();
    assert!(wrong(&examples::MINIMAL.replace(APP, &format!("{APP}\nafter = [{}]", after.join(","))))[0].why.contains("at most 1000 items"));
}

#[test]
fn what_is_not_toml_is_reported_line_by_line() {
    let problems = wrong("a = = 3\n[cluster]\nname = \"a\"\nname = \"b\"\nlast = \"open\n");
    assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(1), Some(4), Some(5)]);
    assert!(problems.iter().all(|p| p.why.starts_with("this is not TOML: ")));
    assert_eq!(wrong("").iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["cluster", "hosts", "components"]);
}

#[test]
fn every_problem_is_reported_at_once_in_the_order_of_the_file() {
    let text = "[cluster]\nname = \"sh op\"\nprimary = \"north\"\nsecondary = \"south\"\nlable = \"x\"\n\
        [monitor]\ninterval = 2\n[hosts.a1]\nsite = \"nroth\"\naddress = \"::1\"\n[hosts.b1]\nsite = \"south\"\nport = 0\n\
        [components.db]\nafter = [\"ap\", \"db\"]\nprimary = { host = \"a2\", unit = \"db\" }\nsecondary = { hots = \"x\" }\n\
        [components.app]\nafter = [\"web\"]\nstart_timeout = \"soon\"\nprimary = { host = \"b1\", active = \"x.service\" }\nsecondary = { host = \"b1\", unit = \"x.service\" }\n\
        [components.web]\nafter = [\"app\"]\nprimary = { host = \"a1\", unit = \"x.service\" }\nsecondary = { host = \"b1\", unit = \"x.service\" }\n";
    let found: Vec<String> = wrong(text).iter().map(|p| format!("{}:{}", p.line.unwrap_or_default(), p.key)).collect();
    let wanted = [
        "0:failover.mode",
        "2:cluster.name",
        "5:cluster.lable",
        "7:monitor.interval",
        "9:hosts.a1.site",
        "10:hosts.a1.address",
        "13:hosts.b1.port",
        "15:components.db.after",
        "15:components.db.after",
        "16:components.db.primary.unit",
        "16:components.db.primary.host",
        "17:components.db.secondary.hots",
        "17:components.db.secondary.host",
        "17:components.db.secondary.unit",
        "19:components.app.after",
        "20:components.app.start_timeout",
        "21:components.app.primary.active",
        "22:components.app.secondary.host",
        "26:components.web.secondary.unit",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_file_of_nothing_but_mistakes_gives_a_bounded_list() {
    let warnings: String = (0..300).map(|n| format!("[hosts.h{n}]\naddress = \"h.net\"\n")).collect();
    let errors: String = (0..2000).map(|n| format!("[components.c{n}]\nafter = [\"x{n}\"]\n")).collect();
    let problems = wrong(&minimal_and(&(warnings + &errors)));
    assert_eq!(problems.iter().filter(|p| p.severity == Severity::Warning).count(), 100);
    assert_eq!(problems.len(), 601);
    assert!(problems[600].found.contains("problems more"));
}

#[test]
fn people_and_programs_can_read_a_problem() {
    let problems = parse(&examples::MINIMAL.replace("unit = \"app.service\" }\nsec", "unit = \"app\" }\nsec"), "shop.toml").unwrap_err();
    assert_eq!(
        problems.to_string(),
        "shop.toml: 1 error\n\n\
         error: components.app.primary.unit (line 20)\n  \
           found    \"app\"\n  \
           why      a unit's name ends in its type, as in app.service; known are .service .target .mount .socket .timer .path .slice\n  \
           instead  write a systemd unit's name, as in \"db.service\""
    );
    let json = serde_json::to_value(&problems).unwrap();
    assert_eq!(json["list"][0]["severity"], "error");
    assert_eq!(json["list"][0]["line"], 20);
    assert_eq!(json["list"][0]["key"], "components.app.primary.unit");
}

/// The keys of what is wrong with the smallest example after these replacements.
fn keys_of(changes: &[(&str, &str)]) -> Vec<String> {
    let mut text = examples::MINIMAL.to_owned();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from} is not there once");
        text = text.replace(from, to);
    }
    wrong(&text).into_iter().map(|problem| problem.key).collect()
}

#[test]
fn a_site_that_is_missing_or_misspelt_hides_no_other_mistake() {
    const PRIMARY: &str = "primary = \"north\"";
    const MORE: &str = "[hooks.h]\non = \"a7\"\nwhen = \"after\"\nto = \"sputh\"\nrun = [\"/bin/true\"]\n[hosts.a1]\nsite = \"north\"";
    let b9 = "secondary = { host = \"b9\", unit = \"app.service\" }";
    for (primary, key) in [("", "cluster.primary"), ("primray = \"north\"", "cluster.primray"), ("primary = \"nor th\"", "cluster.primary")]
    {
        let keys = keys_of(&[(PRIMARY, primary), (B1, b9), (NORTH, MORE)]);
        for wanted in [key, "components.app.secondary.host", "hooks.h.on", "hooks.h.to"] {
            assert!(keys.iter().any(|key| key == wanted), "{primary}: {wanted} is not in {keys:?}");
        }
        // The other hosts say what the site is called, or the misspelt key does.
        let two = "[hosts.a2]\nsite = \"north\"\n[hosts.a3]\nsite = \"north\"\n[hosts.a1]\nsite = \"norht\"";
        let keys = keys_of(&[(PRIMARY, primary), (NORTH, two)]);
        assert!(keys.iter().any(|key| key == "hosts.a1.site") && !keys.iter().any(|key| key == "hosts.a2.site"), "{primary}: {keys:?}");
    }
    let keys = keys_of(&[(PRIMARY, "primray = \"north\""), ("site = \"north\"", "site = \"norht\"")]);
    assert_eq!(keys, ["cluster.primary", "cluster.primray", "hosts.a1.site"]);
    // Nobody can tell which of two names is the site's, so both are pointed out.
    let keys = keys_of(&[(PRIMARY, ""), (NORTH, "[hosts.a2]\nsite = \"north\"\n[hosts.a1]\nsite = \"norht\"")]);
    assert_eq!(keys, ["cluster.primary", "hosts.a2.site", "hosts.a1.site"]);
    assert_eq!(keys_of(&[(PRIMARY, "")]), ["cluster.primary"], "what may be right is not called wrong");
    assert_eq!(keys_of(&[(PRIMARY, ""), ("secondary = \"south\"", "")]), ["cluster.primary", "cluster.secondary"]);
}

#[test]
fn a_host_that_does_not_exist_is_said_whatever_else_is_wrong_with_its_placement() {
    let (a9, b9) = ("primary = { host = \"b9\", unit = \"app.service\" }", "secondary = { host = \"b9\", unit = \"app.service\" }");
    let keys = keys_of(&[(A1, a9), (B1, b9), (APP, "[components.app]\nsharing = \"some\"")]);
    for wanted in ["components.app.sharing", "components.app.primary.host", "components.app.secondary.host"] {
        assert!(keys.iter().any(|key| key == wanted), "{wanted} is not in {keys:?}");
    }
}
