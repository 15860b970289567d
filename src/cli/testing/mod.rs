//! What the tests of the command line share: a place where what is written can be read, and somebody who answers.

mod caught;
mod somebody;

pub use caught::{Caught, caught};
pub use somebody::Somebody;

use crate::cli::{Out, Place, Survey, World};
use crate::client::Dial;
use crate::config::Loaded;

/// A world without files.
fn no_journals(_: &[std::path::PathBuf]) -> Result<Vec<crate::core::record::Record>, String> {
    Err("there is no journal".to_owned())
}

/// A world without hosts to leave.
struct Stays;

impl crate::cli::Leave for Stays {
    fn hosts(&self, _: &Loaded, _: crate::core::leaving::Leaving) -> crate::cli::AtHosts {
        panic!("the hosts were asked")
    }
    fn alone(&self, _: &std::path::Path) -> Result<Box<dyn std::any::Any + Send>, String> {
        panic!("the journal was asked for")
    }
}

/// A world on no host.
pub struct NoUnits;

impl crate::cli::Units for NoUnits {
    fn ground(&self, _: &crate::core::model::UnitName) -> crate::cli::GroundResult {
        panic!("this host was looked at")
    }
    fn act(&self, _: crate::core::by_hand::UnitDeed) -> crate::cli::DeedResult {
        panic!("this host was acted on")
    }
}

/// A world that reaches monitors by `reach`, in which hosts have nothing to tell, journals and leaving are not there.
pub fn world<'a>(out: &'a mut Out, person: &'a mut Somebody, reach: &'a (dyn Fn(Place) -> Box<dyn Dial> + Sync)) -> World<'a> {
    World { out, person, survey: &no_hosts, journals: &no_journals, leaving: &Stays, units: &NoUnits, reach }
}

fn no_hosts(_: &Loaded) -> Survey {
    Box::pin(async { Vec::new() })
}
