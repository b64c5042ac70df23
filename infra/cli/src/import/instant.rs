//! Instants as files write them, turned into UTC.

use calculation::{Instant, parse_date};
use chrono::{DateTime, Datelike, FixedOffset};

/// Bytes of a date and a time of day: `YYYY-MM-DD HH:MM:SS`.
const DATE_AND_TIME: usize = 19;

/// What is wrong with a text that is none.
const UNCLEAR: &str = "is not an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00";

/// Reads `YYYY-MM-DDTHH:MM:SSZ`, `YYYY-MM-DD HH:MM:SS` (which stands for UTC), or either with an offset (`+02:00`, `+0200`, `+02`),
/// with `UTC`, or with a fraction of zeros.
pub(crate) fn read(text: &str) -> Result<Instant, &'static str> {
    let (local, rest) = text.split_at_checked(DATE_AND_TIME).ok_or(UNCLEAR)?;
    let spaced = local.replacen(['T', 't'], " ", 1);
    let instant = Instant::parse_spaced(&spaced).ok_or(UNCLEAR)?;
    let fraction = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = fraction.strip_suffix(offset).unwrap_or_default();
    if digits.bytes().any(|digit| digit != b'0') {
        return Err("has a fraction of a second, which cannot be stored: cut it off");
    }
    let offset = if digits.is_empty() { rest } else { offset };
    match offset.trim_start() {
        "" if local == spaced => Ok(instant),
        "" => Err("has no offset: end it in Z if it is UTC"),
        "Z" | "z" | "UTC" | "GMT" => Ok(instant),
        offset => shifted(instant, offset).ok_or(UNCLEAR),
    }
}

/// The same, or the beginning of a date alone.
pub(crate) fn read_day(text: &str) -> Result<Instant, &'static str> {
    match parse_date(text) {
        Some(date) => Ok(Instant { date, second: 0 }),
        None => read(text),
    }
}

/// The UTC instant of a local one, of the years that the table knows.
fn shifted(local: Instant, offset: &str) -> Option<Instant> {
    let is_offset = offset.starts_with(['+', '-']);
    let text = is_offset.then(|| format!("{local}{offset}"))?;
    let local: DateTime<FixedOffset> =
        DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%#z").ok()?;
    let utc = local.naive_utc();
    let is_known = (1..=9999).contains(&utc.year());
    is_known.then(|| Instant::parse_spaced(&utc.format("%Y-%m-%d %H:%M:%S").to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_comes_to_utc() {
        for (text, expected) in [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31t10:00:00z", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00 UTC", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00.000000 UTC", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00.000Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00.000", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00,0", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00.0000000+00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00+00:00", "2026-01-31T10:00:00Z"),
            ("2026-03-01T01:30:00+02:00", "2026-02-28T23:30:00Z"),
            ("2024-03-01 01:30:00+0200", "2024-02-29T23:30:00Z"),
            ("2026-12-31 22:00:00 -05", "2027-01-01T03:00:00Z"),
            ("2026-01-31 10:00:00 +0545", "2026-01-31T04:15:00Z"),
            ("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00Z"),
        ] {
            assert_eq!(read(text).ok(), Instant::parse(expected), "{text}");
        }
        assert_eq!(
            read_day("2026-01-31").ok(),
            Instant::parse("2026-01-31T00:00:00Z")
        );
        assert_eq!(read_day("2026-01-31 10:00:00"), read("2026-01-31 10:00:00"));
    }

    #[test]
    fn what_is_no_instant_says_why() {
        for (text, reason) in [
            ("", "is not an instant"),
            ("yesterday", "is not an instant"),
            ("2026-01-31", "is not an instant"),
            ("2026-01-31 10:00", "is not an instant"),
            ("2026-02-29T10:00:00Z", "is not an instant"),
            ("2026-01-31T10:00:60Z", "is not an instant"),
            ("2026-01-31T24:00:00+01:00", "is not an instant"),
            ("2026-01-31T10:00:00 CET", "is not an instant"),
            ("2026-01-31T10:00:00.Z", "is not an instant"),
            ("2026-01-31T10:00:00+24:00", "is not an instant"),
            ("2026-01-31T10:00:00+2", "is not an instant"),
            ("2026-01-31T10:00:00+-1:00", "is not an instant"),
            ("2026-01-31T10:00:00é", "is not an instant"),
            ("2026-01-31T10:00:0é", "is not an instant"),
            ("31/01/2026 10:00:00", "is not an instant"),
            ("0001-01-01T00:00:00+01:00", "is not an instant"),
            ("9999-12-31T23:30:00-01:00", "is not an instant"),
            ("2026-01-31T10:00:00.5Z", "fraction of a second"),
            ("2026-01-31 10:00:00.001", "fraction of a second"),
            ("2026-01-31T10:00:00", "has no offset"),
            ("2026-01-31T10:00:00.000", "has no offset"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        assert!(read_day("2026-02-29").is_err());
    }
}
