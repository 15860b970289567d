//! What the tests of the command line share: a place where what is written can be read, and somebody who answers.

mod caught;
mod somebody;

pub use caught::{Caught, caught};
pub use somebody::Somebody;

/// A world without files.
pub(in crate::cli) fn no_journals(_: &[std::path::PathBuf]) -> Result<Vec<crate::core::record::Record>, String> {
    Err("there is no journal".to_owned())
}

/// A world without hosts to leave.
pub(in crate::cli) struct Stays;

impl crate::cli::Leave for Stays {
    fn hosts(&self, _: &crate::config::Loaded, _: crate::core::leaving::Leaving) -> crate::cli::AtHosts {
        panic!("the hosts were asked")
    }
    fn alone(&self, _: &std::path::Path) -> Result<Box<dyn std::any::Any + Send>, String> {
        panic!("the journal was asked for")
    }
}
