//! What a run looks at while it goes on: memory, and a line of figures now and then.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::error::LoadError;
use crate::lag::Lag;
use crate::memory::{Memory, megabytes, processor_time, resident};
use crate::progress::Progress;
use crate::reader::Gets;
use crate::report::{milliseconds, print};

/// How often memory is measured.
const SAMPLES: Duration = Duration::from_secs(1);

/// What a run looks at while it goes on.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub process: Option<u32>,
    pub every: u32,
    pub progress: Arc<Progress>,
    pub gets: Arc<Gets>,
    pub lag: Arc<Lag>,
    pub memory: Arc<Mutex<Memory>>,
}

impl Watch {
    /// Measures memory as long as writers write, and prints a line now and then until it is told to stop.
    pub async fn run(
        self,
        written: CancellationToken,
        stop: CancellationToken,
    ) -> Result<(), LoadError> {
        print("    time   records  a second  CPU a record      lag  GET p99  errors  memory")?;
        let began = Instant::now();
        let (mut before, mut last) = (0, began);
        let mut worked = self.worked();
        let mut samples = interval(SAMPLES);
        for second in 0_u64.. {
            if stop.run_until_cancelled(samples.tick()).await.is_none() {
                break;
            }
            let records = self.progress.written.get();
            let bytes = self.process.and_then(resident);
            if let Some(bytes) = bytes
                && !written.is_cancelled()
            {
                let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.add(records, bytes);
            }
            if second == 0 || !second.is_multiple_of(self.every.into()) {
                continue;
            }
            let a_second = (records - before) as f64 / last.elapsed().as_secs_f64();
            let now = self.worked();
            let micros = (now - worked).as_micros() as u64 / (records - before).max(1);
            (before, last, worked) = (records, Instant::now(), now);
            print(&format!(
                "{:>6.0} s {records:>9} {a_second:>9.0} {micros:>10} µs {:>6.1} s {:>8} {:>7} {:>7}",
                began.elapsed().as_secs_f64(),
                self.lag.now().as_secs_f64(),
                self.gets.sent.lately().map_or("-".to_owned(), milliseconds),
                self.progress.errors.get(),
                bytes.map_or("-".to_owned(), |bytes| format!("{} MB", megabytes(bytes))),
            ))?;
        }
        Ok(())
    }

    /// The processor's time that the stack has taken so far.
    fn worked(&self) -> Duration {
        self.process.and_then(processor_time).unwrap_or_default()
    }
}
