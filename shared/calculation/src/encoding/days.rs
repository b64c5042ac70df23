//! Days, as columns.

use chrono::{Datelike, NaiveDate};

use super::LedgerError;
use super::names::{Names, to_u64};
use crate::columns::{Reader, Writer};
use crate::day::{Channels, Day, Visits};
use crate::money::Money;

/// Days from 0001-01-01 to 9999-12-31, which no ledger can have more of.
const MAX_DAYS: u64 = 3_652_059;
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

pub(crate) fn write_days(
    writer: &mut Writer,
    days: &[Day],
    locations: &Names<'_>,
    brands: &Names<'_>,
) {
    writer.varint(to_u64(days.len()));
    let mut column = |value: &dyn Fn(&Day) -> u64| {
        let values: Vec<u64> = days.iter().map(value).collect();
        writer.column(&values);
    };
    let mut date_before = 0;
    let gaps: Vec<u64> = days
        .iter()
        .map(|day| {
            let date = day_number(day.date);
            date.saturating_sub(std::mem::replace(&mut date_before, date))
        })
        .collect();
    let scale = scale_of(days);
    column(&|day| day.transactions);
    column(&|day| day.shops);
    column(&|day| u64::from(day.first));
    column(&|day| u64::from(day.last.saturating_sub(day.first)));
    column(&|day| u64::from(day.channels.point_of_sale) | (u64::from(day.channels.website) << 1));
    column(&|day| day.set_aside);
    column(&|day| zigzag_halves(day.net, scale).0);
    column(&|day| zigzag_halves(day.net, scale).1);
    column(&|day| to_u64(day.visits.len()));
    column(&|day| to_u64(day.brands.len()));
    // The place among the day's visits, counted from 1; 0 for none.
    let visits_of = |day: &Day| {
        let mut visits: Vec<(u64, u64, u64)> = day
            .visits
            .iter()
            .map(|visits| {
                (
                    locations.number(visits.location),
                    visits.shops,
                    visits.unnamed,
                )
            })
            .collect();
        visits.sort_unstable();
        visits
    };
    column(&|day| {
        day.first_shop_location.map_or(0, |location| {
            let number = locations.number(location);
            let place = visits_of(day)
                .iter()
                .position(|(visited, ..)| *visited == number);
            place.map_or(0, |place| to_u64(place).saturating_add(1))
        })
    });
    if let Some((first, rest)) = gaps.split_first() {
        writer.varint(*first);
        writer.column(rest);
        writer.byte(scale);
    }
    let visits: Vec<_> = days.iter().flat_map(visits_of).collect();
    writer.column(&visits.iter().map(|visits| visits.0).collect::<Vec<_>>());
    writer.column(&visits.iter().map(|visits| visits.1).collect::<Vec<_>>());
    writer.column(&visits.iter().map(|visits| visits.2).collect::<Vec<_>>());
    let mut day_brands = Vec::new();
    for day in days {
        let start = day_brands.len();
        day_brands.extend(day.brands.iter().map(|brand| brands.number(*brand)));
        if let Some(of_day) = day_brands.get_mut(start..) {
            of_day.sort_unstable();
        }
    }
    writer.column(&day_brands);
}

/// The power of ten, up to 4, that divides every net total: most shops' prices have two decimals or none.
fn scale_of(days: &[Day]) -> u8 {
    let divides = |scale: &u8| {
        let divisor = 10_i128.saturating_pow(u32::from(*scale));
        days.iter()
            .all(|day| day.net.0.checked_rem(divisor) == Some(0))
    };
    (0..=4).rev().find(divides).unwrap_or(0)
}

/// A net total over ten to the power of `scale`, signs folded to the lowest bit, as its low and high 64 bits.
fn zigzag_halves(net: Money, scale: u8) -> (u64, u64) {
    let scaled = net
        .0
        .checked_div(10_i128.saturating_pow(u32::from(scale)))
        .unwrap_or(0);
    let zigzag = (scaled.wrapping_shl(1) ^ scaled.wrapping_shr(127)).cast_unsigned();
    let low = u64::try_from(zigzag & u128::from(u64::MAX)).unwrap_or(0);
    (low, u64::try_from(zigzag.wrapping_shr(64)).unwrap_or(0))
}

fn net_of(low: u64, high: u64, scale: u8) -> Result<Money, LedgerError> {
    let zigzag = u128::from(high).wrapping_shl(64) | u128::from(low);
    let scaled = zigzag.wrapping_shr(1).cast_signed() ^ (zigzag & 1).cast_signed().wrapping_neg();
    let factor = 10_i128.saturating_pow(u32::from(scale));
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
    let count = reader.varint()?;
    if count > MAX_DAYS {
        return Err(LedgerError::Damaged);
    }
    let count = usize::try_from(count).map_err(|_| LedgerError::Damaged)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let transactions = reader.column(count)?;
    let shops = reader.column(count)?;
    let firsts = reader.column(count)?;
    let spans = reader.column(count)?;
    let channels = reader.column(count)?;
    let set_aside = reader.column(count)?;
    let lows = reader.column(count)?;
    let highs = reader.column(count)?;
    let visit_counts = reader.column(count)?;
    let brand_counts = reader.column(count)?;
    let first_shops = reader.column(count)?;
    let mut number = reader.varint()?;
    let gaps = reader.column(count.saturating_sub(1))?;
    let scale = reader.byte()?;
    let visits = total(&visit_counts, count, reader)?;
    let visit_locations = reader.column(visits)?;
    let visit_shops = reader.column(visits)?;
    let visit_unnamed = reader.column(visits)?;
    let brand_count = total(&brand_counts, count, reader)?;
    let brand_numbers = reader.column(brand_count)?;

    let mut visits = visit_locations
        .into_iter()
        .zip(visit_shops)
        .zip(visit_unnamed);
    let mut brand_numbers = brand_numbers.into_iter();
    let mut gaps = gaps.into_iter();
    let second = |value: u64| {
        u32::try_from(value)
            .ok()
            .filter(|second| *second < SECONDS_PER_DAY)
            .ok_or(LedgerError::Damaged)
    };
    let within = |value: u64, length: usize| {
        u32::try_from(value)
            .ok()
            .filter(|_| value < to_u64(length))
            .ok_or(LedgerError::Damaged)
    };
    let mut days = Vec::with_capacity(count);
    let columns = transactions
        .into_iter()
        .zip(shops)
        .zip(firsts)
        .zip(spans)
        .zip(channels)
        .zip(set_aside);
    let more = lows
        .into_iter()
        .zip(highs)
        .zip(visit_counts)
        .zip(brand_counts)
        .zip(first_shops);
    for (
        (((((transactions, shops), first), span), channels), set_aside),
        ((((low, high), visit_count), brand_count), first_shop),
    ) in columns.zip(more)
    {
        let of_day = visits
            .by_ref()
            .take(usize::try_from(visit_count).map_err(|_| LedgerError::Damaged)?)
            .map(|((location, shops), unnamed)| {
                Ok(Visits {
                    location: within(location, locations)?,
                    shops,
                    unnamed,
                })
            })
            .collect::<Result<smallvec::SmallVec<[Visits; 1]>, LedgerError>>()?;
        let first_shop_location = match first_shop.checked_sub(1) {
            None => None,
            Some(place) => {
                let place = usize::try_from(place).map_err(|_| LedgerError::Damaged)?;
                Some(of_day.get(place).ok_or(LedgerError::Damaged)?.location)
            }
        };
        days.push(Day {
            date: date_of(number)?,
            net: net_of(low, high, scale)?,
            transactions,
            shops,
            first: second(first)?,
            last: second(first.saturating_add(span))?,
            visits: of_day,
            first_shop_location,
            channels: Channels {
                point_of_sale: channels & 1 != 0,
                website: channels & 2 != 0,
            },
            brands: brand_numbers
                .by_ref()
                .take(usize::try_from(brand_count).map_err(|_| LedgerError::Damaged)?)
                .map(|brand| within(brand, brands))
                .collect::<Result<_, _>>()?,
            set_aside,
        });
        if let Some(gap) = gaps.next() {
            number = number
                .checked_add(gap)
                .filter(|_| gap > 0)
                .ok_or(LedgerError::Damaged)?;
        }
    }
    Ok(days)
}

/// The sum of counts by day, bounded by what the bytes can hold: a day's locations and brands are distinct, so either
/// no day has two of them or each takes a bit at least.
fn total(counts: &[u64], days: usize, reader: &Reader<'_>) -> Result<usize, LedgerError> {
    let bound = reader.0.len().saturating_mul(8).max(days);
    counts
        .iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(*count))
        .and_then(|total| usize::try_from(total).ok())
        .filter(|total| *total <= bound)
        .ok_or(LedgerError::Damaged)
}
