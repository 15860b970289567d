//! A place where what is written can be read.

use crate::cli::out::{Look, Out};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Text(Arc<Mutex<Vec<u8>>>);

impl Text {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An output that is kept.
pub struct Caught {
    pub out: Out,
    pub stdout: Text,
    pub stderr: Text,
}

pub fn caught(look: Look) -> Caught {
    let (stdout, stderr) = (Text::default(), Text::default());
    Caught { out: Out::new(Box::new(stdout.clone()), Box::new(stderr.clone()), look), stdout, stderr }
}
