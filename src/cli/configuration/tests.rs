use super::{check, schema};
use crate::cli::args::Globals;
use crate::cli::testing::{Caught, Somebody, caught};
use crate::cli::{Look, Place, Survey, World};
use crate::client::{Dial, Fake};
use crate::config::{Loaded, Problem, Severity};
use crate::core::command::Exit;
use serde_json::Value;

const MINIMAL: &str = include_str!("../../../config/minimal.toml");

struct Got {
    exit: Exit,
    text: String,
    said: String,
}

/// Checks a file that says `text`, on hosts with which `wrong` is wrong; `None` where they must not be asked.
async fn checked(text: &str, wrong: Option<Vec<Problem>>, json: bool) -> Got {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let globals = Globals { config: Some(path), json, ..Globals::default() };
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::default();
    let reach = |_: Place| Box::new(Fake::default()) as Box<dyn Dial>;
    let offline = wrong.is_none();
    let survey = move |_: &Loaded| {
        let wrong = wrong.clone().expect("the hosts were asked");
        Box::pin(async move { wrong }) as Survey
    };
    let exit = check(&globals, offline, World { survey: &survey, ..crate::cli::testing::world(&mut out, &mut person, &reach) }).await;
    Got { exit, text: stdout.text(), said: stderr.text() }
}

fn wrong(severity: Severity) -> Problem {
    Problem {
        severity,
        key: "components.app.primary.unit".into(),
        line: None,
        found: "app.service".into(),
        why: "a1 does not know it".into(),
        remedy: "install it".into(),
    }
}

#[tokio::test]
async fn a_good_file_is_good_and_offline_no_host_is_asked() {
    let got = checked(MINIMAL, None, false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert!(got.text.ends_with("c.toml: 0 errors, 0 warnings (file only)\n"), "{}", got.text);
}

#[tokio::test]
async fn every_problem_of_the_file_is_shown_with_its_key() {
    let text = MINIMAL.replacen("site", "sight", 2);
    let got = checked(&text, None, false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.said.matches("error: ").count() >= 2 && got.said.contains("instead"), "{}", got.said);
    let got = checked(&text, None, true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["exit"]), (&"refused".into(), &3.into()));
    assert!(said["problems"][0]["remedy"].is_string(), "{said}");
}

#[tokio::test]
async fn what_is_wrong_with_hosts_and_units_is_shown_by_key_and_an_error_refuses() {
    let got = checked(MINIMAL, Some(vec![wrong(Severity::Error)]), false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.text.contains("components.app.primary.unit") && got.text.contains("install it"), "{}", got.text);
    assert!(got.text.ends_with("1 error, 0 warnings (file, hosts and units)\n"), "{}", got.text);
    let got = checked(MINIMAL, Some(vec![wrong(Severity::Warning)]), false).await;
    assert_eq!(got.exit, Exit::Done);
}

#[test]
fn the_schema_is_json() {
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    assert_eq!(schema(&mut out), Exit::Done);
    assert!(serde_json::from_str::<Value>(&stdout.text()).unwrap().is_object());
}
