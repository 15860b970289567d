//! Finding out what became of a step in doubt, by looking, never by doing it again.

use super::executor::{Hands, Order};
use crate::core::fact::{Fact, State};
use crate::core::plan::{Action, StepId};
use crate::core::run::{Found, Mark, RunEvent, Way};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// One look may take this long.
const LOOK: Duration = Duration::from_secs(10);
/// First pause between two looks; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Looks until the host's word settles it; after the step's own time it reports that nobody can say, unless that was
/// reported before. Nothing is reported once a newer life of the monitor has begun: that one looks by itself.
pub(super) async fn settle(hands: &dyn Hands, order: Order, step: StepId, way: Way, life: &AtomicU64) -> Option<RunEvent> {
    let deadline = Instant::now() + order.timeout;
    let mut pause = FIRST_PAUSE;
    loop {
        let look = tokio::time::timeout(LOOK + Duration::from_secs(1), hands.look(&order.permit, &order.instance, LOOK)).await;
        let (found, detail) = match look {
            Ok(Ok(fact)) => (
                verdict(&fact, order.action, order.before.as_ref(), order.strict),
                format!("{} is {} ({})", order.instance, fact.state, fact.detail),
            ),
            Ok(Err(why)) => (None, why),
            Err(_) => (None, format!("{} did not answer a look within {} s", order.instance.host, LOOK.as_secs())),
        };
        if life.load(Ordering::Acquire) > order.permit.term().0 {
            return None;
        }
        if let Some(found) = found {
            return Some(RunEvent::Settled { step, way, found, detail });
        }
        if !order.patient && Instant::now() >= deadline {
            return Some(RunEvent::Settled { step, way, found: Found::Unclear, detail });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What a fresh fact says of `action`; nothing while the service is on its way up or down.
///
/// A start that nobody answered, of a service that is stopped now, was not done only if the host has not seen another start
/// or boot since; where `strict`, nobody can say even that.
pub(crate) fn verdict(fact: &Fact, action: Action, before: Option<&Mark>, strict: bool) -> Option<Found> {
    match (action, fact.state) {
        (_, State::Starting | State::Stopping | State::Unknown) => None,
        (Action::Start, State::Active) => Some(Found::Done),
        (Action::Start, State::Inactive | State::Failed | State::Missing) => {
            let another = before.is_some_and(|before| {
                before.boot_id != fact.boot_id || (fact.invocation.is_some() && fact.invocation != before.invocation)
            });
            Some(if another || strict { Found::Ended } else { Found::NotDone })
        }
        // It was begun, and what came of it is to be stopped.
        (Action::Start, State::Faulty) => Some(Found::Ended),
        (Action::Stop, State::Active | State::Faulty) => Some(Found::NotDone),
        (Action::Stop, State::Inactive | State::Failed | State::Missing) => Some(Found::Done),
    }
}
