//! What a run prints at the end: a table, and what does not hold.

use std::io::{self, Write};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::error::LoadError;
use crate::lag::Lag;
use crate::latency::Latency;
use crate::memory::{Trend, Verdict, kilobytes, megabytes};
use crate::progress::Progress;
use crate::reader::Gets;
use crate::verify::Verified;

/// Bytes that a stack may keep beyond what it had in use before its first request. Callers keep connections open, of which each takes
/// two or three buffers of 8 KB; all else is bounded, too. After a million records that is 8 bytes for each.
const MORE_IN_USE: u64 = 8 * 1024 * 1024;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub writing: Duration,
    pub draining: Duration,
    pub verifying: Duration,
    pub given_up: u64,
    /// Warnings and errors that the stack logged.
    pub warnings: u64,
    /// Bytes that the stack had in use before its first request, and once nothing was left to do.
    pub in_use: [u64; 2],
    /// The processor's time that the stack took until everything was calculated.
    pub worked: Duration,
    pub has_stopped: bool,
    pub memory: Verdict,
    pub verified: Verified,
}

impl Outcome {
    /// What does not hold, in words.
    pub fn failures(&self, lost_after: u32, progress: &Progress) -> Vec<String> {
        let mut failures = Vec::new();
        if progress.errors.get() > 0 {
            failures.push(format!("{} GETs failed", progress.errors.get()));
            failures.extend(progress.first_errors());
        }
        if progress.retried.get() > 0 {
            failures.push(format!("writes that failed: {}", progress.retried.get()));
        }
        if self.warnings > 0 {
            let warnings = self.warnings;
            failures.push(format!("the stack logged {warnings} warnings and errors"));
        }
        if progress.lost.get() > 0 {
            failures.push(format!(
                "{} purchases of probes did not show within {lost_after} s",
                progress.lost.get()
            ));
        }
        if self.given_up > 0 {
            failures.push(format!("{} records were given up", self.given_up));
        }
        if !self.has_stopped {
            failures.push("the stack did not stop as it should".to_owned());
        }
        let [start, end] = self.in_use;
        if end > start + MORE_IN_USE {
            let more = kilobytes(end - start);
            failures.push(format!("the stack kept {more} KB more than at its start"));
        }
        if self.memory.trend == Trend::Grew {
            let [middle, end] = [self.memory.middle, self.memory.end].map(megabytes);
            failures.push(format!("memory grew from {middle} to {end} MB"));
        }
        if self.verified.figures == 0 {
            failures.push("no figure was verified".to_owned());
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
        let [start, end] = self.in_use.map(kilobytes);
        let until_quiet = self.writing + self.draining;
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
                    "{records}: {} new, {} edits, {} moves of two records each, {} deletions; {} profiles",
                    progress.new.get(),
                    progress.edits.get(),
                    progress.moves.get(),
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
            ("memory of the stack", memory(&self.memory)),
            (
                "memory in use",
                format!("{start} KB before the first request, {end} KB after the last"),
            ),
            (
                "purchases of probes that did not show",
                progress.lost.get().to_string(),
            ),
            ("records given up", self.given_up.to_string()),
            ("warnings and errors", self.warnings.to_string()),
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

/// What memory was, and whether it grew.
fn memory(memory: &Verdict) -> String {
    let [middle, end, largest] = [memory.middle, memory.end, memory.largest].map(megabytes);
    let measured = format!("middle {middle} MB, end {end} MB, largest {largest} MB");
    let grown = format!("{:.0} bytes a record", memory.a_record);
    match memory.trend {
        Trend::NotMeasured => "not measured".to_owned(),
        Trend::TooShort => format!("largest {largest} MB: too short to tell"),
        Trend::Flat => format!("{measured}, {grown}: flat"),
        Trend::Grew => format!("{measured}, {grown}: it grew"),
    }
}

/// How many times there were, and their percentiles.
fn percentiles(latency: &Latency) -> String {
    let [p50, p90, p99, p999, longest] = latency.percentiles().map(milliseconds);
    let count = latency.count();
    format!("{count} times: p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p999}, max {longest}")
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    /// A run that went well.
    fn outcome() -> Outcome {
        Outcome {
            writing: Duration::ZERO,
            draining: Duration::ZERO,
            verifying: Duration::ZERO,
            given_up: 0,
            warnings: 0,
            in_use: [0, MORE_IN_USE],
            worked: Duration::ZERO,
            has_stopped: true,
            memory: Memory::default().verdict(),
            verified: Verified {
                figures: 1,
                ..Verified::default()
            },
        }
    }

    #[test]
    fn a_run_that_verified_no_figure_has_failed() {
        let mut outcome = outcome();
        let progress = Progress::default();
        assert!(outcome.failures(120, &progress).is_empty());
        outcome.verified.figures = 0;
        assert_eq!(outcome.failures(120, &progress), ["no figure was verified"]);
    }

    #[test]
    fn a_run_with_a_failed_write_or_a_warning_has_failed() {
        let mut outcome = outcome();
        outcome.warnings = 2;
        let progress = Progress::default();
        progress.retried.add(1);
        assert_eq!(
            outcome.failures(120, &progress),
            [
                "writes that failed: 1",
                "the stack logged 2 warnings and errors"
            ]
        );
    }

    #[test]
    fn a_stack_that_keeps_more_and_more_has_failed() {
        let mut outcome = outcome();
        outcome.in_use = [1_000_000, 1_001_024 + MORE_IN_USE];
        assert_eq!(
            outcome.failures(120, &Progress::default()),
            ["the stack kept 8193 KB more than at its start"]
        );
    }
}
