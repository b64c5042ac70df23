//! Numbers of every kind, as they are stored.

use chrono::{Datelike, NaiveDate};

use super::LedgerError;
use super::names::to_u64;
use crate::columns::{Reader, Writer};
use crate::date::Instant;
use crate::money::Money;

/// Days from 0001-01-01 to 9999-12-31, which no ledger can have more of.
pub(crate) const MAX_DAYS: u64 = 3_652_059;
const SECONDS_PER_DAY: u32 = 86_400;

/// Days since 0001-01-01, which is day 1.
pub(crate) fn day_number(date: NaiveDate) -> u64 {
    u64::try_from(date.num_days_from_ce()).unwrap_or(0)
}

pub(crate) fn date_of(number: u64) -> Result<NaiveDate, LedgerError> {
    i32::try_from(number)
        .ok()
        .filter(|_| (1..=MAX_DAYS).contains(&number))
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or(LedgerError::Damaged)
}

/// A number that points into a dictionary of `length` names.
pub(crate) fn within(value: u64, length: usize) -> Result<u32, LedgerError> {
    u32::try_from(value)
        .ok()
        .filter(|_| value < to_u64(length))
        .ok_or(LedgerError::Damaged)
}

pub(crate) fn count_of(value: u64) -> Result<usize, LedgerError> {
    usize::try_from(value).map_err(|_| LedgerError::Damaged)
}

pub(crate) fn second(value: u64) -> Result<u32, LedgerError> {
    u32::try_from(value)
        .ok()
        .filter(|second| *second < SECONDS_PER_DAY)
        .ok_or(LedgerError::Damaged)
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
        second: second(reader.varint()?)?,
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
