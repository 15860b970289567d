//! `abort`: turning a run back.

use super::gate::{self, Key};
use super::watch::{Watching, to_the_end};
use crate::cli::args::AbortArgs;
use crate::cli::end::{self, Ended};
use crate::cli::out::Out;
use crate::cli::person::Person;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Exit, Role};
use crate::wire::RunView;
use crate::words::{abort_lines, quoted, why_not};
use std::time::Duration;

/// Turns a run back, or shows what that would undo.
pub(in crate::cli) async fn abort(dial: &dyn Dial, args: &AbortArgs, again: &str, person: &mut dyn Person, out: &mut Out) -> Exit {
    let confirm = &args.confirm;
    let role = if confirm.dry_run { Role::Observer } else { Role::Operator };
    let (mut link, view) = match look(dial, role, args).await {
        Ok(found) => found,
        Err(error) => return end::before_act(&error, out),
    };
    if let Some(reason) = why_not(&view) {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    if confirm.dry_run {
        return planned(&view, out);
    }
    out.say_all(abort_lines(&view));
    let run = args.run;
    let reason = args.reason.as_ref().map_or(String::new(), |reason| format!(" --reason {}", quoted(reason)));
    let again = format!("switchtower{again} abort {run} --confirm yes{reason}");
    if let Err(reason) = gate::pass(&Key::Yes(format!("Turn back run {run}")), confirm.confirm.as_deref(), &again, person).await {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    person.catch_interrupts();
    match link.abort(run, args.reason.clone()).await {
        Ok(_) => to_the_end(Watching::new(dial, run, None, args.watch.patience()).on_its_way_back(), None, person, out).await,
        Err(error @ ClientError::Failure(_)) => end::client_error(&error, out),
        Err(error) => {
            let what = format!("{error}; it is not known whether run {run} was turned back");
            end::reason(Exit::Unknown, what, format!("ask with `switchtower report {run}`"), out)
        }
    }
}

async fn look(dial: &dyn Dial, role: Role, args: &AbortArgs) -> Result<(Box<dyn Link>, RunView), ClientError> {
    let mut link = dial.dial(role).await?;
    let view = link.run(Some(args.run), Duration::ZERO).await?;
    Ok((link, view))
}

fn planned(view: &RunView, out: &mut Out) -> Exit {
    if out.look().json {
        out.document(&Ended { outcome: "planned", run: Some(view), ..Ended::default() });
    } else {
        out.say_all(abort_lines(view));
        out.say("");
        out.say("dry run: nothing was done");
    }
    Exit::Done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Look;
    use crate::cli::args::{Confirm, Watch};
    use crate::cli::testing::{Caught, Somebody, caught};
    use crate::client::Fake;
    use crate::core::command::{Command, End};
    use crate::core::model::Side;
    use crate::core::record::{Body, Record, RunId};
    use crate::core::run::{Outcome, RunEvent, Way};
    use crate::wire::testing::{record, run_records, shop_plan};

    fn args(dry_run: bool, confirm: Option<&str>) -> AbortArgs {
        let confirm = Confirm { confirm: confirm.map(String::from), dry_run };
        AbortArgs { run: RunId(5), confirm, reason: None, watch: Watch { wait: 0 } }
    }

    /// A switchover of which two steps are done.
    fn under_way() -> Vec<Record> {
        let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
        let mut records = run_records(5, &plan, |_| Outcome::Done, End::Done);
        records.truncate(5);
        records
    }

    async fn abort_with(fake: &Fake, args: &AbortArgs, answers: Option<&'static str>) -> (Exit, String, String) {
        let Caught { mut out, stdout, stderr } = caught(Look::PIPE);
        let mut person = Somebody::who(answers);
        let exit = abort(fake, args, "", &mut person, &mut out).await;
        (exit, stdout.text(), stderr.text())
    }

    #[tokio::test]
    async fn what_would_be_undone_is_shown_the_last_first() {
        let fake = Fake::with_records(under_way());
        let (exit, text, _) = abort_with(&fake, &args(true, None), None).await;
        assert_eq!(exit, Exit::Done);
        let first = text.find("step 2, ").unwrap();
        assert!(first < text.find("step 1, ").unwrap() && !text.contains("step 3"), "{text}");
    }

    #[tokio::test]
    async fn enter_alone_turns_nothing_back() {
        let fake = Fake::with_records(under_way());
        let (exit, _, said) = abort_with(&fake, &args(false, None), Some("\n")).await;
        assert_eq!(exit, Exit::Refused);
        assert!(said.contains("it was not confirmed"), "{said}");
    }

    #[tokio::test]
    async fn a_run_that_was_turned_back_and_undone_is_a_success() {
        let fake = Fake::with_records(under_way());
        let run = RunId(5);
        let why = "asked for".to_owned();
        let mut events = vec![RunEvent::TurnedBack { why: why.clone() }];
        for step in [2, 1].map(crate::core::plan::StepId) {
            events.push(RunEvent::Dispatched { step, way: Way::Back, attempt: 1, before: None });
            events.push(RunEvent::Answered { step, way: Way::Back, outcome: Outcome::Done, detail: String::new(), took_ms: 900 });
        }
        events.push(RunEvent::Closed { end: End::NothingChanged { why } });
        for (index, event) in (10..).zip(events) {
            fake.event(record(index, Body::Run { run, event }));
        }
        let (exit, text, _) = abort_with(&fake, &args(false, Some("yes")), None).await;
        assert_eq!(exit, Exit::Done, "{text}");
        let told: Vec<&str> = text.lines().filter(|l| l.contains("Z  ")).collect();
        assert!(told[0].contains("turned back") && told[1].contains("is being undone: systemctl start"), "{told:#?}");
        assert!(text.contains("done: everything is undone (run r5"), "{text}");
    }

    #[tokio::test]
    async fn a_run_that_is_over_cannot_be_turned_back() {
        let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
        let fake = Fake::with_records(run_records(5, &plan, |_| Outcome::Done, End::Done));
        let (exit, _, said) = abort_with(&fake, &args(false, Some("yes")), None).await;
        assert_eq!(exit, Exit::Refused);
        assert!(said.contains("run r5 is over: done"), "{said}");
    }
}
