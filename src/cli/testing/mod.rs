//! What the tests of the command line share: a place where what is written can be read, and somebody who answers.

mod caught;
mod somebody;

pub use caught::{Caught, caught};
pub use somebody::Somebody;
