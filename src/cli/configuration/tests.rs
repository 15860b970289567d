use super::{check, schema};
use crate::cli::args::Globals;
use crate::cli::testing::{Caught, Fake, Somebody, caught, shop_status};
use crate::cli::{Look, World};
use crate::client::Dial;
use crate::core::command::Exit;
use crate::wire::Trouble;
use serde_json::Value;
use std::path::PathBuf;

const MINIMAL: &str = include_str!("../../../config/minimal.toml");

struct Got {
    exit: Exit,
    text: String,
    said: String,
}

/// Checks a file that says `text`.
async fn checked(text: &str, offline: bool, fake: &Fake, json: bool) -> Got {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let globals = Globals { config: Some(path), run_dir: None, json, plain: false };
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::default();
    let fake = fake.clone();
    let reach = move |_: PathBuf| Box::new(fake.clone()) as Box<dyn Dial>;
    let exit = check(&globals, offline, World { out: &mut out, person: &mut person, reach: &reach }).await;
    Got { exit, text: stdout.text(), said: stderr.text() }
}

#[tokio::test]
async fn a_good_file_is_good_without_a_monitor_only_when_none_is_asked() {
    let got = checked(MINIMAL, true, &Fake::default(), false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert!(got.text.ends_with("c.toml: no errors, 0 warnings\n"), "{}", got.text);
}

#[tokio::test]
async fn every_problem_is_shown_with_its_key_and_nothing_is_asked() {
    let fake = Fake::default();
    let text = MINIMAL.replacen("site", "sight", 2);
    let got = checked(&text, false, &fake, false).await;
    assert_eq!((got.exit, fake.with(|books| books.dials)), (Exit::Refused, 0));
    assert!(got.said.matches("error: ").count() >= 2 && got.said.contains("instead"), "{}", got.said);
    let got = checked(&text, false, &fake, true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["exit"]), (&"refused".into(), &3.into()));
    assert!(said["problems"][0]["remedy"].is_string(), "{said}");
}

#[tokio::test]
async fn what_the_monitor_finds_wrong_is_shown_and_another_configuration_is_named() {
    let hash = crate::config::parse(MINIMAL, "x").unwrap().hash;
    let fake = Fake::default();
    let mut status = shop_status();
    status.config = hash;
    fake.with(|books| books.status = Some(status.clone()));
    let got = checked(MINIMAL, false, &fake, false).await;
    assert_eq!(got.exit, Exit::Done);
    assert!(got.text.ends_with("the monitor runs by it and finds 0 troubles\n"), "{}", got.text);

    let (key, what, remedy) = ("components.app.primary", "a1 does not know app.service", "install it");
    status.troubles.push(Trouble { key: key.into(), what: what.into(), remedy: remedy.into() });
    fake.with(|books| books.status = Some(status));
    let got = checked(MINIMAL, false, &fake, false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.text.ends_with("  components.app.primary: a1 does not know app.service\n    do: install it\n"), "{}", got.text);

    fake.with(|books| books.status = Some(shop_status()));
    let got = checked(MINIMAL, false, &fake, false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.text.contains("another configuration (cafe)"), "{}", got.text);
}

#[tokio::test]
async fn hosts_that_nobody_could_ask_about_are_unknown_not_fine() {
    let fake = Fake::default();
    fake.with(|books| books.refuses_role = Some(crate::core::command::Role::Observer));
    let got = checked(MINIMAL, false, &fake, false).await;
    assert_eq!(got.exit, Exit::Unknown);
    assert!(got.text.contains("hosts and units were not checked") && got.text.contains("--offline"), "{}", got.text);
}

#[test]
fn the_schema_is_json() {
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    assert_eq!(schema(&mut out), Exit::Done);
    assert!(serde_json::from_str::<Value>(&stdout.text()).unwrap().is_object());
}
