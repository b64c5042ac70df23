//! The memory of the stack's process over time, and the processor's time that it takes.

use std::fs;
use std::time::Duration;

/// Bytes of a megabyte, as memory is counted.
const MEGABYTE: u64 = 1024 * 1024;
/// How much more memory the end may have than the middle: a tenth, and what an allocator keeps one time or another.
const MORE: [u64; 2] = [10, 32 * MEGABYTE];
/// Samples that a part of the run must have to be judged by.
const ENOUGH: usize = 10;

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

/// Bytes in megabytes.
pub(crate) fn megabytes(bytes: u64) -> u64 {
    bytes / MEGABYTE
}

/// Samples while writers write: how many records were written, and the bytes of memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Vec<(u64, u64)>);

/// What the memory was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Verdict {
    /// The median of the middle fifth of the records, and that of the last fifth.
    pub middle: u64,
    pub end: u64,
    pub largest: u64,
    /// `None` if the run was too short to tell.
    pub is_flat: Option<bool>,
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
        let is_enough = middle.len() >= ENOUGH && end.len() >= ENOUGH;
        let median = |bytes: &[u64]| bytes.get(bytes.len() / 2).copied().unwrap_or_default();
        let (middle, end) = (median(&middle), median(&end));
        let [part, bytes] = MORE;
        Verdict {
            middle,
            end,
            largest: self
                .0
                .iter()
                .map(|(_, bytes)| *bytes)
                .max()
                .unwrap_or_default(),
            is_flat: is_enough.then_some(end <= middle + middle / part + bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bytes: impl Fn(u64) -> u64) -> Verdict {
        let mut memory = Memory::default();
        for second in 0..=100 {
            memory.add(second * 1_000, bytes(second) * MEGABYTE);
        }
        memory.verdict()
    }

    #[test]
    fn memory_that_grows_to_the_end_is_not_flat() {
        let verdict = verdict(|second| 100 + second);
        assert_eq!(verdict.is_flat, Some(true), "by less than what may be");
        assert_eq!([verdict.middle, verdict.end].map(megabytes), [150, 190]);
        assert_eq!(
            super::tests::verdict(|second| 100 + 3 * second).is_flat,
            Some(false)
        );
    }

    #[test]
    fn memory_that_grows_at_the_start_is_flat() {
        let verdict = verdict(|second| 50 + 10 * second.min(30));
        assert_eq!(verdict.is_flat, Some(true));
        assert_eq!(megabytes(verdict.largest), 350);
    }

    #[test]
    fn a_short_run_is_not_judged() {
        let mut memory = Memory::default();
        memory.add(1, MEGABYTE);
        assert_eq!(memory.verdict().is_flat, None);
    }
}
