//! Days, as columns.

use std::iter::repeat_with;

use super::LedgerError;
use super::names::{Names, to_u64};
use super::numbers::{
    count_of, date_of, day_number, halves, is_second, is_within, later, narrowed, unzigzag, whole,
    zigzag,
};
use crate::columns::{Reader, Writer};
use crate::day::{Channels, Day, Visits};
use crate::ledger::Ledger;
use crate::money::Money;

pub(crate) fn write_days(
    writer: &mut Writer,
    days: &[Day],
    locations: &Names<'_>,
    brands: &Names<'_>,
) {
    writer.varint(to_u64(days.len()));
    let Some(first) = days.first() else {
        return;
    };
    let scale = scale_of(days);
    let factor = 10_i128.saturating_pow(u32::from(scale));
    let nets = days.iter().map(|day| scaled(day.net, factor));
    let least = nets.min().unwrap_or(0);
    writer.varint(day_number(first.date));
    writer.byte(scale);
    let (low, high) = halves(zigzag(least));
    writer.varint(low);
    writer.varint(high);
    let dates = days.iter().map(|day| day_number(day.date));
    let gaps = dates.clone().skip(1).zip(dates);
    writer.column(gaps.map(|(date, before)| date.saturating_sub(before)));

    // What is above the least takes 128 bits without a sign, so wrapping loses nothing.
    let net = |day: &Day| scaled(day.net, factor).wrapping_sub(least).cast_unsigned();
    let nets: Vec<u128> = days.iter().map(net).collect();
    let (mut all_visits, mut all_brands, mut first_shops) = (Vec::new(), Vec::new(), Vec::new());
    for day in days {
        let visits = add_sorted(&mut all_visits, visit_rows(&day.visits, locations));
        first_shops.push(first_shop(day, visits, locations));
        let numbers = day.brands.iter().map(|brand| brands.number(*brand));
        add_sorted(&mut all_brands, numbers);
    }
    writer.column(days.iter().map(|day| day.transactions));
    writer.column(days.iter().map(|day| day.shops));
    writer.column(days.iter().map(|day| u64::from(day.first)));
    writer.column(
        days.iter()
            .map(|day| u64::from(day.last.saturating_sub(day.first))),
    );
    writer.column(days.iter().map(|day| u64::from(day.channels.bits())));
    writer.column(days.iter().map(|day| day.set_aside));
    writer.column(nets.iter().map(|net| halves(*net).0));
    writer.column(nets.iter().map(|net| halves(*net).1));
    writer.column(days.iter().map(|day| to_u64(day.visits.len())));
    writer.column(days.iter().map(|day| to_u64(day.brands.len())));
    writer.column(first_shops.into_iter());
    write_visits(writer, &all_visits);
    writer.column(all_brands.into_iter());
}

/// The purchases at a location, as they are stored: the location, its purchases, those that name no channel.
pub(crate) type VisitRow = [u64; 3];

pub(crate) fn write_visits(writer: &mut Writer, visits: &[VisitRow]) {
    writer.column(visits.iter().map(|[location, _, _]| *location));
    writer.column(visits.iter().map(|[_, shops, _]| *shops));
    writer.column(visits.iter().map(|[_, _, unnamed]| *unnamed));
}

/// Adds items, sorted among themselves, to a list; returns them.
fn add_sorted<T: Ord>(list: &mut Vec<T>, items: impl Iterator<Item = T>) -> &[T] {
    let before = list.len();
    list.extend(items);
    let added = list.get_mut(before..).unwrap_or_default();
    added.sort_unstable();
    added
}

/// The visits of a day as they are stored, but for their order.
pub(crate) fn visit_rows(
    visits: &[Visits],
    locations: &Names<'_>,
) -> impl Iterator<Item = VisitRow> {
    visits.iter().map(|visits| {
        let location = locations.number(visits.location);
        [location, visits.shops, visits.unnamed]
    })
}

fn first_shop(day: &Day, visits: &[VisitRow], locations: &Names<'_>) -> u64 {
    let place = day.first_shop_location.and_then(|location| {
        let number = locations.number(location);
        visits.iter().position(|[location, ..]| *location == number)
    });
    place.map_or(0, |place| to_u64(place).saturating_add(1))
}

/// Days that a ledger has at most, and its archive items together: a purchase on every day of 547 years. Days that are all alike
/// take no bytes, so without a limit a few bytes could stand for gigabytes.
pub(crate) const MAX_DAYS: usize = 200_000;

impl Ledger {
    /// Whether it has more days than are ever read again, closed or open ones. It must not be written then.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!calculation::Ledger::default().has_too_many_days());
    /// ```
    pub fn has_too_many_days(&self) -> bool {
        let closed = self.closed_days().len();
        closed.max(self.days.len().saturating_sub(closed)) > MAX_DAYS
    }
}

/// The power of ten, up to 4, that divides every net total: most retailers' prices have two decimals or none.
fn scale_of(days: &[Day]) -> u8 {
    let divides = |scale: u8, day: &Day| {
        let factor = 10_i128.saturating_pow(u32::from(scale));
        day.net.0.checked_rem(factor) == Some(0)
    };
    days.iter().fold(4, |scale, day| {
        let mut scales = (0..=scale).rev();
        scales.find(|scale| divides(*scale, day)).unwrap_or(0)
    })
}

/// A net total over a power of ten.
fn scaled(net: Money, factor: i128) -> i128 {
    net.0.checked_div(factor).unwrap_or(0)
}

/// The net total that is `above` the least one.
fn net_of(least: i128, above: u128, factor: i128) -> Result<Money, LedgerError> {
    let scaled = least.checked_add_unsigned(above);
    let scaled = scaled.ok_or(LedgerError::Damaged)?;
    // A product of 64 bits is found several times faster, and nearly all are.
    if let (Ok(scaled), Ok(factor)) = (i64::try_from(scaled), i64::try_from(factor))
        && let Some(net) = scaled.checked_mul(factor)
    {
        return Ok(Money(i128::from(net)));
    }
    scaled
        .checked_mul(factor)
        .map(Money)
        .ok_or(LedgerError::Damaged)
}

pub(crate) fn read_days(
    reader: &mut Reader<'_>,
    locations: usize,
    brands: usize,
) -> Result<Vec<Day>, LedgerError> {
    let count = count_of(reader.varint()?)?;
    if count > MAX_DAYS {
        return Err(LedgerError::Damaged);
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut date = date_of(reader.varint()?)?;
    let scale = reader.byte()?;
    let factor = 10_i128.saturating_pow(u32::from(scale));
    let least = unzigzag(whole(reader.varint()?, reader.varint()?));
    let gaps = reader.column(count.saturating_sub(1))?;
    let mut days: Vec<Day> = repeat_with(Day::default).take(count).collect();
    reader.column_into(&mut days, |day, value| day.transactions = value)?;
    reader.column_into(&mut days, |day, value| day.shops = value)?;
    reader.column_into(&mut days, |day, value| day.first = narrowed(value))?;
    reader.column_into(&mut days, |day, value| {
        day.last = day.first.saturating_add(narrowed(value));
    })?;
    reader.column_into(&mut days, |day, value| {
        day.channels = Channels::from_bits(value);
    })?;
    reader.column_into(&mut days, |day, value| day.set_aside = value)?;
    // The net totals over the factor, less the least one, until the factor and that one are put in.
    reader.column_into(&mut days, |day, low| day.net.0 = i128::from(low))?;
    reader.column_into(&mut days, |day, high| {
        day.net.0 |= i128::from(high).wrapping_shl(64);
    })?;
    let visits_by_day = reader.column(count)?;
    let brands_by_day = reader.column(count)?;
    let first_shops = reader.column(count)?;
    let all_visits = total(&visits_by_day, reader)?;
    let all_visits = read_visits(reader, all_visits, locations)?;
    let all_brands = total(&brands_by_day, reader)?;
    let all_brands = read_references(reader, all_brands, brands)?;

    let (mut next_visits, mut next_brands) = (all_visits.as_slice(), all_brands.as_slice());
    let lists = visits_by_day
        .into_iter()
        .zip(brands_by_day)
        .zip(first_shops);
    let mut gaps = gaps.into_iter();
    for (day, ((visits, brands), first_shop)) in days.iter_mut().zip(lists) {
        day.date = date;
        day.net = net_of(least, day.net.0.cast_unsigned(), factor)?;
        if !is_second(day.first) || !is_second(day.last) {
            return Err(LedgerError::Damaged);
        }
        day.visits
            .extend(take(&mut next_visits, visits)?.iter().copied());
        day.brands
            .extend(take(&mut next_brands, brands)?.iter().copied());
        if let Some(place) = first_shop.checked_sub(1) {
            let visits = day.visits.get(count_of(place)?);
            day.first_shop_location = Some(visits.ok_or(LedgerError::Damaged)?.location);
        }
        if let Some(gap) = gaps.next() {
            date = later(date, gap)?;
        }
    }
    Ok(days)
}

/// The purchases by location of `count` rows.
pub(crate) fn read_visits(
    reader: &mut Reader<'_>,
    count: usize,
    locations: usize,
) -> Result<Vec<Visits>, LedgerError> {
    let mut visits = vec![Visits::default(); count];
    reader.column_into(&mut visits, |visits, value| {
        visits.location = narrowed(value);
    })?;
    reader.column_into(&mut visits, |visits, value| visits.shops = value)?;
    reader.column_into(&mut visits, |visits, value| visits.unnamed = value)?;
    let are_known = visits
        .iter()
        .all(|visits| is_within(visits.location, locations));
    are_known.then_some(visits).ok_or(LedgerError::Damaged)
}

/// A column of `count` numbers that point into a dictionary of `length` names.
pub(crate) fn read_references(
    reader: &mut Reader<'_>,
    count: usize,
    length: usize,
) -> Result<Vec<u32>, LedgerError> {
    let mut references = vec![0; count];
    reader.column_into(&mut references, |reference, value| {
        *reference = narrowed(value);
    })?;
    let are_known = references.iter().all(|number| is_within(*number, length));
    are_known.then_some(references).ok_or(LedgerError::Damaged)
}

/// Takes so many items off the front of a list.
fn take<'a, T>(list: &mut &'a [T], count: u64) -> Result<&'a [T], LedgerError> {
    let (taken, rest) = list
        .split_at_checked(count_of(count)?)
        .ok_or(LedgerError::Damaged)?;
    *list = rest;
    Ok(taken)
}

/// The sum of counts by day, bounded by what the bytes can hold: a day's locations and brands are distinct, so either
/// no day has two of them or each takes a bit at least.
fn total(counts: &[u64], reader: &Reader<'_>) -> Result<usize, LedgerError> {
    let bound = reader.0.len().saturating_mul(8).max(counts.len());
    counts
        .iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(*count))
        .and_then(|total| usize::try_from(total).ok())
        .filter(|total| *total <= bound)
        .ok_or(LedgerError::Damaged)
}
