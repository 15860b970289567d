//! Somebody who answers, or nobody.

use crate::cli::person::Person;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Somebody who gives answers in this order and then none, or nobody; may press ctrl-c at once.
#[derive(Default)]
pub struct Somebody {
    /// `None` where nobody is there.
    pub answers: Option<Vec<&'static str>>,
    pub impatient: bool,
    pub asked: Vec<String>,
    /// Ctrl-c is caught, and no longer ends the program.
    pub catching: Arc<AtomicBool>,
}

impl Somebody {
    /// Somebody with one answer, or nobody.
    pub fn who(answers: Option<&'static str>) -> Self {
        Self { answers: answers.map(|answer| vec![answer]), ..Self::default() }
    }
}

#[async_trait]
impl Person for Somebody {
    fn present(&self) -> bool {
        self.answers.is_some()
    }
    async fn ask(&mut self, prompt: &str) -> std::io::Result<String> {
        assert!(!self.catching.load(Ordering::SeqCst), "ctrl-c at a question ends the program");
        self.asked.push(prompt.to_owned());
        let answers = self.answers.as_mut().filter(|answers| !answers.is_empty());
        Ok(answers.map(|answers| answers.remove(0)).unwrap_or_default().to_owned())
    }
    fn catch_interrupts(&mut self) {
        self.catching.store(true, Ordering::SeqCst);
    }
    async fn interrupt(&mut self) {
        if !self.impatient {
            std::future::pending::<()>().await;
        }
    }
}
