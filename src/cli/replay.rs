//! `replay`: decides again on what a decision rested on, and says whether the same comes out.

use super::end::{self, Ended};
use super::out::Out;
use super::past::{self, Found};
use super::place;
use crate::client::{ClientError, Dial};
use crate::config::{self, Loaded, Problems};
use crate::core::command::{Exit, Role};
use crate::core::trigger::{Decision, DecisionId, decide};
use crate::words::{Line, Tone, decided, time};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `--json` shows.
#[derive(Serialize)]
struct Replayed<'a> {
    #[serde(flatten)]
    ended: Ended<'a>,
    /// The decision.
    id: DecisionId,
    /// When it was made.
    at: jiff::Timestamp,
    /// The file with the configuration that it was made under, and is made under again.
    config: &'a Path,
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
    let (loaded, file) = match of_then(config, id, &found.decision.situation.config).await {
        Ok(loaded) => loaded,
        Err(NotOfThen::Refused { what, remedy }) => return end::reason(Exit::Refused, what, remedy, out),
        Err(NotOfThen::Unreadable(problems)) => return super::refused(&problems, out),
    };
    let again = decide(&loaded.cluster, found.decision.situation.clone());
    tell((id, &found), &file, &again, out)
}

/// Why a decision cannot be made again.
enum NotOfThen {
    /// The configuration of then is not to be had.
    Refused {
        /// What was found.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The present one cannot be used, and there is no other.
    Unreadable(Problems),
}

/// The configuration with the hash `of_then`, and the file that it is in: `present`, or the copy that the monitor has kept.
async fn of_then(present: PathBuf, id: DecisionId, of_then: &str) -> Result<(Loaded, PathBuf), NotOfThen> {
    let loaded = match place::look(present.clone()).await {
        Ok(loaded) if loaded.hash == of_then => return Ok((loaded, present)),
        other => other,
    };
    let state_dir = match &loaded {
        Ok(loaded) => Some(loaded.monitor.state_dir.clone()),
        Err(_) => place::state_dir(present.clone()).await,
    };
    let kept = match state_dir.and_then(|dir| config::copy_path(&dir, of_then)) {
        Some(path) => copy(path, of_then).await,
        None => Err("the monitor keeps no copy of it".to_owned()),
    };
    match (kept, loaded) {
        (Ok(found), _) => Ok(found),
        (Err(_), Err(problems)) => Err(NotOfThen::Unreadable(problems)),
        (Err(why), Ok(loaded)) => Err(NotOfThen::Refused {
            what: format!(
                "{} is not the configuration that {id} was made under: its hash is {}, that of then {of_then}; {why}",
                present.display(),
                loaded.hash
            ),
            remedy: "run this on the monitor's host as an account that may read its folder, or name the file of then with --config"
                .to_owned(),
        }),
    }
}

/// What the monitor has kept, if that is what it is called; else why not.
async fn copy(path: PathBuf, of_then: &str) -> Result<(Loaded, PathBuf), String> {
    let shown = path.display().to_string();
    match place::look(path.clone()).await {
        Ok(loaded) if loaded.hash == of_then => Ok((loaded, path)),
        Ok(loaded) => Err(format!("the copy {shown} now has the hash {}: it or the program was changed since", loaded.hash)),
        Err(problems) => {
            let first = problems.list.first().map(|problem| problem.found.clone()).unwrap_or_default();
            Err(format!("the copy {shown} cannot be used: {first}"))
        }
    }
}

async fn find(dial: &dyn Dial, id: DecisionId) -> Result<Result<Found, String>, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    past::decision(link.as_mut(), id).await
}

fn tell((id, found): (DecisionId, &Found), config: &Path, again: &Decision, out: &mut Out) -> Exit {
    let then = &found.decision;
    let same = (&then.choice, then.acts) == (&again.choice, again.acts);
    let exit = if same { Exit::Done } else { Exit::Internal };
    if out.look().json {
        let now = (!same).then_some(again);
        out.document(&Replayed { ended: Ended::with(exit), id, at: found.record.at, config, same, then, now });
        return exit;
    }
    out.say_all(lines(id, then, found.record.at, config));
    if same {
        out.say(Line::of(Tone::Good, "the same comes out again"));
    } else {
        out.say(Line::of(Tone::Bad, "something else comes out now:"));
        out.say_all(shown(id, again));
        out.say("do: report this as a defect, with the journal and the configuration; was the program changed since?");
    }
    exit
}

fn lines(id: DecisionId, then: &Decision, at: jiff::Timestamp, config: &Path) -> Vec<Line> {
    let made = format!("{id} was made at {}, under the configuration in {}", time(at), config.display());
    let mut lines = vec![Line::of(Tone::Faint, made)];
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
        let made = format!("d2 was made at 2027-01-15T08:00:02.000Z, under the configuration in {}\ndecision d2: ", path.display());
        assert!(text.starts_with(&made), "{text}");
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
    async fn after_an_edit_the_copy_that_the_monitor_has_kept_is_used_and_named() {
        let (dir, path, _) = file();
        let text = format!("[monitor]\nrun_dir = \"/run/x\"\nstate_dir = {:?}\n{CONFIG}", dir.path());
        let loaded = config::parse(&text, "then").unwrap();
        let (right, _) = both(&loaded);
        let copy = config::copy_path(dir.path(), &loaded.hash).unwrap();
        std::fs::create_dir(dir.path().join("configs")).unwrap();
        let edits = [text.replace("north", "east"), format!("{text}\n[cluster.typo]\n")];
        for edited in &edits {
            std::fs::write(&path, edited).unwrap();
            let (exit, ..) = replayed(&right, path.clone(), false).await;
            assert_eq!(exit, Exit::Refused, "nothing is kept yet");
        }
        for edited in &edits {
            std::fs::write(&path, edited).unwrap();
            std::fs::write(&copy, &text).unwrap();
            let (exit, said, err) = replayed(&right, path.clone(), false).await;
            assert!(exit == Exit::Done && said.contains(&format!("under the configuration in {}\n", copy.display())), "{said}{err}");
            let (_, said, _) = replayed(&right, path.clone(), true).await;
            assert_eq!(serde_json::from_str::<serde_json::Value>(&said).unwrap()["config"], copy.to_str().unwrap());
        }
        std::fs::write(&path, &edits[0]).unwrap();
        std::fs::write(&copy, &edits[0]).unwrap();
        let (exit, _, said) = replayed(&right, path.clone(), false).await;
        assert!(exit == Exit::Refused && said.contains("was changed since"), "what is called so and is another is not used: {said}");
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
