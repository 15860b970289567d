//! What the tests of the command line share: a place where what is written can be read, and somebody who answers.

mod caught;
mod somebody;

pub use caught::{Caught, caught};
pub use somebody::Somebody;

/// A world without files.
pub(in crate::cli) fn no_journals(_: &[std::path::PathBuf]) -> Result<Vec<crate::core::record::Record>, String> {
    Err("there is no journal".to_owned())
}
