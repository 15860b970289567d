//! Is a placement well? What its host says of the service, and whether the service answers those who use it.

use super::{Health, Judged};
use crate::core::fact::State;
use serde::{Deserialize, Serialize};

/// What an acceptance probe has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The service answered, or why it did not.
    pub result: Result<(), String>,
    /// When the question was sent, in milliseconds ago.
    pub age_ms: u64,
}

/// How well a placement is that should run: `host` is the judgement of its host, `state` the host's fresh word.
#[must_use]
pub fn judge_placement(host: &Judged, state: State, answer: Option<&Answer>) -> Judged {
    match (host.health, state) {
        (Health::Up, State::Active) => match answer {
            Some(Answer { result: Err(why), .. }) => Judged::new(Health::Degraded, format!("it runs, and does not answer: {why}")),
            Some(Answer { result: Ok(()), .. }) => Judged::new(Health::Up, "it runs and answers"),
            None => Judged::new(Health::Up, "it runs"),
        },
        (Health::Up, State::Inactive | State::Failed | State::Faulty | State::Missing) => {
            Judged::new(Health::Down, format!("its host says that it is {state}"))
        }
        (Health::Up, State::Starting | State::Stopping) => Judged::new(Health::Unknown, format!("it is {state}")),
        (Health::Up, State::Unknown) => Judged::new(Health::Unknown, "its host has not said since"),
        (Health::Down, _) => Judged::new(Health::Down, format!("its host is down: {}", host.why)),
        (Health::ProbeBroken, _) => Judged::new(Health::ProbeBroken, host.why.clone()),
        (Health::Degraded | Health::Unknown, _) => Judged::new(Health::Unknown, host.why.clone()),
    }
}
