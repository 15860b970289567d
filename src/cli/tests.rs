use super::testing::{Caught, Somebody, caught};
use super::{Call, Look, Place, Said, parse, run, testing};
use crate::client::{ClientError, Dial, Fake, Link, Rights};
use crate::core::command::{Exit, Role};
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
        ("switchtower --via mon1;x status", 2),
        ("switchtower --operate status", 2),
        ("switchtower status --ssh-config /x", 2),
        ("switchtower --via mon1 monitor run", 2),
        ("switchtower --via mon1 config apply", 2),
        ("switchtower --via mon1 demo", 2),
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
    let reach = |place: Place| {
        asked.lock().unwrap().push(place.run_dir);
        Box::new(Fake::default()) as Box<dyn Dial>
    };
    let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
    let mut person = Somebody::default();
    let world = testing::world(&mut out, &mut person, &reach);
    let exit = run(call("switchtower status --json --run-dir /run/x").unwrap(), world).await;
    assert_eq!(exit, Exit::Done.into());
    assert_eq!(*asked.lock().unwrap(), [Path::new("/run/x")]);
    assert_eq!(serde_json::from_str::<crate::wire::StatusView>(&stdout.text()).unwrap(), shop_status());
}

#[tokio::test]
async fn a_configuration_that_was_named_and_is_broken_asks_nobody() {
    let reach = |_: Place| -> Box<dyn Dial> { panic!("somebody was asked") };
    let Caught { mut out, stderr, .. } = caught(Look::PIPE);
    let mut person = Somebody::default();
    let world = testing::world(&mut out, &mut person, &reach);
    assert_eq!(run(call("switchtower stop --config /nowhere/x.toml").unwrap(), world).await, Exit::Refused.into());
    assert!(stderr.text().contains("/nowhere/x.toml"), "{}", stderr.text());
}

/// What is asked of the way to a monitor of another machine, by the words of a line.
async fn way(line: &str) -> (Place, String) {
    let (place, note, again) = call(line).unwrap().place().await.unwrap();
    assert_eq!(note, None);
    (place, again)
}

#[tokio::test]
async fn a_monitor_of_another_machine_is_looked_at_and_only_operated_when_that_is_said() {
    let (place, again) = way("switchtower --via jump1,ops@mon1 switchover --to south --reason=it's").await;
    assert_eq!(place.run_dir, Path::new("/run/switchtower"));
    let via = place.via.unwrap();
    assert_eq!(via.hops.to_string(), "jump1,ops@mon1");
    let line = r"switchtower --via jump1,ops@mon1 --operate switchover --to south '--reason=it'\''s'";
    assert_eq!(via.rights, Rights::Look(line.into()));
    assert_eq!(again, " --via jump1,ops@mon1 --operate", "what acts from a console elsewhere");
    for (line, acting) in [
        ("switchtower stop --via=mon1 --dry-run", "switchtower stop --via=mon1 --operate --dry-run"),
        ("/usr/bin/switchtower stop --via mon1", "switchtower stop --via mon1 --operate"),
    ] {
        assert_eq!(way(line).await.0.via.unwrap().rights, Rights::Look(acting.into()), "{line}");
    }
    let (place, _) = way("switchtower switchover --operate --run-dir /run/x --ssh-config /c --via mon1").await;
    let via = place.via.unwrap();
    assert_eq!((via.rights, via.ssh_config, place.run_dir), (Rights::Operate, Some("/c".into()), "/run/x".into()));
    let console = |line| call(line).unwrap().console().unwrap().read_only;
    assert!(console("switchtower --via mon1") && console("switchtower --via mon1 --operate console --read-only"));
    assert!(!console("switchtower --via mon1 --operate") && !console("switchtower"));
}

/// A way for looking.
struct Looking(String);

#[async_trait::async_trait]
impl Dial for Looking {
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError> {
        assert_eq!(role, Role::Operator);
        Err(ClientError::LookOnly { host: "mon1".into(), line: self.0.clone() })
    }
}

#[tokio::test]
async fn a_verb_that_acts_is_refused_on_a_way_for_looking_with_the_line_that_acts() {
    let reach = |place: Place| match place.via.unwrap().rights {
        Rights::Look(line) => Box::new(Looking(line)) as Box<dyn Dial>,
        Rights::Operate => panic!("nobody said so"),
    };
    for verb in ["switchover", "stop", "fence a1", "abort r1", "mode automatic", "pause --for 2h --reason x", "resume", "acknowledge"] {
        let Caught { mut out, stdout, stderr } = caught(Look { json: true, ..Look::PIPE });
        let mut person = Somebody::default();
        let world = testing::world(&mut out, &mut person, &reach);
        let exit = run(call(&format!("switchtower --json --via mon1 {verb}")).unwrap(), world).await;
        assert_eq!(exit, Exit::Refused.into(), "{verb}");
        assert!(stderr.text().contains("--operate was not given"), "{verb}: {}", stderr.text());
        let said: serde_json::Value = serde_json::from_str(&stdout.text()).unwrap();
        let remedy = format!("run: switchtower --json --via mon1 --operate {verb}");
        assert_eq!((said["outcome"].as_str(), said["reasons"][0]["remedy"].as_str()), (Some("refused"), Some(remedy.as_str())));
    }
}
