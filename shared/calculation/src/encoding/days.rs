//! Days, as columns.

use smallvec::SmallVec;

use super::LedgerError;
use super::names::{Names, to_u64};
use super::numbers::{
    MAX_DAYS, count_of, date_of, day_number, halves, second, unzigzag, whole, within, zigzag,
};
use crate::columns::{Column, Reader, Writer};
use crate::day::{Channels, Day, Visits};
use crate::money::Money;

/// A day as it is stored, but for its date; the columns stand in the order of [`DAY_COLUMNS`].
#[derive(Clone, Debug, Default)]
struct DayRow {
    transactions: u64,
    shops: u64,
    first: u64,
    /// Seconds from the first transaction to the last.
    span: u64,
    /// 1: point of sale, 2: website, 3: both.
    channels: u64,
    set_aside: u64,
    /// The lower and the upper 64 bits of the net total less the least one.
    net_low: u64,
    net_high: u64,
    /// How many locations and brands the day has.
    locations: u64,
    brands: u64,
    /// Which of the day's locations, counted from 1, is that of the first purchase; 0 for none.
    first_shop: u64,
}

/// The purchases at a location on one day, as they are stored.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct VisitRow {
    location: u64,
    shops: u64,
    unnamed: u64,
}

impl VisitRow {
    pub(crate) fn visits(&self, locations: usize) -> Result<Visits, LedgerError> {
        Ok(Visits {
            location: within(self.location, locations)?,
            shops: self.shops,
            unnamed: self.unnamed,
        })
    }
}

const DAY_COLUMNS: [Column<DayRow>; 11] = [
    |row| &mut row.transactions,
    |row| &mut row.shops,
    |row| &mut row.first,
    |row| &mut row.span,
    |row| &mut row.channels,
    |row| &mut row.set_aside,
    |row| &mut row.net_low,
    |row| &mut row.net_high,
    |row| &mut row.locations,
    |row| &mut row.brands,
    |row| &mut row.first_shop,
];

pub(crate) const VISIT_COLUMNS: [Column<VisitRow>; 3] = [
    |row| &mut row.location,
    |row| &mut row.shops,
    |row| &mut row.unnamed,
];

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
    let nets = days.iter().map(|day| scaled(day.net, scale));
    let least = nets.min().unwrap_or(0);
    writer.varint(day_number(first.date));
    writer.byte(scale);
    let (low, high) = halves(zigzag(least));
    writer.varint(low);
    writer.varint(high);
    let dates = days.iter().map(|day| day_number(day.date));
    let gaps: Vec<u64> = dates
        .clone()
        .skip(1)
        .zip(dates)
        .map(|(date, before)| date.saturating_sub(before))
        .collect();
    writer.column(&gaps);

    let (mut rows, mut visits, day_brands) = rows_of(days, (least, scale), locations, brands);
    writer.rows(&mut rows, &DAY_COLUMNS);
    writer.rows(&mut visits, &VISIT_COLUMNS);
    writer.column(&day_brands);
}

/// Days as they are stored: their rows, the rows of all their visits, and the places of all their brands.
fn rows_of(
    days: &[Day],
    (least, scale): (i128, u8),
    locations: &Names<'_>,
    brands: &Names<'_>,
) -> (Vec<DayRow>, Vec<VisitRow>, Vec<u64>) {
    let mut visits = Vec::new();
    let mut day_brands = Vec::new();
    let mut rows = Vec::with_capacity(days.len());
    for day in days {
        let of_day = visit_rows(&day.visits, locations);
        let above = scaled(day.net, scale).saturating_sub(least);
        let (net_low, net_high) = halves(above.cast_unsigned());
        rows.push(DayRow {
            transactions: day.transactions,
            shops: day.shops,
            first: u64::from(day.first),
            span: u64::from(day.last.saturating_sub(day.first)),
            channels: u64::from(day.channels.point_of_sale)
                | (u64::from(day.channels.website) << 1),
            set_aside: day.set_aside,
            net_low,
            net_high,
            locations: to_u64(of_day.len()),
            brands: to_u64(day.brands.len()),
            first_shop: first_shop(day, &of_day, locations),
        });
        visits.extend(of_day);
        let mut of_day: Vec<u64> = day
            .brands
            .iter()
            .map(|brand| brands.number(*brand))
            .collect();
        of_day.sort_unstable();
        day_brands.extend(of_day);
    }
    (rows, visits, day_brands)
}

/// All columns of days, for the test that looks whether two of them are alike.
#[cfg(test)]
pub(crate) fn columns_of(days: &[Day], locations: &Names<'_>, brands: &Names<'_>) -> Vec<Vec<u64>> {
    fn column<R>(rows: &mut [R], column: &Column<R>) -> Vec<u64> {
        rows.iter_mut().map(|row| *column(row)).collect()
    }
    let (mut rows, mut visits, day_brands) = rows_of(days, (0, 0), locations, brands);
    let mut columns = vec![day_brands];
    columns.extend(DAY_COLUMNS.iter().map(|of| column(&mut rows, of)));
    columns.extend(VISIT_COLUMNS.iter().map(|of| column(&mut visits, of)));
    columns
}

/// The visits of a day as they are stored, sorted by the location's number.
pub(crate) fn visit_rows(visits: &[Visits], locations: &Names<'_>) -> Vec<VisitRow> {
    let mut rows: Vec<VisitRow> = visits
        .iter()
        .map(|visits| VisitRow {
            location: locations.number(visits.location),
            shops: visits.shops,
            unnamed: visits.unnamed,
        })
        .collect();
    rows.sort_unstable();
    rows
}

fn first_shop(day: &Day, visits: &[VisitRow], locations: &Names<'_>) -> u64 {
    let place = day.first_shop_location.and_then(|location| {
        let number = locations.number(location);
        visits.iter().position(|visit| visit.location == number)
    });
    place.map_or(0, |place| to_u64(place).saturating_add(1))
}

/// The power of ten, up to 4, that divides every net total: most retailers' prices have two decimals or none.
fn scale_of(days: &[Day]) -> u8 {
    let divides = |scale: &u8| {
        let divisor = 10_i128.saturating_pow(u32::from(*scale));
        days.iter()
            .all(|day| day.net.0.checked_rem(divisor) == Some(0))
    };
    (0..=4).rev().find(divides).unwrap_or(0)
}

/// A net total over ten to the power of `scale`.
fn scaled(net: Money, scale: u8) -> i128 {
    net.0
        .checked_div(10_i128.saturating_pow(u32::from(scale)))
        .unwrap_or(0)
}

/// The net total that is `above` the least one.
fn net_of(least: i128, above: u128, scale: u8) -> Result<Money, LedgerError> {
    let factor = 10_i128.saturating_pow(u32::from(scale));
    least
        .checked_add_unsigned(above)
        .and_then(|scaled| scaled.checked_mul(factor))
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
    let mut number = reader.varint()?;
    let scale = reader.byte()?;
    let least = unzigzag(whole(reader.varint()?, reader.varint()?));
    let gaps = reader.column(count.saturating_sub(1))?;
    let rows: Vec<DayRow> = reader.rows(count, &DAY_COLUMNS)?;
    let visits = total(rows.iter().map(|row| row.locations), count, reader)?;
    let mut visits = reader.rows(visits, &VISIT_COLUMNS)?.into_iter();
    let day_brands = total(rows.iter().map(|row| row.brands), count, reader)?;
    let mut day_brands = reader.column(day_brands)?.into_iter();

    let mut gaps = gaps.into_iter();
    let mut days = Vec::with_capacity(count);
    for row in rows {
        let of_day = visits
            .by_ref()
            .take(count_of(row.locations)?)
            .map(|visit| visit.visits(locations))
            .collect::<Result<SmallVec<[Visits; 1]>, LedgerError>>()?;
        let first_shop_location = match row.first_shop.checked_sub(1) {
            None => None,
            Some(place) => {
                let visit = of_day.get(count_of(place)?).ok_or(LedgerError::Damaged)?;
                Some(visit.location)
            }
        };
        days.push(Day {
            date: date_of(number)?,
            net: net_of(least, whole(row.net_low, row.net_high), scale)?,
            transactions: row.transactions,
            shops: row.shops,
            first: second(row.first)?,
            last: second(row.first.saturating_add(row.span))?,
            visits: of_day,
            first_shop_location,
            channels: Channels {
                point_of_sale: row.channels & 1 != 0,
                website: row.channels & 2 != 0,
            },
            brands: day_brands
                .by_ref()
                .take(count_of(row.brands)?)
                .map(|brand| within(brand, brands))
                .collect::<Result<_, _>>()?,
            set_aside: row.set_aside,
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
fn total(
    mut counts: impl Iterator<Item = u64>,
    days: usize,
    reader: &Reader<'_>,
) -> Result<usize, LedgerError> {
    let bound = reader.0.len().saturating_mul(8).max(days);
    counts
        .try_fold(0_u64, |sum, count| sum.checked_add(count))
        .and_then(|total| usize::try_from(total).ok())
        .filter(|total| *total <= bound)
        .ok_or(LedgerError::Damaged)
}
