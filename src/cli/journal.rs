//! `log` and `events`: the journal for people, or a JSON value a line.

use super::Journals;
use super::args::LogArgs;
use super::end;
use super::out::Out;
use crate::client::{ClientError, Dial, Feed, Item, Link};
use crate::core::command::{Exit, Role};
use crate::core::record::{Body, Record, RunId};
use crate::words::{Line, Narrator, Tone};
use std::time::Duration;
use tokio::time::sleep;

/// How many entries are shown unless somebody says how many.
const SHOWN: u64 = 50;
/// How many are asked for at once.
const PAGE: u64 = 500;
/// The longest pause between two attempts to reach the monitor again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Prints entries that are there, and with `--follow` those to come.
pub(super) async fn log(dial: &dyn Dial, args: &LogArgs, out: &mut Out) -> Exit {
    let mut narrator = Narrator::default();
    match past(dial, args, &mut narrator, out).await {
        Err(error) => end::client_error(&error, out),
        Ok(next) if args.follow => follow(Feed::new(dial, next), narrator, out).await,
        Ok(_) => Exit::Done,
    }
}

/// Prints what stands in journals that nobody is asked for.
pub(super) fn of_files(args: &LogArgs, read: &Journals, out: &mut Out) -> Exit {
    let records = match read(&args.journal) {
        Ok(records) => records,
        Err(why) => return end::reason(Exit::Internal, why, "look at the folder: it is the `state_dir` of a monitor", out),
    };
    let shown = args.limit.map_or(records.len(), |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut narrator = Narrator::default();
    for (n, record) in records.iter().enumerate() {
        if n < records.len().saturating_sub(shown) {
            narrator.hear(record);
        } else if !out.gone() {
            print(record, &mut narrator, out);
        }
    }
    Exit::Done
}

/// Prints entries that are to come.
pub(super) async fn events(dial: &dyn Dial, out: &mut Out) -> Exit {
    match begin(dial).await {
        Err(error) => end::client_error(&error, out),
        Ok((narrator, last)) => follow(Feed::new(dial, last.saturating_add(1)), narrator, out).await,
    }
}

/// A narrator that knows the runs that are open, and the index of the last entry.
async fn begin(dial: &dyn Dial) -> Result<(Narrator, u64), ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let status = link.status(false).await?;
    let mut narrator = Narrator::default();
    for run in &status.open_runs {
        introduce(link.as_mut(), run.run, &mut narrator).await?;
    }
    Ok((narrator, link.log(0, 1).await?.last))
}

/// Lets the narrator know what a run is about that was opened before the entries that are told.
async fn introduce(link: &mut dyn Link, run: RunId, narrator: &mut Narrator) -> Result<(), ClientError> {
    let opening = link.log(run.0.max(1), 1).await?.records;
    opening.iter().filter(|record| record.index == run.0).for_each(|record| narrator.hear(record));
    Ok(())
}

/// Prints entries that are there; the index of the one to go on with.
async fn past(dial: &dyn Dial, args: &LogArgs, narrator: &mut Narrator, out: &mut Out) -> Result<u64, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let newest = link.log(0, 1).await?.last;
    let (mut next, mut left) = match args.from {
        Some(from) => (from.max(1), args.limit.unwrap_or(u64::MAX)),
        None => {
            let limit = args.limit.unwrap_or(SHOWN);
            (newest.saturating_sub(limit).saturating_add(1), limit)
        }
    };
    // The last run that was asked about: one whose opening is gone is not asked about at each of its entries.
    let mut asked = None;
    while left > 0 && next <= newest && !out.gone() {
        let log = link.log(next, u32::try_from(left.min(PAGE)).unwrap_or(1)).await?;
        if next < log.oldest && args.from.is_some() {
            missing(log.oldest.saturating_sub(1), out);
        }
        let Some(last) = log.records.last().map(|r| r.index) else { break };
        for record in &log.records {
            if let Body::Run { run, .. } = &record.body
                && asked != Some(*run)
                && !narrator.knows(*run)
            {
                introduce(link.as_mut(), *run, narrator).await?;
                asked = Some(*run);
            }
            print(record, narrator, out);
        }
        left = left.saturating_sub(log.records.len() as u64);
        next = last.saturating_add(1);
    }
    Ok(next)
}

/// Prints what comes until nobody reads any more, or the monitor refuses for good.
async fn follow(mut feed: Feed<'_>, mut narrator: Narrator, out: &mut Out) -> Exit {
    let mut pause = Duration::ZERO;
    while !out.gone() {
        match feed.next().await {
            Ok(item) => {
                if !pause.is_zero() {
                    out.complain("the monitor answers again");
                }
                pause = Duration::ZERO;
                match item {
                    Item::Record(record) => print(&record, &mut narrator, out),
                    Item::Gap(to) => missing(to, out),
                    Item::Anew => out.complain(Line::of(Tone::Warn, "the monitor's journal is another one than before")),
                    Item::Quiet => {}
                }
            }
            Err(error) if error.passing() => {
                if pause.is_zero() {
                    out.complain(Line::of(Tone::Warn, format!("{error}; trying again")));
                }
                pause = (pause * 2).clamp(Duration::from_millis(250), LONGEST_PAUSE);
                sleep(pause).await;
            }
            Err(error) => return end::client_error(&error, out),
        }
    }
    Exit::Done
}

fn print(record: &Record, narrator: &mut Narrator, out: &mut Out) {
    if out.look().json {
        out.json_line(record);
    } else {
        out.say(narrator.entry(record));
    }
}

fn missing(to: u64, out: &mut Out) {
    out.complain(Line::of(Tone::Warn, format!("entries up to {to} are no longer kept")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Look;
    use crate::cli::testing::{Caught, caught};
    use crate::client::Fake;
    use crate::core::command::{Command, End};
    use crate::core::model::Side;
    use crate::core::run::Outcome;
    use crate::wire::testing::{note, run_records, run_view, shop_plan, shop_status};

    async fn printed(fake: &Fake, args: LogArgs, json: bool) -> (String, String) {
        let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
        assert_eq!(log(fake, &args, &mut out).await, Exit::Done);
        (stdout.text(), stderr.text())
    }

    #[tokio::test]
    async fn the_last_entries_are_shown_as_sentences() {
        let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
        let fake = Fake::with_records(run_records(1, &plan, |_| Outcome::Done, End::Done));
        let (all, _) = printed(&fake, LogArgs { from: Some(1), ..LogArgs::default() }, false).await;
        let lines: Vec<&str> = all.lines().collect();
        assert_eq!(
            lines[0],
            format!(
                "1 2027-01-15T08:00:01.000Z term 14  run r1 opened by alice (uid 1000), because: drill: make south active; north gives up its role (10 steps, plan {})",
                plan.hash().short()
            )
        );
        assert_eq!(lines[1], "2 2027-01-15T08:00:02.000Z term 14  run r1: step 1 of 10: systemctl stop web.service on a1, at most 500 ms");
        assert_eq!(lines[2], "3 2027-01-15T08:00:03.000Z term 14  run r1: step 1 of 10 (stop web on a1) done after 1.5 s");
        assert!(lines.last().unwrap().ends_with("run r1: done"), "{all}");
        let (two, _) = printed(&fake, LogArgs { limit: Some(2), ..LogArgs::default() }, false).await;
        assert_eq!(two.lines().collect::<Vec<_>>(), lines[lines.len() - 2..], "a step is named though its run was opened before");
    }

    #[tokio::test]
    async fn new_entries_are_told_as_they_come_and_name_the_steps_of_a_run_that_is_open() {
        let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
        let mut records = run_records(1, &plan, |_| Outcome::Done, End::Done);
        let to_come = records.split_off(4);
        let fake = Fake::with_records(records);
        let mut status = shop_status();
        status.open_runs = fake.with(|books| run_view(&books.records)).into_iter().collect();
        fake.with(|books| books.status = Some(status));
        fake.event(to_come[0].clone());
        let Caught { mut out, stdout, .. } = caught(Look::PIPE);
        assert!(tokio::time::timeout(Duration::from_millis(200), events(&fake, &mut out)).await.is_err(), "it goes on");
        assert_eq!(stdout.text(), "5 2027-01-15T08:00:05.000Z term 14  run r1: step 2 of 10 (stop sync on a1) done after 1.5 s\n");
    }

    #[tokio::test]
    async fn with_json_each_line_is_the_entry_itself() {
        let fake = Fake::with_records((1..=1200).map(note));
        let (text, _) = printed(&fake, LogArgs { from: Some(2), ..LogArgs::default() }, true).await;
        let read: Vec<Record> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, (2..=1200).map(note).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_is_no_longer_kept_is_said() {
        let fake = Fake::with_records((7..=9).map(note));
        let (text, said) = printed(&fake, LogArgs { from: Some(2), ..LogArgs::default() }, false).await;
        assert_eq!(text.lines().count(), 3);
        assert!(said.contains("entries up to 6 are no longer kept"), "{said}");
    }
}
