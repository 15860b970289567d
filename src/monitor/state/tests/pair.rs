//! Two monitors, each with a journal, and a way between them that loses what it is told to lose.

mod alone;
mod audits;
mod copies;
mod duo;
mod events;
mod link;
mod moves;
mod starts;
mod takes;
mod world;

use super::*;
use crate::core::pair::{Part, Standing, Tail};
use crate::monitor::event::{Heard, PairEvent};
use crate::wire::{PeerAsk, PeerMark};
use duo::{Duo, FIRST, SECOND};
use link::Fate;
