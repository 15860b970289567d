//! What the tests of the command line share: a monitor made up, a place where what is written can be read, somebody who
//! answers, and made-up clusters, plans and runs.

mod caught;
mod fake;
mod made;
mod somebody;

pub use caught::{Caught, caught};
pub use fake::Fake;
pub use made::{alice, at, decided, note, record, run_records, run_view, shop_plan, shop_status, situation};
pub use somebody::Somebody;
