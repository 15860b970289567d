//! Entries of the journal: the last ones that there are, then each as it is written.

use super::{MANY, Nudge, longer};
use crate::client::{ClientError, Dial, Feed, Item};
use crate::console::event::{Event, LinkEvent};
use crate::core::command::Role;
use crate::core::record::Record;
use crate::wire::ChangesView;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How many entries of before are shown.
const BEFORE: u64 = 300;

/// Watches until nobody listens any more.
pub(super) async fn watch(dial: Arc<dyn Dial>, out: mpsc::Sender<Event>, nudge: Arc<Nudge>) {
    let mut pause = Duration::ZERO;
    let (first, many) = loop {
        match begin(dial.as_ref()).await {
            Ok(begun) => {
                let opened = LinkEvent::Opened(begun.openings);
                if !matches!(&opened, LinkEvent::Opened(none) if none.is_empty()) && out.send(Event::Link(opened)).await.is_err() {
                    return;
                }
                break (begun.first, begun.many);
            }
            // The picture tells that the monitor is not reached.
            Err(_) => {
                pause = longer(pause);
                sleep(pause).await;
            }
        }
    };
    let feed = Feed::new(dial.as_ref(), first);
    // What a decision rests on is asked for when somebody opens it.
    let mut feed = if many { feed.brief() } else { feed };
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

/// Where the entries that are shown begin.
struct Begun {
    /// The openings of runs that are open and whose entries are told in part only.
    openings: Vec<Record>,
    /// The index of the first entry.
    first: u64,
    /// There are many components.
    many: bool,
}

async fn begin(dial: &dyn Dial) -> Result<Begun, ClientError> {
    let mut link = dial.dial(Role::Observer).await?;
    // Its beginning is enough of a picture, however many components there are.
    let ChangesView { known, status, .. } = link.changes(None, false).await?;
    let many = known.from.is_some() || status.components.len() > MANY;
    if many {
        link.brief().await?;
    }
    let first = link.log(0, 1).await?.last.saturating_sub(BEFORE).saturating_add(1);
    let mut openings = Vec::new();
    for run in status.open_runs.iter().filter(|run| run.run.0 < first) {
        openings.extend(link.log(run.run.0.max(1), 1).await?.records);
    }
    Ok(Begun { openings, first, many })
}
