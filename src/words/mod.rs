//! What people read: lines with tones, entries as sentences, a plan in sections, marks and ages.
//!
//! The command line and the console say the same things in the same words; both take them from here. Nothing here asks a
//! monitor, reads a clock or writes anywhere: values in, lines and words out.

mod abort;
mod again;
mod maintenance;
mod mark;
mod mode;
mod narrate;
mod outage;
mod pair;
mod plan;
mod shell;
mod standing;
mod text;

#[cfg(test)]
pub use crate::wire::testing;
pub use abort::{abort_lines, why_not};
pub use again::again;
pub use maintenance::{how_much, maintenance_lines, marked, of_component, of_host};
pub use mark::{answers, condition, freshness, health, mark, observed, role, trouble, verdict_tone};
pub use mode::{becomes, duration};
pub use narrate::{Narrator, asked, decided, end_tone, stance_words, starts};
pub use outage::{Outage, all_but_hooks, set_back};
pub use pair::pair_line;
pub use plan::{Form, plan_lines};
pub use shell::quoted;
pub use standing::standing_lines;
#[cfg(test)]
pub use text::joined;
pub use text::{Line, Tone, age, clean, count, span, time, unsafe_to_show};
