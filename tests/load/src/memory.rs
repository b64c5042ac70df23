//! The memory of the stack's process over time, and the processor's time that it takes.

use std::fs;
use std::time::Duration;

/// Bytes of a megabyte, as memory is counted.
const MEGABYTE: u64 = 1024 * 1024;
/// Samples, one a second, that a fifth of the run must have to be judged.
const ENOUGH: usize = 10;
/// Samples that a fifth of a long run has: five minutes in all, after which caches and the allocator have what they need.
const LONG: usize = 60;
/// How much more memory the end may have than the middle, in percent and in bytes. In a short run caches still fill.
const MORE_IN_SHORT: (u64, u64) = (10, 32 * MEGABYTE);
/// That of a long run: 5 % is what the median of a fifth differs by, and 8 MB what the allocator keeps one time or another. From 60 MB on
/// that is 11 MB, or 27 bytes for each of the 400,000 records between the two of a run of a million: less than the key of one.
const MORE_IN_LONG: (u64, u64) = (5, 8 * MEGABYTE);

/// The resident memory of a process in bytes, where the system tells it: Linux.
pub(crate) fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The time that processors worked for a process, where the system tells it: Linux, in hundredths of seconds.
pub(crate) fn processor_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which is in brackets, `utime` and `stime` are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(')')?;
    let times = fields.split_whitespace().skip(11).take(2);
    let hundredths: u64 = times.filter_map(|time| time.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(10 * hundredths))
}

/// Bytes in kilobytes.
pub(crate) fn kilobytes(bytes: u64) -> u64 {
    bytes / 1024
}

/// Bytes in megabytes.
pub(crate) fn megabytes(bytes: u64) -> u64 {
    bytes / MEGABYTE
}

/// Samples while writers write: how many records were written, and the bytes of memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Vec<(u64, u64)>);

/// What the memory was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The median of the middle fifth of the records, and that of the last fifth.
    pub middle: u64,
    pub end: u64,
    pub largest: u64,
    /// Bytes that memory grew by, for each record between the middle of the one fifth and that of the other.
    pub a_record: f64,
    pub trend: Trend,
}

/// What memory did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trend {
    /// The system does not tell a process's memory.
    NotMeasured,
    TooShort,
    Flat,
    Grew,
}

impl Memory {
    pub fn add(&mut self, written: u64, bytes: u64) {
        self.0.push((written, bytes));
    }

    /// Whether the last fifth of the records needed more memory than the middle one.
    pub fn verdict(&self) -> Verdict {
        let written = self.0.iter().map(|(written, _)| *written).max();
        let fifth = |number: u64| {
            let [from, to] =
                [number, number + 1].map(|edge| written.unwrap_or_default() * edge / 5);
            let within = self
                .0
                .iter()
                .filter(|(written, _)| (from..=to).contains(written));
            let mut bytes: Vec<u64> = within.map(|(_, bytes)| *bytes).collect();
            bytes.sort_unstable();
            bytes
        };
        let (middle, end) = (fifth(2), fifth(4));
        let samples = middle.len().min(end.len());
        let median = |bytes: &[u64]| bytes.get(bytes.len() / 2).copied().unwrap_or_default();
        let (middle, end) = (median(&middle), median(&end));
        let (percent, bytes) = if samples < LONG {
            MORE_IN_SHORT
        } else {
            MORE_IN_LONG
        };
        let trend = match written {
            None => Trend::NotMeasured,
            Some(_) if samples < ENOUGH => Trend::TooShort,
            Some(_) if end <= middle + middle * percent / 100 + bytes => Trend::Flat,
            Some(_) => Trend::Grew,
        };
        let between = written.unwrap_or_default() as f64 * 2.0 / 5.0;
        Verdict {
            middle,
            end,
            largest: self
                .0
                .iter()
                .map(|(_, bytes)| *bytes)
                .max()
                .unwrap_or_default(),
            a_record: (end as f64 - middle as f64) / between.max(1.0),
            trend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a run of so many seconds, with a thousand records in each.
    fn verdict(seconds: u64, megabytes: impl Fn(f64) -> f64) -> Verdict {
        let mut memory = Memory::default();
        for second in 0..=seconds {
            let bytes = megabytes(second as f64) * MEGABYTE as f64;
            memory.add(second * 1_000, bytes as u64);
        }
        memory.verdict()
    }

    #[test]
    fn memory_that_grows_to_the_end_is_not_flat() {
        let within = verdict(100, |second| 100.0 + second);
        assert_eq!(within.trend, Trend::Flat, "by less than what may be");
        assert_eq!([within.middle, within.end].map(megabytes), [150, 190]);
        let beyond = verdict(100, |second| 100.0 + 3.0 * second);
        assert_eq!(beyond.trend, Trend::Grew);
    }

    #[test]
    fn a_long_run_may_grow_by_less() {
        // 27 bytes a record are 10.3 MB in the 400,000 records between, of 11.5 MB that may be; 32 bytes are 12.2 of 11.8.
        let megabytes = |bytes: f64| move |second| 60.0 + second * bytes * 1e3 / MEGABYTE as f64;
        let within = verdict(1_000, megabytes(27.0));
        assert_eq!(within.trend, Trend::Flat);
        assert_eq!(within.a_record.round(), 27.0);
        assert_eq!(verdict(1_000, megabytes(32.0)).trend, Trend::Grew);
        assert_eq!(verdict(250, megabytes(32.0)).trend, Trend::Flat);
    }

    #[test]
    fn memory_that_grows_at_the_start_is_flat() {
        for seconds in [100, 1_000] {
            let verdict = verdict(seconds, |second| 50.0 + 10.0 * second.min(30.0));
            assert_eq!(verdict.trend, Trend::Flat);
            assert_eq!(megabytes(verdict.largest), 350);
            assert_eq!(verdict.a_record, 0.0);
        }
    }

    #[test]
    fn memory_that_shrinks_is_flat() {
        let verdict = verdict(1_000, |second| 500.0 - second / 10.0);
        assert_eq!(verdict.trend, Trend::Flat);
        assert!(verdict.a_record < 0.0);
    }

    #[test]
    fn a_short_run_is_not_judged_and_none_is_without_samples() {
        let mut memory = Memory::default();
        assert_eq!(memory.verdict().trend, Trend::NotMeasured);
        memory.add(1, MEGABYTE);
        assert_eq!(memory.verdict().trend, Trend::TooShort);
    }
}
