//! Pictures of the cluster: at an interval, more often while a run is open, at once when something is journaled. A lost
//! connection is tried again for ever.

use super::{Nudge, longer};
use crate::client::{ClientError, Dial, Link};
use crate::console::PICTURE_MS;
use crate::console::event::{Event, LinkEvent};
use crate::core::command::Role;
use crate::wire::Known;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Between two pictures.
const CALM: Duration = Duration::from_millis(PICTURE_MS);
/// Between two pictures while a run is open.
const BUSY: Duration = Duration::from_millis(250);
/// Never more often than this, whatever is journaled.
const LEAST: Duration = Duration::from_millis(100);

/// Of more components than this only changes are asked for, and no pictures are recorded.
pub const MANY: usize = 500;

/// Watches until nobody listens any more.
pub(super) async fn watch(dial: Arc<dyn Dial>, least: Role, out: mpsc::Sender<Event>, nudge: Arc<Nudge>) {
    let mut pause = Duration::ZERO;
    loop {
        let error = match connect(dial.as_ref(), least).await {
            Err(error) => error,
            Ok(mut link) => {
                let up = LinkEvent::Up(link.welcome().clone());
                if out.send(Event::Link(up)).await.is_err() {
                    return;
                }
                match take(link.as_mut(), &out, &nudge, &mut pause).await {
                    Some(error) => error,
                    None => return,
                }
            }
        };
        pause = longer(pause);
        let down = LinkEvent::Down {
            why: error.to_string(),
            remedy: error.reasons().first().map(|reason| reason.remedy.clone()).unwrap_or_default(),
            retry_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
        };
        if out.send(Event::Link(down)).await.is_err() {
            return;
        }
        // Whoever wants it now need not wait.
        let _ = timeout_at(Instant::now() + pause, wanted(&nudge)).await;
    }
}

/// Somebody wants the monitor tried now; what was merely journaled does not count, since nothing is heard.
async fn wanted(nudge: &Nudge) {
    while !nudge.fresh.swap(false, Ordering::SeqCst) {
        nudge.notify.notified().await;
    }
}

/// A connection that may act, else one that may look.
async fn connect(dial: &dyn Dial, least: Role) -> Result<Box<dyn Link>, ClientError> {
    match dial.dial(least).await {
        Err(ClientError::Denied { .. }) if least > Role::Observer => dial.dial(Role::Observer).await,
        other => other,
    }
}

/// Takes pictures until the connection fails; nothing when nobody listens any more.
async fn take(link: &mut dyn Link, out: &mpsc::Sender<Event>, nudge: &Nudge, pause: &mut Duration) -> Option<ClientError> {
    let mut known = None;
    loop {
        let begun = Instant::now();
        let taken = match next(link, &mut known, nudge.fresh.swap(false, Ordering::SeqCst)).await {
            Ok(taken) => taken,
            Err(error) => return Some(error),
        };
        *pause = Duration::ZERO;
        let next = match &taken {
            LinkEvent::Picture(status) if status.open_runs.is_empty() => CALM,
            LinkEvent::Changed(changes) if changes.status.open_runs.is_empty() => CALM,
            _ => BUSY,
        };
        if out.send(Event::Link(taken)).await.is_err() {
            return None;
        }
        let _ = timeout_at(begun + next, nudge.notify.notified()).await;
        sleep_until(begun + LEAST).await;
    }
}

/// The next picture: all of it where the cluster is small, and what is new where it is large.
async fn next(link: &mut dyn Link, known: &mut Option<Known>, fresh: bool) -> Result<LinkEvent, ClientError> {
    let mut changes = link.changes(*known, fresh).await?;
    *known = Some(changes.known);
    if !changes.whole {
        return Ok(LinkEvent::Changed(Box::new(changes)));
    }
    while changes.known.from.is_some() {
        let more = link.changes(*known, false).await?;
        *known = Some(more.known);
        changes.known = more.known;
        more.apply(&mut changes.status);
    }
    // What is known of a small cluster is told as a whole each time, as it is recorded.
    *known = known.filter(|_| changes.status.components.len() > MANY);
    Ok(LinkEvent::Picture(Box::new(changes.status)))
}
