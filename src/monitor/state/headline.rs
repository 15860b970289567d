//! How the cluster stands, in one line for the manager of the service.

use super::{Now, State};
use crate::monitor::notify::Headline;

impl State {
    /// The line, and whether every host was looked at.
    #[must_use]
    pub fn headline(&mut self, now: Now) -> Headline {
        let status = self.paint(now);
        let serves = status.active.as_ref().map_or_else(|| "no site serves".to_owned(), |site| format!("{site} serves"));
        let line = format!("{}: {serves}; will it act? {}", status.verdict.word(), status.acts);
        Headline { looked: status.hosts.iter().all(|host| host.answers.is_some()), line }
    }
}
