//! The settings of a stream's event source mapping.

use std::time::Duration;

use crate::filter::Filter;

/// The pause before the first retry; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between retries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The settings of a stream's event source mapping. The default ones are Lambda's.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// Which records invoke the function.
    pub filter: Filter,
    /// How many records one invocation has at most.
    pub batch_size: usize,
    /// How many batches of a shard are processed at the same time (`ParallelizationFactor`).
    pub parallelization: usize,
    /// The attribute whose records stay in one of these batches, and so in their order. Lambda itself keeps the order of an item
    /// only.
    pub partition_key: String,
    /// Whether the function's answer names the records that failed (`ReportBatchItemFailures`).
    pub reports_failures: bool,
    /// Whether a batch is split in two after the function failed (`BisectBatchOnFunctionError`).
    pub bisects: bool,
    /// How often a batch is retried; `None` for no limit.
    pub retries: Option<u32>,
    /// The age from which on a record is given up; `None` for no limit. Time before the start of the mapping does not count.
    pub longest_age: Option<Duration>,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            batch_size: 100,
            parallelization: 1,
            partition_key: String::new(),
            reports_failures: false,
            bisects: false,
            retries: None,
            longest_age: None,
        }
    }
}

impl StreamSettings {
    /// Whether a batch is retried after so many failures.
    pub(crate) fn allow(&self, failures: u32) -> bool {
        self.retries.is_none_or(|retries| failures <= retries)
    }
}

/// How long to wait after so many failures.
pub(crate) fn pause(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let pauses = [1, 2, 3, 7, 20, u32::MAX].map(|failures| pause(failures).as_millis());
        assert_eq!(pauses, [100, 200, 400, 5_000, 5_000, 5_000]);
    }

    #[test]
    fn without_a_number_retries_have_no_limit() {
        assert!(StreamSettings::default().allow(u32::MAX));
    }
}
