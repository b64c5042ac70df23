//! Instants as files write them, turned into UTC.

use calculation::{Instant, parse_date};
use chrono::DateTime;

/// Bytes of a date and a time of day: `YYYY-MM-DD HH:MM:SS`.
const DATE_AND_TIME: usize = 19;

/// What is wrong with a text that is not an instant.
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
    let local = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%#z").ok()?;
    let utc = local.naive_utc();
    Instant::parse_spaced(&utc.format("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests;
