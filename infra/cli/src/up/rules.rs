//! The rules by which an event source mapping hands records to its function, as the template sets them.

use std::time::Duration;

use super::template::Mapping;

/// The pause before the first retry; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between retries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The rules by which records are handed to the function.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) batch_size: usize,
    pub(crate) reports_failures: bool,
    pub(crate) bisects: bool,
    /// `None` for no limit.
    pub(crate) retries: Option<u32>,
    /// `None` for no limit.
    pub(crate) longest_age: Option<Duration>,
}

impl Rules {
    /// The rules of the template's event source mapping.
    pub(crate) fn of(mapping: &Mapping) -> Self {
        let longest_age = u64::try_from(mapping.maximum_record_age_in_seconds);
        Self {
            batch_size: mapping.batch_size.max(1),
            reports_failures: mapping.reports_failures(),
            bisects: mapping.bisect_batch_on_function_error,
            retries: u32::try_from(mapping.maximum_retry_attempts).ok(),
            longest_age: longest_age.ok().map(Duration::from_secs),
        }
    }

    /// Whether a batch is tried again after so many failures.
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
    fn minus_one_in_the_template_is_no_limit() {
        let template = super::super::template::Template::embedded().unwrap();
        let rules = Rules::of(template.mapping());
        assert_eq!((rules.batch_size, rules.retries), (500, Some(240)));
        let unlimited = Rules {
            retries: None,
            ..rules
        };
        assert!(unlimited.allow(u32::MAX));
    }
}
