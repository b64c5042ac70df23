//! Instants as files write them, turned into UTC.

use calculation::Instant;
use chrono::{Datelike, NaiveTime, TimeDelta};

/// Bytes of a date and a time of day: `YYYY-MM-DD HH:MM:SS`.
const DATE_AND_TIME: usize = 19;

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum InstantError {
    #[error(
        "expected an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00"
    )]
    Form,
    #[error("fractions of a second cannot be stored")]
    Fraction,
    #[error("the offset is missing; end it in Z if it is UTC")]
    Offset,
    #[error("the year in UTC must be 0001 to 9999")]
    Years,
}

/// Reads `YYYY-MM-DDTHH:MM:SSZ`, `YYYY-MM-DD HH:MM:SS` (which stands for UTC), or either with an offset: `+02:00`, `+0200`, `+02`.
pub(crate) fn read(text: &str) -> Result<Instant, InstantError> {
    if let Some(instant) = Instant::parse(text).or_else(|| Instant::parse_spaced(text)) {
        return Ok(instant);
    }
    let (local, rest) = text
        .split_at_checked(DATE_AND_TIME)
        .ok_or(InstantError::Form)?;
    let local = Instant::parse_spaced(&local.replacen('T', " ", 1)).ok_or(InstantError::Form)?;
    if rest.is_empty() {
        return Err(InstantError::Offset);
    }
    if rest.starts_with(['.', ',']) {
        return Err(InstantError::Fraction);
    }
    let offset = offset(rest.strip_prefix(' ').unwrap_or(rest)).ok_or(InstantError::Form)?;
    shifted(local, offset).ok_or(InstantError::Years)
}

/// Reads `Z`, `+HH:MM`, `+HHMM` or `+HH`, or the same with a minus.
fn offset(text: &str) -> Option<TimeDelta> {
    if text == "Z" {
        return Some(TimeDelta::zero());
    }
    let (hours, minutes) = match text.as_bytes().get(1..)? {
        [h1, h2] => ([*h1, *h2], [b'0', b'0']),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => ([*h1, *h2], [*m1, *m2]),
        _ => return None,
    };
    let number = |digits: [u8; 2]| -> Option<i64> {
        let digits = std::str::from_utf8(&digits).ok()?;
        let real = digits.bytes().all(|digit| digit.is_ascii_digit());
        real.then(|| digits.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = TimeDelta::try_minutes(hours * 60 + minutes)?;
    match text.as_bytes().first()? {
        b'+' => Some(offset),
        b'-' => Some(-offset),
        _ => None,
    }
}

/// The UTC instant of a local one.
fn shifted(local: Instant, offset: TimeDelta) -> Option<Instant> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(local.second, 0)?;
    let utc = local.date.and_time(time).checked_sub_signed(offset)?;
    if !(1..=9999).contains(&utc.year()) {
        return None;
    }
    Instant::parse_spaced(&utc.format("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_comes_to_utc() {
        for (text, expected) in [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00+00:00", "2026-01-31T10:00:00Z"),
            ("2026-03-01T01:30:00+02:00", "2026-02-28T23:30:00Z"),
            ("2024-03-01 01:30:00+0200", "2024-02-29T23:30:00Z"),
            ("2026-12-31 22:00:00 -05", "2027-01-01T03:00:00Z"),
            ("2026-01-31T10:00:00+05:45", "2026-01-31T04:15:00Z"),
            ("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00Z"),
        ] {
            assert_eq!(read(text).ok(), Instant::parse(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_says_why() {
        use InstantError::{Form, Fraction, Offset, Years};
        for (text, expected) in [
            ("", Form),
            ("yesterday", Form),
            ("2026-01-31", Form),
            ("2026-02-29T10:00:00Z", Form),
            ("2026-01-31T10:00:60Z", Form),
            ("2026-01-31T24:00:00+01:00", Form),
            ("2026-01-31T10:00:00z", Form),
            ("2026-01-31T10:00:00 UTC", Form),
            ("2026-01-31T10:00:00+24:00", Form),
            ("2026-01-31T10:00:00+2", Form),
            ("2026-01-31T10:00:00+-1:00", Form),
            ("2026-01-31T10:00:00é", Form),
            ("2026-01-31T10:00:0é", Form),
            ("31/01/2026 10:00:00", Form),
            ("2026-01-31T10:00:00.5Z", Fraction),
            ("2026-01-31 10:00:00.000", Fraction),
            ("2026-01-31T10:00:00", Offset),
            ("0001-01-01T00:00:00+01:00", Years),
            ("9999-12-31T23:30:00-01:00", Years),
        ] {
            assert_eq!(read(text), Err(expected), "{text}");
        }
    }
}
