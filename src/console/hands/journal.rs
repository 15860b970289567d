//! Entries of the journal: the last ones that there are, then each as it is written.

use super::{Nudge, longer};
use crate::client::{ClientError, Dial, Feed, Item};
use crate::console::event::{Event, LinkEvent};
use crate::core::command::Role;
use crate::core::record::Record;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How many entries of before are shown.
const BEFORE: u64 = 300;

/// Watches until nobody listens any more.
pub(super) async fn watch(dial: Arc<dyn Dial>, out: mpsc::Sender<Event>, nudge: Arc<Nudge>) {
    let mut pause = Duration::ZERO;
    let first = loop {
        match begin(dial.as_ref()).await {
            Ok((openings, first)) => {
                if !openings.is_empty() && out.send(Event::Link(LinkEvent::Opened(openings))).await.is_err() {
                    return;
                }
                break first;
            }
            // The picture tells that the monitor is not reached.
            Err(_) => {
                pause = longer(pause);
                sleep(pause).await;
            }
        }
    };
    let mut feed = Feed::new(dial.as_ref(), first);
    loop {
        let event = match feed.next().await {
            Ok(Item::Record(record)) => LinkEvent::Entries(vec![*record]),
            Ok(Item::Gap(to)) => LinkEvent::Gap(to),
            Ok(Item::Anew) => LinkEvent::Anew,
            Ok(Item::Quiet) => {
                pause = Duration::ZERO;
                continue;
            }
            Err(_) => {
                pause = longer(pause);
                sleep(pause).await;
                continue;
            }
        };
        pause = Duration::ZERO;
        if out.send(Event::Link(event)).await.is_err() {
            return;
        }
        nudge.soon();
    }
}

/// The openings of runs that are open and whose entries are told in part only, and the index of the first entry.
async fn begin(dial: &dyn Dial) -> Result<(Vec<Record>, u64), ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    let status = link.status(false).await?;
    let first = link.log(0, 1).await?.last.saturating_sub(BEFORE).saturating_add(1);
    let mut openings = Vec::new();
    for run in status.open_runs.iter().filter(|run| run.run.0 < first) {
        openings.extend(link.log(run.run.0.max(1), 1).await?.records);
    }
    Ok((openings, first))
}
