//! Everything that acts on the cluster: the table of verbs, what can be done now and why the rest cannot, and the line of the
//! program that does the same elsewhere. Looks at the state and changes nothing; what is done about it stands in `reduce`.

mod complete;
mod offer;
mod parse;
mod table;
mod twin;
mod upkeep;
mod why;

#[cfg(test)]
pub(in crate::console) mod kit;
#[cfg(test)]
mod tests;

pub use complete::{Completion, completions};
pub use offer::{Offer, offers};
pub use parse::{Asked, Meant, order, read};
pub(in crate::console) use parse::{MAX_REASON, too_long};
pub use table::{Row, TABLE, Takes, Verb, row};
pub(in crate::console) use twin::report;
pub use twin::twin;
pub(in crate::console) use why::closed;
pub use why::{safer, why_not};

use super::effect::Question;
use super::state::State;
use crate::wire::StatusView;

/// Whether a question changes anything: such a one leaves through one place alone, which looks at the rights first.
#[must_use]
pub fn acts(question: &Question) -> bool {
    match question {
        Question::Submit { .. } | Question::Abort { .. } | Question::Mode { .. } | Question::Acknowledge { .. } => true,
        Question::Plan { .. } | Question::Run(_) | Question::Entry(_) => false,
    }
}

/// The last picture, whatever is held still on the screen.
///
/// # Errors
/// That there is none.
fn status(state: &State) -> Result<&StatusView, String> {
    state.picture.as_ref().map(|picture| picture.status.as_ref()).ok_or_else(|| "nothing is known of the cluster yet".to_owned())
}
