//! Numbers of every kind, as they are stored.

use chrono::{Datelike, Days, NaiveDate};

use super::LedgerError;
use crate::columns::{Reader, Writer};
use crate::date::Instant;
use crate::money::Money;

/// The number of 9999-12-31.
const LAST_DAY: u64 = 3_652_059;
const LAST_YEAR: i32 = 9_999;
const SECONDS_PER_DAY: u32 = 86_400;

/// Days since 0001-01-01, which is day 1.
pub(crate) fn day_number(date: NaiveDate) -> u64 {
    u64::try_from(date.num_days_from_ce()).unwrap_or(0)
}

pub(crate) fn date_of(number: u64) -> Result<NaiveDate, LedgerError> {
    i32::try_from(number)
        .ok()
        .filter(|_| (1..=LAST_DAY).contains(&number))
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or(LedgerError::Damaged)
}

/// The date so many days later, at least one.
pub(crate) fn later(date: NaiveDate, days: u64) -> Result<NaiveDate, LedgerError> {
    date.checked_add_days(Days::new(days))
        .filter(|later| date < *later && later.year() <= LAST_YEAR)
        .ok_or(LedgerError::Damaged)
}

/// A number that points into a dictionary of `length` names.
pub(crate) fn within(value: u64, length: usize) -> Result<u32, LedgerError> {
    Some(narrowed(value))
        .filter(|number| is_within(*number, length))
        .ok_or(LedgerError::Damaged)
}

pub(crate) fn is_within(number: u32, length: usize) -> bool {
    usize::try_from(number).is_ok_and(|number| number < length)
}

/// A number in 32 bits; the largest one, which nothing can be, for one that takes more.
pub(crate) fn narrowed(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub(crate) fn count_of(value: u64) -> Result<usize, LedgerError> {
    usize::try_from(value).map_err(|_| LedgerError::Damaged)
}

/// Whether a day has this second.
pub(crate) fn is_second(second: u32) -> bool {
    second < SECONDS_PER_DAY
}

/// The sign folded into the lowest bit.
pub(crate) fn zigzag(number: i128) -> u128 {
    (number.wrapping_shl(1) ^ number.wrapping_shr(127)).cast_unsigned()
}

pub(crate) fn unzigzag(number: u128) -> i128 {
    number.wrapping_shr(1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

/// The lower and the upper 64 bits.
pub(crate) fn halves(number: u128) -> (u64, u64) {
    let low = u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0);
    (low, u64::try_from(number.wrapping_shr(64)).unwrap_or(0))
}

pub(crate) fn whole(low: u64, high: u64) -> u128 {
    u128::from(high).wrapping_shl(64) | u128::from(low)
}

pub(crate) fn read_instant(reader: &mut Reader<'_>) -> Result<Instant, LedgerError> {
    Ok(Instant {
        date: date_of(reader.varint()?)?,
        second: Some(narrowed(reader.varint()?))
            .filter(|second| is_second(*second))
            .ok_or(LedgerError::Damaged)?,
    })
}

pub(crate) fn write_money(writer: &mut Writer, money: Money) {
    let (low, high) = halves(zigzag(money.0));
    writer.varint(low);
    writer.varint(high);
}

pub(crate) fn read_money(reader: &mut Reader<'_>) -> Result<Money, LedgerError> {
    Ok(Money(unzigzag(whole(reader.varint()?, reader.varint()?))))
}
