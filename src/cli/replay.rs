//! `replay`: decides again on what a decision rested on, and says whether the same comes out.

use super::end::{self, Ended};
use super::out::Out;
use super::past::{self, Found};
use super::place;
use crate::client::{ClientError, Dial};
use crate::core::command::{Exit, Role};
use crate::core::trigger::{Decision, DecisionId, decide};
use crate::words::{Line, Tone, decided, time};
use serde::Serialize;
use std::path::PathBuf;

/// What `--json` shows.
#[derive(Serialize)]
struct Replayed<'a> {
    #[serde(flatten)]
    ended: Ended<'a>,
    /// The decision.
    id: DecisionId,
    /// When it was made.
    at: jiff::Timestamp,
    /// The same choice came out, with the same plan, and as much would be done about it.
    same: bool,
    /// The decision as it was made, with everything that it rested on.
    then: &'a Decision,
    /// What came out now, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<&'a Decision>,
}

/// Decides again.
pub(super) async fn replay(dial: &dyn Dial, id: DecisionId, config: PathBuf, out: &mut Out) -> Exit {
    let found = match find(dial, id).await {
        Ok(Ok(found)) => found,
        Ok(Err(what)) => return end::reason(Exit::Refused, what, "`switchtower log` shows the decisions", out),
        Err(error) => return end::client_error(&error, out),
    };
    let origin = config.display().to_string();
    let loaded = match place::load(config).await {
        Ok(loaded) => loaded,
        Err(problems) => return super::refused(&problems, out),
    };
    let of_then = &found.decision.situation.config;
    if loaded.hash != *of_then {
        let what =
            format!("{origin} is not the configuration that {id} was made under: its hash is {}, that of then {of_then}", loaded.hash);
        return end::reason(Exit::Refused, what, "name the file of then with --config", out);
    }
    let again = decide(&loaded.cluster, found.decision.situation.clone());
    tell(id, &found, &again, out)
}

async fn find(dial: &dyn Dial, id: DecisionId) -> Result<Result<Found, String>, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    past::decision(link.as_mut(), id).await
}

fn tell(id: DecisionId, found: &Found, again: &Decision, out: &mut Out) -> Exit {
    let then = &found.decision;
    let same = (&then.choice, then.acts) == (&again.choice, again.acts);
    let exit = if same { Exit::Done } else { Exit::Internal };
    if out.look().json {
        let now = (!same).then_some(again);
        out.document(&Replayed { ended: Ended::with(exit), id, at: found.record.at, same, then, now });
        return exit;
    }
    out.say_all(lines(id, then, found.record.at));
    if same {
        out.say(Line::of(Tone::Good, "the same comes out again"));
    } else {
        out.say(Line::of(Tone::Bad, "something else comes out now:"));
        out.say_all(shown(id, again));
        out.say("do: report this as a defect, with the journal and the configuration; was the program changed since?");
    }
    exit
}

fn lines(id: DecisionId, then: &Decision, at: jiff::Timestamp) -> Vec<Line> {
    let mut lines = vec![Line::of(Tone::Faint, format!("{id} was made at {}", time(at)))];
    lines.extend(shown(id, then));
    lines
}

/// A decision with its reasons and its plan.
fn shown(id: DecisionId, decision: &Decision) -> Vec<Line> {
    let (tone, said) = decided(id, &decision.choice, decision.acts, &decision.why);
    let mut lines = vec![Line::of(tone, said)];
    if let crate::core::trigger::Choice::Act { plan, .. } = &decision.choice {
        lines.push(Line::from(format!("  plan {plan}")));
    }
    lines.extend(decision.why.iter().map(|why| Line::from(format!("  because {why}"))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Look;
    use crate::cli::testing::{Caught, caught};
    use crate::client::Fake;
    use crate::config::{self, Loaded};
    use crate::core::command::Reason;
    use crate::core::record::Body;
    use crate::core::trigger::{Acts, Choice};
    use crate::wire::testing::{note, record, situation};

    const CONFIG: &str = r#"
[cluster]
name = "shop"
primary = "north"
secondary = "south"
[hosts.a1]
site = "north"
[hosts.b1]
site = "south"
[components.db]
primary = { host = "a1", unit = "db.service" }
secondary = { host = "b1", unit = "db.service" }
"#;

    fn file() -> (tempfile::TempDir, PathBuf, Loaded) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        std::fs::write(&path, CONFIG).unwrap();
        let loaded = config::load(&path).unwrap();
        (dir, path, loaded)
    }

    /// What is decided under the configuration, and the same with another choice.
    fn both(loaded: &Loaded) -> (Decision, Decision) {
        let right = decide(&loaded.cluster, situation(&loaded.hash));
        let reasons = vec![Reason::new("a defect", "mend it")];
        (right.clone(), Decision { choice: Choice::Hold { wants: None, reasons }, acts: Acts::Nothing, ..right })
    }

    async fn replayed(decision: &Decision, config: PathBuf, json: bool) -> (Exit, String, String) {
        let fake = Fake::with_records([note(1), record(2, Body::Decided { decision: Box::new(decision.clone()) })]);
        let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
        let exit = replay(&fake, DecisionId(2), config, &mut out).await;
        (exit, stdout.text(), stderr.text())
    }

    #[tokio::test]
    async fn the_same_situation_gives_the_same_choice_and_another_choice_is_a_defect() {
        let (_dir, path, loaded) = file();
        let (right, wrong) = both(&loaded);
        let (exit, text, _) = replayed(&right, path.clone(), false).await;
        assert!(exit == Exit::Done && text.ends_with("the same comes out again\n"), "{text}");
        assert!(text.starts_with("d2 was made at 2027-01-15T08:00:02.000Z\ndecision d2: "), "{text}");
        let (exit, text, _) = replayed(&wrong, path.clone(), false).await;
        assert!(
            exit == Exit::Internal && text.contains("d2: holds: a defect\n") && text.contains("something else comes out now:\n"),
            "{text}"
        );
        let (exit, text, _) = replayed(&wrong, path, true).await;
        let said: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((exit, &said["same"], &said["exit"]), (Exit::Internal, &false.into(), &1.into()));
        assert_eq!(serde_json::from_value::<Decision>(said["then"].clone()).unwrap(), wrong);
        assert_eq!(serde_json::from_value::<Decision>(said["now"].clone()).unwrap(), right);
    }

    #[tokio::test]
    async fn another_configuration_than_that_of_then_is_refused() {
        let (_dir, path, loaded) = file();
        let (mut right, _) = both(&loaded);
        right.situation.config = "cafe".into();
        let (exit, text, said) = replayed(&right, path, false).await;
        assert_eq!((exit, text.as_str()), (Exit::Refused, ""));
        assert!(said.contains(&loaded.hash) && said.contains("that of then cafe") && said.contains("--config"), "{said}");
        let (exit, _, said) = replayed(&right, "/nowhere/x.toml".into(), false).await;
        assert!(exit == Exit::Refused && said.contains("/nowhere/x.toml"), "{said}");
    }

    #[tokio::test]
    async fn what_is_no_decision_is_refused() {
        let fake = Fake::with_records([note(1)]);
        for (id, words) in [(1, "d1 is no decision: entry 1"), (9, "d9 is not in the journal")] {
            let Caught { mut out, stderr, .. } = caught(Look::PIPE);
            assert_eq!(replay(&fake, DecisionId(id), "/nowhere/x.toml".into(), &mut out).await, Exit::Refused);
            assert!(stderr.text().contains(words), "{}", stderr.text());
        }
    }
}
