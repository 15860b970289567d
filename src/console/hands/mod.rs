//! The console's hands: tasks that talk to the monitor and to files, and come back with events. They decide nothing.

mod ask;
mod journal;
mod picture;
mod save;

pub use picture::MANY;
pub use save::{Saved, save};

use super::act::acts;
use super::effect::Question;
use super::event::{Event, Ticket};
use crate::client::Dial;
use crate::core::command::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

/// The longest pause between two attempts to reach the monitor.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Questions that wait for an answer at the same time.
const MOST_QUESTIONS: usize = 16;

/// All tasks, and their owner.
pub struct Hands {
    dial: Arc<dyn Dial>,
    out: mpsc::Sender<Event>,
    nudge: Arc<Nudge>,
    questions: JoinSet<()>,
    watching: JoinSet<Task>,
    least: Role,
}

/// A task that lives as long as the console.
#[derive(Debug, Clone, Copy)]
enum Task {
    Picture,
    Journal,
}

/// Has a picture taken before its time.
#[derive(Debug, Default)]
struct Nudge {
    notify: Notify,
    fresh: AtomicBool,
}

impl Nudge {
    /// Soon.
    fn soon(&self) {
        // Told once: one who waits is woken, or the next one does not wait.
        self.notify.notify_one();
    }

    /// Soon, after a look at every host.
    fn fresh(&self) {
        self.fresh.store(true, Ordering::SeqCst);
        self.soon();
    }
}

impl Hands {
    /// Begins to watch the monitor that `dial` reaches; what happens goes to `out`. Who is not to change anything asks for
    /// no more than to look.
    pub fn new(dial: Arc<dyn Dial>, read_only: bool, out: mpsc::Sender<Event>) -> Self {
        let least = if read_only { Role::Observer } else { Role::Operator };
        let mut hands = Self { dial, out, nudge: Arc::default(), questions: JoinSet::new(), watching: JoinSet::new(), least };
        hands.watch(Task::Picture);
        hands.watch(Task::Journal);
        hands
    }

    fn watch(&mut self, task: Task) {
        let (dial, out, nudge, least) = (self.dial.clone(), self.out.clone(), self.nudge.clone(), self.least);
        self.watching.spawn(async move {
            match task {
                Task::Picture => picture::watch(dial, least, out, nudge).await,
                Task::Journal => journal::watch(dial, out, nudge).await,
            }
            task
        });
    }

    /// Waits until one of the tasks is gone, and begins it anew; what is to be told about it.
    pub async fn mend(&mut self) -> String {
        let ended = self.watching.join_next().await;
        let (task, why) = match ended {
            Some(Ok(task)) => (Some(task), "it ended".to_owned()),
            Some(Err(error)) => (None, error.to_string()),
            // There are always two.
            None => std::future::pending().await,
        };
        if let Some(task) = task {
            self.watch(task);
        } else {
            // Which of the two it was is not known: both begin anew.
            self.watching.abort_all();
            while self.watching.join_next().await.is_some() {}
            self.watch(Task::Picture);
            self.watch(Task::Journal);
        }
        format!("watching the monitor was begun anew: {why}; report this defect")
    }

    /// Has every host looked at, or the monitor tried, now.
    pub fn refresh(&self) {
        self.nudge.fresh();
    }

    /// Asks the monitor; the answer comes as an event.
    pub fn ask(&mut self, ticket: Ticket, question: Question) {
        while self.questions.try_join_next().is_some() {}
        let full = self.questions.len() >= MOST_QUESTIONS;
        let (dial, out, nudge) = (self.dial.clone(), self.out.clone(), self.nudge.clone());
        self.questions.spawn(async move {
            if full {
                let _ = out.send(Event::Answer(ticket, ask::busy(question))).await;
                return;
            }
            let acts = acts(&question);
            ask::ask(dial.as_ref(), ticket, question, &out).await;
            // What only looks changes nothing that would be worth a picture; and a picture may ask again.
            if acts {
                nudge.soon();
            }
        });
    }
}

/// The next pause after one of this length.
fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(Duration::from_millis(250), LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;
