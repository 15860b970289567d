//! What real agents say of themselves, as Debian ships them, and what others might.

use super::*;
use proptest::prelude::*;

const IPADDR2: &str = include_str!("tests/IPaddr2.xml");
const STATEFUL: &str = include_str!("tests/Stateful.xml");

fn agent(options: &[(&str, &str)]) -> OcfAgent {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    OcfAgent { provider: "heartbeat".into(), kind: "IPaddr2".into(), options, secrets: None }
}

fn wrong(options: &[(&str, &str)]) -> Vec<String> {
    let meta = parse(IPADDR2).unwrap();
    let found = mistakes(&meta, &agent(options), &BTreeSet::new());
    found.into_iter().map(|(option, why, remedy)| format!("{}: {why}; {remedy}", option.unwrap_or_default())).collect()
}

#[test]
fn a_real_agent_is_read_with_its_parameters_and_actions() {
    let meta = parse(IPADDR2).unwrap();
    assert_eq!(meta.parameters["ip"], Parameter { required: true, kind: "string".into() });
    assert_eq!(meta.parameters["arp_count"], Parameter { required: false, kind: "integer".into() });
    assert!(meta.parameters.len() > 15, "{}", meta.parameters.len());
    assert!(meta.actions.contains("monitor") && !meta.actions.contains("promote"));
    assert!(parse(STATEFUL).unwrap().actions.contains("promote"));
    let noisy = format!("Welcome to a1\n{STATEFUL}trailing words");
    assert_eq!(parse(&noisy), parse(STATEFUL));
}

#[test]
fn options_are_held_against_what_the_agent_takes() {
    assert_eq!(wrong(&[("ip", "192.0.2.10"), ("cidr_netmask", "24"), ("arp_bg", "no")]), Vec::<String>::new());
    assert_eq!(wrong(&[]), [": IPaddr2 needs the parameter \"ip\"; write it, as in options = { ip = \"...\" }"]);
    let near = wrong(&[("ip", "192.0.2.10"), ("cidr_netmsak", "24")]);
    assert_eq!(near, ["cidr_netmsak: IPaddr2 has no parameter \"cidr_netmsak\"; did you mean \"cidr_netmask\"?"]);
    let far = wrong(&[("ip", "192.0.2.10"), ("colour", "blue")]);
    assert!(far.len() == 1 && far[0].contains("one that it has"), "{far:?}");
    let kinds = wrong(&[("ip", "192.0.2.10"), ("arp_count", "many"), ("flush_routes", "perhaps")]);
    assert!(kinds.len() == 2 && kinds[0].contains("whole number") && kinds[1].contains("true or false"), "{kinds:?}");
}

#[test]
fn an_option_in_the_file_of_secrets_counts_as_given() {
    let meta = parse(IPADDR2).unwrap();
    let hidden = BTreeSet::from(["ip".to_owned()]);
    assert_eq!(mistakes(&meta, &agent(&[]), &hidden), []);
    assert_eq!(mistakes(&meta, &agent(&[]), &BTreeSet::from(["ip".to_owned(), "pasword".to_owned()])).len(), 1);
}

#[test]
fn what_is_no_description_is_refused_with_a_reason() {
    let many: String = (0..=MOST).map(|n| format!("<parameter name=\"p{n}\"/>")).collect();
    for (text, part) in [
        (String::new(), "no XML"),
        ("usage: IPaddr2 {start|stop}".to_owned(), "no XML"),
        ("<?xml version=\"1.0\"?><html></html>".to_owned(), "ends in the middle"),
        (IPADDR2.get(..IPADDR2.len() / 2).unwrap().to_owned(), ""),
        ("<resource-agent><parameter name='&bomb;'/></resource-agent>".to_owned(), "cannot be read"),
        (format!("<resource-agent>{many}</resource-agent>"), "more than"),
        (" ".repeat(LONGEST + 1), "longer than"),
    ] {
        let why = parse(&text).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(<\\?xml)?(<(resource-agent|parameter|action|content)( name=\"[a-z&;]{0,5}\")?/?>|\\PC{0,8}){0,12}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_real_one_with_a_piece_cut_out_is_no_panic_either(from in 0usize..6000, length in 0usize..300) {
        let text: String = IPADDR2.chars().take(from).chain(IPADDR2.chars().skip(from + length)).collect();
        let _ = parse(&text);
    }
}
