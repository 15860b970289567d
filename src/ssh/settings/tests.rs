//! Merging of targets, configuration and defaults.

use super::*;

fn answer(lines: &str) -> Answer {
    let mut answer = Answer::new();
    for (keyword, value) in lines.lines().filter_map(|l| l.trim().split_once(' ')) {
        answer.entry(keyword.to_owned()).or_default().push(value.to_owned());
    }
    answer
}

fn merge(target: &Target, lines: &str) -> Result<Settings, SshError> {
    Merge { target, options: &Options::default(), answer: &answer(lines) }.settings()
}

#[test]
fn the_targets_own_words_win_over_the_configuration_and_that_over_defaults() {
    let bare = merge(&Target::new("db1"), "").unwrap();
    assert_eq!((bare.address.as_str(), bare.port), ("db1", 22));
    assert!(bare.identity_files.iter().any(|f| f.ends_with(".ssh/id_ed25519")));
    assert!(bare.known_hosts.iter().any(|f| f.ends_with(".ssh/known_hosts")));

    let lines = "user pg\nhostname 10.0.0.5\nport 2022\nidentityfile /k/%h-%r-%n\nidentitiesonly yes\nuserknownhostsfile /a /b\n\
                 globalknownhostsfile none\ncertificatefile /c/%p\nproxyjump none";
    let configured = merge(&Target::new("db1"), lines).unwrap();
    assert_eq!((configured.address.as_str(), configured.port, configured.user.as_str()), ("10.0.0.5", 2022, "pg"));
    assert_eq!(configured.identity_files, [PathBuf::from("/k/10.0.0.5-pg-db1")]);
    assert_eq!(configured.known_hosts, [PathBuf::from("/a"), PathBuf::from("/b")]);
    assert_eq!(configured.certificate_files, [PathBuf::from("/c/2022")]);
    assert!(configured.identities_only && configured.jump.is_none());

    let own = Target {
        user: Some("root".to_owned()),
        port: Some(22),
        address: Some("10.9.9.9".to_owned()),
        identity_files: vec!["/own".into()],
        known_hosts: vec!["/kh".into()],
        jumps: vec!["a".to_owned(), "x@b:2200".to_owned()],
        ..Target::new("db1")
    };
    let own = merge(&own, lines).unwrap();
    assert_eq!((own.address.as_str(), own.port, own.user.as_str()), ("10.9.9.9", 22, "root"));
    let paths = |all: &[&str]| all.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(own.identity_files, paths(&["/own", "/k/10.9.9.9-root-db1"]));
    assert_eq!((own.identities_named, own.identities_only), (1, true));
    assert_eq!(own.known_hosts, paths(&["/kh", "/a", "/b"]));
    let jump = own.jump.unwrap();
    assert_eq!((jump.host.as_str(), jump.user.as_deref(), jump.port), ("b", Some("x"), Some(2200)));
    assert_eq!((jump.jumps, jump.known_hosts), (vec!["a".to_owned()], vec![PathBuf::from("/kh")]));
}

#[test]
fn the_targets_files_come_first_each_file_once_and_not_more_keys_than_a_few() {
    let many: String = (0..40).map(|at| format!("identityfile /k/{at}\n")).collect();
    let own = Target { identity_files: vec!["/k/3".into()], known_hosts: vec!["/b".into(), "/c".into()], ..Target::new("db1") };
    let own = merge(&own, &format!("{many}userknownhostsfile /a /b\nglobalknownhostsfile none")).unwrap();
    assert_eq!(own.known_hosts, ["/b", "/c", "/a"].map(PathBuf::from));
    assert_eq!(own.identity_files[..3], ["/k/3", "/k/0", "/k/1"].map(PathBuf::from));
    assert_eq!(own.identity_files.len(), MOST_OF_CONFIG, "one of the sixteen is the target's own");
}

#[test]
fn the_host_key_is_looked_up_where_openssh_would() {
    let names = |target: &Target, lines: &str| format!("{:?}", merge(target, lines).unwrap().names);
    let by_config = names(&Target::new("db1"), "hostname 10.0.0.5");
    assert!(by_config.contains("10.0.0.5") && !by_config.contains("db1"), "{by_config}");
    let by_alias = names(&Target::new("db1"), "hostname 10.0.0.5\nhostkeyalias web\nport 2022");
    assert!(by_alias.contains("\"web\"") && !by_alias.contains("2022") && !by_alias.contains("10.0.0.5"), "{by_alias}");
    let moved = Target { address: Some("10.0.0.7".to_owned()), ..Target::new("db1") };
    let by_address = names(&moved, "hostname 10.0.0.5");
    assert!(by_address.contains("db1") && by_address.contains("10.0.0.7") && !by_address.contains("10.0.0.5"), "{by_address}");
}

#[test]
fn a_proxy_command_and_unknown_tokens_are_refused_with_a_sentence() {
    let error = merge(&Target::new("db1"), "proxycommand nc %h %p").unwrap_err();
    assert!(matches!(error, SshError::ProxyCommand { .. }));
    assert!(merge(&Target::new("db1"), "proxycommand none").is_ok());
    let error = merge(&Target::new("db1"), "identityfile /k/%C").unwrap_err();
    assert!(error.to_string().contains("%C"), "{error}");
    let error = merge(&Target::new("db1"), "identityfile /k/${NO_SUCH_VARIABLE_HERE}").unwrap_err();
    assert!(error.to_string().contains("NO_SUCH_VARIABLE_HERE"), "{error}");
}

#[test]
fn hops_are_read_in_every_form_and_nonsense_is_not() {
    let cases = [
        ("b", Some((None, "b", None))),
        ("u@b", Some((Some("u"), "b", None))),
        ("u@b:22", Some((Some("u"), "b", Some(22)))),
        ("[fe80::1]:22", Some((None, "fe80::1", Some(22)))),
        ("fe80::1", Some((None, "fe80::1", None))),
        ("ssh://u@b:22/", Some((Some("u"), "b", Some(22)))),
        ("u@corp@b", Some((Some("u@corp"), "b", None))),
        ("", None),
        ("@b", None),
        ("u@", None),
        ("b:x", None),
        ("b:99999", None),
        ("[b]22", None),
    ];
    for (hop, expected) in cases {
        let expected = expected.map(|(user, host, port)| (user.map(str::to_owned), host.to_owned(), port));
        assert_eq!(parse_hop(hop), expected, "{hop}");
    }
}
