//! Dates and instants, in UTC.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate, NaiveTime, Timelike};
use serde::ser::{Serialize, Serializer};

/// Bytes of a date, `YYYY-MM-DD`.
pub(crate) const DATE_BYTES: usize = 10;

/// Reads exactly `YYYY-MM-DD`, a real date of the years 0001 to 9999.
///
/// # Examples
///
/// ```
/// use calculation::parse_date;
///
/// assert_eq!(parse_date("2026-01-31").unwrap().to_string(), "2026-01-31");
/// assert_eq!(parse_date("2026-02-30"), None);
/// ```
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    if year == 0 {
        return None;
    }
    NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        number(&[*m1, *m2])?,
        number(&[*d1, *d2])?,
    )
}

/// The date `months` calendar months before `today`, the day clamped to the end of the month.
pub(crate) fn months_before(today: NaiveDate, months: u32) -> NaiveDate {
    today
        .checked_sub_months(Months::new(months))
        .unwrap_or(NaiveDate::MIN)
}

/// Whole days from `start` to `end`; negative if `end` is earlier.
pub(crate) fn days_between(start: NaiveDate, end: NaiveDate) -> i64 {
    i64::from(end.num_days_from_ce()).saturating_sub(i64::from(start.num_days_from_ce()))
}

/// A second of a UTC date.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instant {
    /// The UTC date, 0001-01-01 to 9999-12-31 when it was read.
    pub date: NaiveDate,
    /// Seconds since midnight, 0 to 86,399.
    pub second: u32,
}

impl Instant {
    /// Reads exactly `YYYY-MM-DDTHH:MM:SSZ`: a real date, seconds 00 to 59.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Instant;
    ///
    /// let instant = Instant::parse("2026-01-31T10:00:00Z").unwrap();
    /// assert_eq!(instant.second, 36_000);
    /// assert_eq!(Instant::parse("2026-01-31 10:00:00"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_joined(text.strip_suffix('Z')?, 'T')
    }

    /// Reads exactly `YYYY-MM-DD HH:MM:SS`, which stands for UTC, as `joined_at` is stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Instant;
    ///
    /// let instant = Instant::parse_spaced("2026-01-31 10:00:00").unwrap();
    /// assert_eq!(instant.to_string(), "2026-01-31 10:00:00");
    /// ```
    pub fn parse_spaced(text: &str) -> Option<Self> {
        Self::parse_joined(text, ' ')
    }

    /// Reads a date and a time of day on the two sides of `separator`.
    fn parse_joined(text: &str, separator: char) -> Option<Self> {
        let (date, time) = text.split_at_checked(DATE_BYTES)?;
        let date = parse_date(date)?;
        let time = time.strip_prefix(separator)?;
        let [h1, h2, b':', m1, m2, b':', s1, s2] = time.as_bytes() else {
            return None;
        };
        let time = NaiveTime::from_hms_opt(
            number(&[*h1, *h2])?,
            number(&[*m1, *m2])?,
            number(&[*s1, *s2])?,
        )?;
        Some(Self {
            date,
            second: time.num_seconds_from_midnight(),
        })
    }

    /// The time of day.
    pub(crate) fn time(self) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(self.second, 0).unwrap_or_default()
    }
}

impl fmt::Display for Instant {
    /// `YYYY-MM-DD HH:MM:SS`, as the response writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.date, self.time())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The number that ASCII digits write.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit.saturating_sub(b'0'))?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_real_dates_only() {
        for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(
                parse_date(text).map(|date| date.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "0000-01-01",
            "2023-02-29",
            "2026-13-01",
            "2026-1-01",
            "10000-01-01",
            "2026-01-01 ",
            "+026-01-01",
            "2026/01/01",
            "２026-01-01",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn reads_exact_instants_only() {
        let instant = Instant::parse("2020-12-07T13:04:30Z").unwrap();
        assert_eq!(instant.to_string(), "2020-12-07 13:04:30");
        assert_eq!(Instant::parse_spaced("2020-12-07 13:04:30"), Some(instant));
        for text in [
            "2026-01-01T10:00:60Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T10:00:00.000Z",
            "2026-01-01T10:00:00+00:00",
            "2026-01-01T10:00:00z",
            "2026-01-01t10:00:00Z",
            "2026-01-01 10:00:00",
            "2026-02-30T10:00:00Z",
            "yesterday",
            "",
            "Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn months_before_clamp_the_day() {
        let date = |text| parse_date(text).unwrap();
        assert_eq!(months_before(date("2023-05-31"), 3), date("2023-02-28"));
        assert_eq!(months_before(date("2024-05-31"), 3), date("2024-02-29"));
        assert_eq!(months_before(date("2024-02-29"), 12), date("2023-02-28"));
        assert!(months_before(date("0001-01-01"), 24) < date("0001-01-01"));
    }
}
