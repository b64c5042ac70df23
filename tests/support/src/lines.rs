//! A writer whose lines can be looked at.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// What was written, in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// What was written since the last call.
    ///
    /// # Panics
    ///
    /// It is no text.
    pub fn text(&self) -> String {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(std::mem::take(&mut *written)).expect("a text")
    }

    /// What was written since the last call, each line as JSON.
    ///
    /// # Panics
    ///
    /// A line is no JSON.
    pub fn take(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
