//! What a run prints: a line now and then, and a table at the end.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;
use crate::error::LoadError;
use crate::lag::Lag;
use crate::latency::Latency;
use crate::memory::{Memory, Verdict, megabytes, processor_time, resident};
use crate::progress::Progress;
use crate::reader::Gets;
use crate::verify::Verified;

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
        samples.tick().await;
        for second in 1_u64.. {
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
            if !second.is_multiple_of(self.every.into()) {
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

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub writing: Duration,
    pub draining: Duration,
    pub verifying: Duration,
    pub given_up: usize,
    /// The processor's time that the stack took until everything was calculated.
    pub worked: Duration,
    pub has_stopped: bool,
    pub memory: Verdict,
    pub verified: Verified,
}

impl Outcome {
    /// What does not hold, in words.
    pub fn failures(&self, progress: &Progress) -> Vec<String> {
        let mut failures = Vec::new();
        if progress.errors.get() > 0 {
            failures.push(format!("{} GETs failed", progress.errors.get()));
            failures.extend(progress.first_errors());
        }
        if self.given_up > 0 {
            failures.push(format!("{} records were given up", self.given_up));
        }
        if !self.has_stopped {
            failures.push("the stack did not stop as it should".to_owned());
        }
        if self.memory.is_flat == Some(false) {
            let [middle, end] = [self.memory.middle, self.memory.end].map(megabytes);
            failures.push(format!("memory grew from {middle} to {end} MB"));
        }
        if self.verified.differences > 0 {
            failures.push(format!("{} figures differ", self.verified.differences));
            failures.extend(self.verified.first.iter().cloned());
        }
        failures
    }

    /// Prints the table.
    pub fn table(
        &self,
        arguments: &Arguments,
        progress: &Progress,
        gets: &Gets,
        lag: &Lag,
    ) -> Result<(), LoadError> {
        let (records, verified) = (progress.written.get(), &self.verified);
        let a_second = |time: Duration| records as f64 / time.as_secs_f64();
        let until_quiet = self.writing + self.draining;
        let [middle, end, largest] =
            [self.memory.middle, self.memory.end, self.memory.largest].map(megabytes);
        let verdict = match self.memory.is_flat {
            Some(true) => "flat",
            Some(false) => "it grew",
            None => "too short to tell",
        };
        let rows = [
            (
                "run",
                format!(
                    "seed {}, until {}, skew {}",
                    arguments.seed, arguments.until, arguments.skew
                ),
            ),
            (
                "records",
                format!(
                    "{records}: {} new, {} edits, {} deletions, {} profiles",
                    progress.new.get(),
                    progress.edits.get(),
                    progress.deletions.get(),
                    arguments.profiles
                ),
            ),
            (
                "written",
                format!(
                    "in {:.1} s, {:.0} a second",
                    self.writing.as_secs_f64(),
                    a_second(self.writing)
                ),
            ),
            (
                "calculated",
                format!(
                    "{:.1} s after the last write: {:.0} a second, {:.0} µs a record",
                    self.draining.as_secs_f64(),
                    a_second(until_quiet),
                    1e6 / a_second(until_quiet)
                ),
            ),
            (
                "processor of the stack",
                format!(
                    "{:.0} s, {:.0} µs a record",
                    self.worked.as_secs_f64(),
                    self.worked.as_secs_f64() * 1e6 / records as f64
                ),
            ),
            (
                "sent again",
                format!(
                    "{} items unprocessed, {} requests throttled, {} failed",
                    progress.unprocessed.get(),
                    progress.throttled.get(),
                    progress.retried.get()
                ),
            ),
            ("lag", percentiles(&lag.waited)),
            ("GET", percentiles(&gets.sent)),
            ("GET, from when it was due", percentiles(&gets.due)),
            (
                "GETs that failed",
                format!(
                    "{} ({} answered 404)",
                    progress.errors.get(),
                    progress.not_found.get()
                ),
            ),
            (
                "memory of the stack",
                format!("middle {middle} MB, end {end} MB, largest {largest} MB: {verdict}"),
            ),
            ("records given up", self.given_up.to_string()),
            (
                "verified",
                format!(
                    "{} profiles, {} of them without a document, {} figures in {:.1} s: {} differ",
                    verified.profiles,
                    verified.empty,
                    verified.figures,
                    self.verifying.as_secs_f64(),
                    verified.differences
                ),
            ),
        ];
        let rows = rows.map(|(name, value)| format!("| {name} | {value} |"));
        print(&format!(
            "\n| what | figure |\n|---|---|\n{}",
            rows.join("\n")
        ))
    }
}

/// How many times there were, and their percentiles.
fn percentiles(latency: &Latency) -> String {
    let [p50, p90, p99, p999, longest] = latency.percentiles().map(milliseconds);
    let count = latency.count();
    format!("{count} times: p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p999}, max {longest}")
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{milliseconds:.0} ms")
    }
}

/// Prints a line.
pub(crate) fn print(line: &str) -> Result<(), LoadError> {
    writeln!(io::stdout(), "{line}").map_err(LoadError::Output)
}
