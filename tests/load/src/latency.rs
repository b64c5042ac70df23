//! Times, of which percentiles are asked.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::error::LoadError;

/// Percentiles that are reported.
const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// The longest time that is told from others, in microseconds: a day.
const LONGEST: u64 = 86_400_000_000;
/// Times are told apart to a thousandth of each.
const DIGITS: u8 = 3;

/// Times of a whole run, and of the time since they were last asked.
#[derive(Debug)]
pub(crate) struct Latency(Mutex<Times>);

#[derive(Debug)]
struct Times {
    all: Histogram<u64>,
    lately: Histogram<u64>,
}

impl Latency {
    pub fn new() -> Result<Self, LoadError> {
        let empty = Histogram::new_with_max(LONGEST, DIGITS);
        let empty = empty.map_err(|error| LoadError::Flags(error.to_string()))?;
        Ok(Self(Mutex::new(Times {
            all: empty.clone(),
            lately: empty,
        })))
    }

    pub fn record(&self, time: Duration) {
        let micros = time.as_micros().try_into().unwrap_or(u64::MAX);
        let mut times = self.times();
        times.all.saturating_record(micros);
        times.lately.saturating_record(micros);
    }

    /// How many times there were.
    pub fn count(&self) -> u64 {
        self.times().all.len()
    }

    /// The 99th percentile since the last call, if there was any.
    pub fn lately(&self) -> Option<Duration> {
        let mut times = self.times();
        let is_any = !times.lately.is_empty();
        let percentile = times.lately.value_at_percentile(99.0);
        times.lately.reset();
        is_any.then(|| Duration::from_micros(percentile))
    }

    /// The percentiles of the whole run, and the longest time.
    pub fn percentiles(&self) -> [Duration; PERCENTILES.len() + 1] {
        let times = self.times();
        let [a, b, c, d] = PERCENTILES.map(|percent| times.all.value_at_percentile(percent));
        [a, b, c, d, times.all.max()].map(Duration::from_micros)
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
