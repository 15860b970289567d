//! Where what is shown comes from: a monitor that is asked, or a record that is played.

use super::effect::{Play, Question};
use super::event::{Event, Ticket};
use super::hands::Hands;
use super::replay::{Stand, Tapes};
use crate::client::Dial;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a console is started with.
pub enum Origin {
    /// A monitor, which this reaches.
    Monitor(Arc<dyn Dial>),
    /// A record.
    Record(Box<Tapes>),
}

/// The same at work.
pub(super) enum Source {
    Monitor(Hands),
    Record(Stand, mpsc::Sender<Event>),
}

impl Source {
    /// Begins; what comes of it goes to `out`.
    pub(super) fn new(origin: Origin, read_only: bool, out: mpsc::Sender<Event>) -> Self {
        match origin {
            Origin::Monitor(dial) => Self::Monitor(Hands::new(dial, read_only, out)),
            Origin::Record(tapes) => Self::Record(Stand::new(*tapes, out.clone()), out),
        }
    }

    /// Has every host looked at now; in a record there is nobody to do that.
    pub(super) fn refresh(&self) {
        if let Self::Monitor(hands) = self {
            hands.refresh();
        }
    }

    /// Asks the monitor, or looks into the record.
    pub(super) fn ask(&mut self, ticket: Ticket, question: Question) {
        match self {
            Self::Monitor(hands) => hands.ask(ticket, question),
            Self::Record(stand, out) => stand.ask(ticket, &question, out),
        }
    }

    /// Plays the record otherwise.
    pub(super) fn play(&self, play: Play) {
        if let Self::Record(stand, _) = self {
            stand.play(play);
        }
    }

    /// Waits until something has to be told about who does the work.
    pub(super) async fn mend(&mut self) -> String {
        match self {
            Self::Monitor(hands) => hands.mend().await,
            Self::Record(stand, _) => stand.gone().await,
        }
    }
}
