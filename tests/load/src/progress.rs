//! What is counted while a run goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many errors are kept to be told.
const KEPT: usize = 10;

/// A number that several tasks count up.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted while a run goes on.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Writes that DynamoDB took, each of which makes one record of the stream.
    pub written: Counter,
    pub new: Counter,
    pub edits: Counter,
    /// Edits of the instant: two writes each.
    pub moves: Counter,
    pub deletions: Counter,
    /// Items of a batch that DynamoDB gave back.
    pub unprocessed: Counter,
    /// Writes that were throttled and sent again.
    pub throttled: Counter,
    /// Writes that failed otherwise and were sent again.
    pub retried: Counter,
    /// GETs of profiles that had no document yet, or none any more.
    pub not_found: Counter,
    /// GETs that failed.
    pub errors: Counter,
    /// Purchases of probes that did not show in time.
    pub lost: Counter,
    first_errors: Mutex<Vec<String>>,
}

impl Progress {
    /// Notes that a GET failed.
    pub fn fail(&self, error: String) {
        self.errors.add(1);
        let mut errors = self
            .first_errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if errors.len() < KEPT {
            errors.push(error);
        }
    }

    /// The first errors.
    pub fn first_errors(&self) -> Vec<String> {
        let errors = self.first_errors.lock();
        errors.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
