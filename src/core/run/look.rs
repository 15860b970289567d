//! What a look at a service says of a step in doubt. Asked by the executor, which looks; it must not look by itself.

use super::{Found, Mark};
use crate::core::fact::{Fact, State};
use crate::core::plan::Action;

/// What a fresh fact says of `action`; nothing while the service is on its way up or down.
///
/// A start that nobody answered, of a service that is stopped now, was not done only if the host has not seen another start
/// or boot since; where `strict`, nobody can say even that.
#[must_use]
pub fn verdict(fact: &Fact, action: Action, before: Option<&Mark>, strict: bool) -> Option<Found> {
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
