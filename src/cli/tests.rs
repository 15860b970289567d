use super::testing::{Caught, Somebody, caught};
use super::{Call, Look, Said, World, parse, run};
use crate::client::{Dial, Fake};
use crate::core::command::Exit;
use crate::wire::testing::shop_status;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn call(line: &str) -> Result<Call, Said> {
    parse(line.split(' ').map(Into::into))
}

#[test]
fn help_and_version_were_asked_for_and_mistakes_were_not() {
    for (line, exit) in [
        ("switchtower --help", 0),
        ("switchtower status --help", 0),
        ("switchtower --version", 0),
        ("switchtower frob", 2),
        ("switchtower abort", 2),
        ("switchtower abort x17", 2),
        ("switchtower switchover --to -x", 2),
        ("switchtower switchover --plan 123", 2),
        ("switchtower stop --wait never", 2),
        ("switchtower log --limit 0", 2),
        ("switchtower pause --for 2h", 2),
        ("switchtower pause --for never --reason x", 2),
        ("switchtower mode frob", 2),
        ("switchtower adopt", 2),
        ("switchtower fence", 2),
        ("switchtower replay r17", 2),
        ("switchtower health --help", 0),
        ("switchtower health --frob", 3),
    ] {
        assert_eq!(call(line).unwrap_err().exit().number(), exit, "{line}");
    }
    assert!(call("switchtower").unwrap().console().is_some(), "without a verb the console starts");
    assert!(call("switchtower console --read-only").unwrap().console().unwrap().read_only);
    assert!(call("switchtower status").unwrap().console().is_none());
}

#[test]
fn the_monitor_is_run_by_the_configuration_that_is_named() {
    let monitor = |line| call(line).unwrap().monitor();
    assert_eq!(monitor("switchtower monitor run --config /x.toml"), Some((PathBuf::from("/x.toml"), None)));
    assert_eq!(monitor("switchtower status --config /x.toml"), None);
}

#[tokio::test]
async fn a_verb_asks_the_monitor_whose_folder_was_named() {
    let asked = Mutex::new(Vec::new());
    let reach = |run_dir: PathBuf| {
        asked.lock().unwrap().push(run_dir);
        Box::new(Fake::default()) as Box<dyn Dial>
    };
    let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
    let mut person = Somebody::default();
    let world = World { out: &mut out, person: &mut person, survey: &no_hosts, reach: &reach };
    let exit = run(call("switchtower status --json --run-dir /run/x").unwrap(), world).await;
    assert_eq!(exit, Exit::Done.into());
    assert_eq!(*asked.lock().unwrap(), [Path::new("/run/x")]);
    assert_eq!(serde_json::from_str::<crate::wire::StatusView>(&stdout.text()).unwrap(), shop_status());
}

#[tokio::test]
async fn a_configuration_that_was_named_and_is_broken_asks_nobody() {
    let reach = |_: PathBuf| -> Box<dyn Dial> { panic!("somebody was asked") };
    let Caught { mut out, stderr, .. } = caught(Look::PIPE);
    let mut person = Somebody::default();
    let world = World { out: &mut out, person: &mut person, survey: &no_hosts, reach: &reach };
    assert_eq!(run(call("switchtower stop --config /nowhere/x.toml").unwrap(), world).await, Exit::Refused.into());
    assert!(stderr.text().contains("/nowhere/x.toml"), "{}", stderr.text());
}

fn no_hosts(_: &crate::config::Loaded) -> super::Survey {
    Box::pin(async { Vec::new() })
}
