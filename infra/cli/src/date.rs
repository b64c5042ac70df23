//! The date of a question, as a flag gives it.

use calculation::parse_date;
use chrono::NaiveDate;

/// Reads a date as the API reads `as_of`.
pub(crate) fn date(text: &str) -> Result<NaiveDate, String> {
    parse_date(text)
        .ok_or_else(|| "expected a date YYYY-MM-DD from 0001-01-01 to 9999-12-31".to_owned())
}
